import type { Scalar, Tensor, Tensor3D } from '@tensorflow/tfjs-core'
import type { TensorFlow } from '../backends/backend.ts'

/**
 * What a recogniser said of a batch of lines. Everywhere in this folder the blank is the **last** class, so that a
 * character's class is its place in the alphabet.
 */
export interface CtcScores {
  /** `[batch, frames, classes]`: values before the softmax. */
  logits: Float32Array
  batch: number
  frames: number
  classes: number
  /** Frames of each line; those after it are padding: no loss, no gradient. */
  lengths: ArrayLike<number>
}

export interface CtcResult {
  /** Of each line, in nats; Infinity where its text needs more frames than it has. */
  losses: Float64Array
  /** Of each line's loss by the logits, `[batch, frames, classes]`; zeros for a line with infinite loss. */
  gradient: Float32Array
}

/** The fewest frames that can say this text: one a character and a blank between equal neighbours. */
export function framesNeeded(target: ArrayLike<number>): number {
  let frames = target.length
  for (let at = 1; at < target.length; at++) if (target[at] === target[at - 1]) frames++
  return frames
}

/**
 * Connectionist temporal classification (Graves et al. 2006): minus the log of the summed probability of all paths
 * that say the text, with its gradient, by forward and backward sums in log space with float64.
 * @param targets classes of each line's characters
 */
export function ctcLoss(scores: CtcScores, targets: readonly ArrayLike<number>[]): CtcResult {
  const { logits, batch, frames, classes, lengths } = scores
  const losses = new Float64Array(batch)
  const gradient = new Float32Array(batch * frames * classes)
  const logProbabilities = new Float64Array(frames * classes)
  for (let line = 0; line < batch; line++) {
    const length = lengths[line] ?? 0
    const target = targets[line] ?? []
    const start = line * frames * classes
    const own = logits.subarray(start, start + length * classes)
    logSoftmax(own, classes, logProbabilities)
    losses[line] = lineLoss(
      logProbabilities,
      length,
      classes,
      target,
      gradient.subarray(start, start + length * classes),
    )
  }
  return { losses, gradient }
}

function logSoftmax(logits: Float32Array, classes: number, into: Float64Array): void {
  for (let from = 0; from < logits.length; from += classes) {
    let highest = Number.NEGATIVE_INFINITY
    for (let at = from; at < from + classes; at++) highest = Math.max(highest, logits[at] as number)
    let sum = 0
    for (let at = from; at < from + classes; at++) sum += Math.exp((logits[at] as number) - highest)
    const normaliser = highest + Math.log(sum)
    for (let at = from; at < from + classes; at++) into[at] = (logits[at] as number) - normaliser
  }
}

/** log(e^a + e^b + e^c) */
function logSum(a: number, b: number, c: number): number {
  const highest = Math.max(a, b, c)
  if (highest === Number.NEGATIVE_INFINITY) return highest
  return highest + Math.log(Math.exp(a - highest) + Math.exp(b - highest) + Math.exp(c - highest))
}

/** Fills `gradient` and returns the loss of one line. States are blank, character, blank, character, ..., blank. */
function lineLoss(
  logProbabilities: Float64Array,
  frames: number,
  classes: number,
  target: ArrayLike<number>,
  gradient: Float32Array,
): number {
  const states = 2 * target.length + 1
  if (frames < Math.max(1, framesNeeded(target))) return Number.POSITIVE_INFINITY
  const classOf = new Int32Array(states)
  /** Whether a state can be reached from the one two before it: characters that differ, past the blank. */
  const skips = new Uint8Array(states)
  for (let state = 0; state < states; state++) {
    classOf[state] = state % 2 === 1 ? (target[state >> 1] ?? 0) : classes - 1
    if (state % 2 === 1 && state > 1 && target[state >> 1] !== target[(state >> 1) - 1]) skips[state] = 1
  }
  const never = Number.NEGATIVE_INFINITY
  const forward = new Float64Array(frames * states).fill(never)
  const at = (frame: number, state: number) =>
    logProbabilities[frame * classes + (classOf[state] as number)] as number
  forward[0] = at(0, 0)
  if (states > 1) forward[1] = at(0, 1)
  for (let frame = 1; frame < frames; frame++) {
    const here = frame * states
    const before = here - states
    // Earlier states can no longer reach the end, later ones can't be reached yet.
    const first = Math.max(0, states - 2 * (frames - frame))
    const last = Math.min(states, 2 * frame + 2)
    for (let state = first; state < last; state++) {
      const stay = forward[before + state] as number
      const step = state > 0 ? (forward[before + state - 1] as number) : never
      const skip = skips[state] === 1 ? (forward[before + state - 2] as number) : never
      forward[here + state] = logSum(stay, step, skip) + at(frame, state)
    }
  }
  const end = frames * states - 1
  const total = logSum(forward[end] as number, states > 1 ? (forward[end - 1] as number) : never, never)
  if (total === never) return Number.POSITIVE_INFINITY

  let after = new Float64Array(states).fill(never)
  let current = new Float64Array(states)
  after[states - 1] = 0
  if (states > 1) after[states - 2] = 0
  for (let frame = frames - 1; frame >= 0; frame--) {
    const row = frame * classes
    if (frame < frames - 1) {
      current.fill(never)
      const first = Math.max(0, states - 2 * (frames - frame))
      const last = Math.min(states, 2 * frame + 2)
      for (let state = first; state < last; state++) {
        const stay = (after[state] as number) + at(frame + 1, state)
        const step = state + 1 < states ? (after[state + 1] as number) + at(frame + 1, state + 1) : never
        const skip = skips[state + 2] === 1 ? (after[state + 2] as number) + at(frame + 1, state + 2) : never
        current[state] = logSum(stay, step, skip)
      }
      ;[after, current] = [current, after]
    }
    for (let each = 0; each < classes; each++) {
      gradient[row + each] = Math.exp(logProbabilities[row + each] as number)
    }
    for (let state = 0; state < states; state++) {
      const through = (forward[frame * states + state] as number) + (after[state] as number) - total
      const to = row + (classOf[state] as number)
      if (through > -80) gradient[to] = (gradient[to] as number) - Math.exp(through)
    }
  }
  return -total
}

/**
 * Mean loss of a batch as an op with its own gradient. Lines whose text does not fit add neither loss nor gradient.
 * @param logits `[batch, frames, classes]`
 * @param onLoss is told the mean
 */
export function ctcLossOp(
  tf: TensorFlow,
  logits: Tensor3D,
  targets: readonly ArrayLike<number>[],
  lengths: ArrayLike<number>,
  onLoss: (mean: number) => void = () => {},
): Scalar {
  const op = tf.customGrad((x, save) => {
    const scores = x as Tensor3D
    const [batch, frames, classes] = scores.shape
    const values = scores.dataSync() as Float32Array
    const { losses, gradient } = ctcLoss({ logits: values, batch, frames, classes, lengths }, targets)
    const finite = losses.filter(Number.isFinite)
    const mean = finite.reduce((sum, loss) => sum + loss, 0) / Math.max(1, finite.length)
    onLoss(mean)
    const share = 1 / Math.max(1, finite.length)
    const kept = tf.tensor3d(
      gradient.map((value) => value * share),
      scores.shape,
    )
    ;(save as (tensors: Tensor[]) => void)([kept])
    return {
      value: tf.scalar(mean),
      gradFunc: (dy: Tensor, saved: Tensor[]) => tf.mul(saved[0] as Tensor, dy),
    }
  })
  return op(logits) as Scalar
}

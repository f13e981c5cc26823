import { createRandom } from '../../../domain/random.ts'
import { addRow, type NormalEquations, randomFourierFeatures, solveRidge } from './ridge-classifier.ts'

export interface LabelErrorInput {
  /** `[samples, features]` */
  inputs: Float32Array
  features: number
  labels: Uint32Array
  classes: number
  folds: number
  seed: number
  /** Samples with one number stay in one fold: copies would give each other's label away. */
  units: Uint32Array
}

/** Stratified folds of whole units: `fold[sample]`. */
export function assignFolds({ labels, classes, folds, seed, units }: LabelErrorInput): Uint32Array {
  const unitFold = new Map<number, number>()
  const next = new Uint32Array(classes)
  const order = createRandom(seed, 'label-errors/folds').shuffle(
    Uint32Array.from({ length: labels.length }, (_, index) => index),
  )
  for (const sample of order) {
    const unit = units[sample] as number
    if (unitFold.has(unit)) continue
    const label = labels[sample] as number
    unitFold.set(unit, (next[label] as number) % folds)
    next[label] = (next[label] as number) + 1
  }
  return Uint32Array.from(units, (unit) => unitFold.get(unit) ?? 0)
}

/** Pairs of random features: more pictures tell finer differences apart. */
const pairsFor = (samples: number): number => (samples < 1_000 ? 256 : 512)
const penalties = [0.03, 0.1, 0.3, 1]
const sharpnesses = [2, 4, 6, 8, 12, 16, 24]

/** Softmax of scores times the sharpness; -log of the given label's probability, summed. */
function soften(
  scores: Float32Array,
  labels: Uint32Array,
  classes: number,
  sharpness: number,
): { probabilities: Float32Array; loss: number } {
  const probabilities = new Float32Array(scores.length)
  let loss = 0
  for (let sample = 0; sample < labels.length; sample++) {
    const from = sample * classes
    let most = Number.NEGATIVE_INFINITY
    for (let k = 0; k < classes; k++) most = Math.max(most, scores[from + k] as number)
    let total = 0
    for (let k = 0; k < classes; k++) {
      const value = Math.exp(sharpness * ((scores[from + k] as number) - most))
      probabilities[from + k] = value
      total += value
    }
    for (let k = 0; k < classes; k++) probabilities[from + k] = (probabilities[from + k] as number) / total
    loss -= Math.log(Math.max(1e-9, probabilities[from + (labels[sample] as number)] as number))
  }
  return { probabilities, loss }
}

/**
 * Probabilities of each class for each sample, by a classifier that has not seen it: kernel ridge regression on the
 * features, whose penalty and sharpness are those that predict the held-out labels best.
 * @param onProgress 0..1; throwing from it ends the work
 * @returns `[samples, classes]`
 */
export async function crossValidate(
  input: LabelErrorInput,
  onProgress: (share: number) => Promise<void> = async () => undefined,
): Promise<Float32Array> {
  const { inputs, features, labels, classes, folds, seed } = input
  const fold = assignFolds(input)
  const samples = labels.length
  const pairs = pairsFor(samples)
  const width = 2 * pairs
  const mapped = await randomFourierFeatures(inputs, features, pairs, seed, (share) =>
    onProgress(share * 0.3),
  )
  const empty = (): NormalEquations => ({
    gram: new Float64Array(width * width),
    targets: new Float64Array(width * classes),
  })
  const sums = Array.from({ length: folds }, empty)
  for (let sample = 0; sample < samples; sample++) {
    addRow(sums[fold[sample] as number] ?? empty(), mapped, sample, width, labels[sample] as number, classes)
    if (sample % 64 === 63) await onProgress(0.3 + 0.5 * (sample / samples))
  }
  const scores = penalties.map(() => new Float32Array(samples * classes))
  for (let held = 0; held < folds; held++) {
    const rest = empty()
    for (const [index, part] of sums.entries()) {
      if (index === held) continue
      for (let at = 0; at < rest.gram.length; at++)
        rest.gram[at] = (rest.gram[at] as number) + (part.gram[at] as number)
      for (let at = 0; at < rest.targets.length; at++)
        rest.targets[at] = (rest.targets[at] as number) + (part.targets[at] as number)
    }
    for (const [index, penalty] of penalties.entries()) {
      const weights = solveRidge(rest, width, classes, penalty)
      const out = scores[index] as Float32Array
      for (let sample = 0; sample < samples; sample++) {
        if (fold[sample] !== held) continue
        for (let f = 0; f < width; f++) {
          const value = mapped[sample * width + f] as number
          for (let k = 0; k < classes; k++) {
            const at = sample * classes + k
            out[at] = (out[at] as number) + value * (weights[f * classes + k] as number)
          }
        }
      }
      await onProgress(0.8 + (0.2 * (held * penalties.length + index + 1)) / (folds * penalties.length))
    }
  }
  const fits = scores.flatMap((each) =>
    sharpnesses.map((sharpness) => soften(each, labels, classes, sharpness)),
  )
  return fits.reduce((best, fit) => (fit.loss < best.loss ? fit : best)).probabilities
}

export interface LabelIssue {
  sample: number
  suggested: number
  /** Probability of the given class less that of the suggested one: -1..1, the surest errors first. */
  margin: number
}

/**
 * Confident learning (Northcutt, Jiang, Chuang, "Confident Learning: Estimating Uncertainty in Dataset Labels", JAIR
 * 2021): a class's threshold is the mean probability that samples with this label have for it; a sample belongs to the
 * most probable class among those whose threshold it reaches; where that is not its label, the label is in doubt.
 * Ranked by normalised margin.
 * @param probabilities `[samples, classes]`, out of sample
 */
export function findLabelIssues(
  probabilities: Float32Array,
  labels: Uint32Array,
  classes: number,
): LabelIssue[] {
  const sums = new Float64Array(classes)
  const counts = new Float64Array(classes)
  for (let sample = 0; sample < labels.length; sample++) {
    const label = labels[sample] as number
    sums[label] = (sums[label] as number) + (probabilities[sample * classes + label] as number)
    counts[label] = (counts[label] as number) + 1
  }
  const thresholds = Array.from(sums, (sum, k) =>
    (counts[k] as number) > 0 ? sum / (counts[k] as number) : 2,
  )
  const issues: LabelIssue[] = []
  for (let sample = 0; sample < labels.length; sample++) {
    const label = labels[sample] as number
    let suggested = -1
    for (let k = 0; k < classes; k++) {
      const probability = probabilities[sample * classes + k] as number
      if (probability < (thresholds[k] as number)) continue
      if (suggested < 0 || probability > (probabilities[sample * classes + suggested] as number))
        suggested = k
    }
    if (suggested < 0 || suggested === label) continue
    const margin =
      (probabilities[sample * classes + label] as number) -
      (probabilities[sample * classes + suggested] as number)
    issues.push({ sample, suggested, margin })
  }
  return issues.sort((a, b) => a.margin - b.margin || a.sample - b.sample)
}

import type { ServedClassifier } from './served-model.ts'

export interface BatchSettings {
  /** At most so many pictures are answered in one call of the model; 1: each alone. */
  pictures: number
  /** How long the first one waits for others, in ms; 0: for those that have come already. */
  delayMs: number
}

export interface Batches {
  /** As `model.infer`, maybe together with what other callers ask at the same time. */
  infer(model: ServedClassifier, values: Float32Array): Promise<Float32Array>
}

interface Waiting {
  values: Float32Array
  pictures: number
  resolve(probabilities: Float32Array): void
  reject(cause: unknown): void
}

interface Gathering {
  waiting: Waiting[]
  pictures: number
  cancel: (() => void) | null
}

/**
 * Gathers the pictures of several requests into one call of the model. Each row of a batch is computed on its own, so
 * that an answer does not depend on its neighbours.
 * @param ran is told of each call with how many pictures it had
 */
export function createBatches(
  { pictures: most, delayMs }: BatchSettings,
  ran: (model: ServedClassifier, pictures: number) => void,
): Batches {
  const gatherings = new Map<ServedClassifier, Gathering>()

  async function run(model: ServedClassifier, gathering: Gathering): Promise<void> {
    gathering.cancel?.()
    gathering.cancel = null
    const batch = take(gathering, most)
    if (gathering.waiting.length > 0) begin(model, gathering)
    try {
      const pictures = batch.reduce((sum, one) => sum + one.pictures, 0)
      ran(model, pictures)
      const probabilities = await model.infer(joined(batch))
      const width = probabilities.length / pictures
      let at = 0
      for (const one of batch) {
        one.resolve(probabilities.slice(at * width, (at + one.pictures) * width))
        at += one.pictures
      }
    } catch (cause) {
      for (const { reject } of batch) reject(cause)
    }
  }

  function begin(model: ServedClassifier, gathering: Gathering): void {
    const work = () => void run(model, gathering)
    if (delayMs === 0) {
      const turn = setImmediate(work)
      gathering.cancel = () => clearImmediate(turn)
    } else {
      const timer = setTimeout(work, delayMs)
      gathering.cancel = () => clearTimeout(timer)
    }
  }

  return {
    infer(model, values) {
      const pictures = values.length / model.input.shape.reduce((product, size) => product * size, 1)
      if (most === 1) {
        ran(model, pictures)
        return model.infer(values)
      }
      const gathering = gatherings.get(model) ?? { waiting: [], pictures: 0, cancel: null }
      gatherings.set(model, gathering)
      return new Promise((resolve, reject) => {
        gathering.waiting.push({ values, pictures, resolve, reject })
        gathering.pictures += pictures
        if (gathering.pictures >= most) void run(model, gathering)
        else if (!gathering.cancel) begin(model, gathering)
      })
    },
  }
}

/** The first requests that fit; one that is larger than a batch goes alone. */
function take(gathering: Gathering, most: number): Waiting[] {
  let count = 0
  let pictures = 0
  for (const one of gathering.waiting) {
    if (count > 0 && pictures + one.pictures > most) break
    count += 1
    pictures += one.pictures
  }
  gathering.pictures -= pictures
  return gathering.waiting.splice(0, count)
}

function joined(batch: readonly Waiting[]): Float32Array {
  const [first] = batch
  if (first && batch.length === 1) return first.values
  const all = new Float32Array(batch.reduce((sum, { values }) => sum + values.length, 0))
  let at = 0
  for (const { values } of batch) {
    all.set(values, at)
    at += values.length
  }
  return all
}

const trialPictures = 16
/** A batch must bring a picture's time below this part of what it takes alone. */
const worthwhile = 0.7
/** A model that takes longer alone, in ms, keeps its processor busy in any case. */
const slowMs = 20
const trialMs = 60

export interface BatchTrial {
  /** What to set: 1 where a batch does not help. */
  pictures: number
  /** Time for a picture alone, and for one in a batch; null where that was not tried. */
  aloneMs: number
  togetherMs: number | null
}

/** Times a loaded model with one picture and with several, to see whether batches pay. */
export async function tryBatches(model: ServedClassifier): Promise<BatchTrial> {
  const size = model.input.shape.reduce((product, side) => product * side, 1)
  const aloneMs = await medianMs(() => model.infer(new Float32Array(size)))
  if (aloneMs > slowMs) return { pictures: 1, aloneMs, togetherMs: null }
  const togetherMs =
    (await medianMs(() => model.infer(new Float32Array(size * trialPictures)))) / trialPictures
  return { pictures: togetherMs < aloneMs * worthwhile ? trialPictures : 1, aloneMs, togetherMs }
}

async function medianMs(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  await work()
  for (const until = performance.now() + trialMs; times.length < 20 && performance.now() < until; ) {
    const started = performance.now()
    await work()
    times.push(performance.now() - started)
  }
  times.sort((a, b) => a - b)
  return times[Math.floor(times.length / 2)] ?? Number.POSITIVE_INFINITY
}

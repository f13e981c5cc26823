import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Calibration, calibration } from './calibration.ts'
import { type Ranking, rank } from './ranking-curves.ts'
import { type Slice, type SliceFacts, slicesOf } from './slices.ts'

export interface StoredAnswers {
  labels: readonly string[]
  /** Index into the labels of each sample's class. */
  actual: ArrayLike<number>
  /** `[samples, labels]`, rows summing to 1. */
  probabilities: Float32Array
}

export interface ClassRanking {
  label: string
  /** Samples of the class. */
  support: number
  /** The class against all others; null where one of both has no samples. */
  ranking: Ranking | null
}

export interface SampleError {
  /** Position in the answers. */
  index: number
  predicted: number
  /** Probability of the class it was called, 0..1. */
  confidence: number
  /** Probability of the class it is, 0..1. */
  actualConfidence: number
}

export interface ClassifierEvaluation {
  classes: ClassRanking[]
  /** Every pair of sample and class is one that is right or not. Null where there are more than `mostPairs`. */
  micro: Ranking | null
  /** Mean over the classes that have a ranking. */
  macro: { auc: number | null; averagePrecision: number | null }
  calibration: Calibration
  /** The surest first. */
  errors: SampleError[]
  slices: Slice[]
}

/** Pairs of sample and class in the micro average: they are sorted in one go, in which the engine does nothing else. */
const mostPairs = 3_000_000
/** Curves are told to so small a part of the picture's side. */
const resolution = { few: 1 / 256, many: 1 / 64 }
const manyClasses = 20

/**
 * Everything that follows from a classifier's probabilities, whatever the threshold. Lets other work in between classes.
 * @param facts of each sample, for the slices
 */
export async function classifierEvaluation(
  answers: StoredAnswers,
  facts: readonly (SliceFacts | null)[],
): Promise<ClassifierEvaluation> {
  const { labels, actual, probabilities } = answers
  const step = labels.length > manyClasses ? resolution.many : resolution.few
  const classes: ClassRanking[] = []
  for (const [label, name] of labels.entries()) {
    const [mine, others] = parted(answers, label)
    classes.push({ label: name, support: mine.length, ranking: rank(mine, others, step) })
    await nextTurn()
  }
  const calls = Array.from({ length: actual.length }, (_, index) => {
    const predicted = largest(probabilities, index * labels.length, labels.length)
    const at = (label: number) => probabilities[index * labels.length + label] as number
    return { index, predicted, confidence: at(predicted), actualConfidence: at(actual[index] as number) }
  })
  const right = calls.map(({ index, predicted }) => predicted === actual[index])
  const mean = (read: (ranking: Ranking) => number) => {
    const values = classes.flatMap(({ ranking }) => (ranking ? [read(ranking)] : []))
    return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
  }
  return {
    classes,
    micro: probabilities.length > mostPairs ? null : microRanking(answers, step),
    macro: { auc: mean(({ auc }) => auc), averagePrecision: mean((ranking) => ranking.averagePrecision) },
    calibration: calibration(
      calls.map(({ confidence }) => confidence),
      right,
    ),
    errors: calls.filter((_, index) => !right[index]).sort((a, b) => b.confidence - a.confidence),
    slices: slicesOf(
      facts,
      Array.from(actual, (label) => labels[label] as string),
      right,
    ),
  }
}

/** A column of the probabilities: of the rows that are of the class, and of the others. */
function parted(
  { labels, actual, probabilities }: StoredAnswers,
  label: number,
): [mine: Float32Array, others: Float32Array] {
  let support = 0
  for (let row = 0; row < actual.length; row++) if (actual[row] === label) support++
  const [mine, others] = [new Float32Array(support), new Float32Array(actual.length - support)]
  for (let row = 0, at = 0; row < actual.length; row++) {
    const value = probabilities[row * labels.length + label] as number
    if (actual[row] === label) mine[at++] = value
    else others[row - at] = value
  }
  return [mine, others]
}

function microRanking({ labels, actual, probabilities }: StoredAnswers, step: number): Ranking | null {
  const mine = new Float32Array(actual.length)
  const others = new Float32Array(probabilities.length - actual.length)
  let at = 0
  for (let row = 0; row < actual.length; row++)
    for (let label = 0; label < labels.length; label++) {
      const value = probabilities[row * labels.length + label] as number
      if (label === actual[row]) mine[row] = value
      else others[at++] = value
    }
  return rank(mine, others, step)
}

function largest(values: Float32Array, start: number, count: number): number {
  let best = 0
  for (let at = 1; at < count; at++)
    if ((values[start + at] as number) > (values[start + best] as number)) best = at
  return best
}

import { bootstrapInterval, type Interval } from './bootstrap.ts'
import { type Calibration, calibration } from './calibration.ts'
import { type ClassificationReport, classificationReport } from './classification.ts'
import { rocAuc } from './roc.ts'

/** What a classifier said of a subset's samples. */
export interface ClassifierAnswers {
  /** Index into the labels. */
  actual: ArrayLike<number>
  predicted: ArrayLike<number>
  /** `[samples, labels]`, rows summing to 1. */
  probabilities: Float32Array
}

export interface JudgedSample {
  /** Position in the answers. */
  index: number
  actual: number
  predicted: number
  /** Probability of the class it was called, 0..1. */
  confidence: number
}

export interface ClassifierReport extends ClassificationReport {
  calibration: Calibration
  /** Area under the ROC curve of each class against all others; null where it is not defined. */
  auc: (number | null)[]
  /** 95 % by bootstrap. */
  intervals: { accuracy: Interval | null; f1: Interval | null }
  /** All mistakes, the surest first, then what was right, the least sure first; cut after `mostSamples`. */
  judged: JudgedSample[]
}

export const mostSamples = 10_000
/** Draws times samples, at most about so many. */
const mostDrawn = 20_000_000

/** Everything that the app shows of a classifier's answers. */
export function classifierReport(labels: readonly string[], answers: ClassifierAnswers): ClassifierReport {
  const { actual, predicted, probabilities } = answers
  const all = Array.from({ length: actual.length }, (_, index): JudgedSample => {
    const called = predicted[index] as number
    const confidence = probabilities[index * labels.length + called] as number
    return { index, actual: actual[index] as number, predicted: called, confidence }
  })
  const right = all.map((sample) => sample.actual === sample.predicted)
  const draws = Math.max(100, Math.min(1_000, Math.floor(mostDrawn / Math.max(1, all.length))))
  const reportOf = (drawn: Uint32Array) =>
    classificationReport(
      labels,
      drawn.map((at) => actual[at] as number),
      drawn.map((at) => predicted[at] as number),
    )
  const hits = (drawn: Uint32Array) => drawn.reduce((sum, at) => sum + (right[at] ? 1 : 0), 0)
  return {
    ...classificationReport(labels, actual, predicted),
    calibration: calibration(
      all.map(({ confidence }) => confidence),
      right,
    ),
    auc: labels.map((_, label) =>
      rocAuc(
        all.map((_, index) => probabilities[index * labels.length + label] as number),
        all.map((sample) => sample.actual === label),
      ),
    ),
    intervals: {
      accuracy: bootstrapInterval(all.length, (drawn) => hits(drawn) / drawn.length, { draws, seed: 1 }),
      f1: bootstrapInterval(all.length, (drawn) => reportOf(drawn).macro.f1, { draws, seed: 1 }),
    },
    judged: [
      ...all.filter((_, index) => !right[index]).sort((a, b) => b.confidence - a.confidence),
      ...all.filter((_, index) => right[index]).sort((a, b) => a.confidence - b.confidence),
    ].slice(0, mostSamples),
  }
}

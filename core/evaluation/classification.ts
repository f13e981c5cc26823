/** How well a classifier told one class from the others. Null where there is nothing to divide by. */
export interface ClassScores {
  label: string
  /** Samples that are of this class. */
  support: number
  /** Of those called this class, the part that is, 0..1. Null when none was called so. */
  precision: number | null
  /** Of those that are this class, the part that was called so, 0..1. Null when there are none. */
  recall: number | null
  /** Harmonic mean of precision and recall, 0..1. Null when either is. */
  f1: number | null
}

export interface ClassificationReport {
  samples: number
  /** Part of the samples called rightly, 0..1. Null when there are no samples. */
  accuracy: number | null
  /** Mean over the classes for which each is defined. */
  macro: { precision: number | null; recall: number | null; f1: number | null }
  classes: ClassScores[]
  /** `[actual][predicted]`, in the order of `labels`. */
  confusion: number[][]
}

/**
 * Counts pairs of actual and predicted class.
 * @returns `[actual][predicted]`, `classCount` rows and columns
 */
export function confusionMatrix(
  actual: ArrayLike<number>,
  predicted: ArrayLike<number>,
  classCount: number,
): number[][] {
  if (actual.length !== predicted.length) {
    throw new Error(`${actual.length} actual classes but ${predicted.length} predicted ones`)
  }
  const matrix = Array.from({ length: classCount }, () => new Array<number>(classCount).fill(0))
  for (let index = 0; index < actual.length; index++) {
    const row = matrix[actual[index] as number]
    const column = predicted[index] as number
    if (row?.[column] === undefined)
      throw new Error(`sample ${index} has a class outside 0..${classCount - 1}`)
    row[column]++
  }
  return matrix
}

/**
 * Accuracy, and precision, recall and F1 for each class.
 * @param actual index into `labels` of each sample's true class
 * @param predicted index into `labels` of the class it was called
 */
export function classificationReport(
  labels: readonly string[],
  actual: ArrayLike<number>,
  predicted: ArrayLike<number>,
): ClassificationReport {
  const confusion = confusionMatrix(actual, predicted, labels.length)
  const classes = labels.map((label, index): ClassScores => {
    const right = confusion[index]?.[index] ?? 0
    const support = sum(confusion[index] ?? [])
    const called = sum(confusion.map((row) => row[index] ?? 0))
    const precision = ratio(right, called)
    const recall = ratio(right, support)
    return { label, support, precision, recall, f1: harmonicMean(precision, recall) }
  })
  return {
    samples: actual.length,
    accuracy: ratio(sum(labels.map((_, index) => confusion[index]?.[index] ?? 0)), actual.length),
    macro: {
      precision: mean(classes.map((scores) => scores.precision)),
      recall: mean(classes.map((scores) => scores.recall)),
      f1: mean(classes.map((scores) => scores.f1)),
    },
    classes,
    confusion,
  }
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole
}

function harmonicMean(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return null
  return a + b === 0 ? 0 : (2 * a * b) / (a + b)
}

function mean(values: (number | null)[]): number | null {
  const defined = values.filter((value) => value !== null)
  return ratio(sum(defined), defined.length)
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

/** A sample on which the numbers rest. */
export interface JudgedSample {
  path: string
  /** sha256 of its picture, where it is known. */
  hash: string | null
  actual: number
  predicted: number
  /** Probability of the class it was called, 0..1. */
  confidence: number
}

export interface ClassRow {
  label: string
  support: number
  precision: number | null
  recall: number | null
  f1: number | null
  /** Area under the ROC curve against all other classes. */
  auc: number | null
}

export interface CalibrationBin {
  from: number
  to: number
  count: number
  confidence: number | null
  accuracy: number | null
}

export interface SubsetEvaluation {
  subset: string
  samples: number
  /** 0..1; null when there were no samples. */
  accuracy: number | null
  /** `[actual][predicted]`, in the order of the labels. */
  confusion: number[][]
  /** What follows is empty or null for runs of versions that did not record it. */
  classes: ClassRow[]
  /** 95 % by bootstrap. */
  intervals: { accuracy: [number, number] | null; f1: [number, number] | null }
  macroF1: number | null
  calibration: { bins: CalibrationBin[]; ece: number | null }
  /** Mistakes first, the surest on top. */
  judged: JudgedSample[]
}

export interface RunEvaluation {
  labels: string[]
  subsets: SubsetEvaluation[]
}

export const evaluationPath = 'evaluation.json'

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

function isMatrix(value: unknown, size: number): value is number[][] {
  return (
    Array.isArray(value) &&
    value.length === size &&
    value.every(
      (row) => Array.isArray(row) && row.length === size && row.every((count) => typeof count === 'number'),
    )
  )
}

/**
 * Reads a run's `evaluation.json`: labels, and by subset the confusion matrix.
 * @throws Error when it is not such a file
 */
export function parseEvaluation(text: string): RunEvaluation {
  const body: unknown = JSON.parse(text)
  if (!isRecord(body) || !Array.isArray(body['labels']))
    throw new Error(`${evaluationPath} names no labels; it was not written by a training.`)
  const labels = body['labels'].map(String)
  const subsets = Object.entries(body).flatMap(([subset, report]): SubsetEvaluation[] => {
    if (!isRecord(report) || !isMatrix(report['confusion'], labels.length)) return []
    const { confusion, accuracy } = report as { confusion: number[][]; accuracy?: unknown }
    const samples = confusion.flat().reduce((sum, count) => sum + count, 0)
    return [
      {
        subset,
        samples,
        accuracy: typeof accuracy === 'number' ? accuracy : null,
        confusion,
        ...detailsOf(report as Partial<ReportDetails>),
      },
    ]
  })
  return { labels, subsets }
}

interface ReportDetails {
  classes: Omit<ClassRow, 'auc'>[]
  auc: (number | null)[]
  macro: { f1: number | null }
  intervals: SubsetEvaluation['intervals']
  calibration: SubsetEvaluation['calibration']
  judged: JudgedSample[]
}

function detailsOf({
  classes = [],
  auc = [],
  macro,
  intervals = { accuracy: null, f1: null },
  calibration = { bins: [], ece: null },
  judged = [],
}: Partial<ReportDetails>) {
  return {
    classes: classes.map((row, index) => ({ ...row, auc: auc[index] ?? null })),
    macroF1: macro?.f1 ?? null,
    intervals,
    calibration,
    judged,
  }
}

/** The pairs of classes that are taken for one another most often, largest first. */
export function commonMistakes(
  { labels }: RunEvaluation,
  { confusion }: SubsetEvaluation,
  atMost: number,
): { actual: string; predicted: string; count: number }[] {
  return confusion
    .flatMap((row, actual) =>
      row.map((count, predicted) => ({
        actual: labels[actual] ?? '',
        predicted: labels[predicted] ?? '',
        count: actual === predicted ? 0 : count,
      })),
    )
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count)
    .slice(0, atMost)
}

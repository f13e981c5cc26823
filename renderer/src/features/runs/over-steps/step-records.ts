import type { RunArtifact } from '../../../../../core/contract/index.ts'

/** What runs keep of many steps: each is looked at one step at a time. */
export type StepKind = 'histograms' | 'images' | 'confusion'
export const stepKinds: readonly StepKind[] = ['histograms', 'images', 'confusion']

export interface StepFile {
  path: string
  hash: string
  bytes: number
  /** Null: the file has a line a step. */
  step: number | null
}

export interface StepRecord {
  kind: StepKind
  tag: string
  /** By step; of one step there may be several pictures. */
  files: StepFile[]
}

const picture = '\\.(?:png|jpe?g|gif|webp)$'
/** How trackers name what they keep of a step. The groups: tag, step. */
const forms: { kind: StepKind; form: RegExp }[] = [
  { kind: 'histograms', form: /^histograms\/(.+)\.jsonl$/ },
  { kind: 'histograms', form: /^histograms\/(.+)\/(\d{4,})\.json$/ },
  { kind: 'confusion', form: /^confusion\/(.+)\.jsonl$/ },
  { kind: 'confusion', form: /^confusion\/(.+)\/(\d{4,})\.json$/ },
  // TensorBoard, and scripts that log here.
  { kind: 'images', form: new RegExp(`^images/(.+)/(\\d{4,})(?:-\\d+)?${picture}`, 'i') },
  // MLflow's log_image; the small copy of each is left out.
  {
    kind: 'images',
    form: new RegExp(`^images/(.+)[%+]step[%+](\\d+)[%+]timestamp[%+]\\d+[%+][\\w-]+${picture}`, 'i'),
  },
  // W&B.
  { kind: 'images', form: new RegExp(`^(?:files/)?media/images/(.+)_(\\d+)_[0-9a-f]{8,}${picture}`, 'i') },
]
const mlflowSmallCopy = /[%+]compressed\.webp$/i

/** The records that a run's files are of, by kind and tag. */
export function stepRecords(
  artifacts: readonly Pick<RunArtifact, 'path' | 'hash' | 'bytes'>[],
): StepRecord[] {
  const records = new Map<string, StepRecord>()
  for (const { path, hash, bytes } of artifacts) {
    if (hash === null || mlflowSmallCopy.test(path)) continue
    for (const { kind, form } of forms) {
      const [, tag, step] = form.exec(path) ?? []
      if (tag === undefined) continue
      const key = `${kind} ${tag}`
      const record = records.get(key) ?? { kind, tag, files: [] }
      record.files.push({ path, hash, bytes, step: step === undefined ? null : Number(step) })
      records.set(key, record)
      break
    }
  }
  const inOrder = (a: string, b: string) => a.localeCompare(b, undefined, { numeric: true })
  for (const { files } of records.values())
    files.sort((a, b) => (a.step ?? 0) - (b.step ?? 0) || inOrder(a.path, b.path))
  return [...records.values()].sort((a, b) => inOrder(a.tag, b.tag))
}

export type Bucket = [left: number, right: number, count: number]

export interface HistogramStep {
  step: number
  buckets: Bucket[]
  /** Values that are NaN or infinite. */
  notFinite: number
}

export interface ConfusionStep {
  step: number
  labels: string[]
  /** `[actual][predicted]` */
  matrix: number[][]
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

/** The lines that can be read; one that is still being written, or is none of them, is passed over. */
function linesOf(text: string): Record<string, unknown>[] {
  return text.split('\n').flatMap((line) => {
    if (line === '') return []
    try {
      const value: unknown = JSON.parse(line)
      return isRecord(value) && Number.isFinite(value['step']) ? [value] : []
    } catch {
      return []
    }
  })
}

/** By step; of those that were logged twice the last. */
function byStep<T extends { step: number }>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [item.step, item])).values()].sort((a, b) => a.step - b.step)
}

/** TensorFlow's outermost buckets end at ±1.8e308: the run's own smallest and largest value say more. */
export function histogramsIn(text: string): HistogramStep[] {
  return byStep(
    linesOf(text).flatMap((line) => {
      const { buckets, min, max, notFinite } = line
      if (!Array.isArray(buckets)) return []
      const low = typeof min === 'number' ? min : Number.NEGATIVE_INFINITY
      const high = typeof max === 'number' ? max : Number.POSITIVE_INFINITY
      const own = buckets.flatMap((bucket): Bucket[] => {
        if (!Array.isArray(bucket)) return []
        const [left, right, count] = bucket as unknown[]
        if (typeof count !== 'number' || !(count > 0)) return []
        const from = Math.max(low, typeof left === 'number' ? left : low)
        const to = Math.min(high, typeof right === 'number' ? right : high)
        return Number.isFinite(from) && Number.isFinite(to)
          ? [[Math.min(from, to), Math.max(from, to), count]]
          : []
      })
      return [
        {
          step: Number(line['step']),
          buckets: own,
          notFinite: typeof notFinite === 'number' ? notFinite : 0,
        },
      ]
    }),
  )
}

export function confusionsIn(text: string): ConfusionStep[] {
  return byStep(
    linesOf(text).flatMap(({ step, labels, confusion }) => {
      const isMatrix =
        Array.isArray(labels) &&
        Array.isArray(confusion) &&
        confusion.length === labels.length &&
        confusion.every((row) => Array.isArray(row) && row.length === labels.length)
      return isMatrix
        ? [{ step: Number(step), labels: labels.map(String), matrix: confusion as number[][] }]
        : []
    }),
  )
}

/** The range of all values, over all steps; null where there are none. */
export function rangeOf(steps: readonly HistogramStep[]): [number, number] | null {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const { buckets } of steps)
    for (const [left, right] of buckets) {
      if (left < low) low = left
      if (right > high) high = right
    }
  if (low > high) return null
  return low === high ? [low - 0.5, high + 0.5] : [low, high]
}

/** The share of the values in each of `columns` equal parts of a range: what a bucket covers is spread over it evenly. */
export function sharesIn(
  buckets: readonly Bucket[],
  [low, high]: [number, number],
  columns: number,
): Float64Array {
  const shares = new Float64Array(columns)
  const width = (high - low) / columns
  const total = buckets.reduce((sum, [, , count]) => sum + count, 0)
  const columnOf = (value: number) => Math.min(columns - 1, Math.max(0, Math.floor((value - low) / width)))
  for (const [left, right, count] of buckets) {
    const [first, last] = [columnOf(left), columnOf(right)]
    for (let column = first; column <= last; column += 1) {
      const from = Math.max(left, low + column * width)
      const to = Math.min(right, low + (column + 1) * width)
      const part = right > left && last > first ? Math.max(0, to - from) / (right - left) : 1
      shares[column] = (shares[column] ?? 0) + (count * part) / total
    }
  }
  return shares
}

/** The newest at or before a step; null where all come later. */
export function atStep<T extends { step: number }>(items: readonly T[], step: number): T | null {
  let [low, high] = [0, items.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((items[middle]?.step ?? 0) <= step) low = middle + 1
    else high = middle
  }
  return items[low - 1] ?? null
}

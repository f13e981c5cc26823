import type { Run } from '../../../../core/contract/index.ts'
import { lowerBound } from '../../components/charts/thinning.ts'

/** `params.lr`, `tags.team`: what runs are grouped by. */
export type GroupField = `params.${string}` | `tags.${string}`

export const isGroupField = (text: string | null): text is GroupField =>
  text !== null && /^(params|tags)\../.test(text)

/** The value of a field; null where the run has none. */
export function fieldValue(run: Pick<Run, 'params' | 'tags'>, field: GroupField): string | null {
  const at = field.indexOf('.')
  const pairs = field.slice(0, at) === 'params' ? run.params : run.tags
  return pairs[field.slice(at + 1)] ?? null
}

/** The fields that part these runs into more than one group, and not each into one of its own, come first. */
export function groupFields(runs: readonly Run[]): GroupField[] {
  const keys = (pairs: (run: Run) => Record<string, string>) => [
    ...new Set(runs.flatMap((run) => Object.keys(pairs(run)))),
  ]
  const fields: GroupField[] = [
    ...keys((run) => run.params).map((key): GroupField => `params.${key}`),
    ...keys((run) => run.tags).map((key): GroupField => `tags.${key}`),
  ]
  const groups = new Map(
    fields.map((field) => [field, new Set(runs.map((run) => fieldValue(run, field))).size]),
  )
  const parts = (field: GroupField) => {
    const count = groups.get(field) ?? 0
    return count > 1 && count < runs.length
  }
  return fields
    .filter((field) => (groups.get(field) ?? 0) > 1)
    .sort((a, b) => Number(parts(b)) - Number(parts(a)) || a.localeCompare(b))
}

/** Numbers by size, words by the alphabet, nothing last. */
function compareValues(a: string | null, b: string | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null)
  const [left, right] = [Number(a), Number(b)]
  return Number.isNaN(left) || Number.isNaN(right)
    ? a.localeCompare(b, undefined, { numeric: true })
    : left - right
}

export interface RunGroup {
  name: string
  runIds: string[]
}

/** The runs by the value of a field, values in their natural order; runs without one come last. */
export function groupsOf(runs: readonly Run[], field: GroupField): RunGroup[] {
  const groups = new Map<string | null, string[]>()
  for (const run of runs) {
    const value = fieldValue(run, field)
    const own = groups.get(value)
    if (own) own.push(run.id)
    else groups.set(value, [run.id])
  }
  const key = field.slice(field.indexOf('.') + 1)
  return [...groups]
    .sort(([a], [b]) => compareValues(a, b))
    .map(([value, runIds]) => ({ name: value === null ? `no ${key}` : `${key} ${value}`, runIds }))
}

export const bandKinds = ['range', 'interval', 'error'] as const
/** Smallest to largest; the 95 % confidence interval of the mean; the standard error of the mean. */
export type BandKind = (typeof bandKinds)[number]

/** Student's t for 95 %, two-sided, by degrees of freedom from 1 (any textbook's table). */
const studentsT = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131,
  2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
] as const
const beyondTable = (degrees: number) => 1.96 + 2.4 / degrees

const gridPoints = 400

type Points = { x: ArrayLike<number>; y: ArrayLike<number> }

/** Whether all have the same x: then their own points are taken, without a grid. */
const isShared = (curves: readonly Points[]): boolean =>
  curves.every(
    ({ x }) =>
      x.length === curves[0]?.x.length && Array.from(x).every((at, index) => at === curves[0]?.x[index]),
  )

/** On the line between the points around `at`; NaN outside, and beside a gap. */
function valueAt({ x, y }: Points, at: number): number {
  const after = lowerBound(x, at)
  if (after >= x.length) return Number.NaN
  const [toX, toY] = [x[after] ?? Number.NaN, y[after] ?? Number.NaN]
  if (toX === at) return toY
  if (after === 0) return Number.NaN
  const [fromX, fromY] = [x[after - 1] ?? Number.NaN, y[after - 1] ?? Number.NaN]
  return fromY + ((toY - fromY) * (at - fromX)) / (toX - fromX)
}

/**
 * The mean of the curves of a group, and the band around it. Where curves have points of their own, they are taken on
 * the lines between them, at 400 places. What is not finite counts in no mean; a single curve has no interval.
 */
export function bandOf(
  curves: readonly Points[],
  kind: BandKind,
): { x: number[]; y: number[]; band: { low: number[]; high: number[] } } {
  const filled = curves.filter(({ x }) => x.length > 0)
  const first = Math.min(...filled.map(({ x }) => x[0] ?? 0))
  const last = Math.max(...filled.map(({ x }) => x[x.length - 1] ?? 0))
  const x =
    filled.length === 0
      ? []
      : isShared(filled)
        ? Array.from(filled[0]?.x ?? [])
        : Array.from({ length: gridPoints }, (_, at) => first + ((last - first) * at) / (gridPoints - 1))
  const y: number[] = []
  const low: number[] = []
  const high: number[] = []
  for (const at of x) {
    const values = filled.map((curve) => valueAt(curve, at)).filter(Number.isFinite)
    const count = values.length
    const mean = values.reduce((sum, value) => sum + value, 0) / count
    y.push(mean)
    if (kind === 'range') {
      low.push(count > 0 ? Math.min(...values) : Number.NaN)
      high.push(count > 0 ? Math.max(...values) : Number.NaN)
      continue
    }
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1)
    const error = count > 1 ? Math.sqrt(variance / count) : Number.NaN
    const half = kind === 'error' ? error : error * (studentsT[count - 2] ?? beyondTable(count - 1))
    low.push(mean - half)
    high.push(mean + half)
  }
  return { x, y, band: { low, high } }
}

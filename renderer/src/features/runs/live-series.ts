import type { MetricPoint, Series } from '../../../../core/contract/index.ts'

export interface LoggedPoint extends MetricPoint {
  runId: string
}

const isBeyond = (series: Series | undefined, point: LoggedPoint): boolean => {
  const lastStep = series?.steps.at(-1)
  const lastTime = series?.timestamps.at(-1)
  if (lastStep === undefined || lastTime === undefined) return true
  return point.step > lastStep || (point.step === lastStep && point.timestamp > lastTime)
}

/**
 * Adds points that were logged after the series were asked for. `beyond` are the points that the series did not hold
 * yet; the others came with the answer already.
 */
export function appendPoints(
  series: readonly Series[],
  points: readonly LoggedPoint[],
): { series: Series[]; beyond: LoggedPoint[] } {
  const keyOf = (one: { runId: string; key: string }) => `${one.runId} ${one.key}`
  const known = new Map(series.map((one) => [keyOf(one), one]))
  const beyond = points.filter((point) => isBeyond(known.get(keyOf(point)), point))
  const added = new Map<string, LoggedPoint[]>()
  for (const point of beyond) {
    const own = added.get(keyOf(point))
    if (own) own.push(point)
    else added.set(keyOf(point), [point])
  }
  for (const [key, own] of added) {
    const sorted = own.sort((a, b) => a.step - b.step || a.timestamp - b.timestamp)
    const [first] = sorted
    if (!first) continue
    const before = known.get(key)
    known.set(key, {
      runId: first.runId,
      key: first.key,
      steps: [...(before?.steps ?? []), ...sorted.map((point) => point.step)],
      values: [...(before?.values ?? []), ...sorted.map((point) => point.value)],
      timestamps: [...(before?.timestamps ?? []), ...sorted.map((point) => point.timestamp)],
      epochs: [...(before?.epochs ?? []), ...sorted.map(() => null)],
      total: (before?.total ?? 0) + sorted.length,
    })
  }
  return { series: [...known.values()], beyond }
}

export type XAxisKind = 'step' | 'epoch' | 'time'

/**
 * The points of a series by step, by epoch, or by seconds since `startTime` (ms since 1970; null: since its first
 * point). x ascends. Points whose epoch is not known are left out of a chart by epoch.
 */
export function curveOf(
  series: Series,
  by: XAxisKind,
  startTime: number | null,
): { x: number[]; y: number[] } {
  if (by === 'step') return { x: series.steps, y: series.values }
  const origin = startTime ?? series.timestamps[0] ?? 0
  const points = series.values.flatMap((y, index) => {
    const x = by === 'epoch' ? series.epochs[index] : ((series.timestamps[index] ?? origin) - origin) / 1000
    return x === null || x === undefined ? [] : [{ x, y }]
  })
  points.sort((a, b) => a.x - b.x)
  return { x: points.map((point) => point.x), y: points.map((point) => point.y) }
}

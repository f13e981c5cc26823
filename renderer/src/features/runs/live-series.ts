import type { MetricPoint } from '../../../../core/contract/index.ts'
import { lowerBound } from '../../components/charts/thinning.ts'

export interface LoggedPoint extends MetricPoint {
  runId: string
}

/** One thinned series. Arrays have equal length, in step order; `timestamps` (ms) is empty where it was not asked for. */
export interface Curve {
  runId: string
  key: string
  steps: ArrayLike<number>
  values: ArrayLike<number>
  timestamps: ArrayLike<number>
}

const isBeyond = (curve: Curve | undefined, point: LoggedPoint): boolean => {
  const lastStep = curve?.steps[curve.steps.length - 1]
  if (curve === undefined || lastStep === undefined) return true
  const lastTime = curve.timestamps[curve.timestamps.length - 1] ?? Number.POSITIVE_INFINITY
  return point.step > lastStep || (point.step === lastStep && point.timestamp > lastTime)
}

/** What tells one curve from another, and finds it. */
export const curveId = (one: { runId: string; key: string }): string => `${one.runId} ${one.key}`

/**
 * Adds points that were logged after the series were asked for. `beyond` are the points that the series did not hold
 * yet; the others came with the answer already.
 */
export function appendPoints(
  curves: readonly Curve[],
  points: readonly LoggedPoint[],
): { curves: readonly Curve[]; beyond: LoggedPoint[] } {
  if (points.length === 0) return { curves, beyond: [] }
  const known = new Map(curves.map((one) => [curveId(one), one]))
  const beyond = points.filter((point) => isBeyond(known.get(curveId(point)), point))
  const added = new Map<string, LoggedPoint[]>()
  for (const point of beyond) {
    const own = added.get(curveId(point))
    if (own) own.push(point)
    else added.set(curveId(point), [point])
  }
  for (const [id, own] of added) {
    const sorted = own.sort((a, b) => a.step - b.step || a.timestamp - b.timestamp)
    const [first] = sorted
    if (!first) continue
    const before = known.get(id)
    const joined = (column: ArrayLike<number> | undefined, more: number[]) => [
      ...Array.from(column ?? []),
      ...more,
    ]
    known.set(id, {
      runId: first.runId,
      key: first.key,
      steps: joined(
        before?.steps,
        sorted.map((point) => point.step),
      ),
      values: joined(
        before?.values,
        sorted.map((point) => point.value),
      ),
      timestamps:
        before && before.timestamps.length < before.steps.length
          ? []
          : joined(
              before?.timestamps,
              sorted.map((point) => point.timestamp),
            ),
    })
  }
  return { curves: [...known.values()], beyond }
}

/** What stands on the horizontal axis: `time` is seconds since the start, `clock` the moment; or another metric. */
export type XAxisKind = 'step' | 'epoch' | 'time' | 'clock' | `metric:${string}`

export const isXAxis = (text: string | null): text is XAxisKind =>
  text === 'step' ||
  text === 'epoch' ||
  text === 'time' ||
  text === 'clock' ||
  (text?.startsWith('metric:') ?? false)

/** The metric that an axis shows, if it shows one. */
export const metricOfAxis = (by: XAxisKind): string | null =>
  by.startsWith('metric:') ? by.slice('metric:'.length) : null

/** The value at a step: on the line between those that were logged; null before the first and after the last. */
export function valueAtStep({ steps, values }: Pick<Curve, 'steps' | 'values'>, step: number): number | null {
  const after = lowerBound(steps, step)
  const [toStep, toValue] = [steps[after], values[after]]
  if (toStep === undefined || toValue === undefined) return null
  const [fromStep, fromValue] = [steps[after - 1], values[after - 1]]
  if (toStep === step || fromStep === undefined || fromValue === undefined)
    return toStep === step ? toValue : null
  return fromValue + ((toValue - fromValue) * (step - fromStep)) / (toStep - fromStep)
}

/** Where epochs begin: a run's first point lies in its epoch 0. */
const fromZero = ({ steps, values }: Pick<Curve, 'steps' | 'values'>) => ({
  steps: [0, ...Array.from(steps)],
  values: [0, ...Array.from(values)],
})

interface CurveContext {
  /** ms since 1970; null: since the curve's first point. */
  startTime: number | null
  /** The same run's curve of epochs, or of the metric on the axis. */
  other?: Pick<Curve, 'steps' | 'values'> | undefined
}

/**
 * The points of a curve by what stands on the axis. x ascends. Points for which nothing stands there (an epoch that is
 * not known, a metric that was not logged around that step) are left out.
 */
export function curveOf(
  curve: Curve,
  by: XAxisKind,
  context: CurveContext,
): { x: ArrayLike<number>; y: ArrayLike<number> } {
  if (by === 'step') return { x: curve.steps, y: curve.values }
  const origin = context.startTime ?? curve.timestamps[0] ?? 0
  const other = context.other && (by === 'epoch' ? fromZero(context.other) : context.other)
  const points: { x: number; y: number }[] = []
  for (let index = 0; index < curve.values.length; index++) {
    const moment = curve.timestamps[index]
    const x =
      by === 'clock' || by === 'time'
        ? moment === undefined || by === 'clock'
          ? moment
          : (moment - origin) / 1000
        : other && valueAtStep(other, curve.steps[index] ?? 0)
    if (x !== undefined && x !== null && Number.isFinite(x))
      points.push({ x, y: curve.values[index] ?? Number.NaN })
  }
  points.sort((a, b) => a.x - b.x)
  return { x: points.map((point) => point.x), y: points.map((point) => point.y) }
}

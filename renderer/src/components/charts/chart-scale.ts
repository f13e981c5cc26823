import { visibleIndices } from './thinning.ts'
import { formatTick, logTicks, niceTicks } from './ticks.ts'

export interface ChartSeries {
  /** Unique within the chart. */
  id: string
  name: string
  /** A CSS colour. */
  colour: string
  /** Ascending. Equal length with `y`; what is not finite in `y` is marked on the axis. */
  x: readonly number[]
  y: readonly number[]
}

/** One curve made ready for drawing. */
export interface PreparedSeries extends ChartSeries {
  /** The curve in front: the smoothed one, or the raw one without smoothing. */
  line: DrawnPoint[]
  /** The raw curve behind a smoothed one; empty without smoothing. */
  raw: DrawnPoint[]
  /** Values that have no place on the y axis. */
  marks: { x: number; value: number }[]
}

/** `y` is null where the line is broken. */
export interface DrawnPoint {
  x: number
  y: number | null
}

export interface Axis {
  /** Ascending, of some extent. */
  domain: [number, number]
  ticks: number[]
  logarithmic: boolean
}

/** Space in px between the frame of the plot and the edge of the chart. */
export const plotMargin = { top: 10, right: 22, bottom: 26, left: 54 }

const transform = (value: number, axis: Axis): number => (axis.logarithmic ? Math.log10(value) : value)

/** Position within the plot, 0 at the low end of the axis and 1 at the high end. */
export function shareOf(value: number, axis: Axis): number {
  const [low, high] = axis.domain.map((end) => transform(end, axis)) as [number, number]
  return (transform(value, axis) - low) / (high - low)
}

/** The inverse of `shareOf`. */
export function valueAt(share: number, axis: Axis): number {
  const [low, high] = axis.domain.map((end) => transform(end, axis)) as [number, number]
  const value = low + share * (high - low)
  return axis.logarithmic ? 10 ** value : value
}

const canBeDrawn = (value: number, logarithmic: boolean): boolean =>
  Number.isFinite(value) && (!logarithmic || value > 0)

/** The x axis over all series, or over the zoomed stretch. */
export function xAxisOf(
  series: readonly ChartSeries[],
  zoom: readonly [number, number] | null,
  count: number,
): Axis {
  let low = zoom ? zoom[0] : Number.POSITIVE_INFINITY
  let high = zoom ? zoom[1] : Number.NEGATIVE_INFINITY
  if (!zoom)
    for (const { x } of series) {
      low = Math.min(low, x[0] ?? low)
      high = Math.max(high, x.at(-1) ?? high)
    }
  if (low > high) [low, high] = [0, 1]
  if (low === high) [low, high] = [low - 0.5, high + 0.5]
  return { domain: [low, high], ticks: niceTicks(low, high, count), logarithmic: false }
}

/** Thins a series to what can be seen in `domain` and separates what has no place on the y axis. */
export function prepareSeries(
  series: ChartSeries,
  smoothed: readonly number[] | null,
  domain: readonly [number, number],
  buckets: number,
  logarithmic: boolean,
): PreparedSeries {
  const draw = (y: readonly number[]): DrawnPoint[] =>
    visibleIndices({ x: series.x, y }, domain[0], domain[1], buckets).map((index) => {
      const value = y[index] ?? Number.NaN
      return { x: series.x[index] ?? 0, y: canBeDrawn(value, logarithmic) ? value : null }
    })
  const marks = series.y.flatMap((value, index) => {
    const x = series.x[index] ?? 0
    return canBeDrawn(value, logarithmic) || x < domain[0] || x > domain[1] ? [] : [{ x, value }]
  })
  return {
    ...series,
    line: draw(smoothed ?? series.y),
    raw: smoothed ? draw(series.y) : [],
    marks:
      marks.length > 200 ? marks.filter((_, index) => index % Math.ceil(marks.length / 200) === 0) : marks,
  }
}

/** The y axis over what is seen, with a little air; from zero when asked for. */
export function yAxisOf(
  prepared: readonly PreparedSeries[],
  options: { logarithmic: boolean; fromZero: boolean; count: number },
): Axis {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const { line, raw } of prepared)
    for (const points of [line, raw])
      for (const { y } of points)
        if (y !== null) {
          low = Math.min(low, y)
          high = Math.max(high, y)
        }
  if (options.logarithmic) {
    if (low > high) [low, high] = [0.1, 1]
    const air = Math.max(1.05, (high / low) ** 0.04)
    const domain: [number, number] = [low / air, high * air]
    return { domain, ticks: logTicks(...domain), logarithmic: true }
  }
  if (low > high) [low, high] = [0, 1]
  if (options.fromZero) [low, high] = [Math.min(0, low), Math.max(0, high)]
  const air = (high - low) * 0.05 || Math.abs(high) * 0.1 || 1
  const domain: [number, number] = [
    options.fromZero && low === 0 ? 0 : low - air,
    options.fromZero && high === 0 ? 0 : high + air,
  ]
  return { domain, ticks: niceTicks(...domain, options.count), logarithmic: false }
}

/** Labels of an axis's ticks. */
export function tickFormatter({ ticks, logarithmic }: Axis): (value: number) => string {
  const step = logarithmic ? 0 : (ticks[1] ?? 0) - (ticks[0] ?? 0)
  return (value) => formatTick(value, step)
}

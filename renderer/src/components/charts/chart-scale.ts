import { formatTick, logTicks, niceTicks } from '../../../../core/contract/axis-ticks.ts'
import { visibleIndices } from './thinning.ts'

export interface ChartSeries {
  /** Unique within the chart. */
  id: string
  name: string
  /** A CSS colour. */
  colour: string
  /** Ascending. Equal length with `y`; what is not finite in `y` is marked on the axis. */
  x: ArrayLike<number>
  y: ArrayLike<number>
  /** What the curve stands for lies between these, of equal length with `y`; NaN where there is no saying. */
  band?: { low: ArrayLike<number>; high: ArrayLike<number> } | undefined
}

/** Of equal length; y is NaN where the line is broken. */
export interface DrawnPoints {
  x: Float64Array
  y: Float64Array
}

/** One curve made ready for drawing. */
export interface PreparedSeries {
  id: string
  colour: string
  /** The curve in front: the smoothed one, or the raw one without smoothing. */
  line: DrawnPoints
  /** The raw curve behind a smoothed one. */
  raw: DrawnPoints | null
  band: { x: Float64Array; low: Float64Array; high: Float64Array } | null
  /** Values that have no place on the y axis. */
  marks: { x: number; value: number }[]
}

export interface Axis {
  /** Ascending, of some extent. */
  domain: [number, number]
  ticks: number[]
  logarithmic: boolean
}

export interface ChartRect {
  left: number
  top: number
  width: number
  height: number
}

/** Space in px between the frame of the plot and the edge of the chart. */
export const plotMargin = { top: 10, right: 22, bottom: 26, left: 54 }

/** Where the plot lies in a chart of this size, px. */
export const plotRect = (width: number, height: number): ChartRect => ({
  left: plotMargin.left,
  top: plotMargin.top,
  width: Math.max(0, width - plotMargin.left - plotMargin.right),
  height: Math.max(0, height - plotMargin.top - plotMargin.bottom),
})

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

/** Places values in px: `from` at the low end of the axis, `to` at the high end. Made once for many values. */
export function placer(axis: Axis, from: number, to: number): (value: number) => number {
  const low = transform(axis.domain[0], axis)
  const scale = (to - from) / (transform(axis.domain[1], axis) - low)
  return axis.logarithmic
    ? (value) => from + (Math.log10(value) - low) * scale
    : (value) => from + (value - low) * scale
}

const canBeDrawn = (value: number, logarithmic: boolean): boolean =>
  Number.isFinite(value) && (!logarithmic || value > 0)

export interface XAxisOptions {
  zoom: readonly [number, number] | null
  /** About how many ticks. */
  count: number
  logarithmic?: boolean
  ticks?: ((low: number, high: number, count: number) => number[]) | undefined
}

/** The x axis over all series, or over the zoomed stretch. */
export function xAxisOf(series: readonly ChartSeries[], options: XAxisOptions): Axis {
  const { zoom, count, logarithmic = false } = options
  let low = zoom ? zoom[0] : Number.POSITIVE_INFINITY
  let high = zoom ? zoom[1] : Number.NEGATIVE_INFINITY
  if (!zoom)
    for (const { x } of series) {
      const first = logarithmic ? firstAbove(x, 0) : 0
      low = Math.min(low, x[first] ?? low)
      high = Math.max(high, x[x.length - 1] ?? high)
    }
  if (logarithmic) {
    if (!(low > 0)) low = high > 0 ? high / 1_000 : 0.1
    if (!(high > low)) high = low * 10
    return { domain: [low, high], ticks: logTicks(low, high), logarithmic: true }
  }
  if (low > high) [low, high] = [0, 1]
  if (low === high) [low, high] = [low - 0.5, high + 0.5]
  return { domain: [low, high], ticks: (options.ticks ?? niceTicks)(low, high, count), logarithmic: false }
}

function firstAbove(ascending: ArrayLike<number>, value: number): number {
  let index = 0
  while (index < ascending.length && (ascending[index] ?? 0) <= value) index += 1
  return index
}

const marksAtMost = 200

/** Thins a series to what can be seen in `domain` and separates what has no place on the y axis. */
export function prepareSeries(
  series: ChartSeries,
  smoothed: ArrayLike<number> | null,
  domain: readonly [number, number],
  buckets: number,
  logarithmic: boolean,
  withRaw = true,
): PreparedSeries {
  const { x, y, band } = series
  const drawable = (value: number | undefined): number =>
    value !== undefined && canBeDrawn(value, logarithmic) ? value : Number.NaN
  const draw = (values: ArrayLike<number>): DrawnPoints & { indices: number[] } => {
    const indices = visibleIndices({ x, y: values }, domain[0], domain[1], buckets)
    return {
      indices,
      x: Float64Array.from(indices, (index) => x[index] ?? 0),
      y: Float64Array.from(indices, (index) => drawable(values[index])),
    }
  }
  const marks: PreparedSeries['marks'] = []
  for (let index = 0; index < y.length; index++) {
    const value = y[index] ?? Number.NaN
    if (canBeDrawn(value, logarithmic)) continue
    const at = x[index] ?? 0
    if (at >= domain[0] && at <= domain[1]) marks.push({ x: at, value })
  }
  const every = Math.ceil(marks.length / marksAtMost)
  const line = draw(smoothed ?? y)
  return {
    id: series.id,
    colour: series.colour,
    line,
    raw: smoothed && withRaw ? draw(y) : null,
    band: band
      ? {
          x: line.x,
          low: Float64Array.from(line.indices, (index) => drawable(band.low[index])),
          high: Float64Array.from(line.indices, (index) => drawable(band.high[index])),
        }
      : null,
    marks: every > 1 ? marks.filter((_, index) => index % every === 0) : marks,
  }
}

/** What of the values an axis without outliers keeps: from the 2nd to the 98th percentile. */
const keptShare = [0.02, 0.98] as const

/** Lowest and highest of what is drawn in sight; without the outermost 2 % at each end when asked for. */
function rangeOf(prepared: readonly PreparedSeries[], ignoreOutliers: boolean): [number, number] {
  const columns = prepared.flatMap(({ line, raw, band }) => [
    line.y,
    ...(raw ? [raw.y] : []),
    ...(band ? [band.low, band.high] : []),
  ])
  if (ignoreOutliers) {
    const all = new Float64Array(columns.reduce((sum, column) => sum + column.length, 0))
    let count = 0
    for (const column of columns) for (const value of column) if (!Number.isNaN(value)) all[count++] = value
    const sorted = all.subarray(0, count).sort()
    const at = (share: number) => sorted[Math.round(share * (count - 1))] ?? Number.NaN
    return count === 0 ? [1, 0] : [at(keptShare[0]), at(keptShare[1])]
  }
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const column of columns)
    for (const value of column) {
      if (value < low) low = value
      if (value > high) high = value
    }
  return [low, high]
}

/** The y axis over what is seen, with a little air; from zero when asked for. */
export function yAxisOf(
  prepared: readonly PreparedSeries[],
  options: { logarithmic: boolean; fromZero: boolean; ignoreOutliers?: boolean; count: number },
): Axis {
  let [low, high] = rangeOf(prepared, options.ignoreOutliers ?? false)
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

import { formatSeconds, formatTick, logTicks, niceTicks } from '../../contract/axis-ticks.ts'
import { escapeHtml } from './escape-html.ts'

export interface ReportCurve {
  /** The run's place in the report: its colour. */
  place: number
  name: string
  x: ArrayLike<number>
  y: ArrayLike<number>
}

const size = { width: 560, height: 260 }
const plot = { left: 56, top: 10, right: 546, bottom: 232 }

/** Debiased exponential moving average; what is not finite stays in its place. */
function smoothed(values: ArrayLike<number>, weight: number): number[] {
  let average = 0
  let remaining = 1
  return Array.from(values, (value) => {
    if (!Number.isFinite(value)) return value
    remaining *= weight
    average = average * weight + value * (1 - weight)
    return average / (1 - remaining)
  })
}

const tenth = (place: number): number => Math.round(place * 10) / 10

/** Curves of one metric as an SVG picture that needs nothing else: each says its run's name where it is pointed at. */
export function reportChart(
  title: string,
  curves: readonly ReportCurve[],
  options: { logarithmic: boolean; smoothing: number; by: 'step' | 'time' },
): string {
  const { logarithmic, smoothing, by } = options
  const isDrawn = (value: number) => Number.isFinite(value) && (!logarithmic || value > 0)
  const drawn = curves.map((curve) => ({
    ...curve,
    line: smoothing > 0 && curve.y.length >= 50 ? smoothed(curve.y, smoothing) : Array.from(curve.y),
  }))
  let [xLow, xHigh, yLow, yHigh] = [Infinity, -Infinity, Infinity, -Infinity]
  for (const { x, line } of drawn)
    for (const [index, value] of line.entries()) {
      const at = x[index] ?? 0
      xLow = Math.min(xLow, at)
      xHigh = Math.max(xHigh, at)
      if (!isDrawn(value)) continue
      yLow = Math.min(yLow, value)
      yHigh = Math.max(yHigh, value)
    }
  if (xLow > xHigh || yLow > yHigh)
    return `<figure><figcaption>${escapeHtml(title)}</figcaption><p>No finite points.</p></figure>`
  if (xLow === xHigh) [xLow, xHigh] = [xLow - 0.5, xHigh + 0.5]
  const air = logarithmic
    ? Math.max(1.05, (yHigh / yLow) ** 0.04)
    : (yHigh - yLow) * 0.05 || Math.abs(yHigh) * 0.1 || 1
  ;[yLow, yHigh] = logarithmic ? [yLow / air, yHigh * air] : [yLow - air, yHigh + air]
  const on = (value: number) => (logarithmic ? Math.log10(value) : value)
  const toX = (x: number) => tenth(plot.left + ((x - xLow) / (xHigh - xLow)) * (plot.right - plot.left))
  const toY = (y: number) =>
    tenth(plot.bottom - ((on(y) - on(yLow)) / (on(yHigh) - on(yLow))) * (plot.bottom - plot.top))

  const yTicks = logarithmic ? logTicks(yLow, yHigh) : niceTicks(yLow, yHigh, 5)
  const xTicks = niceTicks(xLow, xHigh, 5)
  const yStep = logarithmic ? 0 : (yTicks[1] ?? 0) - (yTicks[0] ?? 0)
  const xStep = (xTicks[1] ?? 0) - (xTicks[0] ?? 0)
  const grid = yTicks.map(
    (tick) =>
      `<path class="grid" d="M${plot.left} ${toY(tick)}H${plot.right}"/><text x="${plot.left - 8}" y="${toY(tick) + 4}" text-anchor="end">${formatTick(tick, yStep)}</text>`,
  )
  const feet = xTicks.map(
    (tick) =>
      `<text x="${toX(tick)}" y="${plot.bottom + 18}" text-anchor="middle">${by === 'time' ? formatSeconds(tick) : formatTick(tick, xStep)}</text>`,
  )
  const lines = drawn.map(({ place, name, x, line }) => {
    // A stretch of length 0 draws a lone point, for ends are round.
    let path = ''
    let marks = ''
    let started = false
    for (const [index, value] of line.entries()) {
      const at = toX(x[index] ?? 0)
      if (isDrawn(value)) path += started ? `L${at} ${toY(value)}` : `M${at} ${toY(value)}h0`
      // NaN is a cross at the foot, what lies beyond the axis a short stroke at its end.
      else if (Number.isNaN(value)) marks += `M${at - 3} ${plot.bottom - 6}l6 6m0 -6l-6 6`
      else marks += value > 0 ? `M${at} ${plot.top}v6` : `M${at} ${plot.bottom}v-6`
      started = isDrawn(value)
    }
    return `<path class="curve r${place}" d="${path}${marks}"><title>${escapeHtml(name)}</title></path>`
  })
  return `<figure><figcaption>${escapeHtml(title)} <small>by ${by}${logarithmic ? ', logarithmic' : ''}</small></figcaption>
<svg viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${escapeHtml(`${title} of ${curves.length} runs`)}">${grid.join('')}<path class="grid" d="M${plot.left} ${plot.bottom}H${plot.right}"/>${feet.join('')}${lines.join('')}</svg></figure>`
}

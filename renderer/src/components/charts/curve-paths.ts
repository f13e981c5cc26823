import { type Axis, type ChartRect, type PreparedSeries, placer } from './chart-scale.ts'

/** What draws: a canvas, or the writer of an SVG path. */
export interface Pen {
  moveTo(x: number, y: number): void
  lineTo(x: number, y: number): void
  /** A closed circle. */
  circle(x: number, y: number, radius: number): void
  close(): void
}

/** What a chart draws of one curve, each part by a pen. */
export interface CurveParts {
  band(pen: Pen): void
  raw(pen: Pen): void
  line(pen: Pen): void
  dots(pen: Pen): void
  marks(pen: Pen): void
}

/** Few enough points to show each as a dot. */
const dottedUpTo = 40
const dotRadius = 2.5

/** The parts of a curve in a plot; px. */
export function curveParts(series: PreparedSeries, plot: ChartRect, xAxis: Axis, yAxis: Axis): CurveParts {
  const toX = placer(xAxis, plot.left, plot.left + plot.width)
  const toY = placer(yAxis, plot.top + plot.height, plot.top)
  const bottom = plot.top + plot.height
  const polyline = (pen: Pen, x: Float64Array, y: Float64Array) => {
    let started = false
    for (let index = 0; index < x.length; index++) {
      const value = y[index] ?? Number.NaN
      if (Number.isNaN(value)) {
        started = false
        continue
      }
      if (started) pen.lineTo(toX(x[index] ?? 0), toY(value))
      else pen.moveTo(toX(x[index] ?? 0), toY(value))
      started = true
    }
  }
  return {
    band(pen) {
      if (!series.band) return
      const { x, low, high } = series.band
      const isThere = (index: number) =>
        !Number.isNaN(low[index] ?? Number.NaN) && !Number.isNaN(high[index] ?? Number.NaN)
      for (let from = 0; from < x.length; from++) {
        if (!isThere(from)) continue
        let past = from
        while (past < x.length && isThere(past)) past += 1
        pen.moveTo(toX(x[from] ?? 0), toY(high[from] ?? 0))
        for (let index = from + 1; index < past; index++)
          pen.lineTo(toX(x[index] ?? 0), toY(high[index] ?? 0))
        for (let index = past - 1; index >= from; index--)
          pen.lineTo(toX(x[index] ?? 0), toY(low[index] ?? 0))
        pen.close()
        from = past
      }
    },
    raw(pen) {
      if (series.raw) polyline(pen, series.raw.x, series.raw.y)
    },
    line: (pen) => polyline(pen, series.line.x, series.line.y),
    dots(pen) {
      const { x, y } = series.line
      const isValue = (index: number) => !Number.isNaN(y[index] ?? Number.NaN)
      for (let index = 0; index < x.length; index++) {
        const at = x[index] ?? 0
        if (!isValue(index) || at < xAxis.domain[0] || at > xAxis.domain[1]) continue
        if (x.length > dottedUpTo && (isValue(index - 1) || isValue(index + 1))) continue
        pen.circle(toX(at), toY(y[index] ?? 0), dotRadius)
      }
    },
    // NaN is a cross, what lies below a log scale points down at the foot, +∞ points up at the head.
    marks(pen) {
      for (const { x, value } of series.marks) {
        const at = toX(x)
        if (Number.isNaN(value)) {
          pen.moveTo(at - 3.5, bottom - 7)
          pen.lineTo(at + 3.5, bottom)
          pen.moveTo(at + 3.5, bottom - 7)
          pen.lineTo(at - 3.5, bottom)
          continue
        }
        const [base, tip] =
          value === Number.POSITIVE_INFINITY ? [plot.top + 7, plot.top] : [bottom - 7, bottom]
        pen.moveTo(at - 4, base)
        pen.lineTo(at, tip)
        pen.lineTo(at + 4, base)
        pen.close()
      }
    },
  }
}

const tenth = (place: number): number => Math.round(place * 10) / 10

/** A pen that writes the `d` of an SVG path. */
export function pathPen(): Pen & { path(): string } {
  const parts: string[] = []
  return {
    moveTo: (x, y) => parts.push(`M${tenth(x)} ${tenth(y)}`),
    lineTo: (x, y) => parts.push(`L${tenth(x)} ${tenth(y)}`),
    circle: (x, y, radius) =>
      parts.push(
        `M${tenth(x - radius)} ${tenth(y)}a${radius} ${radius} 0 1 0 ${2 * radius} 0a${radius} ${radius} 0 1 0 ${-2 * radius} 0Z`,
      ),
    close: () => parts.push('Z'),
    path: () => parts.join(''),
  }
}

/** A pen that draws on a canvas, between `beginPath` and `stroke` or `fill`. */
export function canvasPen(context: CanvasRenderingContext2D): Pen {
  return {
    moveTo: (x, y) => context.moveTo(x, y),
    lineTo: (x, y) => context.lineTo(x, y),
    circle: (x, y, radius) => {
      context.moveTo(x + radius, y)
      context.arc(x, y, radius, 0, 2 * Math.PI)
    },
    close: () => context.closePath(),
  }
}

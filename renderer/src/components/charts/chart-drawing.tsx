import { memo, useId, useLayoutEffect, useRef } from 'react'
import { type Axis, type PreparedSeries, plotRect, shareOf, tickFormatter } from './chart-scale.ts'
import { canvasPen, curveParts, pathPen } from './curve-paths.ts'
import { schemeColour } from './scheme-colour.ts'

interface DrawingProps {
  width: number
  height: number
  series: readonly PreparedSeries[]
  xAxis: Axis
  yAxis: Axis
  formatX: ((value: number) => string) | undefined
  /** The curve to bring forward; the others fade. */
  emphasis: string | null
  scheme: 'light' | 'dark'
}

/** So many curves cover one another. */
const fadedFrom = 12
const lineWidth = 1.5
const emphasisWidth = 2.25
const rawOpacity = 0.28
const bandOpacity = 0.16

/** Makes the canvas as sharp as the screen, and clips to the plot. Null where there is no canvas to draw on. */
function prepareCanvas(
  canvas: HTMLCanvasElement | null,
  width: number,
  height: number,
): CanvasRenderingContext2D | null {
  const context = canvas?.getContext('2d')
  if (!canvas || !context) return null
  const ratio = window.devicePixelRatio || 1
  canvas.width = Math.round(width * ratio)
  canvas.height = Math.round(height * ratio)
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  context.lineJoin = 'round'
  return context
}

function paint(
  context: CanvasRenderingContext2D,
  props: Omit<DrawingProps, 'emphasis' | 'formatX'>,
  width: number,
  opacity: number,
): void {
  const plot = plotRect(props.width, props.height)
  const pen = canvasPen(context)
  context.save()
  context.beginPath()
  context.rect(plot.left, plot.top, plot.width, plot.height)
  context.clip()
  const drawn = props.series.map((series) => ({
    parts: curveParts(series, plot, props.xAxis, props.yAxis),
    colour: schemeColour(series.colour, props.scheme),
    series,
  }))
  for (const { parts, colour, series } of drawn) {
    context.fillStyle = colour
    context.strokeStyle = colour
    if (series.band) {
      context.globalAlpha = bandOpacity * opacity
      context.beginPath()
      parts.band(pen)
      context.fill()
    }
    if (!series.raw) continue
    context.globalAlpha = rawOpacity * opacity
    context.lineWidth = 1
    context.beginPath()
    parts.raw(pen)
    context.stroke()
  }
  context.globalAlpha = opacity
  context.lineWidth = width
  for (const { parts, colour } of drawn) {
    context.strokeStyle = colour
    context.beginPath()
    parts.line(pen)
    context.stroke()
  }
  context.restore()
  context.globalAlpha = opacity
  context.lineWidth = lineWidth
  for (const { parts, colour, series } of drawn) {
    context.fillStyle = colour
    context.strokeStyle = colour
    context.beginPath()
    parts.dots(pen)
    context.fill()
    if (series.marks.length === 0) continue
    context.beginPath()
    parts.marks(pen)
    context.fill()
    context.stroke()
  }
}

const svgNamespace = 'http://www.w3.org/2000/svg'

/** The curves as elements of a file of their own: what is drawn on the canvas. */
export function curvesSvg(
  series: readonly PreparedSeries[],
  size: { width: number; height: number },
  axes: { xAxis: Axis; yAxis: Axis },
): SVGElement {
  const plot = plotRect(size.width, size.height)
  const clipped = document.createElementNS(svgNamespace, 'svg')
  const frame = { x: plot.left, y: plot.top, width: plot.width, height: plot.height }
  for (const [name, value] of Object.entries(frame)) clipped.setAttribute(name, String(value))
  clipped.setAttribute('viewBox', `${plot.left} ${plot.top} ${plot.width} ${plot.height}`)
  clipped.setAttribute('overflow', 'hidden')
  const path = (draw: (pen: ReturnType<typeof pathPen>) => void, styles: Record<string, string>) => {
    const pen = pathPen()
    draw(pen)
    const d = pen.path()
    if (d === '') return
    const element = document.createElementNS(svgNamespace, 'path')
    element.setAttribute('d', d)
    for (const [name, value] of Object.entries(styles)) element.style.setProperty(name, value)
    clipped.append(element)
  }
  for (const one of series) {
    const parts = curveParts(one, plot, axes.xAxis, axes.yAxis)
    const line = { fill: 'none', stroke: one.colour }
    path(parts.band, { fill: one.colour, 'fill-opacity': String(bandOpacity) })
    path(parts.raw, { ...line, 'stroke-width': '1', 'stroke-opacity': String(rawOpacity) })
    path(parts.line, { ...line, 'stroke-width': String(lineWidth) })
    path(parts.dots, { fill: one.colour })
    path(parts.marks, { fill: one.colour, stroke: one.colour, 'stroke-width': '1.5' })
  }
  return clipped
}

/**
 * The picture of a chart: axes and grid as SVG, the curves on a canvas, the one brought forward on another above it, so
 * that pointing at a run in a list never draws a hundred curves again.
 */
export const ChartDrawing = memo(function ChartDrawing(props: DrawingProps) {
  const { width, height, series, xAxis, yAxis, emphasis, scheme } = props
  const id = useId()
  const curves = useRef<HTMLCanvasElement>(null)
  const front = useRef<HTMLCanvasElement>(null)
  const plot = plotRect(width, height)
  const forward = series.find((one) => one.id === emphasis)

  useLayoutEffect(() => {
    const context = prepareCanvas(curves.current, width, height)
    const opacity = series.length > fadedFrom ? 0.75 : 1
    if (context) paint(context, { width, height, series, xAxis, yAxis, scheme }, lineWidth, opacity)
  }, [width, height, series, xAxis, yAxis, scheme])
  useLayoutEffect(() => {
    const context = prepareCanvas(front.current, width, height)
    if (context && forward)
      paint(context, { width, height, series: [forward], xAxis, yAxis, scheme }, emphasisWidth, 1)
  }, [width, height, forward, xAxis, yAxis, scheme])

  const formatX = props.formatX ?? tickFormatter(xAxis)
  const formatY = tickFormatter(yAxis)
  const bottom = plot.top + plot.height
  const inSight = (tick: number, axis: Axis) => tick >= axis.domain[0] && tick <= axis.domain[1]
  return (
    <>
      <svg className="chart-axes" width={width} height={height} aria-hidden>
        {yAxis.ticks
          .filter((tick) => inSight(tick, yAxis))
          .map((tick) => {
            const y = Math.round(plot.top + (1 - shareOf(tick, yAxis)) * plot.height) + 0.5
            return (
              <g key={`${id} y ${tick}`}>
                <line className="chart-grid" x1={plot.left} x2={plot.left + plot.width} y1={y} y2={y} />
                <text x={plot.left - 8} y={y + 4} textAnchor="end">
                  {formatY(tick)}
                </text>
              </g>
            )
          })}
        <line
          className="chart-grid"
          x1={plot.left}
          x2={plot.left + plot.width}
          y1={bottom + 0.5}
          y2={bottom + 0.5}
        />
        {xAxis.ticks
          .filter((tick) => inSight(tick, xAxis))
          .map((tick) => (
            <text
              key={`${id} x ${tick}`}
              x={plot.left + shareOf(tick, xAxis) * plot.width}
              y={bottom + 18}
              textAnchor="middle"
            >
              {formatX(tick)}
            </text>
          ))}
      </svg>
      <canvas
        ref={curves}
        className="chart-canvas"
        data-curves={series.length}
        style={{ width, height, opacity: forward ? 0.25 : 1 }}
      />
      <canvas
        ref={front}
        className="chart-canvas"
        style={{ width, height, display: forward ? undefined : 'none' }}
      />
    </>
  )
})

import { memo, useId } from 'react'
import { CartesianGrid, LineChart, XAxis, YAxis } from 'recharts'
import {
  type Axis,
  type DrawnPoint,
  type PreparedSeries,
  plotMargin,
  shareOf,
  tickFormatter,
} from './chart-scale.ts'

interface DrawingProps {
  width: number
  height: number
  series: PreparedSeries[]
  xAxis: Axis
  yAxis: Axis
  formatX: ((value: number) => string) | undefined
  /** The curve to bring forward; the others fade. */
  emphasis: string | null
}

const tickStyle = { fontSize: 11, fill: 'var(--ink-dim)' }
const axisLine = { stroke: 'var(--hairline)' }

/** Few enough points to show each as a dot. */
const dottedUpTo = 40

const isolated = ({ line }: PreparedSeries) =>
  line.filter(
    ({ y }, index) =>
      y !== null &&
      (line.length <= dottedUpTo ||
        ((line[index - 1]?.y ?? null) === null && (line[index + 1]?.y ?? null) === null)),
  )

const dotPath = (x: number, y: number): string => `M${x - 2.5} ${y}a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0 -5 0Z`

/** Shapes of values that have no place on the axis: NaN and what a log scale can't show below, +∞ above. */
function markPath(value: number, x: number, top: number, bottom: number): string {
  if (value === Number.POSITIVE_INFINITY) return `M${x - 4} ${top + 7}L${x} ${top}L${x + 4} ${top + 7}Z`
  if (Number.isNaN(value)) return `M${x - 3.5} ${bottom - 7}l7 7m0 -7l-7 7`
  return `M${x - 4} ${bottom - 7}L${x} ${bottom}L${x + 4} ${bottom - 7}Z`
}

const tenth = (place: number): number => Math.round(place * 10) / 10

/** A line through points, broken where there is no value. A hundred of them must be drawn at once: no element a point. */
function linePath(
  points: readonly DrawnPoint[],
  toX: (x: number) => number,
  toY: (y: number) => number,
): string {
  let path = ''
  let started = false
  for (const { x, y } of points) {
    if (y !== null) path += `${started ? 'L' : 'M'}${tenth(toX(x))} ${tenth(toY(y))}`
    started = y !== null
  }
  return path
}

/** The picture of a chart: axes, grid, curves and marks. Draws again only when these change, never on hover. */
export const ChartDrawing = memo(function ChartDrawing(props: DrawingProps) {
  const { width, height, series, xAxis, yAxis, emphasis } = props
  const clipId = useId()
  const plotWidth = width - plotMargin.left - plotMargin.right
  const plotHeight = height - plotMargin.top - plotMargin.bottom
  const toX = (x: number) => plotMargin.left + shareOf(x, xAxis) * plotWidth
  const toY = (y: number) => plotMargin.top + (1 - shareOf(y, yAxis)) * plotHeight
  const inSight = (x: number) => x >= xAxis.domain[0] && x <= xAxis.domain[1]
  const fade = series.length > 12 ? 0.75 : 1
  const opacityOf = (id: string) => (emphasis === null ? fade : emphasis === id ? 1 : 0.15)

  return (
    <LineChart
      width={width}
      height={height}
      margin={{ top: plotMargin.top, right: plotMargin.right, bottom: 0, left: 0 }}
      accessibilityLayer={false}
    >
      <CartesianGrid vertical={false} syncWithTicks stroke="var(--hairline)" />
      <XAxis
        type="number"
        dataKey="x"
        domain={xAxis.domain}
        allowDataOverflow
        ticks={xAxis.ticks}
        interval={0}
        tickFormatter={props.formatX ?? tickFormatter(xAxis)}
        height={plotMargin.bottom}
        tickLine={false}
        axisLine={axisLine}
        tick={tickStyle}
      />
      <YAxis
        type="number"
        scale={yAxis.logarithmic ? 'log' : 'linear'}
        domain={yAxis.domain}
        allowDataOverflow
        ticks={yAxis.ticks}
        interval={0}
        tickFormatter={tickFormatter(yAxis)}
        width={plotMargin.left}
        tickLine={false}
        axisLine={false}
        tick={tickStyle}
      />
      <defs>
        <clipPath id={clipId}>
          <rect x={plotMargin.left} y={plotMargin.top} width={plotWidth} height={plotHeight} />
        </clipPath>
      </defs>
      <g fill="none" strokeLinejoin="round" clipPath={`url(#${clipId})`}>
        {series.map(({ id, raw, colour }) =>
          raw.length === 0 ? null : (
            <path
              key={`raw ${id}`}
              d={linePath(raw, toX, toY)}
              stroke={colour}
              strokeWidth={1}
              strokeOpacity={0.28 * opacityOf(id)}
            />
          ),
        )}
        {series.map(({ id, line, colour }) => (
          <path
            key={id}
            className="chart-line"
            d={linePath(line, toX, toY)}
            stroke={colour}
            strokeWidth={emphasis === id ? 2.25 : 1.5}
            strokeOpacity={opacityOf(id)}
          />
        ))}
      </g>
      <g>
        {series.map((one) => (
          <path
            key={`dots ${one.id}`}
            d={isolated(one)
              .filter(({ x }) => inSight(x))
              .map(({ x, y }) => dotPath(toX(x), toY(y ?? 0)))
              .join('')}
            style={{ fill: one.colour }}
            opacity={opacityOf(one.id)}
          />
        ))}
        {series.map((one) => (
          <path
            key={`marks ${one.id}`}
            d={one.marks
              .map(({ x, value }) => markPath(value, toX(x), plotMargin.top, plotMargin.top + plotHeight))
              .join('')}
            style={{ fill: one.colour, stroke: one.colour }}
            strokeWidth={1.5}
            opacity={opacityOf(one.id)}
          />
        ))}
      </g>
    </LineChart>
  )
})

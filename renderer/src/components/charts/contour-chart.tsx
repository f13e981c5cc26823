import { useElementSize } from '@mantine/hooks'
import { type ReactNode, useMemo, useRef } from 'react'
import { Link } from 'wouter'
import { formatTick, logTicks, niceTicks } from '../../../../core/contract/axis-ticks.ts'
import { formatNumber } from '../format.ts'
import { chartSvg } from './chart-export.ts'
import { ChartFigure } from './chart-figure.tsx'
import { levelLine, surfaceOf } from './contour.ts'
import { toCsv } from './csv.ts'
import { spansDecades } from './decades.ts'
import { rampColour } from './value-ramp.ts'
import './charts.css'

export interface ContourRun {
  id: string
  title: string
  x: number
  y: number
  value: number
}

const margin = { top: 8, right: 96, bottom: 40, left: 64 }
const levels = 8
const levelPlaces = Array.from({ length: levels }, (_, place) => place)

interface ContourAxis {
  /** 0..1 */
  place(value: number): number
  ticks: number[]
  logarithmic: boolean
}

function axisOf(values: readonly number[], count: number): ContourAxis {
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const logarithmic = spansDecades(values)
  const on = (value: number) => (logarithmic ? Math.log(value) : value)
  const place = (value: number) => (high > low ? (on(value) - on(low)) / (on(high) - on(low)) : 0.5)
  const ticks = (logarithmic ? logTicks(low, high) : niceTicks(low, high, count)).filter(
    (tick) => tick >= low && tick <= high,
  )
  const powers = ticks.filter((tick) => Number.isInteger(Number(Math.log10(tick).toFixed(9))))
  return { place, logarithmic, ticks: ticks.length > count && powers.length > 1 ? powers : ticks }
}

/** Where a place on the grid lies from 0 to 1. */
const clamped = (at: number, count: number): number => Math.min(1, Math.max(0, at / (count - 1)))

/** Runs at the same place count once, by their mean. */
function meansOf(points: readonly { x: number; y: number; value: number }[]) {
  const byPlace = new Map<string, { x: number; y: number; values: number[] }>()
  for (const { x, y, value } of points) {
    const known = byPlace.get(`${x} ${y}`)
    if (known) known.values.push(value)
    else byPlace.set(`${x} ${y}`, { x, y, values: [value] })
  }
  return [...byPlace.values()].map(({ x, y, values }) => ({
    x,
    y,
    value: values.reduce((sum, value) => sum + value, 0) / values.length,
  }))
}

/** A metric over two numbers: coloured levels between the runs, and the runs as points. */
export function ContourChart(props: {
  title: string
  runs: readonly ContourRun[]
  xTitle: string
  yTitle: string
  valueTitle: string
  emphasis: string | null
  onEmphasis: (id: string | null) => void
  /** The address of a run's own page. */
  hrefOf: (id: string) => string
  height?: number
  actions?: ReactNode
}) {
  const { title, xTitle, yTitle, valueTitle, emphasis, height = 300 } = props
  const { ref, width } = useElementSize<HTMLElement>()
  const drawn = useRef<SVGSVGElement>(null)
  const runs = useMemo(
    () => props.runs.filter(({ x, y, value }) => [x, y, value].every(Number.isFinite)),
    [props.runs],
  )
  const [plotWidth, plotHeight] = [width - margin.left - margin.right, height - margin.top - margin.bottom]
  const xAxis = axisOf(
    runs.map(({ x }) => x),
    Math.max(2, plotWidth / 90),
  )
  const yAxis = axisOf(
    runs.map(({ y }) => y),
    4,
  )
  const surface = useMemo(
    () =>
      surfaceOf(
        meansOf(
          runs.map(({ x, y, value }) => ({
            x: axisOf(
              runs.map((run) => run.x),
              2,
            ).place(x),
            y: axisOf(
              runs.map((run) => run.y),
              2,
            ).place(y),
            value,
          })),
        ),
      ),
    [runs],
  )
  const values = runs.map(({ value }) => value)
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const share = (value: number) => (high > low ? (value - low) / (high - low) : 0.5)
  const band = (value: number) => (Math.min(levels - 1, Math.floor(share(value) * levels)) + 0.5) / levels
  const toX = (place: number) => margin.left + place * plotWidth
  const toY = (place: number) => margin.top + (1 - place) * plotHeight
  const lines = useMemo(() => {
    if (!surface || surface.high <= surface.low) return []
    const step = (surface.high - surface.low) / levels
    return Array.from({ length: levels - 1 }, (_, index) => surface.low + (index + 1) * step).map(
      (level) => ({
        level,
        pieces: levelLine(surface, level),
      }),
    )
  }, [surface])
  const svg = () => {
    if (!drawn.current) throw new Error('The chart is not drawn yet.')
    return chartSvg(drawn.current, title, [])
  }
  const csv = () =>
    toCsv(
      ['name', xTitle, yTitle, valueTitle],
      props.runs.map((run) => [run.title, run.x, run.y, run.value]),
    )
  const cells: ReactNode[] = []
  if (surface && plotWidth > 0) {
    for (let row = 0; row < surface.rows; row += 1)
      for (let column = 0; column < surface.columns; column += 1) {
        const value = surface.values[row * surface.columns + column] ?? Number.NaN
        if (Number.isNaN(value)) continue
        const [left, right] = [column - 0.5, column + 0.5].map((at) => toX(clamped(at, surface.columns)))
        const [bottom, top] = [row - 0.5, row + 0.5].map((at) => toY(clamped(at, surface.rows)))
        if (left === undefined || right === undefined || bottom === undefined || top === undefined) continue
        cells.push(
          <rect
            key={`${row} ${column}`}
            x={left}
            y={top}
            width={right - left}
            height={bottom - top}
            fill={rampColour(band(value))}
          />,
        )
      }
  }
  return (
    <ChartFigure ref={ref} title={title} actions={props.actions} svg={svg} csv={csv}>
      {runs.length === 0 && <p className="dim">No run has all three numbers.</p>}
      {runs.length > 0 && !surface && (
        <p className="dim">
          The runs lie on one line or are fewer than three: there is nothing between them to draw.
        </p>
      )}
      {plotWidth > 0 && runs.length > 0 && (
        <svg ref={drawn} width={width} height={height} className="contour" aria-hidden>
          <g shapeRendering="crispEdges" opacity={0.85}>
            {cells}
          </g>
          <g className="contour-lines">
            {lines.map(({ level, pieces }) => (
              <path
                key={level}
                d={pieces.map(([x1, y1, x2, y2]) => `M${toX(x1)} ${toY(y1)}L${toX(x2)} ${toY(y2)}`).join('')}
              />
            ))}
          </g>
          <rect
            className="contour-frame"
            x={margin.left}
            y={margin.top}
            width={plotWidth}
            height={plotHeight}
          />
          {runs.map((run) => (
            <Link
              key={run.id}
              href={props.hrefOf(run.id)}
              tabIndex={-1}
              onPointerEnter={() => props.onEmphasis(run.id)}
              onPointerLeave={() => props.onEmphasis(null)}
            >
              <circle
                className="contour-run"
                cx={toX(xAxis.place(run.x))}
                cy={toY(yAxis.place(run.y))}
                r={emphasis === run.id ? 6 : 4}
                fill={rampColour(share(run.value))}
              >
                <title>{`${run.title}: ${xTitle} ${formatNumber(run.x)}, ${yTitle} ${formatNumber(run.y)}, ${valueTitle} ${formatNumber(run.value)}`}</title>
              </circle>
            </Link>
          ))}
          {xAxis.ticks.map((tick) => (
            <text key={tick} x={toX(xAxis.place(tick))} y={height - margin.bottom + 16} textAnchor="middle">
              {formatTick(tick)}
            </text>
          ))}
          <text className="contour-title" x={toX(0.5)} y={height - 6} textAnchor="middle">
            {xTitle}
            {xAxis.logarithmic && ' (log)'}
          </text>
          {yAxis.ticks.map((tick) => (
            <text key={tick} x={margin.left - 8} y={toY(yAxis.place(tick)) + 4} textAnchor="end">
              {formatTick(tick)}
            </text>
          ))}
          <text
            className="contour-title"
            transform={`translate(12 ${toY(0.5)}) rotate(-90)`}
            textAnchor="middle"
          >
            {yTitle}
            {yAxis.logarithmic && ' (log)'}
          </text>
          {levelPlaces.map((level) => (
            <rect
              key={level}
              x={width - margin.right + 16}
              y={toY((level + 1) / levels)}
              width={12}
              height={plotHeight / levels}
              fill={rampColour((level + 0.5) / levels)}
            />
          ))}
          {[low, ...(high > low ? [(low + high) / 2, high] : [])].map((value) => (
            <text key={value} x={width - margin.right + 34} y={toY(share(value)) + (value === high ? 9 : 4)}>
              {formatNumber(value)}
            </text>
          ))}
        </svg>
      )}
    </ChartFigure>
  )
}

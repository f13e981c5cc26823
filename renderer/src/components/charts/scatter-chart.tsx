import { useElementSize } from '@mantine/hooks'
import { type ReactNode, useRef } from 'react'
import {
  CartesianGrid,
  ScatterChart as RechartsScatter,
  ReferenceLine,
  Scatter,
  XAxis,
  YAxis,
} from 'recharts'
import { Link } from 'wouter'
import { formatTick, logTicks, niceTicks } from '../../../../core/contract/axis-ticks.ts'
import { formatNumber } from '../format.ts'
import { chartSvg } from './chart-export.ts'
import { ChartFigure } from './chart-figure.tsx'
import { toCsv } from './csv.ts'
import { trendOf } from './trend.ts'
import './charts.css'

export interface ScatterPoint {
  id: string
  title: string
  x: number
  y: number
  colour: string
}

const tickStyle = { fontSize: 11, fill: 'var(--ink-dim)' }

function axisOf(values: readonly number[], logarithmic: boolean, count: number) {
  const low = Math.min(...values)
  const high = Math.max(...values)
  if (logarithmic) return { domain: [low / 1.1, high * 1.1], ticks: logTicks(low, high) }
  const room = (high - low || Math.abs(high) || 1) * 0.05
  return { domain: [low - room, high + room], ticks: niceTicks(low - room, high + room, count) }
}

/** Points over two numbers; `choices` names the whole numbers of x where x stands for names. */
export function ScatterChart(props: {
  title: string
  points: readonly ScatterPoint[]
  logarithmic?: boolean
  choices?: readonly string[]
  height?: number
  emphasis: string | null
  onEmphasis: (id: string | null) => void
  /** The address of a point's own page. */
  hrefOf: (id: string) => string
  /** Draws the line of least squares, and says how well it fits. */
  trend?: boolean
  xTitle?: string
  yTitle?: string
  actions?: ReactNode
}) {
  const { title, points, logarithmic = false, choices, height = 180, emphasis } = props
  const { ref, width } = useElementSize<HTMLElement>()
  const shown = points.filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y))
  const x = choices
    ? { domain: [-0.5, choices.length - 0.5], ticks: choices.map((_, index) => index) }
    : axisOf(
        shown.map((point) => point.x),
        logarithmic,
        Math.max(2, width / 90),
      )
  const y = axisOf(
    shown.map((point) => point.y),
    false,
    4,
  )
  const frame = useRef<HTMLDivElement>(null)
  const trend = props.trend && !choices && !logarithmic ? trendOf(shown) : null
  const svg = () => {
    const drawn = frame.current?.querySelector('svg')
    if (!drawn) throw new Error('The chart is not drawn yet.')
    return chartSvg(drawn, title, [])
  }
  const csv = () =>
    toCsv(
      ['name', props.xTitle ?? 'x', props.yTitle ?? 'y'],
      points.map((point) => [point.title, choices?.[point.x] ?? point.x, point.y]),
    )
  const left = Math.min(...shown.map((point) => point.x))
  const right = Math.max(...shown.map((point) => point.x))
  return (
    <ChartFigure
      ref={ref}
      title={title}
      fact={
        trend && (
          <span className="dim tabular" title="How much of the variance the line explains">
            r² {formatNumber(trend.fit)}
          </span>
        )
      }
      actions={props.actions}
      svg={svg}
      csv={csv}
    >
      {shown.length === 0 && <p className="dim">No run has both numbers.</p>}
      {width > 0 && shown.length > 0 && (
        <div ref={frame}>
          <RechartsScatter
            width={width}
            height={height}
            margin={{ top: 6, right: 12, bottom: 0, left: 0 }}
            accessibilityLayer={false}
          >
            <CartesianGrid vertical={false} stroke="var(--hairline)" />
            <XAxis
              type="number"
              dataKey="x"
              scale={logarithmic ? 'log' : 'linear'}
              domain={x.domain}
              ticks={x.ticks}
              tickFormatter={(value: number) => choices?.[value] ?? formatTick(value)}
              height={22}
              tickLine={false}
              axisLine={{ stroke: 'var(--hairline)' }}
              tick={tickStyle}
            />
            <YAxis
              type="number"
              dataKey="y"
              domain={y.domain}
              ticks={y.ticks}
              tickFormatter={(value: number) => formatTick(value)}
              width={48}
              tickLine={false}
              axisLine={false}
              tick={tickStyle}
            />
            {trend && (
              <ReferenceLine
                segment={[
                  { x: left, y: trend.at(left) },
                  { x: right, y: trend.at(right) },
                ]}
                stroke="var(--ink-dim)"
                strokeDasharray="5 4"
              />
            )}
            <Scatter
              data={shown}
              isAnimationActive={false}
              shape={(drawn: {
                cx?: number | undefined
                cy?: number | undefined
                payload?: ScatterPoint
              }) => {
                const point = drawn.payload
                if (!point) return <g />
                return (
                  <Link
                    href={props.hrefOf(point.id)}
                    tabIndex={-1}
                    aria-label={point.title}
                    onPointerEnter={() => props.onEmphasis(point.id)}
                    onPointerLeave={() => props.onEmphasis(null)}
                  >
                    <circle
                      cx={drawn.cx}
                      cy={drawn.cy}
                      r={emphasis === point.id ? 6 : 4}
                      style={{ fill: point.colour }}
                      opacity={emphasis === null || emphasis === point.id ? 0.9 : 0.3}
                    >
                      <title>{`${point.title}: ${choices?.[point.x] ?? formatNumber(point.x)}, ${formatNumber(point.y)}`}</title>
                    </circle>
                  </Link>
                )
              }}
            />
          </RechartsScatter>
        </div>
      )}
    </ChartFigure>
  )
}

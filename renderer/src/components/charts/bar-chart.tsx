import { useElementSize } from '@mantine/hooks'
import { type ReactNode, useRef } from 'react'
import { Link } from 'wouter'
import { formatNumber } from '../format.ts'
import { chartSvg } from './chart-export.ts'
import { ChartFigure } from './chart-figure.tsx'
import { toCsv } from './csv.ts'
import './charts.css'

export interface Bar {
  id: string
  title: string
  value: number
  colour: string
}

const rowHeight = 22
const nameWidth = 150
const valueWidth = 64
const barsAtMost = 40

const shortened = (name: string) => (name.length > 22 ? `${name.slice(0, 21)}…` : name)

/** A bar a value, the largest first, from zero. */
export function BarChart(props: {
  title: string
  bars: readonly Bar[]
  emphasis: string | null
  onEmphasis: (id: string | null) => void
  hrefOf: (id: string) => string
  actions?: ReactNode
}) {
  const { title, bars, emphasis } = props
  const { ref, width } = useElementSize<HTMLElement>()
  const drawn = useRef<SVGSVGElement>(null)
  const finite = bars.filter(({ value }) => Number.isFinite(value)).sort((a, b) => b.value - a.value)
  const shown = finite.slice(0, barsAtMost)
  const low = Math.min(0, ...shown.map(({ value }) => value))
  const high = Math.max(0, ...shown.map(({ value }) => value))
  const plotWidth = Math.max(0, width - nameWidth - valueWidth)
  const toX = (value: number) => nameWidth + ((value - low) / (high - low || 1)) * plotWidth
  const svg = () => {
    if (!drawn.current) throw new Error('The chart is not drawn yet.')
    return chartSvg(drawn.current, title, [])
  }
  const csv = () =>
    toCsv(
      ['name', 'value'],
      bars.map((bar) => [bar.title, bar.value]),
    )
  const left = bars.length - shown.length
  return (
    <ChartFigure
      ref={ref}
      title={title}
      fact={
        left > 0 && (
          <span className="dim">
            {finite.length > shown.length
              ? `the largest ${barsAtMost} of ${bars.length}`
              : `${left} without a number`}
          </span>
        )
      }
      actions={props.actions}
      svg={svg}
      csv={csv}
    >
      {shown.length === 0 && <p className="dim">No run has a number here.</p>}
      {width > 0 && shown.length > 0 && (
        <svg ref={drawn} className="chart-axes" width={width} height={shown.length * rowHeight} aria-hidden>
          {shown.map(({ id, title: name, value, colour }, index) => {
            const y = index * rowHeight
            return (
              // The table of the same runs is the way for the keyboard.
              <Link
                key={id}
                href={props.hrefOf(id)}
                tabIndex={-1}
                onPointerEnter={() => props.onEmphasis(id)}
                onPointerLeave={() => props.onEmphasis(null)}
              >
                <g opacity={emphasis === null || emphasis === id ? 1 : 0.35}>
                  <title>{`${name}: ${value}`}</title>
                  <text x={nameWidth - 8} y={y + 15} textAnchor="end">
                    {shortened(name)}
                  </text>
                  <rect
                    x={Math.min(toX(0), toX(value))}
                    y={y + 4}
                    width={Math.max(1, Math.abs(toX(value) - toX(0)))}
                    height={rowHeight - 8}
                    style={{ fill: colour }}
                  />
                  <text x={Math.max(toX(0), toX(value)) + 6} y={y + 15}>
                    {formatNumber(value)}
                  </text>
                </g>
              </Link>
            )
          })}
        </svg>
      )}
    </ChartFigure>
  )
}

import { useElementSize } from '@mantine/hooks'
import { type ReactNode, useMemo, useRef } from 'react'
import { formatTick, niceTicks } from '../../../../../core/contract/axis-ticks.ts'
import { chartSvg } from '../../../components/charts/chart-export.ts'
import { ChartFigure } from '../../../components/charts/chart-figure.tsx'
import { toCsv } from '../../../components/charts/csv.ts'
import { rampColour } from '../../../components/charts/value-ramp.ts'
import { formatNumber, formatPercent, plural } from '../../../components/format.ts'
import { atStep, type HistogramStep, sharesIn } from './step-records.ts'
import { evenly } from './use-step-contents.ts'

const margin = { left: 44, right: 8, gap: 12, bottom: 22 }
const heatHeight = 96
const barsHeight = 96
const columns = 60
const rowsAtMost = 96

/** A row a step, the newest at the bottom; the more of the values lie in a column, the higher on the ramp. */
function heatOf(steps: readonly HistogramStep[], range: [number, number]): string {
  const canvas = document.createElement('canvas')
  canvas.width = columns
  canvas.height = steps.length
  const context = canvas.getContext('2d')
  if (!context) return ''
  for (const [row, { buckets }] of steps.entries()) {
    const shares = sharesIn(buckets, range, columns)
    const largest = Math.max(...shares)
    for (const [column, share] of shares.entries()) {
      if (!(share > 0)) continue
      // By the root: what is rare can be told from what is not there.
      const part = Math.sqrt(share / largest)
      context.globalAlpha = 0.35 + 0.65 * part
      context.fillStyle = rampColour(part)
      context.fillRect(column, row, 1, 1)
    }
  }
  return canvas.toDataURL()
}

/** How values are distributed: over all steps as a map, and at the chosen step as bars. */
export function HistogramFigure(props: {
  title: string
  fact: ReactNode
  colour: string
  steps: readonly HistogramStep[]
  /** Of all figures that stand beside one another. */
  range: [number, number]
  step: number
  onStep: (step: number) => void
}) {
  const { title, colour, steps, range, step, onStep } = props
  const { ref, width } = useElementSize<HTMLElement>()
  const drawn = useRef<SVGSVGElement>(null)
  const rows = useMemo(() => evenly(steps, rowsAtMost), [steps])
  const heat = useMemo(() => heatOf(rows, range), [rows, range])
  const now = atStep(steps, step)
  const shares = useMemo(() => (now ? sharesIn(now.buckets, range, columns) : null), [now, range])
  const [low, high] = range
  const plotWidth = Math.max(0, width - margin.left - margin.right)
  const toX = (value: number) => margin.left + ((value - low) / (high - low)) * plotWidth
  const ticks = niceTicks(low, high, Math.max(2, plotWidth / 80))
  const tickStep = (ticks[1] ?? 0) - (ticks[0] ?? 0)
  const place = now ? rows.findLastIndex((row) => row.step <= now.step) : -1
  const barsTop = heatHeight + margin.gap
  const bottom = barsTop + barsHeight
  const most = shares ? Math.max(...shares, Number.MIN_VALUE) : 1
  const first = rows[0]
  const last = rows.at(-1)
  const svg = () => {
    if (!drawn.current) throw new Error('The chart is not drawn yet.')
    return chartSvg(drawn.current, title, [])
  }
  const csv = () =>
    toCsv(
      ['step', 'from', 'to', 'count'],
      steps.flatMap((one) => one.buckets.map((bucket): number[] => [one.step, ...bucket])),
    )
  return (
    <ChartFigure ref={ref} title={title} fact={props.fact} svg={svg} csv={csv}>
      {width > 0 && (
        <svg
          ref={drawn}
          className="chart-axes"
          width={width}
          height={bottom + margin.bottom}
          role="img"
          aria-label={
            now
              ? `Step ${now.step}: ${plural(now.buckets.length, 'bucket')} from ${formatNumber(now.buckets[0]?.[0] ?? Number.NaN)} to ${formatNumber(now.buckets.at(-1)?.[1] ?? Number.NaN)}`
              : 'Nothing yet at this step'
          }
        >
          {/* The slider is the way for the keyboard. */}
          <image
            className="step-heat"
            href={heat}
            x={margin.left}
            y={0}
            width={plotWidth}
            height={heatHeight}
            preserveAspectRatio="none"
            onPointerDown={(event) => {
              const { top, height } = event.currentTarget.getBoundingClientRect()
              const at = Math.floor(((event.clientY - top) / height) * rows.length)
              onStep(rows[Math.min(rows.length - 1, Math.max(0, at))]?.step ?? step)
            }}
          />
          {first && (
            <text x={margin.left - 6} y={10} textAnchor="end">
              {formatTick(first.step)}
            </text>
          )}
          {last && rows.length > 1 && (
            <text x={margin.left - 6} y={heatHeight - 1} textAnchor="end">
              {formatTick(last.step)}
            </text>
          )}
          {place >= 0 && (
            <rect
              className="step-mark"
              x={margin.left}
              y={(place / rows.length) * heatHeight}
              width={plotWidth}
              height={Math.max(2, heatHeight / rows.length)}
            />
          )}
          {[...(shares ?? [])].map((share, column) => {
            const height = (share / most) * barsHeight
            return (
              <rect
                // biome-ignore lint/suspicious/noArrayIndexKey: columns stand where they are
                key={column}
                x={margin.left + (column * plotWidth) / columns}
                y={bottom - height}
                width={Math.max(0.5, plotWidth / columns - 0.5)}
                height={height}
                style={{ fill: colour }}
              />
            )
          })}
          <text x={margin.left - 6} y={barsTop + 10} textAnchor="end">
            {shares && formatPercent(most)}
          </text>
          <text x={margin.left - 6} y={bottom} textAnchor="end">
            0
          </text>
          <line
            className="chart-grid"
            x1={margin.left}
            x2={margin.left + plotWidth}
            y1={bottom}
            y2={bottom}
          />
          {ticks.map((tick) => (
            <text key={tick} x={toX(tick)} y={bottom + 15} textAnchor="middle">
              {formatTick(tick, tickStep)}
            </text>
          ))}
        </svg>
      )}
      {now !== null && now.notFinite > 0 && (
        <p className="dim">{plural(now.notFinite, 'value')} NaN or infinite, not shown.</p>
      )}
    </ChartFigure>
  )
}

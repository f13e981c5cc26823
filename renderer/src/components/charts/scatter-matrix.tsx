import { useElementSize } from '@mantine/hooks'
import { type ReactNode, useMemo, useRef } from 'react'
import { Link } from 'wouter'
import { formatNumber } from '../format.ts'
import { keyed } from '../keyed.ts'
import { chartSvg } from './chart-export.ts'
import { ChartFigure } from './chart-figure.tsx'
import { correlationOf, histogramOf } from './correlation.ts'
import { toCsv } from './csv.ts'
import { spansDecades } from './decades.ts'
import './charts.css'

export interface MatrixField {
  key: string
  title: string
  /** Names in place of numbers: values are places among them. */
  choices?: readonly string[]
}

export interface MatrixRow {
  id: string
  title: string
  /** By field; NaN where there is none. */
  values: Record<string, number>
  colour: string
}

const gap = 8
const foot = 18
const side = 44

/** How a field's values lie between 0 and 1, and its ends; `values` as they stand on its axis. */
function rangeOf(rows: readonly MatrixRow[], key: string) {
  const values = rows.map((row) => row.values[key] ?? Number.NaN).filter(Number.isFinite)
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const logarithmic = spansDecades(values)
  const on = (value: number) => (logarithmic ? Math.log(value) : value)
  const place = (value: number) =>
    high > low ? 0.06 + (0.88 * (on(value) - on(low))) / (on(high) - on(low)) : 0.5
  return { values: values.map(on), low, high, place, logarithmic }
}

/**
 * Each two numbers of the rows against each other below the diagonal, how each is spread on it, and above it how far the
 * two go together: Spearman's rank correlation.
 */
export function ScatterMatrix(props: {
  title: string
  fields: readonly MatrixField[]
  rows: readonly MatrixRow[]
  emphasis: string | null
  onEmphasis: (id: string | null) => void
  /** The address of a row's own page. */
  hrefOf: (id: string) => string
  actions?: ReactNode
}) {
  const { title, fields, rows, emphasis } = props
  const { ref, width } = useElementSize<HTMLElement>()
  const drawn = useRef<SVGSVGElement>(null)
  const ranges = useMemo(() => fields.map(({ key }) => rangeOf(rows, key)), [fields, rows])
  const correlations = useMemo(
    () =>
      fields.map(({ key: down }) =>
        fields.map(({ key: across }) =>
          correlationOf(
            rows.map((row) => [row.values[across] ?? Number.NaN, row.values[down] ?? Number.NaN]),
          ),
        ),
      ),
    [fields, rows],
  )
  const cell = Math.max(60, Math.min(180, (width - side) / fields.length))
  const inside = cell - gap
  const size = cell * fields.length
  const endText = ({ choices }: MatrixField, value: number) => choices?.[value] ?? formatNumber(value)
  const svg = () => {
    if (!drawn.current) throw new Error('The chart is not drawn yet.')
    return chartSvg(drawn.current, title, [])
  }
  const csv = () =>
    toCsv(
      ['name', ...fields.map((field) => field.title)],
      rows.map((row) => [
        row.title,
        ...fields.map((field) => {
          const value = row.values[field.key] ?? Number.NaN
          return Number.isNaN(value) ? '' : (field.choices?.[value] ?? value)
        }),
      ]),
    )
  return (
    <ChartFigure ref={ref} title={title} actions={props.actions} svg={svg} csv={csv}>
      {width > 0 && (
        <svg ref={drawn} width={side + size} height={size + foot} className="matrix" aria-hidden>
          {fields.map((down, row) =>
            fields.map((across, column) => {
              const [x, y] = [ranges[column], ranges[row]]
              if (!x || !y) return null
              const correlation = correlations[row]?.[column] ?? Number.NaN
              return (
                <g
                  key={`${down.key} ${across.key}`}
                  transform={`translate(${side + column * cell} ${row * cell})`}
                >
                  <rect className="matrix-cell" width={inside} height={inside} />
                  {row === column ? (
                    <>
                      {keyed(histogramOf(x.values, down.choices?.length ?? 10)).map(
                        ({ key, item: share }, bin, all) => (
                          <rect
                            key={key}
                            className="matrix-bar"
                            x={(bin / all.length) * inside + 1}
                            width={inside / all.length - 2}
                            y={inside - share * (inside - 26)}
                            height={share * (inside - 26)}
                          />
                        ),
                      )}
                      <text className="matrix-name" x={6} y={16}>
                        {down.title}
                        {x.logarithmic && ' (log)'}
                      </text>
                    </>
                  ) : row < column ? (
                    <text
                      className="matrix-correlation"
                      x={inside / 2}
                      y={inside / 2 + 5}
                      textAnchor="middle"
                      opacity={Number.isNaN(correlation) ? 0.6 : 0.6 + 0.4 * Math.abs(correlation)}
                      fontWeight={Math.abs(correlation) >= 0.5 ? 600 : 400}
                    >
                      {Number.isNaN(correlation) ? '–' : `ρ ${formatNumber(correlation)}`}
                    </text>
                  ) : (
                    rows.map((one) => {
                      const [px, py] = [one.values[across.key], one.values[down.key]]
                      if (!Number.isFinite(px) || !Number.isFinite(py)) return null
                      return (
                        <Link
                          key={one.id}
                          href={props.hrefOf(one.id)}
                          tabIndex={-1}
                          onPointerEnter={() => props.onEmphasis(one.id)}
                          onPointerLeave={() => props.onEmphasis(null)}
                        >
                          <circle
                            cx={x.place(px ?? 0) * inside}
                            cy={(1 - y.place(py ?? 0)) * inside}
                            r={emphasis === one.id ? 5 : 3}
                            style={{ fill: one.colour }}
                            opacity={emphasis === null || emphasis === one.id ? 0.85 : 0.25}
                          >
                            <title>{`${one.title}: ${across.title} ${endText(across, px ?? 0)}, ${down.title} ${endText(down, py ?? 0)}`}</title>
                          </circle>
                        </Link>
                      )
                    })
                  )}
                </g>
              )
            }),
          )}
          {fields.map((field, place) => {
            const range = ranges[place]
            if (!range || range.values.length === 0) return null
            const ends = [
              { value: range.low, at: range.place(range.low), anchor: 'start' as const },
              ...(range.high > range.low
                ? [{ value: range.high, at: range.place(range.high), anchor: 'end' as const }]
                : []),
            ]
            return (
              <g key={field.key} className="matrix-end">
                {ends.map(({ value, at, anchor }) => (
                  <g key={anchor}>
                    <text
                      x={side + place * cell + (anchor === 'start' ? 2 : inside - 2)}
                      y={size + 4}
                      textAnchor={anchor}
                    >
                      {endText(field, value)}
                    </text>
                    {place > 0 && (
                      <text x={side - 6} y={place * cell + (1 - at) * inside + 4} textAnchor="end">
                        {endText(field, value)}
                      </text>
                    )}
                  </g>
                ))}
              </g>
            )
          })}
        </svg>
      )}
    </ChartFigure>
  )
}

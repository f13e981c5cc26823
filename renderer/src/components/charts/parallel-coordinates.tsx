import { useElementSize } from '@mantine/hooks'
import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef, useState } from 'react'
import { Link } from 'wouter'
import { formatNumber } from '../format.ts'
import { chartSvg } from './chart-export.ts'
import { toCsv } from './csv.ts'
import { ExportMenu } from './export-menu.tsx'
import './charts.css'

export interface CoordinateAxis {
  key: string
  title: string
  logarithmic?: boolean
  /** Given for an axis of names instead of numbers. */
  choices?: readonly string[]
}

export interface CoordinateRow {
  id: string
  title: string
  /** By axis; what is missing leaves the line with a gap. */
  values: Record<string, number | string | null | undefined>
  colour: string
}

interface Scale {
  place(value: number | string | null | undefined): number | null
  ticks: { label: string; at: number }[]
}

const margin = { top: 34, bottom: 14, side: 48 }
const height = 260

function scaleOf(
  { key, choices, logarithmic = false }: CoordinateAxis,
  rows: readonly CoordinateRow[],
): Scale {
  if (choices) {
    const at = (index: number) => (choices.length === 1 ? 0.5 : index / (choices.length - 1))
    return {
      place: (value) => {
        const index = choices.indexOf(String(value))
        return value === undefined || value === null || index < 0 ? null : at(index)
      },
      ticks: choices.map((label, index) => ({ label, at: at(index) })),
    }
  }
  const on = (value: number) => (logarithmic ? Math.log(value) : value)
  const values = rows.map(({ values: own }) => own[key]).filter((value) => Number.isFinite(value)) as number[]
  const low = Math.min(...values)
  const high = Math.max(...values)
  const share = (value: number) => (high > low ? (on(value) - on(low)) / (on(high) - on(low)) : 0.5)
  const ends = values.length === 0 ? [] : high > low ? [low, high] : [low]
  return {
    place: (value) => (typeof value === 'number' && Number.isFinite(value) ? share(value) : null),
    ticks: ends.map((value) => ({ label: formatNumber(value), at: share(value) })),
  }
}

/** The axes as they were put; those that were never put stand where they come from. */
function inOrder(axes: readonly CoordinateAxis[], order: readonly string[]): CoordinateAxis[] {
  const placeOf = (axis: CoordinateAxis) => {
    const place = order.indexOf(axis.key)
    return place < 0 ? axes.indexOf(axis) : place
  }
  return [...axes].sort((a, b) => placeOf(a) - placeOf(b))
}

/**
 * A line for each row across upright axes. Dragging along an axis keeps the rows within; a click on it keeps all again.
 * The name of an axis is dragged, or moved by the arrow keys, to another place.
 */
export function ParallelCoordinates(props: {
  title: string
  axes: readonly CoordinateAxis[]
  /** Told the keys in their new order; without it the chart keeps the order itself. */
  onOrder?: (keys: readonly string[]) => void
  rows: readonly CoordinateRow[]
  emphasis: string | null
  onEmphasis: (id: string | null) => void
  /** The address of a row's own page. */
  hrefOf: (id: string) => string
  actions?: ReactNode
}) {
  const { title, rows, emphasis } = props
  const drawn = useRef<SVGSVGElement>(null)
  const [ownOrder, setOwnOrder] = useState<readonly string[]>([])
  const [moved, setMoved] = useState<{ key: string; to: number } | null>(null)
  const axes = inOrder(props.axes, ownOrder)
  const { ref, width } = useElementSize<HTMLElement>()
  const [kept, setKept] = useState<Record<string, [number, number]>>({})
  const [dragged, setDragged] = useState<{ key: string; from: number } | null>(null)
  const scales = axes.map((axis) => scaleOf(axis, rows))
  const plotHeight = height - margin.top - margin.bottom
  const gap = axes.length > 1 ? (width - 2 * margin.side) / (axes.length - 1) : 0
  const toX = (index: number) => margin.side + index * gap
  const toY = (share: number) => margin.top + (1 - share) * plotHeight
  const shareAt = (event: PointerEvent<SVGRectElement>) => {
    const { top } = event.currentTarget.getBoundingClientRect()
    return Math.min(1, Math.max(0, 1 - (event.clientY - top) / plotHeight))
  }
  const isKept = (row: CoordinateRow) =>
    axes.every((axis, index) => {
      const range = kept[axis.key]
      const at = scales[index]?.place(row.values[axis.key]) ?? null
      return !range || (at !== null && at >= range[0] && at <= range[1])
    })
  const path = (row: CoordinateRow) => {
    let started = false
    return axes
      .map((axis, index) => {
        const at = scales[index]?.place(row.values[axis.key]) ?? null
        if (at === null) {
          started = false
          return ''
        }
        const step = `${started ? 'L' : 'M'}${toX(index)} ${toY(at)}`
        started = true
        return step
      })
      .join('')
  }
  const put = (key: string, place: number) => {
    const keys = axes.map((axis) => axis.key).filter((other) => other !== key)
    keys.splice(Math.max(0, Math.min(axes.length - 1, place)), 0, key)
    if (props.onOrder) props.onOrder(keys)
    else setOwnOrder(keys)
  }
  const onTitleKey = (event: KeyboardEvent, key: string, place: number) => {
    const to = { ArrowLeft: place - 1, ArrowRight: place + 1, Home: 0, End: axes.length - 1 }[event.key]
    if (to === undefined) return
    event.preventDefault()
    put(key, to)
  }
  const placeUnder = (event: PointerEvent) => {
    const left = drawn.current?.getBoundingClientRect().left ?? 0
    return gap > 0 ? Math.round((event.clientX - left - margin.side) / gap) : 0
  }
  const drop = () => {
    if (moved) put(moved.key, moved.to)
    setMoved(null)
  }
  const release = (key: string) => {
    setDragged(null)
    setKept((before) => {
      const range = before[key]
      if (range && range[1] - range[0] >= 0.02) return before
      const { [key]: _, ...others } = before
      return others
    })
  }
  const svg = () => {
    if (!drawn.current) throw new Error('The chart is not drawn yet.')
    return chartSvg(drawn.current, title, [])
  }
  const csv = () =>
    toCsv(
      ['name', ...axes.map((axis) => axis.title)],
      rows.filter(isKept).map((row) => [row.title, ...axes.map(({ key }) => row.values[key] ?? '')]),
    )
  return (
    <figure className="chart" ref={ref} aria-label={title}>
      <div className="chart-head">
        <figcaption>{title}</figcaption>
        {Object.keys(kept).length > 0 && (
          <button type="button" className="chart-all" onClick={() => setKept({})}>
            {rows.filter(isKept).length} of {rows.length}: show all
          </button>
        )}
        <div className="chart-tools">
          {props.actions}
          <ExportMenu title={title} svg={svg} csv={csv} />
        </div>
      </div>
      {width > 0 && (
        <div className="coordinates-frame">
          <svg ref={drawn} width={width} height={height} className="coordinates" aria-hidden>
            <g fill="none">
              {rows.map((row) => (
                // The table of the same rows is the way for the keyboard.
                <Link
                  key={row.id}
                  href={props.hrefOf(row.id)}
                  tabIndex={-1}
                  onPointerEnter={() => props.onEmphasis(row.id)}
                  onPointerLeave={() => props.onEmphasis(null)}
                >
                  <path
                    d={path(row)}
                    stroke={row.colour}
                    strokeWidth={emphasis === row.id ? 3 : 1.5}
                    opacity={!isKept(row) ? 0.07 : emphasis === null ? 0.75 : emphasis === row.id ? 1 : 0.2}
                  />
                </Link>
              ))}
            </g>
            {axes.map((axis, index) => {
              const range = kept[axis.key]
              return (
                <g key={axis.key}>
                  <line
                    className="coordinates-axis"
                    x1={toX(index)}
                    x2={toX(index)}
                    y1={toY(0)}
                    y2={toY(1)}
                  />
                  <text className="coordinates-title" x={toX(index)} y={14} textAnchor="middle">
                    {axis.title}
                  </text>
                  {scales[index]?.ticks.map(({ label, at }) => (
                    <text
                      key={label}
                      className="coordinates-tick"
                      x={toX(index) + (index === axes.length - 1 ? -6 : 6)}
                      y={toY(at) + (at === 1 && !axis.choices ? -4 : at === 0 && !axis.choices ? 12 : 4)}
                      textAnchor={index === axes.length - 1 ? 'end' : 'start'}
                    >
                      {label}
                    </text>
                  ))}
                  {range && (
                    <rect
                      className="coordinates-kept"
                      x={toX(index) - 5}
                      width={10}
                      y={toY(range[1])}
                      height={Math.max(1, toY(range[0]) - toY(range[1]))}
                    />
                  )}
                  <rect
                    className="coordinates-handle"
                    x={toX(index) - 9}
                    width={18}
                    y={margin.top}
                    height={plotHeight}
                    onPointerDown={(event) => {
                      event.currentTarget.setPointerCapture(event.pointerId)
                      const at = shareAt(event)
                      setDragged({ key: axis.key, from: at })
                      setKept((before) => ({ ...before, [axis.key]: [at, at] }))
                    }}
                    onPointerMove={(event) => {
                      if (dragged?.key !== axis.key) return
                      const at = shareAt(event)
                      const ends: [number, number] = [Math.min(at, dragged.from), Math.max(at, dragged.from)]
                      setKept((before) => ({ ...before, [axis.key]: ends }))
                    }}
                    onPointerUp={() => release(axis.key)}
                  />
                </g>
              )
            })}
            {moved && (
              <line className="coordinates-target" x1={toX(moved.to)} x2={toX(moved.to)} y1={0} y2={toY(0)} />
            )}
          </svg>
          {axes.map((axis, index) => (
            <button
              type="button"
              key={axis.key}
              className="coordinates-name"
              aria-label={`Axis ${axis.title}, ${index + 1} of ${axes.length}`}
              aria-keyshortcuts="ArrowLeft ArrowRight"
              title={`${axis.title}: drag it, or press the left and right arrows, to move the axis`}
              style={{ left: toX(index) - margin.side, width: 2 * margin.side }}
              onKeyDown={(event) => onTitleKey(event, axis.key, index)}
              onPointerDown={(event) => {
                event.currentTarget.setPointerCapture(event.pointerId)
                setMoved({ key: axis.key, to: index })
              }}
              onPointerMove={(event) => {
                if (moved)
                  setMoved({ ...moved, to: Math.max(0, Math.min(axes.length - 1, placeUnder(event))) })
              }}
              onPointerUp={drop}
              onPointerCancel={() => setMoved(null)}
            />
          ))}
        </div>
      )}
    </figure>
  )
}

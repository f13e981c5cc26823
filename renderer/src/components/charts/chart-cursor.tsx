import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from 'react'
import { create } from 'zustand'
import { formatNumber } from '../format.ts'
import { type Axis, type ChartSeries, plotMargin, shareOf, valueAt } from './chart-scale.ts'
import { lowerBound } from './thinning.ts'

interface CursorProps {
  label: string
  width: number
  height: number
  series: readonly ChartSeries[]
  /** Smoothed values by series id, where smoothing is on. */
  smoothed: ReadonlyMap<string, ArrayLike<number>>
  xAxis: Axis
  yAxis: Axis
  xTitle: string
  formatX: (value: number) => string
  /** Called with the stretch to show, or null for all. */
  onZoom: (range: [number, number] | null) => void
  /** Charts of one group show their values at the same x. */
  group: string | undefined
  /** Called with the x of a point that was clicked, or that Enter was pressed on. */
  onPick: ((x: number) => void) | undefined
}

/** Where the cursor stands in the charts of a group, and in which of them. */
const useShared = create<{ group: string | undefined; chart: string; at: number | null }>()(() => ({
  group: undefined,
  chart: '',
  at: null,
}))

interface Reading {
  id: string
  name: string
  colour: string
  x: number
  value: number
  smooth: number | null
}

/** A point counts as lying at the cursor within this share of the axis. */
const near = 0.02
const rowsAtMost = 14
/** In the charts that follow another one's cursor. */
const rowsFollowing = 4
const panByKey = 0.1
const smallestDragPx = 5

function nearestIndex(x: ArrayLike<number>, at: number): number {
  const above = lowerBound(x, at)
  const below = above - 1
  if (above >= x.length) return below
  if (below < 0) return above
  return at - (x[below] ?? 0) <= (x[above] ?? 0) - at ? below : above
}

/** The x of a point that is nearest to `at`, over all series. */
function snap(series: readonly ChartSeries[], at: number): number | null {
  let best: number | null = null
  for (const { x } of series) {
    const candidate = x[nearestIndex(x, at)]
    if (candidate !== undefined && (best === null || Math.abs(candidate - at) < Math.abs(best - at)))
      best = candidate
  }
  return best
}

function readingsAt(props: CursorProps, at: number): Reading[] {
  const reach = (props.xAxis.domain[1] - props.xAxis.domain[0]) * near
  return props.series
    .flatMap(({ id, name, colour, x, y }): Reading[] => {
      const index = nearestIndex(x, at)
      const found = x[index]
      if (found === undefined || Math.abs(found - at) > reach) return []
      const smooth = props.smoothed.get(id)?.[index] ?? null
      return [{ id, name, colour, x: found, value: y[index] ?? Number.NaN, smooth }]
    })
    .sort((a, b) => sortable(b.smooth ?? b.value) - sortable(a.smooth ?? a.value))
}

/** NaN last. */
const sortable = (value: number) =>
  Number.isNaN(value)
    ? Number.NEGATIVE_INFINITY
    : Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value))

/**
 * The layer over a chart that reads it: pointing or arrow keys show all values at a step, sorted; dragging (or + and -)
 * zooms; with Shift it pans; a double click (or 0) shows all again.
 */
export function ChartCursor(props: CursorProps) {
  const { width, height, xAxis, yAxis } = props
  const [own, setOwn] = useState<number | null>(null)
  const followed = useShared((shared) =>
    props.group !== undefined && shared.group === props.group && shared.chart !== props.label
      ? shared.at
      : null,
  )
  const at = own ?? followed
  const setAt = (value: number | null) => {
    setOwn(value)
    if (props.group !== undefined) useShared.setState({ group: props.group, chart: props.label, at: value })
  }
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null)
  const frame = useRef<{ request: number; act: () => void } | null>(null)
  /** Of the moves within a frame, the last one counts. */
  const inFrame = (act: () => void) => {
    if (frame.current) {
      frame.current.act = act
      return
    }
    const request = requestAnimationFrame(() => {
      const latest = frame.current
      frame.current = null
      latest?.act()
    })
    frame.current = { request, act }
  }
  useEffect(
    () => () => {
      if (frame.current) cancelAnimationFrame(frame.current.request)
    },
    [],
  )
  const pan = useRef<{ x: number; domain: [number, number] } | null>(null)
  const layer = useRef<HTMLDivElement>(null)
  const plotWidth = width - plotMargin.left - plotMargin.right
  const plotHeight = height - plotMargin.top - plotMargin.bottom

  const pointerX = (event: PointerEvent) => {
    const left = layer.current?.getBoundingClientRect().left ?? 0
    return Math.max(0, Math.min(plotWidth, event.clientX - left))
  }
  const onPointerMove = (event: PointerEvent) => {
    const x = pointerX(event)
    if (pan.current) {
      const from = pan.current
      const moved = (from.x - event.clientX) / plotWidth
      const axis = { ...xAxis, domain: from.domain }
      inFrame(() => props.onZoom([valueAt(moved, axis), valueAt(1 + moved, axis)]))
      return
    }
    if (drag) setDrag({ ...drag, to: x })
    inFrame(() => setAt(snap(props.series, valueAt(x / plotWidth, xAxis))))
  }
  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    if (event.button !== 0) return
    event.currentTarget.setPointerCapture(event.pointerId)
    if (event.shiftKey) {
      pan.current = { x: event.clientX, domain: xAxis.domain }
      return
    }
    setDrag({ from: pointerX(event), to: pointerX(event) })
  }
  const onPointerUp = () => {
    pan.current = null
    if (drag && Math.abs(drag.to - drag.from) >= smallestDragPx) {
      const [low, high] = [Math.min(drag.from, drag.to), Math.max(drag.from, drag.to)]
      props.onZoom([valueAt(low / plotWidth, xAxis), valueAt(high / plotWidth, xAxis)])
    } else if (drag) {
      const picked = snap(props.series, valueAt(drag.to / plotWidth, xAxis))
      if (picked !== null) props.onPick?.(picked)
    }
    setDrag(null)
  }

  const step = (direction: 1 | -1) => {
    const [low, high] = xAxis.domain
    const from = at ?? (direction === 1 ? low : high)
    let next: number | null = null
    for (const { x } of props.series) {
      const index =
        direction === 1
          ? lowerBound(x, from + Number.EPSILON * Math.max(1, Math.abs(from)))
          : lowerBound(x, from) - 1
      const candidate = x[index]
      if (candidate === undefined || candidate < low || candidate > high || candidate === at) continue
      if (next === null || Math.abs(candidate - from) < Math.abs(next - from)) next = candidate
    }
    if (next !== null) setAt(next)
  }
  const zoomBy = (factor: number) => {
    const [low, high] = xAxis.domain
    const middle = at ?? (low + high) / 2
    props.onZoom([middle - (middle - low) * factor, middle + (high - middle) * factor])
  }
  const panBy = (share: number) => props.onZoom([valueAt(share, xAxis), valueAt(1 + share, xAxis)])
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const actions = new Map([
      ['ArrowRight', () => (event.shiftKey ? panBy(panByKey) : step(1))],
      ['ArrowLeft', () => (event.shiftKey ? panBy(-panByKey) : step(-1))],
      ['Home', () => setAt(snap(props.series, xAxis.domain[0]))],
      ['End', () => setAt(snap(props.series, xAxis.domain[1]))],
      ['+', () => zoomBy(0.5)],
      ['-', () => zoomBy(2)],
      ['0', () => props.onZoom(null)],
      ['Enter', () => at !== null && props.onPick?.(at)],
      ['Escape', () => setAt(null)],
    ])
    const action = actions.get(event.key)
    if (!action) return
    event.preventDefault()
    action()
  }

  const shown = at !== null && at >= xAxis.domain[0] && at <= xAxis.domain[1] ? at : null
  const readings = shown === null ? [] : readingsAt(props, shown)
  const rows = own === null ? rowsFollowing : rowsAtMost
  const left = shown === null ? 0 : shareOf(shown, xAxis) * plotWidth
  const spoken =
    shown === null
      ? 'No step chosen. Arrow keys go from step to step.'
      : `${props.xTitle} ${props.formatX(shown)}: ${readings
          .slice(0, rowsAtMost)
          .map((reading) => `${reading.name} ${formatNumber(reading.value)}`)
          .join(', ')}`

  return (
    <>
      {/* Keyed like a slider over the steps: this is what it is to a screen reader. */}
      <div
        ref={layer}
        className="chart-cursor"
        role="slider"
        tabIndex={0}
        aria-label={props.label}
        aria-valuemin={xAxis.domain[0]}
        aria-valuemax={xAxis.domain[1]}
        aria-valuenow={shown ?? xAxis.domain[0]}
        aria-valuetext={spoken}
        style={{ left: plotMargin.left, top: plotMargin.top, width: plotWidth, height: plotHeight }}
        onPointerMove={onPointerMove}
        onPointerDown={onPointerDown}
        onPointerUp={onPointerUp}
        onPointerCancel={() => {
          pan.current = null
          setDrag(null)
        }}
        onPointerLeave={() => inFrame(() => setAt(null))}
        onDoubleClick={() => props.onZoom(null)}
        onKeyDown={onKeyDown}
        onBlur={() => setAt(null)}
      >
        {shown !== null && <div className="chart-rule" style={{ left }} />}
        {readings.slice(0, rows).map((reading) => {
          const value = reading.smooth ?? reading.value
          const y = Number.isFinite(value) ? 1 - shareOf(value, yAxis) : Number.NaN
          return y >= 0 && y <= 1 ? (
            <div
              key={reading.id}
              className="chart-dot"
              style={{
                left: shareOf(reading.x, xAxis) * plotWidth,
                top: y * plotHeight,
                background: reading.colour,
              }}
            />
          ) : null
        })}
        {drag && Math.abs(drag.to - drag.from) >= smallestDragPx && (
          <div
            className="chart-drag"
            style={{ left: Math.min(drag.from, drag.to), width: Math.abs(drag.to - drag.from) }}
          />
        )}
      </div>
      {shown !== null && !drag && (
        <div
          className="chart-tip"
          aria-hidden
          style={
            left < plotWidth / 2
              ? { left: plotMargin.left + left + 12, top: plotMargin.top }
              : { right: width - plotMargin.left - left + 12, top: plotMargin.top }
          }
        >
          <div className="chart-tip-head">
            {props.xTitle} {props.formatX(shown)}
          </div>
          {readings.slice(0, rows).map((reading) => (
            <div className="chart-tip-row" key={reading.id}>
              <span className="chart-key" style={{ background: reading.colour }} />
              <span className="truncate">{reading.name}</span>
              <span className="chart-tip-value">
                {formatNumber(reading.smooth ?? reading.value, 4)}
                {reading.smooth !== null && <span className="dim"> {formatNumber(reading.value, 4)}</span>}
              </span>
            </div>
          ))}
          {readings.length > rows && <div className="dim">{readings.length - rows} more</div>}
        </div>
      )}
    </>
  )
}

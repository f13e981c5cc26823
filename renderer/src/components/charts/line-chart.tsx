import { ActionIcon, useComputedColorScheme } from '@mantine/core'
import { useElementSize } from '@mantine/hooks'
import { ZoomOut } from 'lucide-react'
import { memo, useEffect, useId, useMemo, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import { ChartCursor } from './chart-cursor.tsx'
import { ChartDrawing, curvesSvg } from './chart-drawing.tsx'
import { chartCsv, chartSvg } from './chart-export.ts'
import {
  type Axis,
  type ChartSeries,
  type PreparedSeries,
  plotRect,
  prepareSeries,
  tickFormatter,
  xAxisOf,
  yAxisOf,
} from './chart-scale.ts'
import { drawSoon } from './drawing-queue.ts'
import { ExportMenu } from './export-menu.tsx'
import { afterLegendClick } from './legend.ts'
import { type Smoothing, smoothedBy, unsmoothed } from './smoothing.ts'
import './charts.css'

export type { ChartSeries } from './chart-scale.ts'

interface LineChartProps {
  /** Shown above the chart; its accessible name and the name of saved files. */
  title: string
  series: readonly ChartSeries[]
  /** What x is: `step`, `epoch`, `time`. */
  xTitle: string
  /** Default: three significant digits. */
  formatX?: ((value: number) => string) | undefined
  /** Default: round numbers. */
  ticksX?: ((low: number, high: number, count: number) => number[]) | undefined
  height?: number
  logarithmic?: boolean
  logarithmicX?: boolean
  fromZero?: boolean
  /** Leaves the outermost 2 % at each end out of the y axis. */
  ignoreOutliers?: boolean
  smoothing?: Smoothing
  /** The stretch of x on view; null shows all. Without `onZoom` the chart keeps its own. */
  zoom?: [number, number] | null
  onZoom?: (range: [number, number] | null) => void
  /** Id of the series to bring forward. */
  emphasis?: string | null
  /** Shows the series' names above the chart: click isolates one, alt-click hides it. */
  legend?: boolean
  /** Charts of one group show their values at the same x. */
  cursorGroup?: string | undefined
  /** Called with the x of a point that was clicked, or that Enter was pressed on. */
  onPick?: ((x: number) => void) | undefined
}

/** A curve of fewer points (one an epoch) is shown as it is, whatever the smoothing. */
const smoothedFrom = 50

/**
 * So many curves cover one another: each is drawn with fewer points, its extremes still among them, and without the raw
 * one behind it.
 */
const manyCurves = 20
const crowdOfCurves = 200

interface Picture {
  prepared: PreparedSeries[]
  xAxis: Axis
  yAxis: Axis
  smoothed: ReadonlyMap<string, ArrayLike<number>>
  /** What it shows: the cursor reads the same. */
  shown: readonly ChartSeries[]
  width: number
  height: number
}

/** Curves over a common x, with values on hover, zoom by dragging, and export. Drawn soon after it is asked for. */
export const LineChart = memo(function LineChart(props: LineChartProps) {
  const { title, series, xTitle, height = 220, smoothing = unsmoothed, ticksX } = props
  const { logarithmic = false, logarithmicX = false, fromZero = false, ignoreOutliers = false } = props
  const headId = useId()
  const { ref: sizeRef, width } = useElementSize<HTMLDivElement>()
  const plot = useRef<HTMLDivElement>(null)
  const [ownZoom, setOwnZoom] = useState<[number, number] | null>(null)
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set())
  const [pointed, setPointed] = useState<string | null>(null)
  const scheme = useComputedColorScheme('light')
  const zoom = props.onZoom ? (props.zoom ?? null) : ownZoom
  const onZoom = props.onZoom ?? setOwnZoom

  const shown = useMemo(() => series.filter((one) => !hidden.has(one.id)), [series, hidden])
  const { kind } = smoothing
  const amount = smoothing.kind === 'average' ? smoothing.weight : smoothing.points
  // Made when the first drawing asks for it, and kept while the chart is zoomed.
  const smoothedOnce = useMemo(() => {
    let made: Map<string, ArrayLike<number>> | undefined
    const chosen: Smoothing =
      kind === 'average' ? { kind, weight: amount } : { kind: 'window', points: amount }
    return () => {
      made ??= new Map(
        shown.flatMap((one): [string, ArrayLike<number>][] => {
          const smoothed = one.x.length >= smoothedFrom ? smoothedBy(chosen, one.y) : null
          return smoothed ? [[one.id, smoothed]] : []
        }),
      )
      return made
    }
  }, [shown, kind, amount])
  const [zoomFrom, zoomTo] = zoom ?? [null, null]
  const [picture, setPicture] = useState<Picture | null>(null)
  useEffect(() => {
    if (width === 0) return
    return drawSoon(headId, () => {
      const plotWidth = plotRect(width, height).width
      const xAxis = xAxisOf(shown, {
        zoom: zoomFrom === null || zoomTo === null ? null : [zoomFrom, zoomTo],
        count: Math.max(2, plotWidth / 90),
        logarithmic: logarithmicX,
        ticks: ticksX,
      })
      const smoothed = smoothedOnce()
      const bucketWidth = shown.length > crowdOfCurves ? 12 : shown.length > manyCurves ? 6 : 2
      const buckets = Math.max(shown.length > crowdOfCurves ? 30 : 50, plotWidth / bucketWidth)
      const prepared = shown.map((one) =>
        prepareSeries(
          one,
          smoothed.get(one.id) ?? null,
          xAxis.domain,
          buckets,
          logarithmic,
          shown.length <= manyCurves,
        ),
      )
      const count = Math.max(2, (height - 36) / 40)
      const yAxis = yAxisOf(prepared, { logarithmic, fromZero, ignoreOutliers, count })
      flushSync(() => setPicture({ prepared, xAxis, yAxis, smoothed, shown, width, height }))
    })
  }, [
    headId,
    shown,
    smoothedOnce,
    zoomFrom,
    zoomTo,
    width,
    height,
    logarithmic,
    logarithmicX,
    fromZero,
    ignoreOutliers,
    ticksX,
  ])

  const ids = series.map((one) => one.id)
  const empty = series.every((one) => one.x.length === 0)
  const csv = () => chartCsv(xTitle, shown)
  const svg = () => {
    const axes = plot.current?.querySelector('svg')
    if (!axes || !picture) throw new Error('The chart is not drawn yet.')
    return chartSvg(axes, title, shown, curvesSvg(picture.prepared, picture, picture))
  }

  const latest = useRef({ svg, csv })
  latest.current = { svg, csv }
  // A board that is being panned draws many charts a second: their menus stay as they are.
  const exportMenu = useMemo(
    () => <ExportMenu title={title} svg={() => latest.current.svg()} csv={() => latest.current.csv()} />,
    [title],
  )

  return (
    <figure className="chart" aria-labelledby={headId}>
      <div className="chart-head">
        <figcaption id={headId} className="truncate" title={title}>
          {title}
        </figcaption>
        {props.legend && (
          <div className="chart-legend">
            {series.map((one) => (
              <button
                type="button"
                key={one.id}
                aria-pressed={!hidden.has(one.id)}
                title="Click: only this one. Alt-click: hide it."
                onClick={(event) => setHidden(afterLegendClick(ids, hidden, one.id, event.altKey))}
                onPointerEnter={() => setPointed(one.id)}
                onPointerLeave={() => setPointed(null)}
              >
                <span className="chart-key" style={{ background: one.colour }} />
                {one.name}
              </button>
            ))}
          </div>
        )}
        <div className="chart-tools">
          {zoom && (
            <ActionIcon
              size={22}
              aria-label={`Show all of ${title}`}
              title="Show all"
              onClick={() => onZoom(null)}
            >
              <ZoomOut size={14} />
            </ActionIcon>
          )}
          {exportMenu}
        </div>
      </div>
      <div ref={sizeRef} className="chart-plot" style={{ height }}>
        {empty ? (
          <p className="chart-empty">No points yet</p>
        ) : (
          picture && (
            <>
              <div ref={plot} aria-hidden>
                <ChartDrawing
                  width={picture.width}
                  height={picture.height}
                  series={picture.prepared}
                  xAxis={picture.xAxis}
                  yAxis={picture.yAxis}
                  formatX={props.formatX}
                  emphasis={pointed ?? props.emphasis ?? null}
                  scheme={scheme}
                />
              </div>
              <ChartCursor
                label={`${title} by ${xTitle}`}
                width={picture.width}
                height={picture.height}
                series={picture.shown}
                smoothed={picture.smoothed}
                xAxis={picture.xAxis}
                yAxis={picture.yAxis}
                xTitle={xTitle}
                formatX={props.formatX ?? tickFormatter(picture.xAxis)}
                onZoom={onZoom}
                group={props.cursorGroup}
                onPick={props.onPick}
              />
            </>
          )
        )}
      </div>
    </figure>
  )
})

import { ActionIcon, Menu } from '@mantine/core'
import { useElementSize } from '@mantine/hooks'
import { Download, ZoomOut } from 'lucide-react'
import { useId, useMemo, useRef, useState } from 'react'
import { notify, notifyError } from '../notices.tsx'
import { ChartCursor } from './chart-cursor.tsx'
import { ChartDrawing } from './chart-drawing.tsx'
import { chartCsv, chartSvg, pngOfSvg, saveFile } from './chart-export.ts'
import {
  type ChartSeries,
  plotMargin,
  prepareSeries,
  tickFormatter,
  xAxisOf,
  yAxisOf,
} from './chart-scale.ts'
import { afterLegendClick } from './legend.ts'
import { smooth } from './smoothing.ts'
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
  height?: number
  logarithmic?: boolean
  fromZero?: boolean
  /** 0..1, see `smooth`. */
  smoothing?: number
  /** The stretch of x on view; null shows all. Without `onZoom` the chart keeps its own. */
  zoom?: [number, number] | null
  onZoom?: (range: [number, number] | null) => void
  /** Id of the series to bring forward. */
  emphasis?: string | null
  /** Shows the series' names above the chart: click isolates one, alt-click hides it. */
  legend?: boolean
}

/** A curve of fewer points (one an epoch) is shown as it is, whatever the smoothing. */
const smoothedFrom = 50

/** So many curves cover one another: each is drawn with fewer points, its extremes still among them. */
const manyCurves = 20

function ExportMenu(props: {
  title: string
  chart: () => SVGSVGElement | null
  series: readonly ChartSeries[]
  xTitle: string
}) {
  const svg = () => {
    const chart = props.chart()
    if (!chart) throw new Error('The chart is not drawn yet.')
    return chartSvg(chart, props.title, props.series)
  }
  const attempt = (save: () => void | Promise<void>) => async () => {
    try {
      await save()
    } catch (cause) {
      notifyError(cause)
    }
  }
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon size={22} aria-label={`Save or copy the chart ${props.title}`}>
          <Download size={14} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={attempt(() => saveFile(svg(), `${props.title}.svg`, 'image/svg+xml'))}>
          Save as SVG
        </Menu.Item>
        <Menu.Item
          onClick={attempt(async () => saveFile(await pngOfSvg(svg()), `${props.title}.png`, 'image/png'))}
        >
          Save as PNG
        </Menu.Item>
        <Menu.Item
          onClick={attempt(() =>
            saveFile(chartCsv(props.xTitle, props.series), `${props.title}.csv`, 'text/csv'),
          )}
        >
          Save as CSV
        </Menu.Item>
        <Menu.Item
          onClick={attempt(async () => {
            await navigator.clipboard.write([new ClipboardItem({ 'image/png': pngOfSvg(svg()) })])
            notify({ kind: 'success', message: 'The chart is on the clipboard.' })
          })}
        >
          Copy as image
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

/** Curves over a common x, with values on hover, zoom by dragging, and export. */
export function LineChart(props: LineChartProps) {
  const { title, series, xTitle, height = 220, logarithmic = false, fromZero = false, smoothing = 0 } = props
  const headId = useId()
  const { ref: sizeRef, width } = useElementSize<HTMLDivElement>()
  const plot = useRef<HTMLDivElement>(null)
  const [ownZoom, setOwnZoom] = useState<[number, number] | null>(null)
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set())
  const [pointed, setPointed] = useState<string | null>(null)
  const zoom = props.onZoom ? (props.zoom ?? null) : ownZoom
  const onZoom = props.onZoom ?? setOwnZoom

  const shown = useMemo(() => series.filter((one) => !hidden.has(one.id)), [series, hidden])
  const smoothed = useMemo(
    () =>
      new Map(
        shown
          .filter((one) => smoothing > 0 && one.x.length >= smoothedFrom)
          .map((one) => [one.id, smooth(one.y, smoothing)]),
      ),
    [shown, smoothing],
  )
  const plotWidth = Math.max(0, width - plotMargin.left - plotMargin.right)
  const [zoomFrom, zoomTo] = zoom ?? [null, null]
  const { prepared, xAxis, yAxis } = useMemo(() => {
    const stretch: [number, number] | null = zoomFrom === null || zoomTo === null ? null : [zoomFrom, zoomTo]
    const xAxis = xAxisOf(shown, stretch, Math.max(2, plotWidth / 90))
    const prepared = shown.map((one) =>
      prepareSeries(
        one,
        smoothed.get(one.id) ?? null,
        xAxis.domain,
        Math.max(50, plotWidth / (shown.length > manyCurves ? 6 : 2)),
        logarithmic,
      ),
    )
    const yAxis = yAxisOf(prepared, { logarithmic, fromZero, count: Math.max(2, (height - 36) / 40) })
    return { prepared, xAxis, yAxis }
  }, [shown, smoothed, zoomFrom, zoomTo, plotWidth, height, logarithmic, fromZero])

  const ids = series.map((one) => one.id)
  const empty = series.every((one) => one.x.length === 0)

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
          <ExportMenu
            title={title}
            chart={() => plot.current?.querySelector('svg') ?? null}
            series={shown}
            xTitle={xTitle}
          />
        </div>
      </div>
      <div ref={sizeRef} className="chart-plot" style={{ height }}>
        {empty ? (
          <p className="chart-empty">No points yet</p>
        ) : (
          width > 0 && (
            <>
              <div ref={plot} aria-hidden>
                <ChartDrawing
                  width={width}
                  height={height}
                  series={prepared}
                  xAxis={xAxis}
                  yAxis={yAxis}
                  formatX={props.formatX}
                  emphasis={pointed ?? props.emphasis ?? null}
                />
              </div>
              <ChartCursor
                label={`${title} by ${xTitle}`}
                width={width}
                height={height}
                series={shown}
                smoothed={smoothed}
                xAxis={xAxis}
                yAxis={yAxis}
                xTitle={xTitle}
                formatX={props.formatX ?? tickFormatter(xAxis)}
                onZoom={onZoom}
              />
            </>
          )
        )}
      </div>
    </figure>
  )
}

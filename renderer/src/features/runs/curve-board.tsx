import { type ChartSeries, LineChart } from '../../components/charts/line-chart.tsx'
import { axisWords } from './board-curves.ts'
import type { ChartSettings } from './chart-settings.tsx'
import { useUrlState } from './url-state.ts'
import { useZoom } from './use-zoom.ts'

/** A chart a metric, all zoomed together: what a pan moves is this and nothing around it. */
export function CurveBoard(props: {
  charts: readonly { key: string; series: ChartSeries[] }[]
  settings: ChartSettings
  emphasis: string | null
}) {
  const { by, logarithmic, logarithmicX, fromZero, ignoreOutliers, smoothing, group } = props.settings
  const url = useUrlState()
  const [zoom, setZoom] = useZoom(url.get('zoom'), (text) => url.set({ zoom: text }))
  const words = axisWords(by)
  return (
    <div className="chart-board">
      {props.charts.map((chart) => (
        <LineChart
          key={chart.key}
          title={chart.key}
          series={chart.series}
          {...words}
          logarithmic={logarithmic}
          logarithmicX={logarithmicX}
          fromZero={fromZero}
          ignoreOutliers={ignoreOutliers}
          smoothing={smoothing}
          zoom={zoom}
          onZoom={setZoom}
          emphasis={props.emphasis}
          cursorGroup="compare"
          legend={group !== null}
          height={240}
        />
      ))}
    </div>
  )
}

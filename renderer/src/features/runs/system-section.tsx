import { useMemo } from 'react'
import { formatSeconds } from '../../../../core/contract/axis-ticks.ts'
import { type Run, systemMetric } from '../../../../core/contract/index.ts'
import { LineChart } from '../../components/charts/line-chart.tsx'
import { colourOfPlace } from '../../components/charts/run-colours.ts'
import { unsmoothed } from '../../components/charts/smoothing.ts'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { Section } from '../../components/section.tsx'
import { curveOf } from './live-series.ts'
import { systemKeysOf } from './metric-keys.ts'
import { useSeries } from './use-series.ts'

/** `gpu_0_memory_usage_megabytes`: GPU 0 memory usage, MB. */
function titleOf(key: string): string {
  const words = key.slice(systemMetric('').length).split('_')
  const unit = { percentage: '%', megabytes: 'MB', watts: 'W' }[words.at(-1) ?? '']
  const named = (unit === undefined ? words : words.slice(0, -1)).join(' ')
  const title = named.replace(/^system /, '').replace(/\b(cpu|gpu)\b/g, (word) => word.toUpperCase())
  return unit === undefined ? title : `${title}, ${unit}`
}

/** How busy the machine was while the run went on. */
export function SystemSection({ run }: { run: Run }) {
  const keys = useMemo(() => systemKeysOf([run]), [run])
  const { curves, error, reload, loading } = useSeries([run.id], keys, 'time', run.status === 'RUNNING')
  const charts = useMemo(
    () =>
      keys.flatMap((key, place) => {
        const found = curves.find((one) => one.key === key)
        if (!found) return []
        const points = curveOf(found, 'time', { startTime: run.startTime, other: undefined })
        return [{ key, series: [{ id: key, name: titleOf(key), colour: colourOfPlace(place), ...points }] }]
      }),
    [keys, curves, run.startTime],
  )
  if (keys.length === 0) return null
  return (
    <Section title="System">
      {error ? (
        <ErrorPanel title="The readings could not be loaded" error={error} retry={reload} />
      ) : (
        <div className="chart-board" aria-busy={loading}>
          {charts.map(({ key, series }) => (
            <LineChart
              key={key}
              title={titleOf(key)}
              series={series}
              xTitle="time"
              formatX={formatSeconds}
              logarithmic={false}
              smoothing={unsmoothed}
              height={160}
              cursorGroup={`${run.id} system`}
            />
          ))}
        </div>
      )}
    </Section>
  )
}

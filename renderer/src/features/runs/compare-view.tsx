import { ActionIcon, Button, SegmentedControl, Slider, Switch } from '@mantine/core'
import { Eye, EyeOff, LineChart as LineChartIcon } from 'lucide-react'
import { useMemo, useState } from 'react'
import { Link, useLocation } from 'wouter'
import type { Run } from '../../../../core/contract/index.ts'
import { afterLegendClick } from '../../components/charts/legend.ts'
import { LineChart } from '../../components/charts/line-chart.tsx'
import { runColour } from '../../components/charts/run-colours.ts'
import { formatSeconds } from '../../components/charts/ticks.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { plural } from '../../components/format.ts'
import { PageLayout } from '../../components/page-layout.tsx'
import { SkeletonRows } from '../../components/skeleton-rows.tsx'
import { CompareTables } from './compare-tables.tsx'
import { curveOf, type XAxisKind } from './live-series.ts'
import { MetricChooser } from './metric-chooser.tsx'
import { curveKeysOf } from './metric-keys.ts'
import { useUrlState } from './url-state.ts'
import { useRunsById } from './use-runs-by-id.ts'
import { useSeries } from './use-series.ts'

const crumbs = [{ label: 'Runs', href: '/runs' }]
const usualCharts = 6

const isAxis = (text: string | null): text is XAxisKind =>
  text === 'step' || text === 'epoch' || text === 'time'

function RunLegend(props: {
  runs: readonly Run[]
  hidden: ReadonlySet<string>
  onHidden: (hidden: ReadonlySet<string>) => void
  onPoint: (runId: string | null) => void
}) {
  const ids = props.runs.map((run) => run.id)
  return (
    <ul className="run-legend" aria-label="Runs in the charts">
      {props.runs.map((run) => {
        const hidden = props.hidden.has(run.id)
        return (
          <li
            key={run.id}
            data-hidden={hidden}
            onPointerEnter={() => props.onPoint(run.id)}
            onPointerLeave={() => props.onPoint(null)}
          >
            <button
              type="button"
              className="truncate"
              title={`${run.name}\nClick: only this run. Alt-click: hide it.`}
              onClick={(event) => props.onHidden(afterLegendClick(ids, props.hidden, run.id, event.altKey))}
              onFocus={() => props.onPoint(run.id)}
              onBlur={() => props.onPoint(null)}
            >
              <span className="run-key" style={{ background: runColour(run.id) }} />
              {run.name}
            </button>
            <ActionIcon
              size={22}
              aria-label={hidden ? `Show ${run.name}` : `Hide ${run.name}`}
              onClick={() => props.onHidden(afterLegendClick(ids, props.hidden, run.id, true))}
            >
              {hidden ? <EyeOff size={14} /> : <Eye size={14} />}
            </ActionIcon>
          </li>
        )
      })}
    </ul>
  )
}

function parseZoom(text: string | null): [number, number] | null {
  const [low, high] = (text ?? '').split('..').map(Number)
  return low !== undefined && high !== undefined && low < high ? [low, high] : null
}

/** Runs over one another: curves, params and metrics. All of its state stands in the address. */
export function CompareView() {
  const [, navigate] = useLocation()
  const url = useUrlState()
  const idsText = url.get('ids') ?? ''
  const ids = useMemo(() => [...new Set(idsText.split(',').filter(Boolean))], [idsText])
  const { runs, missing, error, reload } = useRunsById(ids)
  const asked = url.get('x')
  const by: XAxisKind = isAxis(asked) ? asked : 'step'
  const askedSmoothing = Number(url.get('smooth') ?? 0.6)
  const [dragged, setDragged] = useState<number | null>(null)
  const smoothing = dragged ?? (askedSmoothing >= 0 && askedSmoothing < 1 ? askedSmoothing : 0.6)
  const logarithmic = url.get('log') === '1'
  const fromZero = url.get('zero') === '1'
  const zoomText = url.get('zoom')
  const zoom = useMemo(() => parseZoom(zoomText), [zoomText])
  const hiddenText = url.get('hide') ?? ''
  const hidden = useMemo(() => new Set(hiddenText.split(',').filter(Boolean)), [hiddenText])
  const [pointed, setPointed] = useState<string | null>(null)

  const allKeys = useMemo(() => curveKeysOf(runs ?? []), [runs])
  const keysText = url.get('metrics')
  const keys = useMemo(() => {
    const chosen = keysText === null ? null : (JSON.parse(keysText) as unknown)
    return Array.isArray(chosen)
      ? chosen.map(String).filter((key) => allKeys.includes(key))
      : allKeys.slice(0, usualCharts)
  }, [keysText, allKeys])
  const { series, error: seriesError, reload: reloadSeries } = useSeries(ids, keys)

  const charts = useMemo(
    () =>
      keys.map((key) => ({
        key,
        series: (runs ?? [])
          .filter((run) => !hidden.has(run.id))
          .flatMap((run) => {
            const found = series.find((one) => one.runId === run.id && one.key === key)
            return found
              ? [
                  {
                    id: run.id,
                    name: run.name,
                    colour: runColour(run.id),
                    ...curveOf(found, by, run.startTime),
                  },
                ]
              : []
          }),
      })),
    [keys, runs, hidden, series, by],
  )
  const setHidden = (next: ReadonlySet<string>) => url.set({ hide: [...next].join(',') })

  if (ids.length === 0 || (runs?.length === 0 && !error))
    return (
      <PageLayout title="Compare" crumbs={crumbs}>
        <EmptyState
          icon={LineChartIcon}
          title="No runs to compare"
          text="Select two or more runs in the table, then choose Compare."
        >
          <Button onClick={() => navigate('/runs')}>Choose runs</Button>
        </EmptyState>
      </PageLayout>
    )

  const toolbar = (
    <>
      <SegmentedControl
        aria-label="Horizontal axis"
        value={by}
        onChange={(value) => url.set({ x: value === 'step' ? null : value, zoom: null })}
        data={[
          { value: 'step', label: 'Step' },
          { value: 'epoch', label: 'Epoch' },
          { value: 'time', label: 'Time' },
        ]}
      />
      <div className="smoothing">
        <span id="smoothing-label">Smoothing</span>
        <Slider
          w={120}
          min={0}
          max={0.99}
          step={0.01}
          value={smoothing}
          thumbProps={{ 'aria-labelledby': 'smoothing-label' }}
          label={null}
          onChange={setDragged}
          onChangeEnd={(value) => {
            setDragged(null)
            url.set({ smooth: String(value) })
          }}
        />
        <span className="tabular">{smoothing.toFixed(2)}</span>
      </div>
      <Switch
        size="xs"
        label="Log scale"
        checked={logarithmic}
        onChange={(event) => url.set({ log: event.currentTarget.checked ? '1' : null })}
      />
      <Switch
        size="xs"
        label="From zero"
        checked={fromZero}
        disabled={logarithmic}
        onChange={(event) => url.set({ zero: event.currentTarget.checked ? '1' : null })}
      />
      {allKeys.length > 0 && (
        <MetricChooser
          keys={allKeys}
          chosen={keys}
          onChange={(chosen) => url.set({ metrics: chosen && JSON.stringify(chosen) })}
        />
      )}
    </>
  )

  return (
    <PageLayout
      title={runs ? `Compare ${plural(runs.length, 'run')}` : 'Compare'}
      crumbs={crumbs}
      toolbar={toolbar}
      sidebar={runs && <RunLegend runs={runs} hidden={hidden} onHidden={setHidden} onPoint={setPointed} />}
    >
      <div className="page-scroll">
        {error ? <ErrorPanel title="The runs could not be loaded" error={error} retry={reload} /> : null}
        {missing.length > 0 && (
          <p className="run-note" role="status">
            {plural(missing.length, 'run')} of the address {missing.length === 1 ? 'is' : 'are'} not here:{' '}
            {missing.join(', ')}
          </p>
        )}
        {seriesError && (
          <ErrorPanel title="The curves could not be loaded" error={seriesError} retry={reloadSeries} />
        )}
        {!runs && !error && <SkeletonRows />}
        {runs && (
          <>
            {allKeys.length === 0 && <p className="dim">None of these runs has logged a curve.</p>}
            <div className="chart-board">
              {charts.map((chart) => (
                <LineChart
                  key={chart.key}
                  title={chart.key}
                  series={chart.series}
                  xTitle={by}
                  formatX={by === 'time' ? formatSeconds : undefined}
                  logarithmic={logarithmic}
                  fromZero={fromZero}
                  smoothing={smoothing}
                  zoom={zoom}
                  onZoom={(range) =>
                    url.set({
                      zoom: range ? range.map((end) => Number(end.toPrecision(8))).join('..') : null,
                    })
                  }
                  emphasis={pointed}
                  height={240}
                />
              ))}
            </div>
            <CompareTables
              runs={runs.filter((run) => !hidden.has(run.id))}
              onlyDifferences={url.get('same') !== '1'}
              onOnlyDifferences={(only) => url.set({ same: only ? null : '1' })}
            />
            <p className="dim">
              <Link href="/runs">Choose other runs</Link>
            </p>
          </>
        )}
      </div>
    </PageLayout>
  )
}

import { Button } from '@mantine/core'
import { LineChart as LineChartIcon } from 'lucide-react'
import { useCallback, useDeferredValue, useMemo, useState } from 'react'
import { Link, useLocation } from 'wouter'
import type { Run } from '../../../../core/contract/index.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { plural } from '../../components/format.ts'
import { PageLayout } from '../../components/page-layout.tsx'
import { SkeletonRows } from '../../components/skeleton-rows.tsx'
import { boardCurves } from './board-curves.ts'
import { ChartSettingsControls } from './chart-settings.tsx'
import { CompareTables } from './compare-tables.tsx'
import { CurveBoard } from './curve-board.tsx'
import { MetricChooser } from './metric-chooser.tsx'
import { curveKeysOf, epochKey, metricKeysOf } from './metric-keys.ts'
import { groupFields } from './run-groups.ts'
import { RunLegend } from './run-legend.tsx'
import { settingsInUrl, settingsOf } from './settings-url.ts'
import { useUrlState } from './url-state.ts'
import { useRunsById } from './use-runs-by-id.ts'
import { useSeries } from './use-series.ts'

const crumbs = [{ label: 'Runs', href: '/runs' }]
const usualCharts = 6
const noRuns: Run[] = []

function chosenKeys(text: string | null): string[] | null {
  try {
    const keys: unknown = JSON.parse(text ?? 'null')
    return Array.isArray(keys) ? keys.map(String) : null
  } catch {
    return null
  }
}

/** Runs over one another: curves, params and metrics. All of its state stands in the address. */
export function CompareView() {
  const [, navigate] = useLocation()
  const url = useUrlState()
  const idsText = url.get('ids') ?? ''
  const ids = useMemo(() => [...new Set(idsText.split(',').filter(Boolean))], [idsText])
  const { runs, missing, error, reload } = useRunsById(ids)
  const settings = settingsOf(url.get)
  const { by, group, band } = settings
  const hiddenText = url.get('hide') ?? ''
  const hidden = useMemo(() => new Set(hiddenText.split(',').filter(Boolean)), [hiddenText])
  const [pointed, setPointed] = useState<string | null>(null)

  const allKeys = useMemo(() => curveKeysOf(runs ?? noRuns), [runs])
  const keysText = url.get('metrics')
  const chosen = useMemo(() => chosenKeys(keysText), [keysText])
  const keys = useMemo(() => chosen ?? allKeys.slice(0, usualCharts), [chosen, allKeys])
  const live = runs?.some(({ status }) => status === 'RUNNING' || status === 'SCHEDULED') ?? false
  const { curves, error: seriesError, reload: reloadSeries } = useSeries(ids, keys, by, live)

  const shown = useMemo(() => (runs ?? noRuns).filter((run) => !hidden.has(run.id)), [runs, hidden])
  const charts = useMemo(
    () =>
      boardCurves(
        shown,
        curves,
        keys.filter((key) => allKeys.includes(key)),
        { by, group, band },
      ),
    [shown, curves, keys, allKeys, by, group, band],
  )
  const fields = useMemo(() => groupFields(runs ?? noRuns), [runs])
  const axisMetrics = useMemo(() => metricKeysOf(runs ?? noRuns).filter((key) => key !== epochKey), [runs])
  // The tables may be long: the curves come first.
  const tabled = useDeferredValue(shown, noRuns)
  const { set } = url
  const setHidden = useCallback((next: ReadonlySet<string>) => set({ hide: [...next].join(',') }), [set])
  const setOnlyDifferences = useCallback((only: boolean) => set({ same: only ? null : '1' }), [set])

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
      <ChartSettingsControls
        value={settings}
        onChange={(changes) => url.set(settingsInUrl(changes))}
        metrics={axisMetrics}
        fields={fields}
      />
      {allKeys.length > 0 && (
        <MetricChooser
          keys={allKeys}
          chosen={keys}
          onChange={(next) => url.set({ metrics: next && JSON.stringify(next) })}
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
            <CurveBoard charts={charts} settings={settings} emphasis={pointed} />
            <CompareTables
              runs={tabled}
              onlyDifferences={url.get('same') !== '1'}
              onOnlyDifferences={setOnlyDifferences}
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

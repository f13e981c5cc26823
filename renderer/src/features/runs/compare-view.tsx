import { Button } from '@mantine/core'
import { LineChart as LineChartIcon } from 'lucide-react'
import { useCallback, useDeferredValue, useMemo, useState } from 'react'
import { Link, useLocation, useSearch } from 'wouter'
import type { Run } from '../../../../core/contract/index.ts'
import { type ChartShelf, ChartShelfProvider } from '../../components/charts/chart-shelf.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { plural } from '../../components/format.ts'
import { PageLayout } from '../../components/page-layout.tsx'
import { SkeletonRows } from '../../components/skeleton-rows.tsx'
import { useQuery } from '../../components/use-query.ts'
import { boardCurves } from './board-curves.ts'
import { Boards } from './boards.tsx'
import { ChartSettingsControls } from './chart-settings.tsx'
import { FilesSection } from './compare/files-section.tsx'
import { OriginSection } from './compare/origin-section.tsx'
import { RunChoice, useChosenRuns } from './compare/run-choice.tsx'
import { CompareTables } from './compare-tables.tsx'
import { CurveBoard } from './curve-board.tsx'
import { MetricChooser } from './metric-chooser.tsx'
import { curveKeysOf, epochKey, metricKeysOf, systemKeysOf } from './metric-keys.ts'
import { OverSteps } from './over-steps/over-steps.tsx'
import { type Panel, panelsOf } from './panel-kinds.ts'
import { groupFields } from './run-groups.ts'
import { RunLegend } from './run-legend.tsx'
import { RunPanels } from './run-panels.tsx'
import { settingsInUrl, settingsOf } from './settings-url.ts'
import { StatisticsSection } from './statistics-section.tsx'
import { useUrlState } from './url-state.ts'
import { useRunsById } from './use-runs-by-id.ts'
import { useSeries } from './use-series.ts'

const crumbs = [{ label: 'Runs', href: '/runs' }]
const usualCharts = 6
const comparedAtMost = 500
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
  const query = useSearch()
  const url = useUrlState()
  const idsText = url.get('ids') ?? ''
  const filter = url.get('q')
  const found = useQuery(
    'runs.ids',
    { filter: filter ?? '' },
    { enabled: filter !== null, refreshOn: ({ type }) => type === 'run.changed' },
  )
  const ids = useMemo(
    () =>
      filter === null
        ? [...new Set(idsText.split(',').filter(Boolean))]
        : (found.data?.runIds ?? []).slice(0, comparedAtMost),
    [filter, found.data, idsText],
  )
  const { runs, missing, error, reload } = useRunsById(ids)
  const settings = settingsOf(url.get)
  const { by, group, band } = settings
  const hiddenText = url.get('hide') ?? ''
  const hidden = useMemo(() => new Set(hiddenText.split(',').filter(Boolean)), [hiddenText])
  const [shelf] = useState<ChartShelf>(() => new Map())
  const [pointed, setPointed] = useState<string | null>(null)

  const ownKeys = useMemo(() => curveKeysOf(runs ?? noRuns), [runs])
  const allKeys = useMemo(() => [...ownKeys, ...systemKeysOf(runs ?? noRuns)], [ownKeys, runs])
  const keysText = url.get('metrics')
  const chosen = useMemo(() => chosenKeys(keysText), [keysText])
  const keys = useMemo(() => chosen ?? ownKeys.slice(0, usualCharts), [chosen, ownKeys])
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
  const chosenRuns = useChosenRuns(tabled)
  const onlyDifferences = url.get('same') !== '1'
  const { set } = url
  const setHidden = useCallback((next: ReadonlySet<string>) => set({ hide: [...next].join(',') }), [set])
  const panelsText = url.get('panels')
  const panels = useMemo(() => panelsOf(panelsText), [panelsText])
  const setPanels = useCallback(
    (next: readonly Panel[]) => set({ panels: next.length > 0 ? JSON.stringify(next) : null }),
    [set],
  )
  const setOnlyDifferences = useCallback((only: boolean) => set({ same: only ? null : '1' }), [set])

  const searching = filter !== null && !found.data
  if (searching && !found.error)
    return (
      <PageLayout title="Compare" crumbs={crumbs}>
        <SkeletonRows />
      </PageLayout>
    )
  if (!found.error && (ids.length === 0 || (runs?.length === 0 && !error)))
    return (
      <PageLayout title="Compare" crumbs={crumbs}>
        <EmptyState
          icon={LineChartIcon}
          title="No runs to compare"
          text={
            filter === null
              ? 'Select two or more runs in the table, then choose Compare.'
              : `No run is found by “${filter}”.`
          }
        >
          <Button onClick={() => navigate('/runs')}>Choose runs</Button>
        </EmptyState>
      </PageLayout>
    )

  const title = url.get('board') ?? (runs ? `Compare ${plural(runs.length, 'run')}` : 'Compare')
  const toolbar = (
    <>
      <ChartSettingsControls
        value={settings}
        onChange={(changes) => url.set(settingsInUrl(changes))}
        metrics={axisMetrics}
        fields={fields}
      />
      <Boards query={query} ids={ids} title={title} metrics={keys} settings={settings} shelf={shelf} />
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
      title={title}
      crumbs={crumbs}
      toolbar={toolbar}
      sidebar={runs && <RunLegend runs={runs} hidden={hidden} onHidden={setHidden} onPoint={setPointed} />}
    >
      <div className="page-scroll">
        {error ? <ErrorPanel title="The runs could not be loaded" error={error} retry={reload} /> : null}
        {found.error && (
          <ErrorPanel title="The search could not be understood" error={found.error} retry={found.reload} />
        )}
        {(found.data?.runIds.length ?? 0) > comparedAtMost && filter !== null && (
          <p className="run-note" role="status">
            The search finds {plural(found.data?.runIds.length ?? 0, 'run')}. The first {comparedAtMost} are
            compared.
          </p>
        )}
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
            <ChartShelfProvider value={shelf}>
              <RunPanels
                runs={tabled}
                panels={panels}
                onPanels={setPanels}
                emphasis={pointed}
                onEmphasis={setPointed}
              />
            </ChartShelfProvider>
            <StatisticsSection runs={tabled} />
            <CompareTables
              runs={tabled}
              onlyDifferences={onlyDifferences}
              onOnlyDifferences={setOnlyDifferences}
            />
            {tabled.length > 1 && <RunChoice runs={tabled} chosen={chosenRuns} />}
            <OriginSection runs={tabled} chosen={chosenRuns} onlyDifferences={onlyDifferences} />
            <OverSteps runs={chosenRuns} />
            {tabled.length > 1 && <FilesSection runs={chosenRuns} />}
            <p className="dim">
              <Link href="/runs">Choose other runs</Link>
            </p>
          </>
        )}
      </div>
    </PageLayout>
  )
}

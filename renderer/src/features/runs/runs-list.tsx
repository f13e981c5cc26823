import { Button, SegmentedControl, TextInput } from '@mantine/core'
import { FlaskConical, LineChart, Play, RotateCcw, Search, Trash2 } from 'lucide-react'
import { useEffect, useMemo, useState } from 'react'
import { useLocation } from 'wouter'
import { call } from '../../client/rpc.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { plural } from '../../components/format.ts'
import { Inspector } from '../../components/inspector.tsx'
import { notify, notifyError } from '../../components/notices.tsx'
import { PageLayout } from '../../components/page-layout.tsx'
import { Section } from '../../components/section.tsx'
import { SkeletonRows } from '../../components/skeleton-rows.tsx'
import { ColumnChooser } from './column-chooser.tsx'
import { columnsOf, defaultColumnIds, filterRuns, sortRuns } from './run-columns.ts'
import { MetricTable, PairsSection, RunFacts } from './run-facts.tsx'
import { RunTable } from './run-table.tsx'
import { noSelection, type Selection, within } from './selection.ts'
import { useUrlState } from './url-state.ts'
import { useNow } from './use-now.ts'
import { useRuns } from './use-runs.ts'

const columnsKey = 'glyphlab.run-columns'

function storedColumns(): string[] | null {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(columnsKey) ?? 'null')
    return Array.isArray(stored) ? stored.map(String) : null
  } catch {
    return null
  }
}

function storeColumns(ids: string[] | null): void {
  try {
    if (ids === null) localStorage.removeItem(columnsKey)
    else localStorage.setItem(columnsKey, JSON.stringify(ids))
  } catch {
    // The choice lasts until the window closes.
  }
}

/** The table of all runs. Filter and sort stand in the address, the columns in the browser's storage. */
export function RunsList() {
  const [, navigate] = useLocation()
  const url = useUrlState()
  const deleted = url.get('deleted') === '1'
  const text = url.get('q') ?? ''
  const sortText = url.get('sort')
  const { runs, error, reload } = useRuns(deleted ? 'deleted' : 'active')
  const [chosen, setChosen] = useState(storedColumns)
  const [selection, setSelection] = useState<Selection>(noSelection)
  const now = useNow(runs?.some((run) => run.status === 'RUNNING') ?? false)

  const columns = useMemo(() => columnsOf(runs ?? []), [runs])
  const columnIds = chosen ?? defaultColumnIds(columns)
  const shownColumns = columns.filter((column) => columnIds.includes(column.id))
  const sort = useMemo(
    () => (sortText ? { id: sortText.replace(/^-/, ''), descending: sortText.startsWith('-') } : null),
    [sortText],
  )
  const shown = useMemo(() => {
    const found = filterRuns(runs ?? [], text)
    const column = columns.find((one) => one.id === sort?.id)
    return column && sort ? sortRuns(found, column, sort.descending, Date.now()) : found
  }, [runs, text, sort, columns])
  useEffect(
    () =>
      setSelection((before) =>
        within(
          before,
          shown.map((run) => run.id),
        ),
      ),
    [shown],
  )

  const selected = shown.filter((run) => selection.selected.has(run.id))
  const single = selected.length === 1 ? selected[0] : undefined

  const onSort = (id: string) => {
    const firstDown =
      id.startsWith('best:') || id.startsWith('last:') || id === 'started' || id === 'duration'
    const next =
      sort?.id !== id
        ? firstDown
          ? `-${id}`
          : id
        : sort.descending === firstDown
          ? firstDown
            ? id
            : `-${id}`
          : null
    url.set({ sort: next })
  }
  const restore = async (runIds: string[]) => {
    try {
      const { changed } = await call('runs.restore', { runIds })
      notify({ kind: 'success', message: `${plural(changed, 'run')} restored.` })
      reload()
    } catch (cause) {
      notifyError(cause)
    }
  }
  const remove = async () => {
    const runIds = selected.map((run) => run.id)
    if (deleted || runIds.length === 0) return
    try {
      const { changed } = await call('runs.delete', { runIds })
      notify({
        kind: 'info',
        message: `${plural(changed, 'run')} deleted. Deleted runs can be restored.`,
        action: { label: 'Undo', run: () => void restore(runIds) },
      })
      reload()
    } catch (cause) {
      notifyError(cause)
    }
  }
  const chooseColumns = (ids: string[] | null) => {
    setChosen(ids)
    storeColumns(ids)
  }

  const toolbar = (
    <>
      <TextInput
        className="runs-filter"
        aria-label="Filter runs"
        placeholder="Filter by name, dataset, param=value"
        leftSection={<Search size={14} />}
        value={text}
        onChange={(event) => url.set({ q: event.currentTarget.value })}
      />
      <SegmentedControl
        aria-label="Which runs"
        value={deleted ? 'deleted' : 'active'}
        onChange={(value) => url.set({ deleted: value === 'deleted' ? '1' : null })}
        data={[
          { value: 'active', label: 'Active' },
          { value: 'deleted', label: 'Deleted' },
        ]}
      />
      <span className="dim tabular runs-count" role="status">
        {runs &&
          (shown.length === runs.length
            ? plural(runs.length, 'run')
            : `${shown.length} of ${plural(runs.length, 'run')}`)}
        {selected.length > 0 && `, ${selected.length} selected`}
      </span>
      {deleted ? (
        <Button
          variant="default"
          leftSection={<RotateCcw size={14} />}
          disabled={selected.length === 0}
          onClick={() => void restore(selected.map((run) => run.id))}
        >
          Restore
        </Button>
      ) : (
        <Button
          variant="default"
          leftSection={<Trash2 size={14} />}
          disabled={selected.length === 0}
          onClick={() => void remove()}
        >
          Delete
        </Button>
      )}
      <Button
        variant="default"
        leftSection={<LineChart size={14} />}
        disabled={selected.length < 2}
        onClick={() => navigate(`/runs/compare?ids=${selected.map((run) => run.id).join(',')}`)}
      >
        {selected.length < 2 ? 'Compare' : `Compare ${selected.length} runs`}
      </Button>
      <ColumnChooser columns={columns} chosen={columnIds} onChange={chooseColumns} />
      <Button
        variant="default"
        leftSection={<FlaskConical size={14} />}
        onClick={() => navigate('/runs/studies')}
      >
        Studies
      </Button>
      <Button leftSection={<Play size={14} />} onClick={() => navigate('/runs/new')}>
        Train
      </Button>
    </>
  )

  return (
    <PageLayout
      title="Runs"
      toolbar={toolbar}
      inspector={
        single && (
          <Inspector label={`Details of ${single.name}`}>
            <Section
              title={single.name}
              actions={
                <Button size="compact-xs" variant="default" onClick={() => navigate(`/runs/${single.id}`)}>
                  Open
                </Button>
              }
            >
              <RunFacts run={single} now={now} />
            </Section>
            <Section title="Metrics">
              <MetricTable run={single} />
            </Section>
            <PairsSection title="Params" pairs={single.params} />
          </Inspector>
        )
      }
    >
      {error ? (
        <div className="page-scroll">
          <ErrorPanel title="The runs could not be listed" error={error} retry={reload} />
        </div>
      ) : runs === undefined ? (
        <SkeletonRows rows={12} />
      ) : runs.length === 0 ? (
        deleted ? (
          <EmptyState
            icon={Trash2}
            title="No deleted runs"
            text="Runs that are deleted wait here and can be restored."
          />
        ) : (
          <EmptyState
            icon={LineChart}
            title="No runs yet"
            text="A run records one training: its params, curves and model. Train on a dataset to make the first."
          >
            <Button leftSection={<Play size={14} />} onClick={() => navigate('/runs/new')}>
              Train a model
            </Button>
            <Button variant="default" onClick={() => navigate('/data')}>
              Import a dataset
            </Button>
          </EmptyState>
        )
      ) : shown.length === 0 ? (
        <EmptyState title="No run matches" text={`None of ${plural(runs.length, 'run')} holds “${text}”.`}>
          <Button variant="default" onClick={() => url.set({ q: null })}>
            Clear the filter
          </Button>
        </EmptyState>
      ) : (
        <RunTable
          runs={shown}
          columns={shownColumns}
          sort={sort}
          onSort={onSort}
          selection={selection}
          onSelection={setSelection}
          onOpen={(run) => navigate(`/runs/${run.id}`)}
          onDelete={() => void remove()}
          now={now}
        />
      )}
    </PageLayout>
  )
}

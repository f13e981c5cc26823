import { Button, Menu, Modal, SegmentedControl } from '@mantine/core'
import { Ellipsis, FlaskConical, LineChart, Play, RotateCcw, Trash2 } from 'lucide-react'
import { useEffect, useMemo, useState } from 'react'
import { useLocation } from 'wouter'
import { call } from '../../client/rpc.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { formatNumber, plural } from '../../components/format.ts'
import { notify } from '../../components/notices.tsx'
import { PageLayout } from '../../components/page-layout.tsx'
import { SkeletonRows } from '../../components/skeleton-rows.tsx'
import { AlertRules } from './alert-rules.tsx'
import { ColourDialog } from './colour-dialog.tsx'
import { ColumnChooser } from './column-chooser.tsx'
import { ExperimentChooser } from './experiment-chooser.tsx'
import { GroupChooser } from './group-chooser.tsx'
import { GroupTable } from './group-table.tsx'
import { colourRuns, deleteRuns, editCell, purgeRuns, restoreRuns, saveRunsCsv } from './run-actions.ts'
import { RunInspector } from './run-inspector.tsx'
import { RunTable } from './run-table.tsx'
import { treeOf } from './run-tree.ts'
import { SavedViews } from './saved-views.tsx'
import { SearchField } from './search-field.tsx'
import { noSelection, type Selection, within } from './selection.ts'
import { usualShape } from './table-state.ts'
import { TagForm } from './tags-section.tsx'
import { useFoundRuns } from './use-found-runs.ts'
import { useNow } from './use-now.ts'
import { useRunRows } from './use-run-rows.ts'
import { useRunSparks } from './use-run-sparks.ts'
import { useTable } from './use-table.ts'

const comparedAtMost = 500
const noRuns: string[] = []

/** The table of all runs, however many there are. Its state stands in the address, its columns in the browser's storage. */
export function RunsList() {
  const [, navigate] = useLocation()
  const table = useTable()
  const { url, columns, shown, shownIds, deleted, text, sort, group, search } = table
  const { found, error, settled, reload } = useFoundRuns({
    ...search,
    orderBy: sort ? [`${sort.id}${sort.descending ? ' DESC' : ''}`] : [],
  })
  const rows = useRunRows(table.readIds)
  const sparks = useRunSparks(table.curveKeys)
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set())
  const [selection, setSelection] = useState<Selection>(noSelection)
  const [tagging, setTagging] = useState(false)
  const [colouring, setColouring] = useState(false)
  const tree = useMemo(() => treeOf(found ?? { runIds: noRuns, nested: [] }, opened), [found, opened])
  const now = useNow(
    tree.rows.slice(0, 50).some((id) => rows.at(id)?.status === 'RUNNING'),
    15_000,
  )
  useEffect(() => setSelection((before) => within(before, tree.rows)), [tree.rows])

  const selected = useMemo(
    () => tree.rows.filter((id) => selection.selected.has(id)),
    [tree.rows, selection.selected],
  )
  const single = selected.length === 1 ? selected[0] : undefined
  const searched = text.trim() !== '' || table.experiments.length > 0
  const remove = () => {
    if (!deleted && selected.length > 0) void deleteRuns(selected, reload)
  }
  const setTag = async (key: string, value: string) => {
    const { changed } = await call('runs.setTags', { runIds: selected, tags: { [key]: value } })
    notify({ kind: 'success', message: `${plural(changed, 'run')} tagged.` })
    setTagging(false)
  }

  const searchTools = (
    <>
      <SavedViews
        query={new URLSearchParams(
          ['q', 'experiments', 'sort', 'group'].flatMap((name): [string, string][] => {
            const value = url.get(name)
            return value === null ? [] : [[name, value]]
          }),
        ).toString()}
        shape={{ ...table.shape, columns: shownIds }}
        onView={(view) => {
          table.setShape(view.shape)
          navigate(`/runs${view.query === '' ? '' : `?${view.query}`}`)
        }}
      />
      <ExperimentChooser
        chosen={table.experiments}
        onChange={(names) => url.set({ experiments: names.length > 0 ? JSON.stringify(names) : null })}
      />
      <GroupChooser columns={columns} value={group?.id ?? null} onChange={(id) => url.set({ group: id })} />
      <ColumnChooser
        columns={columns}
        chosen={table.columnIds}
        onChange={(ids) => table.setShape(ids === null ? usualShape : { ...table.shape, columns: ids })}
        pinned={table.shape.pinned}
        onPinned={(pinned) => table.setShape({ ...table.shape, pinned })}
      />
      <AlertRules experiments={table.experiments} />
    </>
  )
  const toolbar = (
    <>
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
        {found && plural(found.runIds.length, 'run').replace(/^\d+/, (n) => formatNumber(Number(n), 9))}
        {selected.length > 0 && `, ${formatNumber(selected.length, 9)} selected`}
      </span>
      {deleted ? (
        <>
          <Button
            variant="default"
            leftSection={<RotateCcw size={14} />}
            disabled={selected.length === 0}
            onClick={() => void restoreRuns(selected, reload)}
          >
            Restore
          </Button>
          <Button
            variant="default"
            leftSection={<Trash2 size={14} />}
            disabled={selected.length === 0}
            onClick={() => void purgeRuns(selected, reload)}
          >
            Remove for good
          </Button>
        </>
      ) : (
        <Button
          variant="default"
          leftSection={<Trash2 size={14} />}
          disabled={selected.length === 0}
          onClick={remove}
        >
          Delete
        </Button>
      )}
      <Button
        variant="default"
        leftSection={<LineChart size={14} />}
        disabled={selected.length < 2 || selected.length > comparedAtMost}
        title={selected.length > comparedAtMost ? `At most ${comparedAtMost} runs are compared` : undefined}
        onClick={() => navigate(`/runs/compare?ids=${selected.join(',')}`)}
      >
        {selected.length < 2 ? 'Compare' : `Compare ${selected.length} runs`}
      </Button>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" aria-label="More actions" px={8}>
            <Ellipsis size={14} />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item disabled={selected.length === 0} onClick={() => setTagging(true)}>
            Tag the selected runs
          </Menu.Item>
          <Menu.Item disabled={selected.length === 0} onClick={() => setColouring(true)}>
            Colour the selected runs
          </Menu.Item>
          <Menu.Item
            disabled={deleted || tree.rows.length === 0}
            onClick={() => navigate(`/runs/compare?${new URLSearchParams({ q: text })}`)}
          >
            Compare all that the search finds
          </Menu.Item>
          <Menu.Item disabled={tree.rows.length === 0} onClick={() => void saveRunsCsv(tree.rows, shown)}>
            Save the table as CSV
          </Menu.Item>
          <Menu.Item
            disabled={tree.children.size === 0}
            onClick={() => setOpened(opened.size > 0 ? new Set() : new Set(tree.children.keys()))}
          >
            {opened.size > 0 ? 'Hide all child runs' : 'Show all child runs'}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
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

  const isFault = error !== undefined && 'code' in error && error.code === 'INVALID_INPUT'
  const content = () => {
    if (error && !isFault)
      return (
        <div className="page-scroll">
          <ErrorPanel title="The runs could not be listed" error={error} retry={reload} />
        </div>
      )
    if (!found) return <SkeletonRows rows={12} />
    if (found.runIds.length === 0 && searched && (settled || isFault))
      return (
        <EmptyState
          title="No run matches"
          text={`No run is found by “${text || table.experiments.join(', ')}”.`}
        >
          <Button variant="default" onClick={() => url.set({ q: null, experiments: null })}>
            Clear the search
          </Button>
        </EmptyState>
      )
    if (found.runIds.length === 0)
      return deleted ? (
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
    if (group && !isFault)
      return (
        <GroupTable
          search={search}
          by={group}
          columns={shown}
          onShow={table.showGroup}
          onCompare={(runIds) => navigate(`/runs/compare?ids=${runIds.join(',')}`)}
        />
      )
    return (
      <RunTable
        tree={tree}
        opened={opened}
        onOpened={setOpened}
        rows={rows}
        sparks={sparks}
        colourField={table.colourField}
        columns={shown}
        widths={table.shape.widths}
        pinned={table.shape.pinned}
        onWidth={table.onWidth}
        onMove={table.onMove}
        sort={sort}
        onSort={table.onSort}
        selection={selection}
        onSelection={setSelection}
        onOpen={(runId) => navigate(`/runs/${runId}`)}
        onDelete={remove}
        onEdit={(run, column, value) => void editCell(run, column, value)}
        now={now}
      />
    )
  }

  return (
    <PageLayout
      title="Runs"
      toolbar={toolbar}
      inspector={single && !group && <RunInspector runId={single} now={now} />}
    >
      {(searched || (found !== undefined && found.runIds.length > 0)) && (
        <div className="search-line">
          <SearchField value={text} onChange={(value) => url.set({ q: value })} error={error} />
          {searchTools}
        </div>
      )}
      {content()}
      <Modal
        opened={tagging}
        onClose={() => setTagging(false)}
        title={`Tag ${plural(selected.length, 'run')}`}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <TagForm action="Set" onSet={setTag} />
      </Modal>
      <ColourDialog
        runs={selected.length}
        opened={colouring}
        onClose={() => setColouring(false)}
        onColour={(colour) => void colourRuns(selected, colour)}
      />
    </PageLayout>
  )
}

import { ActionIcon, Button, SegmentedControl, Tooltip } from '@mantine/core'
import { FolderOutput, GraduationCap, X } from 'lucide-react'
import { useMemo, useState } from 'react'
import { Link, useLocation } from 'wouter'
import type { DatasetVersion, Subset, TableColumn, TableRow } from '../../../../../core/contract/index.ts'
import { call } from '../../../client/rpc.ts'
import { EmptyState } from '../../../components/empty-state.tsx'
import { ErrorPanel } from '../../../components/error-panel.tsx'
import { formatNumber, plural } from '../../../components/format.ts'
import { HashText } from '../../../components/hash-text.tsx'
import { Facts, Inspector } from '../../../components/inspector.tsx'
import { PageLayout } from '../../../components/page-layout.tsx'
import { Section } from '../../../components/section.tsx'
import { TimeText } from '../../../components/time-text.tsx'
import { useChunks } from '../../../components/use-chunks.ts'
import { useQuery } from '../../../components/use-query.ts'
import { ExportDialog } from '../export-dialog.tsx'
import { ImportReportDialog } from '../import-report.tsx'
import { LabelList } from '../label-list.tsx'
import { narrowedWords } from '../quality/quality-words.ts'
import { type SampleFilter, toggleLabel, writeFilter } from '../sample-filter.ts'
import { SampleSearch } from '../sample-order.tsx'
import { subsets, subsetWords } from '../subsets.ts'
import { ColumnSummary } from './column-summary.tsx'
import { type RowOrder, RowTable, type ShownColumn } from './row-table.tsx'
import './table.css'

/** No key sets the class of a row. */
const noKeys: ReadonlyMap<string, string> = new Map()
const inOrder: RowOrder = { by: { sort: 'path' }, descending: false }

function useRows(versionId: string, filter: SampleFilter, { by, descending }: RowOrder) {
  const found = filter.finding !== null && JSON.stringify(by) === JSON.stringify(inOrder.by)
  const narrowed = {
    versionId,
    ...(filter.labels.length > 0 ? { labels: filter.labels } : {}),
    ...(filter.subset !== null ? { subset: filter.subset } : {}),
    ...(filter.split !== null ? { split: filter.split } : {}),
    ...(filter.search !== '' ? { search: filter.search } : {}),
    ...(filter.finding !== null ? { finding: filter.finding } : {}),
    ...(found ? { sort: 'finding' as const } : by),
    descending,
  }
  return useChunks<TableRow>(JSON.stringify(narrowed), (offset, limit, signal) =>
    call('datasets.rows', { ...narrowed, offset, limit }, { signal }),
  )
}

const { compare: byName } = new Intl.Collator('en', { numeric: true })

/** Columns as people order them, `c2` before `c10`, each with its place among the cells of a row. */
const shownColumns = (columns: readonly TableColumn[]): ShownColumn[] =>
  columns.map((column, place) => ({ ...column, place })).sort((a, b) => byName(a.name, b.name))

/** A version of a table: its rows, filtered as the address says, and what its columns hold. */
export function TableView({ version, filter }: { version: DatasetVersion; filter: SampleFilter }) {
  const [, navigate] = useLocation()
  const [order, setOrder] = useState(inOrder)
  const [dialog, setDialog] = useState<'export' | 'report' | null>(null)
  const columns = useQuery('datasets.columns', { versionId: version.id })
  const shown = useMemo(() => columns.data && shownColumns(columns.data), [columns.data])
  const rows = useRows(version.id, filter, order)
  const target = version.table?.target ?? null
  const total = rows.total ?? version.sampleCount
  const narrowedBy = narrowedWords(filter)
  const narrow = (change: Partial<SampleFilter>) =>
    navigate(`/data/${version.id}${writeFilter({ ...filter, ...change })}`)
  const classes = version.labels.filter(({ label }) => label !== '')

  return (
    <PageLayout
      title={version.datasetName}
      crumbs={[{ label: 'Data', href: '/data' }]}
      toolbar={
        <>
          <SegmentedControl
            aria-label="Subset"
            value={filter.subset ?? 'all'}
            onChange={(value) => narrow({ subset: value === 'all' ? null : (value as Subset) })}
            data={[
              { value: 'all', label: `All ${formatNumber(version.sampleCount)}` },
              ...subsets.map((subset) => ({
                value: subset,
                label: `${subsetWords[subset]} ${formatNumber(version.split.counts[subset])}`,
              })),
            ]}
          />
          {filter.labels.length > 0 && (
            <Button variant="subtle" onClick={() => narrow({ labels: [] })}>
              Show all classes
            </Button>
          )}
          <SampleSearch
            title="Find in names and cells"
            value={filter.search}
            onChange={(search) => narrow({ search })}
          />
          <span className="dim tabular" role="status">
            {plural(total, 'row')}
          </span>
          <span className="row-space" />
          <Tooltip label="Export">
            <ActionIcon size={30} variant="default" aria-label="Export" onClick={() => setDialog('export')}>
              <FolderOutput size={16} />
            </ActionIcon>
          </Tooltip>
          <Button
            leftSection={<GraduationCap size={14} />}
            disabled={target === null}
            onClick={() => navigate(`/runs/new?dataset=${version.id}`)}
          >
            Train on this
          </Button>
        </>
      }
      {...(target?.kind === 'class'
        ? {
            sidebar: (
              <LabelList
                labels={classes}
                boxLabels={[]}
                chosen={filter.labels}
                chosenBoxes={[]}
                keys={noKeys}
                onToggle={(name, add) => narrow({ labels: toggleLabel(filter.labels, name, add) })}
                onToggleBox={() => {}}
              />
            ),
          }
        : {})}
      inspector={
        <Inspector label="Details">
          <Section title="Version">
            <Facts
              items={[
                ['Version', String(version.number)],
                ['Digest', <HashText key="digest" value={version.digest} label="digest" />],
                ['Rows', formatNumber(version.sampleCount)],
                ['Columns', formatNumber(version.table?.columnCount ?? 0)],
                ['Target', target ? `${target.name} (a ${target.kind})` : 'none'],
                ['Made', <TimeText key="time" at={version.createdAt} />],
                ['From', version.source.location],
                ['Refused', formatNumber(version.report.refused.length)],
              ]}
            />
            <Button size="compact-xs" variant="default" mt={8} onClick={() => setDialog('report')}>
              {version.recipe ? 'Report' : 'Import report'}
            </Button>
          </Section>
          {shown && <ColumnSummary columns={shown} rows={version.sampleCount} />}
        </Inspector>
      }
    >
      {narrowedBy !== null && (
        <div className="narrowed-by">
          <span className="truncate" title={narrowedBy}>
            Only: <strong>{narrowedBy}</strong>
          </span>
          <Link href={`/data/${version.id}/quality`}>Back to quality</Link>
          <Button
            variant="subtle"
            size="compact-xs"
            rightSection={<X size={13} aria-hidden />}
            onClick={() => narrow({ finding: null, within: null, character: null, sort: 'path' })}
          >
            Show all
          </Button>
        </div>
      )}
      {(rows.error ?? columns.error) ? (
        <div className="page-scroll">
          <ErrorPanel error={rows.error ?? columns.error ?? new Error()} retry={rows.reload} />
        </div>
      ) : total === 0 ? (
        <EmptyState title="No row matches" text="No row of this version passes these filters.">
          <Button
            variant="default"
            onClick={() => narrow({ labels: [], subset: null, search: '', finding: null })}
          >
            Show all
          </Button>
        </EmptyState>
      ) : (
        shown && (
          <RowTable
            name={version.datasetName}
            columns={shown}
            target={target}
            rows={rows}
            total={total}
            order={order}
            onOrder={setOrder}
          />
        )
      )}
      {dialog === 'export' && <ExportDialog version={version} onClose={() => setDialog(null)} />}
      {dialog === 'report' && <ImportReportDialog report={version.report} onClose={() => setDialog(null)} />}
    </PageLayout>
  )
}

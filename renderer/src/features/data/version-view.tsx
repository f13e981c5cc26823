import { ActionIcon, Button, SegmentedControl, Select, Slider, Tooltip } from '@mantine/core'
import { FolderOutput, GraduationCap, X } from 'lucide-react'
import { useEffect, useEffectEvent, useRef, useState } from 'react'
import { Link, useLocation, useSearch } from 'wouter'
import type { BrowsedSample, DatasetVersion, SampleChange, Subset } from '../../../../core/contract/index.ts'
import { call } from '../../client/rpc.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { formatBytes, formatNumber, plural } from '../../components/format.ts'
import { HashText } from '../../components/hash-text.tsx'
import { Facts, Inspector } from '../../components/inspector.tsx'
import { notifyError } from '../../components/notices.tsx'
import { PageLayout } from '../../components/page-layout.tsx'
import { Section } from '../../components/section.tsx'
import { SkeletonRows } from '../../components/skeleton-rows.tsx'
import { TimeText } from '../../components/time-text.tsx'
import { useChunks } from '../../components/use-chunks.ts'
import { useQuery } from '../../components/use-query.ts'
import { ExportDialog } from './export-dialog.tsx'
import { ImportReportDialog, refusedLine } from './import-report.tsx'
import { LabelList } from './label-list.tsx'
import { allClasses } from './labelling/all-classes.ts'
import { ClassActions } from './labelling/class-actions.tsx'
import { classKeys, classOfKey } from './labelling/class-keys.ts'
import { ClassPicker } from './labelling/class-picker.tsx'
import { DraftBar } from './labelling/draft-bar.tsx'
import { useDraft } from './labelling/use-draft.ts'
import { useGridSelection } from './labelling/use-grid-selection.ts'
import { useLabelKeys } from './labelling/use-label-keys.ts'
import { PredictionSection } from './predictions/prediction-section.tsx'
import { SamplePredictions } from './predictions/sample-predictions.tsx'
import { narrowedWords } from './quality/quality-words.ts'
import { SampleFacts } from './sample-facts.tsx'
import { countFiltered, readFilter, type SampleFilter, toggleLabel, writeFilter } from './sample-filter.ts'
import { SampleGrid } from './sample-grid.tsx'
import { SampleSearch, SampleSort } from './sample-order.tsx'
import { SampleViewer } from './sample-viewer.tsx'
import { subsets, subsetWords } from './subsets.ts'
import { TableView } from './table/table-view.tsx'

const sideKey = 'glyphlab.data.side'
const chunkSize = 200
/** What the quality tab narrows by, taken back. */
const wide = { finding: null, within: null, character: null } as const

/** A version of a dataset: its pictures in a grid, filtered as the address says, and its facts. */
export function VersionView({ versionId }: { versionId: string }) {
  const version = useQuery('datasets.version', { versionId })
  const filter = readFilter(useSearch())
  // Asked for at once, not after the version's facts: the first pictures should be there first.
  const list = useSamples(versionId, filter)
  if (version.data?.table) return <TableView key={versionId} version={version.data} filter={filter} />
  if (version.data)
    return <LoadedVersion key={versionId} version={version.data} filter={filter} list={list} />
  return (
    <PageLayout title="Dataset" crumbs={[{ label: 'Data', href: '/data' }]}>
      {version.error ? (
        <div className="page-scroll">
          <ErrorPanel error={version.error} retry={version.reload} />
        </div>
      ) : (
        <SkeletonRows rows={10} />
      )}
    </PageLayout>
  )
}

function useSamples(versionId: string, filter: SampleFilter) {
  const narrowed = {
    versionId,
    draft: true,
    ...(filter.labels.length > 0 ? { labels: filter.labels } : {}),
    ...(filter.boxLabels.length > 0 ? { boxLabels: filter.boxLabels } : {}),
    ...(filter.subset !== null ? { subset: filter.subset } : {}),
    ...(filter.split !== null ? { split: filter.split } : {}),
    ...(filter.search !== '' ? { search: filter.search } : {}),
    ...(filter.prediction !== null ? { prediction: filter.prediction } : {}),
    ...(filter.selection !== null ? { selection: filter.selection } : {}),
    ...(filter.finding !== null ? { finding: filter.finding } : {}),
    ...(filter.within !== null ? { within: filter.within } : {}),
    ...(filter.character !== null ? { character: filter.character } : {}),
    ...(filter.sort !== 'path' ? { sort: filter.sort } : {}),
    ...(filter.descending ? { descending: true } : {}),
  }
  const samples = useChunks<BrowsedSample>(
    JSON.stringify(narrowed),
    (offset, limit, signal) => call('datasets.samples', { ...narrowed, offset, limit }, { signal }),
    {
      size: chunkSize,
      refreshOn: (event) => event.type === 'draft.changed' && event.versionId === versionId,
    },
  )
  return { samples, narrowed }
}

/** Where the picture that the address names stands in the filtered list; asked again when `state` changes. */
function usePosition(
  filter: SampleFilter,
  narrowed: ReturnType<typeof useSamples>['narrowed'],
  state: unknown,
) {
  const [position, setPosition] = useState<number | null>(null)
  const key = JSON.stringify(narrowed)
  const { sample } = filter
  useEffect(() => {
    if (sample === null) return
    void state
    let dropped = false
    call('datasets.position', { ...(JSON.parse(key) as typeof narrowed), ordinal: sample })
      .then(({ position: found }) => {
        if (!dropped) setPosition(found)
      })
      .catch(notifyError)
    return () => {
      dropped = true
    }
  }, [sample, key, state])
  return [position, setPosition] as const
}

function LoadedVersion({
  version,
  filter,
  list: { samples, narrowed },
}: {
  version: DatasetVersion
  filter: SampleFilter
  list: ReturnType<typeof useSamples>
}) {
  const [, navigate] = useLocation()
  const [side, setSide] = useState(() => Number(localStorage.getItem(sideKey) ?? 96))
  const [reportOpen, setReportOpen] = useState(false)
  const [exportOpen, setExportOpen] = useState(false)
  useEffect(() => localStorage.setItem(sideKey, String(side)), [side])
  const splits = useQuery(
    'datasets.splits',
    { versionId: version.id },
    { refreshOn: (event) => event.type === 'dataset.changed' && event.datasetId === version.datasetId },
  )
  const split = splits.data?.find(({ name }) => name === filter.split)
  const draft = useDraft(version.id, filter.split, samples.reload)
  const { sampleCount, counts, labels, boxLabels } = draft.state ?? {
    sampleCount: version.sampleCount,
    counts: (split ?? version.split).counts,
    labels: split?.labels ?? version.labels,
    boxLabels: version.boxLabels,
  }
  const total = samples.total ?? countFiltered(labels, filter)
  const [active, setActive] = usePosition(filter, narrowed, draft.state)
  const selection = useGridSelection(narrowed, samples, setActive)
  const [asking, setAsking] = useState<{ title: string; apply: (label: string) => void } | null>(null)
  const refused = refusedLine(version.report)
  const narrowedBy = narrowedWords(filter)

  const go = (change: Partial<SampleFilter>, replace = false) =>
    navigate(`/data/${version.id}${writeFilter({ ...filter, ...change })}`, { replace })
  const narrow = (change: Partial<SampleFilter>) => {
    setActive(null)
    go({ sample: null, ...change })
  }
  // A cell can be opened before its picture is known: then it opens as soon as it is.
  const [awaited, setAwaited] = useState<{ list: string; position: number; replace: boolean } | null>(null)
  const listKey = JSON.stringify(narrowed)
  const open = (position: number, replace = false) => {
    setActive(position)
    const sample = samples.at(position)
    if (sample) go({ sample: sample.ordinal }, replace)
    setAwaited(sample ? null : { list: listKey, position, replace })
  }
  const arrived = awaited?.list === listKey ? samples.at(awaited.position) : undefined
  const openArrived = useEffectEvent((sample: BrowsedSample) => {
    go({ sample: sample.ordinal }, awaited?.replace)
    setAwaited(null)
  })
  useEffect(() => {
    if (arrived) openArrived(arrived)
  }, [arrived])
  const activeSample = active === null ? undefined : samples.at(active)
  const largeSample = useLargeSample(filter.sample, activeSample)

  const change = (ordinals: readonly number[], set: SampleChange) => {
    if (ordinals.length > 0) draft.edit({ kind: 'change', ordinals: [...ordinals], set })
    // What no longer passes the filter leaves the list: it must not be edited again unseen.
    if (
      filter.labels.length > 0 ||
      filter.boxLabels.length > 0 ||
      filter.subset !== null ||
      filter.search !== ''
    )
      selection.clear()
  }
  const next = () => {
    if (active === null) return
    const to = activeSample?.ordinal === filter.sample ? active + 1 : active
    if (samples.at(to)) open(to, true)
  }
  /** What keys edit: the picture in the large view; else those selected; else the one that the keyboard is on. */
  const targets = (): number[] => {
    if (filter.sample !== null) return largeSample ? [largeSample.ordinal] : []
    if (selection.selected.size > 0) return [...selection.selected]
    return activeSample ? [activeSample.ordinal] : []
  }
  const label = (name: string) => {
    const ordinals = targets()
    if (filter.sample !== null) next()
    change(ordinals, { label: name })
  }
  const remove = () => {
    const ordinals = targets()
    if (ordinals.length === 0) return
    if (filter.sample !== null) {
      if (active !== null && samples.at(active + 1)) next()
      else go({ sample: null })
    }
    draft.edit({ kind: 'delete', ordinals })
    selection.clear()
  }
  const pick = () => {
    const count = targets().length
    if (count > 0) setAsking({ title: `Class of ${plural(count, 'picture')}`, apply: label })
  }
  const classes = allClasses(labels, boxLabels)
  const keys = classKeys(classes)
  useLabelKeys({
    onDigit: (digit) => {
      const name = classOfKey(keys, digit)
      if (name === undefined || targets().length === 0) return false
      label(name)
      return true
    },
    onPick: pick,
    onRemove: remove,
    onUndo: draft.undo,
    onRedo: draft.redo,
  })

  // Next and previous in the large view may lead beyond what the grid has asked for.
  const { show } = samples
  useEffect(() => {
    if (filter.sample !== null && active !== null) show(active - 1, active + 1)
  }, [filter.sample, active, show])

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
              { value: 'all', label: `All ${formatNumber(sampleCount)}` },
              ...subsets.map((subset) => ({
                value: subset,
                label: `${subsetWords[subset]} ${formatNumber(counts[subset])}`,
              })),
            ]}
          />
          {filter.labels.length + filter.boxLabels.length > 0 && (
            <Button variant="subtle" onClick={() => narrow({ labels: [], boxLabels: [] })}>
              Show all classes
            </Button>
          )}
          {filter.selection !== null && (
            <Button variant="subtle" onClick={() => narrow({ selection: null })}>
              Leave the selection
            </Button>
          )}
          <SampleSearch value={filter.search} onChange={(search) => narrow({ search })} />
          <SampleSort
            sort={filter.sort}
            descending={filter.descending}
            finding={filter.finding}
            onChange={(sort, descending) => narrow({ sort, descending })}
          />
          <span className="dim tabular" role="status">
            {plural(total, 'picture')}
          </span>
          <div className="side-slider">
            <span className="dim">Size</span>
            <Slider
              thumbLabel="Size of pictures, px"
              min={40}
              max={256}
              step={8}
              label={null}
              value={side}
              onChange={setSide}
            />
          </div>
          <Tooltip label="Export">
            <ActionIcon size={30} variant="default" aria-label="Export" onClick={() => setExportOpen(true)}>
              <FolderOutput size={16} />
            </ActionIcon>
          </Tooltip>
          <Button
            leftSection={<GraduationCap size={14} />}
            onClick={() =>
              navigate(
                `/runs/new?dataset=${version.id}${filter.split === null ? '' : `&split=${encodeURIComponent(filter.split)}`}`,
              )
            }
          >
            Train on this
          </Button>
        </>
      }
      sidebar={
        <LabelList
          labels={labels}
          boxLabels={boxLabels}
          chosen={filter.labels}
          chosenBoxes={filter.boxLabels}
          keys={keys}
          onToggle={(name, add) => narrow({ labels: toggleLabel(filter.labels, name, add) })}
          onToggleBox={(name, add) => narrow({ boxLabels: toggleLabel(filter.boxLabels, name, add) })}
        >
          <ClassActions
            chosen={[...new Set([...filter.labels, ...filter.boxLabels])]}
            labels={classes}
            onEdit={(edit, into) => {
              draft.edit(edit)
              narrow({
                labels: filter.labels.length > 0 ? [into] : [],
                boxLabels: filter.boxLabels.length > 0 ? [into] : [],
              })
            }}
          />
        </LabelList>
      }
      inspector={
        <Inspector label="Details">
          {activeSample && (
            <Section title="Picture">
              <SampleFacts sample={activeSample} />
              <SamplePredictions versionId={version.id} ordinal={activeSample.ordinal} />
            </Section>
          )}
          <PredictionSection
            version={version}
            chosen={filter.prediction}
            onChange={(prediction) => narrow({ prediction })}
          />
          <VersionFacts
            version={version}
            split={split ?? version.split}
            splitNames={splits.data?.map(({ name }) => name) ?? []}
            onSplit={(name) => narrow({ split: name === version.split.name ? null : name })}
          />
          <Section title={version.recipe ? 'Report' : 'Import'}>
            {refused && (
              <p className="report-refused">
                {refused}{' '}
                <button type="button" className="link-button" onClick={() => setReportOpen(true)}>
                  Show them.
                </button>
              </p>
            )}
            <ReportFacts version={version} />
            <Button size="compact-xs" variant="default" mt={8} onClick={() => setReportOpen(true)}>
              {version.recipe ? 'Report' : 'Import report'}
            </Button>
          </Section>
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
            onClick={() => narrow({ ...wide, sort: 'path' })}
          >
            Show all
          </Button>
        </div>
      )}
      {samples.error ? (
        <div className="page-scroll">
          <ErrorPanel error={samples.error} retry={samples.reload} />
        </div>
      ) : total === 0 ? (
        <EmptyState
          title="No picture matches"
          text={
            filter.search === ''
              ? `No picture of this version is in these classes and this subset${narrowedBy === null ? '' : `, and was found: ${narrowedBy}`}.`
              : `No path or transcription here contains "${filter.search}".`
          }
        >
          <Button
            variant="default"
            onClick={() =>
              narrow({
                ...wide,
                labels: [],
                boxLabels: [],
                subset: null,
                search: '',
                prediction: null,
                selection: null,
              })
            }
          >
            Show all
          </Button>
        </EmptyState>
      ) : (
        <SampleGrid
          name={version.datasetName}
          samples={samples}
          total={total}
          leastSide={side}
          active={active}
          selection={selection}
          onOpen={open}
        />
      )}
      <DraftBar
        version={version}
        draft={draft}
        selected={selection.selected.size}
        onPick={pick}
        onRemove={remove}
        onClear={selection.clear}
      />
      {filter.sample !== null && (
        <SampleViewer
          sample={largeSample}
          position={active}
          total={total}
          draft={draft}
          subsetFixed={filter.split !== null && filter.split !== version.split.name}
          classOf={(digit) => classOfKey(keys, digit)}
          onEdit={(set) => largeSample && change([largeSample.ordinal], set)}
          onPick={(apply) => setAsking({ title: 'Class', apply })}
          onLabel={label}
          onMove={(step) => {
            if (active !== null && active + step >= 0 && active + step < total) open(active + step, true)
          }}
          onClose={() => go({ sample: null })}
        >
          {largeSample && <SamplePredictions versionId={version.id} ordinal={largeSample.ordinal} />}
        </SampleViewer>
      )}
      {asking && (
        <ClassPicker
          title={asking.title}
          classes={classes}
          onPick={asking.apply}
          onClose={() => setAsking(null)}
        />
      )}
      {exportOpen && <ExportDialog version={version} onClose={() => setExportOpen(false)} />}
      {reportOpen && <ImportReportDialog report={version.report} onClose={() => setReportOpen(false)} />}
    </PageLayout>
  )
}

/** The picture in the large view, kept while its place in a list that has changed is being asked for. */
function useLargeSample(
  ordinal: number | null,
  active: BrowsedSample | undefined,
): BrowsedSample | undefined {
  const kept = useRef<BrowsedSample>(undefined)
  if (active && active.ordinal === ordinal) kept.current = active
  return kept.current?.ordinal === ordinal ? kept.current : undefined
}

function VersionPicker({ version }: { version: DatasetVersion }) {
  const [, navigate] = useLocation()
  const versions = useQuery(
    'datasets.versions',
    { datasetId: version.datasetId },
    { refreshOn: (event) => event.type === 'dataset.changed' && event.datasetId === version.datasetId },
  )
  if (!versions.data || versions.data.length < 2) return <>{version.number}</>
  return (
    <Select
      aria-label="Version"
      allowDeselect={false}
      data={versions.data.map(({ id, number, sampleCount }) => ({
        value: id,
        label: `${number} (${plural(sampleCount, 'picture')})`,
      }))}
      value={version.id}
      onChange={(id) => id !== null && navigate(`/data/${id}`)}
    />
  )
}

function VersionFacts({
  version,
  split,
  splitNames,
  onSplit,
}: {
  version: DatasetVersion
  split: DatasetVersion['split']
  splitNames: readonly string[]
  onSplit: (name: string) => void
}) {
  return (
    <>
      <Section title="Version">
        <Facts
          items={[
            ['Version', <VersionPicker key="version" version={version} />],
            ['Digest', <HashText key="digest" value={version.digest} label="digest" />],
            ['Pictures', formatNumber(version.sampleCount)],
            ['Classes', formatNumber(version.labels.length)],
            [
              'Classes of boxes',
              version.boxLabels.length === 0 ? null : formatNumber(version.boxLabels.length),
            ],
            [
              'Bytes',
              <span key="bytes" title={`${version.bytes} B`}>
                {formatBytes(version.bytes)}
              </span>,
            ],
            ['Made', <TimeText key="time" at={version.createdAt} />],
            ['From', version.source.location],
            ['As', version.source.importer],
          ]}
        />
      </Section>
      <Section title="Split">
        <Facts
          items={[
            [
              'Name',
              splitNames.length < 2 ? (
                split.name
              ) : (
                <Select
                  key="split"
                  aria-label="Split"
                  allowDeselect={false}
                  data={[...splitNames]}
                  value={split.name}
                  onChange={(name) => name !== null && onSplit(name)}
                />
              ),
            ],
            ...subsets.map((subset): [string, string] => [
              subsetWords[subset],
              split.counts[subset] === 0 ? 'no pictures' : formatNumber(split.counts[subset]),
            ]),
            ['Made', split.kind.replace('by-', 'by ')],
            ['Seed', split.kind === 'by-folder' ? null : String(split.seed)],
          ]}
        />
      </Section>
    </>
  )
}

function ReportFacts({ version: { report } }: { version: DatasetVersion }) {
  return (
    <Facts
      items={[
        ['Files', formatNumber(report.scanned)],
        ['Refused', formatNumber(report.refused.length)],
        ['Ignored', formatNumber(report.ignored.length)],
        ['Duplicates', formatNumber(report.duplicates.length)],
        ['To know', report.warnings.length === 0 ? null : formatNumber(report.warnings.length)],
      ]}
    />
  )
}

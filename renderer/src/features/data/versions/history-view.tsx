import { Button, Select, Table } from '@mantine/core'
import { ArrowLeft, GitCompareArrows } from 'lucide-react'
import { Link, useSearchParams } from 'wouter'
import {
  type DatasetVersion,
  type LineageVersion,
  sampleDifference,
  type VersionLineage,
} from '../../../../../core/contract/index.ts'
import { ErrorPanel } from '../../../components/error-panel.tsx'
import { formatNumber } from '../../../components/format.ts'
import { HashText } from '../../../components/hash-text.tsx'
import { Facts, Inspector } from '../../../components/inspector.tsx'
import { PageLayout } from '../../../components/page-layout.tsx'
import { Section } from '../../../components/section.tsx'
import { SkeletonRows } from '../../../components/skeleton-rows.tsx'
import { TimeText } from '../../../components/time-text.tsx'
import { useQuery } from '../../../components/use-query.ts'
import { AnnotationEditor } from './annotation-editor.tsx'
import { DiffView } from './diff-view.tsx'
import { LineageGraph, madeBy } from './lineage-graph.tsx'

const crumbs = [{ label: 'Data', href: '/data' }]

/** Where a version comes from, what was made of it, and what differs between versions. */
export function HistoryView({ versionId }: { versionId: string }) {
  const changes = (type: string) =>
    type === 'dataset.changed' || type === 'run.changed' || type === 'model.changed'
  const version = useQuery(
    'datasets.version',
    { versionId },
    { refreshOn: ({ type }) => type === 'dataset.changed' },
  )
  const lineage = useQuery('datasets.lineage', { versionId }, { refreshOn: ({ type }) => changes(type) })
  const datasetId = version.data?.datasetId
  const versions = useQuery(
    'datasets.versions',
    { datasetId: datasetId ?? '' },
    { enabled: datasetId !== undefined, refreshOn: ({ type }) => type === 'dataset.changed' },
  )
  const error = version.error ?? lineage.error ?? versions.error
  if (version.data && lineage.data && versions.data)
    return (
      <LoadedHistory
        version={version.data}
        lineage={lineage.data}
        versions={versions.data}
        onSaved={version.set}
      />
    )
  return (
    <PageLayout title={version.data?.datasetName ?? 'Dataset'} crumbs={crumbs}>
      {error ? (
        <div className="page-scroll">
          <ErrorPanel error={error} retry={version.reload} />
        </div>
      ) : (
        <SkeletonRows rows={10} />
      )}
    </PageLayout>
  )
}

function LoadedHistory({
  version,
  lineage,
  versions,
  onSaved,
}: {
  version: DatasetVersion
  lineage: VersionLineage
  versions: readonly DatasetVersion[]
  onSaved: (version: DatasetVersion) => void
}) {
  const [params, setParams] = useSearchParams()
  const [from, to] = [params.get('from'), params.get('to')]
  const change = sampleDifference.safeParse(params.get('change'))
  const set = (changes: Record<string, string | null>) =>
    setParams((before) => {
      const next = new URLSearchParams(before)
      for (const [key, value] of Object.entries(changes))
        value === null ? next.delete(key) : next.set(key, value)
      return next
    })
  // The versions of the dataset, and those of other datasets in the family.
  const related = new Map<string, string>()
  for (const { id, datasetName, number } of [...versions, ...lineage.versions])
    related.set(id, `v${number} · ${datasetName}`)
  const options = [...related].map(([value, label]) => ({ value, label }))
  const comparing = from !== null && to !== null
  const older =
    version.parents.find((parent) => related.has(parent)) ??
    versions.find(({ number }) => number < version.number)?.id
  const begin = older
    ? { from: older, to: version.id }
    : { from: version.id, to: versions[0]?.id ?? version.id }

  const toolbar = comparing ? (
    <>
      <Button
        variant="subtle"
        leftSection={<ArrowLeft size={14} />}
        onClick={() => set({ from: null, to: null, change: null })}
      >
        History
      </Button>
      <span className="dim">From</span>
      <Select
        aria-label="From version"
        className="compared-version"
        searchable
        allowDeselect={false}
        data={options}
        value={from}
        onChange={(id) => id !== null && set({ from: id, change: null })}
      />
      <span className="dim">to</span>
      <Select
        aria-label="To version"
        className="compared-version"
        searchable
        allowDeselect={false}
        data={options}
        value={to}
        onChange={(id) => id !== null && set({ to: id, change: null })}
      />
    </>
  ) : (
    <Button
      variant="default"
      leftSection={<GitCompareArrows size={14} />}
      disabled={options.length < 2}
      title={options.length < 2 ? 'There is only one version' : undefined}
      onClick={() => set(begin)}
    >
      Compare versions
    </Button>
  )

  return (
    <PageLayout
      title={version.datasetName}
      crumbs={crumbs}
      toolbar={toolbar}
      inspector={comparing ? undefined : <VersionInspector version={version} onSaved={onSaved} />}
    >
      {comparing ? (
        <DiffView
          from={from}
          to={to}
          change={change.success ? change.data : null}
          onChange={(kind) => set({ change: kind })}
        />
      ) : (
        <div className="page-scroll">
          <Section title="Lineage">
            <LineageGraph lineage={lineage} current={version.id} />
          </Section>
          <Section title="Versions">
            <VersionTable
              versions={versions}
              current={version.id}
              onCompare={(id) => set(id === version.id ? begin : { from: id, to: version.id })}
            />
          </Section>
        </div>
      )}
    </PageLayout>
  )
}

/** What `madeBy` needs, from a whole version. */
function asLineageVersion(version: DatasetVersion): LineageVersion {
  const steps = version.recipe?.['steps']
  return {
    ...version,
    labelCount: version.labels.length,
    steps: Array.isArray(steps) ? (steps as LineageVersion['steps']) : [],
  }
}

function VersionTable({
  versions,
  current,
  onCompare,
}: {
  versions: readonly DatasetVersion[]
  current: string
  onCompare: (id: string) => void
}) {
  return (
    <Table aria-label="Versions" className="version-table" highlightOnHover>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Version</Table.Th>
          <Table.Th>Made by</Table.Th>
          <Table.Th>Tags and note</Table.Th>
          <Table.Th ta="right">Pictures</Table.Th>
          <Table.Th>Made</Table.Th>
          <Table.Th>
            <span className="visually-hidden">Actions</span>
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {versions.map((version) => {
          const { short, full } = madeBy(asLineageVersion(version))
          return (
            <Table.Tr key={version.id} aria-current={version.id === current ? 'true' : undefined}>
              <Table.Td>
                <Link href={`/data/${version.id}/history`}>Version {version.number}</Link>
              </Table.Td>
              <Table.Td className="version-words" title={full}>
                {short}
              </Table.Td>
              <Table.Td className="version-words" title={version.note}>
                {version.tags.map((tag) => (
                  <span key={tag} className="version-tag">
                    {tag}
                  </span>
                ))}
                <span className="dim">{version.note}</span>
              </Table.Td>
              <Table.Td ta="right">{formatNumber(version.sampleCount)}</Table.Td>
              <Table.Td>
                <TimeText at={version.createdAt} />
              </Table.Td>
              <Table.Td ta="right">
                <Button
                  size="compact-xs"
                  variant="subtle"
                  disabled={versions.length < 2}
                  aria-label={`Compare version ${version.number}`}
                  onClick={() => onCompare(version.id)}
                >
                  Compare
                </Button>
              </Table.Td>
            </Table.Tr>
          )
        })}
      </Table.Tbody>
    </Table>
  )
}

function VersionInspector({
  version,
  onSaved,
}: {
  version: DatasetVersion
  onSaved: (version: DatasetVersion) => void
}) {
  const { full } = madeBy(asLineageVersion(version))
  return (
    <Inspector label="Version">
      <Section title={`Version ${version.number}`}>
        <Facts
          items={[
            ['Pictures', formatNumber(version.sampleCount)],
            ['Classes', formatNumber(version.labels.length)],
            ['Digest', <HashText key="digest" value={version.digest} label="digest" />],
            ['Made', <TimeText key="time" at={version.createdAt} />],
            ['From', version.source.location],
          ]}
        />
      </Section>
      <Section title="How it was made">
        <p className="version-recipe">{full}</p>
      </Section>
      <Section title="Tags and note">
        <AnnotationEditor
          key={`${version.id} ${version.tags.join()} ${version.note}`}
          version={version}
          onSaved={onSaved}
        />
      </Section>
    </Inspector>
  )
}

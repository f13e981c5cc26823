import { ActionIcon, Button, Modal, Progress, Table, Tooltip } from '@mantine/core'
import { Database, FolderInput, Trash2 } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Link, useLocation, useSearch } from 'wouter'
import type { Dataset, ShippedSample } from '../../../../core/contract/index.ts'
import { call } from '../../client/rpc.ts'
import { confirm } from '../../components/confirm.tsx'
import { datasetNameFrom } from '../../components/drop-intent.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { formatBytes, formatNumber, formatPercent } from '../../components/format.ts'
import { HashText } from '../../components/hash-text.tsx'
import { ImportForm } from '../../components/import-form.tsx'
import { notify, notifyError } from '../../components/notices.tsx'
import { PageLayout } from '../../components/page-layout.tsx'
import { SkeletonRows } from '../../components/skeleton-rows.tsx'
import { sampleSource } from '../../components/sources.ts'
import { startImport } from '../../components/start-import.ts'
import { TimeText } from '../../components/time-text.tsx'
import { useQuery } from '../../components/use-query.ts'
import { useUnfinishedJobs } from '../../stores/jobs-store.ts'
import { DeletedDatasets } from './deleted-datasets.tsx'

/** `Sign-language digits` of `Sign-language digits: 200 photos in 10 classes`. */
const shortTitle = (title: string): string => datasetNameFrom(title.split(':')[0] ?? title)
const defaultFractions = { train: 0.8, validation: 0.1, test: 0.1 }

function SampleButtons() {
  const [, navigate] = useLocation()
  const shipped = useQuery('samples.list', {})
  const start = ({ id, title }: ShippedSample) =>
    startImport(
      sampleSource(id),
      { name: shortTitle(title), seed: 42, fractions: defaultFractions },
      navigate,
    ).catch(notifyError)
  return (
    <>
      {(shipped.data ?? [])
        .filter(({ use }) => use === 'dataset')
        .map((sample) => (
          <Button
            key={sample.id}
            variant="default"
            title={`${sample.title}. ${sample.source} (${sample.licence})`}
            onClick={() => start(sample)}
          >
            Import the sample “{shortTitle(sample.title)}”
          </Button>
        ))}
    </>
  )
}

function DatasetRow({ dataset, onDelete }: { dataset: Dataset; onDelete: () => void }) {
  const { latest } = dataset
  return (
    <Table.Tr>
      <Table.Td className="dataset-name" title={dataset.name}>
        {latest ? <Link href={`/data/${latest.versionId}`}>{dataset.name}</Link> : dataset.name}
      </Table.Td>
      <Table.Td ta="right">{latest ? formatNumber(latest.sampleCount) : '–'}</Table.Td>
      <Table.Td ta="right">{latest ? formatNumber(latest.labelCount) : '–'}</Table.Td>
      <Table.Td ta="right">{latest ? formatBytes(latest.bytes) : '–'}</Table.Td>
      <Table.Td ta="right">{formatNumber(dataset.versionCount)}</Table.Td>
      <Table.Td>{latest && <HashText value={latest.digest} label="digest" />}</Table.Td>
      <Table.Td>
        <TimeText at={dataset.createdAt} />
      </Table.Td>
      <Table.Td ta="right">
        <Tooltip label="Delete">
          <ActionIcon size={22} aria-label={`Delete ${dataset.name}`} onClick={onDelete}>
            <Trash2 size={14} />
          </ActionIcon>
        </Tooltip>
      </Table.Td>
    </Table.Tr>
  )
}

/** Imports and recipes that wait or run, each with its progress. */
function RunningImports() {
  const jobs = useUnfinishedJobs().filter(
    ({ kind }) => kind === 'dataset-import' || kind === 'dataset-transform' || kind === 'pages-dataset',
  )
  return (
    <>
      {jobs.map((job) => (
        <div key={job.id} className="import-running">
          <span className="truncate">{job.title}</span>
          <Progress value={job.progress.value * 100} size={4} aria-label={`Progress of ${job.title}`} />
          <span className="dim tabular">
            {job.status === 'queued'
              ? 'Waiting'
              : `${formatPercent(job.progress.value)} ${job.progress.message}`}
          </span>
        </div>
      ))}
    </>
  )
}

/** All datasets, and ways to import one. */
export function DatasetList() {
  const [, navigate] = useLocation()
  const search = useSearch()
  const [importing, setImporting] = useState(false)
  const datasets = useQuery(
    'datasets.list',
    {},
    {
      refreshOn: ({ type }) => type === 'dataset.changed' || type === 'job.ended',
    },
  )
  useEffect(() => {
    if (!new URLSearchParams(search).has('import')) return
    setImporting(true)
    navigate('/data', { replace: true })
  }, [search, navigate])

  const remove = async ({ id, name }: Dataset) => {
    const sure = await confirm({
      title: `Delete “${name}”?`,
      message:
        'It can be restored for 30 days, with all its versions. Runs and models made from it stay. Your own files stay.',
      action: 'Delete dataset',
      danger: true,
    })
    if (!sure) return
    try {
      await call('datasets.delete', { datasetId: id })
      datasets.reload()
      notify({
        kind: 'info',
        message: `“${name}” is deleted. It stays among the deleted ones for 30 days.`,
        action: {
          label: 'Undo',
          run: () => void call('datasets.restore', { datasetId: id }).catch(notifyError),
        },
      })
    } catch (cause) {
      notifyError(cause)
    }
  }

  const list = datasets.data
  const importButton = (
    <Button leftSection={<FolderInput size={14} />} onClick={() => setImporting(true)}>
      Import a dataset
    </Button>
  )
  return (
    <PageLayout
      title="Data"
      toolbar={
        <>
          {list && list.length > 0 && importButton}
          <DeletedDatasets />
        </>
      }
    >
      <RunningImports />
      {!list && datasets.error && (
        <div className="page-scroll">
          <ErrorPanel error={datasets.error} retry={datasets.reload} />
        </div>
      )}
      {!list && !datasets.error && <SkeletonRows />}
      {list?.length === 0 && (
        <EmptyState
          icon={Database}
          title="Keep pictures as a dataset"
          text="Drop a folder of pictures, a zip of one, or a table of labels. Each import becomes a version that never changes, with a split to train on."
        >
          {importButton}
          <SampleButtons />
        </EmptyState>
      )}
      {list && list.length > 0 && (
        <div className="page-scroll">
          <Table aria-label="Datasets" className="dataset-table" highlightOnHover>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Name</Table.Th>
                <Table.Th ta="right">Pictures</Table.Th>
                <Table.Th ta="right">Classes</Table.Th>
                <Table.Th ta="right">Size</Table.Th>
                <Table.Th ta="right">Versions</Table.Th>
                <Table.Th>Digest</Table.Th>
                <Table.Th>Created</Table.Th>
                <Table.Th>
                  <span className="visually-hidden">Actions</span>
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {list.map((dataset) => (
                <DatasetRow key={dataset.id} dataset={dataset} onDelete={() => void remove(dataset)} />
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
      <Modal
        opened={importing}
        onClose={() => setImporting(false)}
        size="xl"
        title="Import a dataset"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <ImportForm onStarted={() => setImporting(false)} />
      </Modal>
    </PageLayout>
  )
}

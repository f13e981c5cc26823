import { Button, Modal, Table, TextInput } from '@mantine/core'
import { useState } from 'react'
import { type DeletedDataset, GlyphlabError } from '../../../../core/contract/index.ts'
import { call } from '../../client/rpc.ts'
import { confirm } from '../../components/confirm.tsx'
import { formatBytes, formatNumber } from '../../components/format.ts'
import { notify, notifyError } from '../../components/notices.tsx'
import { TimeText } from '../../components/time-text.tsx'
import { useQuery } from '../../components/use-query.ts'

const back = (name: string) => notify({ kind: 'success', message: `“${name}” is back.` })

async function purge({ id: datasetId, name }: DeletedDataset): Promise<void> {
  const { bytes } = await call('datasets.purgeable', { datasetId })
  const sure = await confirm({
    title: `Remove “${name}” for good?`,
    message: `This frees ${formatBytes(bytes)} and can not be taken back. What other datasets, pages and models need stays, and so do your own files.`,
    action: 'Remove for good',
    danger: true,
  })
  if (!sure) return
  const { freedBytes } = await call('datasets.purge', { datasetId })
  notify({ kind: 'info', message: `“${name}” is removed; ${formatBytes(freedBytes)} freed.` })
}

/** The datasets in the trash: a button where there are any, and the list that it opens. */
export function DeletedDatasets() {
  const [open, setOpen] = useState(false)
  const [renaming, setRenaming] = useState<DeletedDataset | null>(null)
  const { data } = useQuery('datasets.deleted', {}, { refreshOn: ({ type }) => type === 'dataset.changed' })
  const restore = (dataset: DeletedDataset) =>
    call('datasets.restore', { datasetId: dataset.id })
      .then(() => back(dataset.name))
      .catch((cause: unknown) => {
        if (cause instanceof GlyphlabError && cause.code === 'CONFLICT') setRenaming(dataset)
        else notifyError(cause)
      })
  if (!data || (data.length === 0 && !open)) return null
  return (
    <>
      <Button variant="subtle" onClick={() => setOpen(true)}>
        Deleted {formatNumber(data.length)}
      </Button>
      <Modal
        opened={open}
        onClose={() => setOpen(false)}
        size="xl"
        title="Deleted datasets"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <p className="dim deleted-words">They can be restored for 30 days; then they are removed for good.</p>
        <Table aria-label="Deleted datasets">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Name</Table.Th>
              <Table.Th ta="right">Pictures</Table.Th>
              <Table.Th ta="right">Versions</Table.Th>
              <Table.Th>Deleted</Table.Th>
              <Table.Th>
                <span className="visually-hidden">Actions</span>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {data.map((dataset) => (
              <Table.Tr key={dataset.id}>
                <Table.Td className="dataset-name" title={dataset.name}>
                  {dataset.name}
                </Table.Td>
                <Table.Td ta="right">{formatNumber(dataset.sampleCount)}</Table.Td>
                <Table.Td ta="right">{formatNumber(dataset.versionCount)}</Table.Td>
                <Table.Td>
                  <TimeText at={dataset.deletedAt} />
                </Table.Td>
                <Table.Td ta="right" className="deleted-actions">
                  <Button
                    size="compact-xs"
                    variant="default"
                    aria-label={`Restore ${dataset.name}`}
                    onClick={() => void restore(dataset)}
                  >
                    Restore
                  </Button>
                  <Button
                    size="compact-xs"
                    variant="default"
                    aria-label={`Remove for good: ${dataset.name}`}
                    onClick={() => purge(dataset).catch(notifyError)}
                  >
                    Remove for good
                  </Button>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        {data.length === 0 && <p className="dim">Nothing is deleted.</p>}
      </Modal>
      {renaming && <RestoreDialog dataset={renaming} onClose={() => setRenaming(null)} />}
    </>
  )
}

/** Asks for a name for a dataset whose own another has by now. */
function RestoreDialog({ dataset, onClose }: { dataset: DeletedDataset; onClose: () => void }) {
  const [name, setName] = useState(`${dataset.name} (restored)`)
  const [problem, setProblem] = useState<string | null>(null)
  const restore = () =>
    call('datasets.restore', { datasetId: dataset.id, name })
      .then(() => {
        back(name)
        onClose()
      })
      .catch((cause: unknown) => setProblem(cause instanceof Error ? cause.message : String(cause)))
  return (
    <Modal
      opened
      onClose={onClose}
      size="sm"
      title={`Restore “${dataset.name}”`}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form
        className="restore-form"
        onSubmit={(event) => {
          event.preventDefault()
          void restore()
        }}
      >
        <TextInput
          data-autofocus
          label="Name"
          description="Another dataset has the old one by now."
          value={name}
          error={problem}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Button type="submit" disabled={name.trim() === ''}>
          Restore
        </Button>
      </form>
    </Modal>
  )
}

import { Button, Table, TextInput } from '@mantine/core'
import { FolderSearch } from 'lucide-react'
import type { RunWatch } from '../../../../core/contract/index.ts'
import { desktop } from '../../client/desktop.ts'
import { call } from '../../client/rpc.ts'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { formatNumber } from '../../components/format.ts'
import { notifyError } from '../../components/notices.tsx'
import { Section } from '../../components/section.tsx'
import { TimeText } from '../../components/time-text.tsx'
import { useQuery } from '../../components/use-query.ts'
import { useFolderToWatch } from './use-folder-to-watch.ts'

function WatchRow({ watch }: { watch: RunWatch }) {
  const { id, path, runs, importedAt, importing, problem } = watch
  return (
    <Table.Tr>
      <Table.Td className="mono settings-path">
        {path}
        {problem !== null && <div className="settings-problem">{problem}</div>}
      </Table.Td>
      <Table.Td ta="right" className="tabular">
        {formatNumber(runs)}
      </Table.Td>
      <Table.Td className="settings-nowrap">
        {importing ? 'Reading' : importedAt === null ? 'Not yet' : <TimeText at={importedAt} />}
      </Table.Td>
      <Table.Td ta="right">
        <Button
          size="compact-xs"
          variant="default"
          aria-label={`Stop watching ${path}`}
          onClick={() => call('runs.unwatch', { watchId: id }).catch(notifyError)}
        >
          Stop
        </Button>
      </Table.Td>
    </Table.Tr>
  )
}

/** Folders of other trackers whose runs come here by themselves. */
export function WatchedFolders() {
  const watches = useQuery('runs.watches', {}, { refreshOn: ({ type }) => type === 'watch.changed' })
  const { path, setPath, busy, error, watch, submit } = useFolderToWatch((wanted) =>
    call('runs.watch', { path: wanted }),
  )
  const bridge = desktop()
  const choose = async () => {
    try {
      const chosen = await bridge?.chooseFolder({ title: 'Folder to watch', create: false })
      if (chosen) await watch(chosen)
    } catch (cause) {
      notifyError(cause)
    }
  }
  return (
    <Section title="Watched folders">
      <p className="dim">
        Runs that MLflow, TensorBoard, W&B, DVC, Optuna or a script writes into these folders come here by
        themselves while Glyphlab is open. Nothing is written to them.
      </p>
      {watches.error && <ErrorPanel error={watches.error} retry={watches.reload} />}
      {watches.data && watches.data.length > 0 && (
        <Table aria-label="Watched folders">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Folder or file</Table.Th>
              <Table.Th ta="right">Runs</Table.Th>
              <Table.Th>Read</Table.Th>
              <Table.Th aria-label="Actions" />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {watches.data.map((one) => (
              <WatchRow key={one.id} watch={one} />
            ))}
          </Table.Tbody>
        </Table>
      )}
      <form className="settings-watch" onSubmit={submit}>
        <TextInput
          aria-label="Folder or file to watch"
          placeholder="/home/me/project/mlruns"
          value={path}
          onChange={(event) => setPath(event.currentTarget.value)}
        />
        <Button type="submit" variant="default" loading={busy} disabled={path.trim() === ''}>
          Watch
        </Button>
        {bridge && (
          <Button variant="default" leftSection={<FolderSearch size={14} />} onClick={() => void choose()}>
            Choose folder
          </Button>
        )}
      </form>
      {error && <ErrorPanel error={error} />}
    </Section>
  )
}

import { Button, Checkbox, Table, TextInput } from '@mantine/core'
import { FolderSearch } from 'lucide-react'
import { useState } from 'react'
import { type PageWatch, wayInWords } from '../../../../core/contract/index.ts'
import { desktop } from '../../client/desktop.ts'
import { call } from '../../client/rpc.ts'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { formatNumber } from '../../components/format.ts'
import { notifyError } from '../../components/notices.tsx'
import { Section } from '../../components/section.tsx'
import { TimeText } from '../../components/time-text.tsx'
import { useQuery } from '../../components/use-query.ts'
import { useReadingOptions } from '../../stores/reading-options.ts'
import { useFolderToWatch } from './use-folder-to-watch.ts'

function FolderRow({ watch }: { watch: PageWatch }) {
  const { id, path, recursive, options, files, takenAt, problem } = watch
  return (
    <Table.Tr>
      <Table.Td className="mono settings-path">
        {path}
        {recursive && ' and below'}
        {problem !== null && <div className="settings-problem">{problem}</div>}
      </Table.Td>
      <Table.Td className="mono">{wayInWords(options)}</Table.Td>
      <Table.Td ta="right" className="tabular">
        {formatNumber(files)}
      </Table.Td>
      <Table.Td className="settings-nowrap">
        {takenAt === null ? 'Not yet' : <TimeText at={takenAt} />}
      </Table.Td>
      <Table.Td ta="right">
        <Button
          size="compact-xs"
          variant="default"
          aria-label={`Stop reading ${path}`}
          onClick={() => call('pages.unwatch', { watchId: id }).catch(notifyError)}
        >
          Stop
        </Button>
      </Table.Td>
    </Table.Tr>
  )
}

/** Folders whose new pictures are read by themselves. */
export function ReadFolders() {
  const watches = useQuery('pages.watches', {}, { refreshOn: ({ type }) => type === 'watch.changed' })
  const options = useReadingOptions()
  const [recursive, setRecursive] = useState(false)
  const [existing, setExisting] = useState(false)
  const { path, setPath, busy, error, submit } = useFolderToWatch((wanted) =>
    call('pages.watch', { ...options, path: wanted, recursive, existing }),
  )
  const bridge = desktop()
  const choose = async () => {
    try {
      const chosen = await bridge?.chooseFolder({ title: 'Folder to read', create: false })
      if (chosen) setPath(chosen)
    } catch (cause) {
      notifyError(cause)
    }
  }
  return (
    <Section title="Folders to read">
      <p className="dim">
        Pictures that come into these folders are read by themselves while Glyphlab is open, in the way that
        Read is set to now. Nothing is written to them.
      </p>
      {watches.error && <ErrorPanel error={watches.error} retry={watches.reload} />}
      {watches.data && watches.data.length > 0 && (
        <Table aria-label="Folders to read">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Folder</Table.Th>
              <Table.Th>Read with</Table.Th>
              <Table.Th ta="right">Pictures</Table.Th>
              <Table.Th>Last</Table.Th>
              <Table.Th aria-label="Actions" />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {watches.data.map((one) => (
              <FolderRow key={one.id} watch={one} />
            ))}
          </Table.Tbody>
        </Table>
      )}
      <form className="settings-watch" onSubmit={submit} aria-label="Folders to read">
        <TextInput
          aria-label="Folder to read"
          placeholder="/home/me/scans"
          value={path}
          onChange={(event) => setPath(event.currentTarget.value)}
        />
        {bridge && (
          <Button variant="default" leftSection={<FolderSearch size={14} />} onClick={() => void choose()}>
            Choose folder
          </Button>
        )}
        <Checkbox
          size="xs"
          label="And below"
          checked={recursive}
          onChange={(event) => setRecursive(event.currentTarget.checked)}
        />
        <Checkbox
          size="xs"
          label="Also what is there"
          checked={existing}
          onChange={(event) => setExisting(event.currentTarget.checked)}
        />
        <Button type="submit" variant="default" loading={busy} disabled={path.trim() === ''}>
          Read
        </Button>
      </form>
      {error && <ErrorPanel error={error} />}
    </Section>
  )
}

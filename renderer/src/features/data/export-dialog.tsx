import { Button, Checkbox, Modal, Select } from '@mantine/core'
import { FolderOutput } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import type { DatasetVersion } from '../../../../core/contract/index.ts'
import { call } from '../../client/rpc.ts'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { ExportOutcome } from '../../components/export-outcome.tsx'
import { FolderField } from '../../components/folder-field.tsx'
import { plural } from '../../components/format.ts'
import { useQuery } from '../../components/use-query.ts'
import { useJob } from '../../stores/jobs-store.ts'

/** Asks for the format and the folder, then shows the export until its folder is there. Closing it lets the export go on. */
export function ExportDialog({ version, onClose }: { version: DatasetVersion; onClose: () => void }) {
  const [jobId, setJobId] = useState<string | null>(null)
  const job = useJob(jobId)
  return (
    <Modal
      opened
      onClose={onClose}
      title={`Export ${version.datasetName} v${version.number}`}
      size="lg"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {jobId === null ? (
        <ExportForm version={version} onStarted={setJobId} />
      ) : (
        job && (
          <ExportOutcome
            job={job}
            facts={
              version.table
                ? [['Rows', plural(version.sampleCount, 'row')]]
                : [['Pictures', plural(Number(job.result?.['pictures']), 'picture')]]
            }
            onAgain={() => setJobId(null)}
            onClose={onClose}
          />
        )
      )}
    </Modal>
  )
}

function ExportForm({ version, onStarted }: { version: DatasetVersion; onStarted: (jobId: string) => void }) {
  const formats = useQuery('datasets.exporters', {})
  const [chosen, setChosen] = useState<string | null>(null)
  const [directory, setDirectory] = useState('')
  const [gitLfs, setGitLfs] = useState(false)
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<Error | null>(null)
  const fitting = formats.data?.filter(({ content }) => (content === 'rows') === (version.table !== null))
  const format = fitting?.find(({ id }) => id === (chosen ?? version.source.importer)) ?? fitting?.[0]

  const start = async (event: FormEvent) => {
    event.preventDefault()
    if (!format || directory.trim() === '' || busy) return
    setBusy(true)
    setFailure(null)
    try {
      const { jobId } = await call('datasets.export', {
        versionId: version.id,
        exporter: format.id,
        directory: directory.trim(),
        gitLfs,
      })
      onStarted(jobId)
    } catch (cause) {
      setFailure(cause instanceof Error ? cause : new Error(String(cause)))
      setBusy(false)
    }
  }
  return (
    <form className="export-form" onSubmit={start} aria-label="Export">
      {formats.error && <ErrorPanel error={formats.error} retry={formats.reload} />}
      <Select
        label="As"
        description={format?.description ?? ' '}
        data={fitting?.map(({ id, title }) => ({ value: id, label: title })) ?? []}
        value={format?.id ?? null}
        allowDeselect={false}
        onChange={setChosen}
        data-autofocus
      />
      <FolderField value={directory} onChange={setDirectory} placeholder="/home/me/digits-export" />
      {version.table === null && (
        <Checkbox
          label="Give the pictures to Git LFS"
          description="Writes .gitattributes for the folder."
          checked={gitLfs}
          onChange={(event) => setGitLfs(event.currentTarget.checked)}
        />
      )}
      <p className="dim export-hint">
        {version.table === null && 'Pictures are written as they were imported, byte for byte. '} What a
        format can't carry is said when it is done.
      </p>
      {failure && <ErrorPanel title="The export could not be started" error={failure} />}
      <div>
        <Button
          type="submit"
          leftSection={<FolderOutput size={14} />}
          loading={busy}
          disabled={!format || directory.trim() === ''}
        >
          Export
        </Button>
      </div>
    </form>
  )
}

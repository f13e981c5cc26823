import { Button, Checkbox, Modal, SegmentedControl, Select } from '@mantine/core'
import { FolderOutput } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { call } from '../../client/rpc.ts'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { ExportOutcome } from '../../components/export-outcome.tsx'
import { FolderField } from '../../components/folder-field.tsx'
import { plural } from '../../components/format.ts'
import { useQuery } from '../../components/use-query.ts'
import { useJob } from '../../stores/jobs-store.ts'

const formatKey = 'glyphlab.read.format'

/** Asks for the format and the folder, then shows the export until its folder is there. Closing it lets the export go on. */
export function PageExportDialog({ pageIds, onClose }: { pageIds: string[]; onClose: () => void }) {
  const [jobId, setJobId] = useState<string | null>(null)
  const job = useJob(jobId)
  return (
    <Modal
      opened
      onClose={onClose}
      title={`Export ${plural(pageIds.length, 'page')}`}
      size="lg"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {jobId === null ? (
        <ExportForm pageIds={pageIds} onStarted={setJobId} />
      ) : (
        job && (
          <ExportOutcome
            job={job}
            facts={[
              ['Pages', plural(Number(job.result?.['pages']), 'page')],
              ['Files', plural(Number(job.result?.['files']), 'file')],
            ]}
            onAgain={() => setJobId(null)}
            onClose={onClose}
          />
        )
      )}
    </Modal>
  )
}

function ExportForm({ pageIds, onStarted }: { pageIds: string[]; onStarted: (jobId: string) => void }) {
  const formats = useQuery('pages.formats', {})
  const [chosen, setChosen] = useState(() => localStorage.getItem(formatKey))
  const [combine, setCombine] = useState(true)
  const [pictures, setPictures] = useState(true)
  const [directory, setDirectory] = useState('')
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<Error | null>(null)
  const format = formats.data?.find(({ id }) => id === chosen) ?? formats.data?.[0]
  const several = pageIds.length > 1

  const start = async (event: FormEvent) => {
    event.preventDefault()
    if (!format || directory.trim() === '' || busy) return
    setBusy(true)
    setFailure(null)
    try {
      localStorage.setItem(formatKey, format.id)
      const { jobId } = await call('pages.export', {
        pageIds,
        format: format.id,
        directory: directory.trim(),
        combine: several && format.combines && combine,
        pictures: format.besidePicture && pictures,
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
        data={formats.data?.map(({ id, title }) => ({ value: id, label: title })) ?? []}
        value={format?.id ?? null}
        allowDeselect={false}
        maxDropdownHeight={320}
        onChange={setChosen}
        data-autofocus
      />
      {several && format?.combines && (
        <SegmentedControl
          aria-label="Files"
          data={[
            { value: 'one', label: 'One file of all pages' },
            { value: 'many', label: 'A file for each page' },
          ]}
          value={combine ? 'one' : 'many'}
          onChange={(value) => setCombine(value === 'one')}
        />
      )}
      {format?.besidePicture && (
        <Checkbox
          label="With the pictures beside, so that other programs find them"
          checked={pictures}
          onChange={(event) => setPictures(event.currentTarget.checked)}
        />
      )}
      <FolderField value={directory} onChange={setDirectory} placeholder="/home/me/letters-text" />
      <p className="dim export-hint">
        Corrections are applied. A file beside the export says which engine read each page, with which
        language data.
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

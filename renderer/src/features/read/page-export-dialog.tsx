import { Button, Checkbox, Modal, SegmentedControl, Select } from '@mantine/core'
import { FolderOutput } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import type { Job } from '../../../../core/contract/index.ts'
import { call } from '../../client/rpc.ts'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { CancelExport, ExportState, WrittenFolder } from '../../components/export-state.tsx'
import { FolderField } from '../../components/folder-field.tsx'
import { formatBytes, plural } from '../../components/format.ts'
import { Facts } from '../../components/inspector.tsx'
import { jobDirectory } from '../../components/job-result.ts'
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
        job && <Export job={job} onAgain={() => setJobId(null)} onClose={onClose} />
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

function Export({ job, onAgain, onClose }: { job: Job; onAgain: () => void; onClose: () => void }) {
  const directory = jobDirectory(job)
  const warnings = Array.isArray(job.result?.['warnings']) ? job.result['warnings'].map(String) : []
  return (
    <div className="export-form">
      <ExportState job={job} />
      {job.status === 'succeeded' && directory !== null && (
        <Facts
          items={[
            ['Folder', <WrittenFolder key="folder" directory={directory} />],
            ['Pages', plural(Number(job.result?.['pages']), 'page')],
            ['Files', plural(Number(job.result?.['files']), 'file')],
            ['Size', formatBytes(Number(job.result?.['bytes']))],
          ]}
        />
      )}
      {warnings.length > 0 && (
        <section aria-label="To know">
          <h3 className="export-warnings">To know</h3>
          <ul>
            {warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        </section>
      )}
      <div className="export-note">
        <CancelExport job={job} />
        {job.status === 'failed' && (
          <Button size="compact-xs" variant="default" onClick={onAgain}>
            Change format or folder
          </Button>
        )}
        {job.status === 'succeeded' && (
          <Button variant="default" onClick={onClose}>
            Close
          </Button>
        )}
      </div>
    </div>
  )
}

import { Button, Checkbox, Modal, Radio, Select, TextInput } from '@mantine/core'
import { Database } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { useLocation } from 'wouter'
import type { ProcedureInput } from '../../../../core/contract/index.ts'
import { call } from '../../client/rpc.ts'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { CancelExport, ExportState } from '../../components/export-state.tsx'
import { plural } from '../../components/format.ts'
import { jobPath } from '../../components/job-result.ts'
import { useJob } from '../../stores/jobs-store.ts'

type Unit = NonNullable<ProcedureInput<'pages.toDataset'>['unit']>

const units: { value: Unit; label: string; description: string }[] = [
  {
    value: 'lines',
    label: 'Lines',
    description: 'A picture of each line with its text: what a line recogniser is trained on.',
  },
  { value: 'words', label: 'Words', description: 'A picture of each word with its text.' },
  { value: 'pages', label: 'Pages', description: 'The pages as they are, with their lines as boxes.' },
]

/** Makes a dataset version of what was read and corrected, then leads to it. */
export function PageDatasetDialog({ pageIds, onClose }: { pageIds: string[]; onClose: () => void }) {
  const [, navigate] = useLocation()
  const [jobId, setJobId] = useState<string | null>(null)
  const [name, setName] = useState('Corrections')
  const [unit, setUnit] = useState<Unit>('lines')
  const [from, setFrom] = useState<'corrected' | 'selected'>('corrected')
  const [onlyCorrected, setOnlyCorrected] = useState(true)
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<Error | null>(null)
  const job = useJob(jobId)
  const made = job?.status === 'succeeded' ? jobPath(job) : null

  const start = async (event: FormEvent) => {
    event.preventDefault()
    if (name.trim() === '' || busy) return
    setBusy(true)
    setFailure(null)
    try {
      const input = { name: name.trim(), unit, onlyCorrected }
      const begun = await call('pages.toDataset', from === 'selected' ? { ...input, pageIds } : input)
      setJobId(begun.jobId)
    } catch (cause) {
      setFailure(cause instanceof Error ? cause : new Error(String(cause)))
    }
    setBusy(false)
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title="Make a dataset"
      size="lg"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {job ? (
        <div className="export-form">
          {job.status === 'failed' && job.error ? (
            <ErrorPanel title="No dataset was made" error={job.error} />
          ) : (
            <ExportState job={job} />
          )}
          {job.status === 'succeeded' && (
            <p className="export-hint" role="status">
              {plural(Number(job.result?.['imported']), 'sample')} with their text are in the dataset “
              {name.trim()}”.
            </p>
          )}
          <div className="export-note">
            <CancelExport job={job} />
            {made !== null && <Button onClick={() => navigate(made)}>Open the dataset</Button>}
            {job.status === 'failed' && (
              <Button variant="default" onClick={() => setJobId(null)}>
                Back
              </Button>
            )}
          </div>
        </div>
      ) : (
        <form className="export-form" onSubmit={start} aria-label="Make a dataset">
          <TextInput
            label="Name"
            description="A dataset with this name gets a new version."
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            data-autofocus
          />
          <Select
            label="A sample is"
            description={units.find(({ value }) => value === unit)?.description}
            data={units.map(({ value, label }) => ({ value, label }))}
            value={unit}
            allowDeselect={false}
            onChange={(value) => setUnit(units.find((one) => one.value === value)?.value ?? 'lines')}
          />
          <Radio.Group
            label="From"
            value={from}
            onChange={(value) => setFrom(value === 'selected' ? 'selected' : 'corrected')}
          >
            <div className="dataset-choices">
              <Radio size="xs" value="corrected" label="All pages with a correction" />
              {pageIds.length > 0 && (
                <Radio
                  size="xs"
                  value="selected"
                  label={`The selected ${pageIds.length === 1 ? 'page' : plural(pageIds.length, 'page')}`}
                />
              )}
            </div>
          </Radio.Group>
          <Checkbox
            label={`Only ${unit} in which something was corrected`}
            description="Leave it off when you have checked the pages and the rest is right."
            checked={onlyCorrected}
            onChange={(event) => setOnlyCorrected(event.currentTarget.checked)}
          />
          {failure && <ErrorPanel title="No dataset was made" error={failure} />}
          <div>
            <Button
              type="submit"
              leftSection={<Database size={14} />}
              loading={busy}
              disabled={name.trim() === ''}
            >
              Make a dataset
            </Button>
          </div>
        </form>
      )}
    </Modal>
  )
}

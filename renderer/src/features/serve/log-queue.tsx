import { Button, NumberInput, Select, TextInput } from '@mantine/core'
import { DatabaseZap } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { Link } from 'wouter'
import { call, thumbnailUrl } from '../../client/rpc.ts'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { ExportState } from '../../components/export-state.tsx'
import { formatPercent, plural } from '../../components/format.ts'
import { jobPath } from '../../components/job-result.ts'
import { Section } from '../../components/section.tsx'
import { useQuery } from '../../components/use-query.ts'
import { useJob } from '../../stores/jobs-store.ts'

const shownAtMost = 60

/** The kept pictures that a service was unsure of, and the action that makes a dataset of them. */
export function LogQueue({ name }: { name: string }) {
  const [below, setBelow] = useState<number | string>(80)
  const [dataset, setDataset] = useState(`${name}, unsure`)
  const [labels, setLabels] = useState<'predicted' | 'none'>('predicted')
  const [jobId, setJobId] = useState<string | null>(null)
  const [failure, setFailure] = useState<Error | null>(null)
  const bound = Math.max(0, Math.min(100, Number(below) || 0)) / 100
  const queue = useQuery(
    'deploy.logQueue',
    { name, below: bound, limit: shownAtMost },
    { refreshOn: (event) => event.type === 'servedLog.changed' && event.name === name },
  )
  const job = useJob(jobId)
  const made = job?.status === 'succeeded' ? jobPath(job) : null
  const { total = 0, items = [] } = queue.data ?? {}

  const make = async (event: FormEvent) => {
    event.preventDefault()
    setFailure(null)
    try {
      const request = { name, below: bound, dataset: dataset.trim(), labels }
      setJobId((await call('deploy.logDataset', request)).jobId)
    } catch (cause) {
      setFailure(cause instanceof Error ? cause : new Error(String(cause)))
    }
  }

  return (
    <Section title="Unsure answers to label">
      {queue.error && <ErrorPanel error={queue.error} retry={queue.reload} />}
      <form className="queue-form" onSubmit={make} aria-label="Unsure answers to label">
        <NumberInput
          label="Less sure than, %"
          min={0}
          max={100}
          value={below}
          onChange={setBelow}
          className="queue-bound"
        />
        <TextInput
          label="Dataset"
          value={dataset}
          onChange={(event) => setDataset(event.currentTarget.value)}
        />
        <Select
          className="queue-labels"
          label="Labels"
          data={[
            { value: 'predicted', label: 'As predicted, to be corrected' },
            { value: 'none', label: 'None' },
          ]}
          value={labels}
          allowDeselect={false}
          onChange={(value) => setLabels(value === 'none' ? 'none' : 'predicted')}
        />
        <Button
          type="submit"
          leftSection={<DatabaseZap size={14} />}
          disabled={total === 0 || dataset.trim() === ''}
        >
          Make a dataset of {plural(total, 'picture')}
        </Button>
      </form>
      {failure && <ErrorPanel title="The dataset could not be made" error={failure} />}
      {job && <ExportState job={job} />}
      {made !== null && (
        <p role="status">
          The dataset is made. <Link href={made}>Open {dataset}</Link>
        </p>
      )}
      {queue.data && total === 0 && (
        <p className="dim">
          No kept picture has an answer less sure than {formatPercent(bound)}. Pictures are here when the
          service was told to keep them (GLYPHLAB_PREDICTION_LOG_INPUTS).
        </p>
      )}
      <ul className="queue-pictures" aria-label="Unsure pictures">
        {items.map(({ hash, label, confidence }) => (
          <li key={hash}>
            <img src={thumbnailUrl(hash, 128)} alt={label ?? 'Picture'} loading="lazy" />
            <span className="truncate">{label ?? ''}</span>
            <span className="dim tabular">{formatPercent(confidence)}</span>
          </li>
        ))}
      </ul>
      {total > items.length && (
        <p className="dim">
          The {items.length} least sure of {total} are shown.
        </p>
      )}
    </Section>
  )
}

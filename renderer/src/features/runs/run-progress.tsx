import { Button, Progress } from '@mantine/core'
import { RotateCw } from 'lucide-react'
import type { Job, Run } from '../../../../core/contract/index.ts'
import { call } from '../../client/rpc.ts'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { formatDuration, formatNumber, formatPercent } from '../../components/format.ts'
import { notifyError } from '../../components/notices.tsx'
import { putJob } from '../../stores/jobs-store.ts'

/** How far a training is, or why it ended without a result and what can be done. */
export function RunProgress({ run, job, onRetried }: { run: Run; job: Job; onRetried: () => void }) {
  const retry = async () => {
    try {
      putJob(await call('jobs.retry', { jobId: job.id }))
      onRetried()
    } catch (cause) {
      notifyError(cause)
    }
  }
  const { progress } = job
  if (job.status === 'queued')
    return (
      <p className="run-note" role="status">
        Waits for the jobs before it.
      </p>
    )
  if (job.status === 'running')
    return (
      <section className="run-progress" aria-label="Progress">
        <Progress value={progress.value * 100} size={6} aria-label={`Progress of ${run.name}`} />
        <div className="run-progress-facts tabular">
          <span>{formatPercent(progress.value)}</span>
          <span>{progress.message}</span>
          {progress.rate !== null && (
            <span>
              {formatNumber(progress.rate)} {progress.rateUnit ?? 'steps'}/s
            </span>
          )}
          {progress.remainingMs !== null && <span>{formatDuration(progress.remainingMs)} left</span>}
        </div>
      </section>
    )
  if (job.status === 'interrupted' || job.status === 'cancelled')
    return (
      <div className="run-note" role="status">
        <span>
          {job.status === 'cancelled'
            ? 'The training was cancelled. What it had logged is kept, its weights are not.'
            : 'The engine stopped while this run trained. It goes on from its last checkpoint.'}
        </span>
        {job.retryable && (
          <Button size="compact-xs" variant="default" leftSection={<RotateCw size={12} />} onClick={retry}>
            {job.status === 'interrupted' ? 'Go on training' : 'Train again from the start'}
          </Button>
        )}
      </div>
    )
  if (job.status === 'failed' && job.error)
    return (
      <ErrorPanel
        title="The training failed"
        error={job.error}
        retry={job.retryable ? () => void retry() : undefined}
      />
    )
  return null
}

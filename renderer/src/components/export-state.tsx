import { Button, Progress } from '@mantine/core'
import { Ban, FolderOpen, RotateCw } from 'lucide-react'
import type { Job } from '../../../core/contract/index.ts'
import { desktop } from '../client/desktop.ts'
import { call } from '../client/rpc.ts'
import { isUnfinished, putJob } from '../stores/jobs-store.ts'
import { CopyButton } from './copy-button.tsx'
import { ErrorPanel } from './error-panel.tsx'
import { formatPercent } from './format.ts'
import { notifyError } from './notices.tsx'
import './components.css'

const act = (procedure: 'jobs.cancel' | 'jobs.retry', jobId: string) => () =>
  void call(procedure, { jobId }).then(putJob).catch(notifyError)

/** Calls an export off; nothing once it has ended. */
export function CancelExport({ job }: { job: Job }) {
  if (!isUnfinished(job)) return null
  return (
    <Button
      size="compact-xs"
      variant="default"
      leftSection={<Ban size={12} />}
      onClick={act('jobs.cancel', job.id)}
    >
      Cancel
    </Button>
  )
}

/** How far an export is, or why it wrote nothing; nothing once it has succeeded. */
export function ExportState({ job }: { job: Job }) {
  if (job.status === 'succeeded') return null
  if (isUnfinished(job))
    return (
      <div role="status">
        <Progress value={job.progress.value * 100} size={6} aria-label={`Progress of ${job.title}`} />
        <p className="dim tabular">
          {formatPercent(job.progress.value)} {job.progress.message}
        </p>
      </div>
    )
  if (job.status === 'failed' && job.error)
    return (
      <ErrorPanel
        title="The export failed; nothing was written"
        error={job.error}
        retry={job.retryable ? act('jobs.retry', job.id) : undefined}
      />
    )
  return (
    <div className="export-note">
      <span>
        {job.status === 'cancelled'
          ? 'Cancelled; nothing was written.'
          : 'The engine stopped during the export.'}
      </span>
      {job.retryable && (
        <Button
          size="compact-xs"
          variant="default"
          leftSection={<RotateCw size={12} />}
          onClick={act('jobs.retry', job.id)}
        >
          Export again
        </Button>
      )}
    </div>
  )
}

/** The path of a folder that was written, to copy and to open. */
export function WrittenFolder({ directory }: { directory: string }) {
  const reveal = desktop()?.revealInFileManager
  return (
    <span className="export-note">
      <code className="mono written-path">{directory}</code>
      <CopyButton value={directory} label="Copy the folder's path" />
      {reveal && (
        <Button
          size="compact-xs"
          variant="default"
          leftSection={<FolderOpen size={12} />}
          onClick={() => void reveal(directory).catch(notifyError)}
        >
          Show in file manager
        </Button>
      )}
    </span>
  )
}

import { Button, Progress } from '@mantine/core'
import { Ban, FolderOpen, RotateCw } from 'lucide-react'
import { exportedBundle, type Job } from '../../../../core/contract/index.ts'
import { desktop } from '../../client/desktop.ts'
import { call } from '../../client/rpc.ts'
import { CopyButton } from '../../components/copy-button.tsx'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { formatBytes, formatPercent } from '../../components/format.ts'
import { HashText } from '../../components/hash-text.tsx'
import { Facts } from '../../components/inspector.tsx'
import { notifyError } from '../../components/notices.tsx'
import { Section } from '../../components/section.tsx'
import { TimeText } from '../../components/time-text.tsx'
import { isUnfinished, putJob } from '../../stores/jobs-store.ts'

function Command({ title, command }: { title: string; command: string }) {
  return (
    <div className="command">
      <div className="command-head">
        <span>{title}</span>
        <CopyButton value={command} label={`Copy: ${title}`} />
      </div>
      <pre className="mono">{command}</pre>
    </div>
  )
}

/** An export: how far it is, what went wrong, or the folder with the commands that build and run it. */
export function ExportResult({ job }: { job: Job }) {
  const act = (procedure: 'jobs.cancel' | 'jobs.retry') => () =>
    void call(procedure, { jobId: job.id }).then(putJob).catch(notifyError)
  const bundle = job.status === 'succeeded' ? exportedBundle.safeParse(job.result).data : undefined
  const reveal = desktop()?.revealInFileManager
  return (
    <Section
      title={job.title}
      actions={
        isUnfinished(job) && (
          <Button
            size="compact-xs"
            variant="default"
            leftSection={<Ban size={12} />}
            onClick={act('jobs.cancel')}
          >
            Cancel
          </Button>
        )
      }
    >
      {isUnfinished(job) && (
        <div role="status">
          <Progress value={job.progress.value * 100} size={6} aria-label={`Progress of ${job.title}`} />
          <p className="dim tabular">
            {formatPercent(job.progress.value)} {job.progress.message}
          </p>
        </div>
      )}
      {job.status === 'failed' && job.error && (
        <ErrorPanel
          title="The export failed; nothing was written"
          error={job.error}
          retry={job.retryable ? act('jobs.retry') : undefined}
        />
      )}
      {(job.status === 'interrupted' || job.status === 'cancelled') && (
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
              onClick={act('jobs.retry')}
            >
              Export again
            </Button>
          )}
        </div>
      )}
      {bundle && (
        <>
          <Facts
            items={[
              [
                'Folder',
                <span key="folder" className="export-folder">
                  <code className="mono">{bundle.directory}</code>
                  <CopyButton value={bundle.directory} label="Copy the folder's path" />
                  {reveal && (
                    <Button
                      size="compact-xs"
                      variant="default"
                      leftSection={<FolderOpen size={12} />}
                      onClick={() => void reveal(bundle.directory).catch(notifyError)}
                    >
                      Show in file manager
                    </Button>
                  )}
                </span>,
              ],
              [
                'Digest',
                bundle.digest ? (
                  <HashText key="digest" value={bundle.digest} label="digest" keep={20} />
                ) : null,
              ],
              ['Size', formatBytes(bundle.totalBytes)],
              ['Finished', <TimeText key="at" at={job.finishedAt} />],
            ]}
          />
          <div className="commands">
            {bundle.commands.map((one) => (
              <Command key={one.title} {...one} />
            ))}
          </div>
        </>
      )}
    </Section>
  )
}

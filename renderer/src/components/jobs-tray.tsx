import { ActionIcon, Button, Drawer, Progress, Tooltip } from '@mantine/core'
import {
  Ban,
  CircleCheck,
  CircleDashed,
  CirclePause,
  CircleSlash,
  LoaderCircle,
  type LucideIcon,
  Pause,
  TriangleAlert,
  X,
} from 'lucide-react'
import { useEffect, useState } from 'react'
import { useLocation } from 'wouter'
import type { Job, JobStatus } from '../../../core/contract/index.ts'
import { desktop } from '../client/desktop.ts'
import { call } from '../client/rpc.ts'
import { isUnfinished, putJob, setJobsTrayOpen, useJobList, useJobs } from '../stores/jobs-store.ts'
import { CopyButton } from './copy-button.tsx'
import { formatDuration, formatNumber, formatPercent } from './format.ts'
import { jobDirectory, jobPath } from './job-result.ts'
import { notifyError } from './notices.tsx'
import { TimeText } from './time-text.tsx'

const statuses: Record<JobStatus, { word: string; icon: LucideIcon }> = {
  queued: { word: 'Waiting', icon: CircleDashed },
  running: { word: 'Running', icon: LoaderCircle },
  paused: { word: 'Paused', icon: CirclePause },
  succeeded: { word: 'Done', icon: CircleCheck },
  failed: { word: 'Failed', icon: TriangleAlert },
  cancelled: { word: 'Cancelled', icon: Ban },
  interrupted: { word: 'Interrupted', icon: CircleSlash },
}

/** The unit of a rate, with one `/s`: engines say `pages` or `pages/s`. */
const perSecond = (unit: string | null): string => `${(unit ?? 'steps').replace(/\/s$/, '')}/s`

/** `34 %, 2.1 pages/s, 12 s left` */
function progressText({ progress, status }: Job): string {
  if (status === 'queued') return 'Starts when a job before it ends'
  const parts = [formatPercent(progress.value)]
  if (progress.rate !== null) parts.push(`${formatNumber(progress.rate)} ${perSecond(progress.rateUnit)}`)
  if (progress.remainingMs !== null && progress.remainingMs >= 1000)
    parts.push(`${formatDuration(progress.remainingMs)} left`)
  return parts.join(', ')
}

function JobLog({ jobId, live }: { jobId: string; live: boolean }) {
  const [lines, setLines] = useState<string[] | null>(null)
  useEffect(() => {
    const ask = () =>
      call('jobs.log', { jobId })
        .then((log) => setLines(log.lines))
        .catch(notifyError)
    void ask()
    if (!live) return
    const timer = setInterval(ask, 2_000)
    return () => clearInterval(timer)
  }, [jobId, live])
  if (lines === null) return null
  return (
    <div className="job-log">
      <section aria-label="Log">
        <pre className="mono">{lines.length > 0 ? lines.join('\n') : 'The log is empty.'}</pre>
      </section>
      <CopyButton value={lines.join('\n')} label="Copy log" text />
    </div>
  )
}

function JobRow({ job }: { job: Job }) {
  const [, navigate] = useLocation()
  const [logOpen, setLogOpen] = useState(false)
  const { word, icon: Icon } = statuses[job.status]
  const path = jobPath(job)
  const directory = jobDirectory(job)
  const reveal = directory === null ? undefined : desktop()?.revealInFileManager
  const cancel = () => call('jobs.cancel', { jobId: job.id }).then(putJob).catch(notifyError)
  const pause = () => call('jobs.pause', { jobId: job.id }).then(putJob).catch(notifyError)
  const retry = () => call('jobs.retry', { jobId: job.id }).then(putJob).catch(notifyError)

  return (
    <li className="job" data-status={job.status}>
      <div className="job-head">
        <Icon size={14} aria-hidden />
        <span className="job-title" title={job.title}>
          {job.title}
        </span>
        {job.pausable && (
          <Tooltip label="Pause">
            <ActionIcon size={22} aria-label={`Pause: ${job.title}`} onClick={pause}>
              <Pause size={14} />
            </ActionIcon>
          </Tooltip>
        )}
        {(isUnfinished(job) || job.status === 'paused') && (
          <Tooltip label="Cancel">
            <ActionIcon size={22} aria-label={`Cancel: ${job.title}`} onClick={cancel}>
              <X size={14} />
            </ActionIcon>
          </Tooltip>
        )}
      </div>
      <div className="job-state">
        <span>{word}</span>
        {isUnfinished(job) ? (
          <span className="tabular">{progressText(job)}</span>
        ) : (
          <TimeText at={job.finishedAt ?? job.createdAt} />
        )}
        {job.attempt > 1 && <span>attempt {job.attempt}</span>}
      </div>
      {(job.status === 'running' || job.status === 'paused') && (
        <>
          <Progress value={job.progress.value * 100} size={4} aria-label={`Progress of ${job.title}`} />
          <div className="dim truncate">{job.progress.message}</div>
        </>
      )}
      {job.status === 'interrupted' && (
        <p className="job-note">
          The engine stopped while this ran. What was recorded is kept
          {job.retryable ? '; it can be started again.' : '.'}
        </p>
      )}
      {job.error && job.status !== 'interrupted' && <p className="job-note">{job.error.message}</p>}
      <div className="job-actions">
        {path !== null && (
          <Button
            size="compact-xs"
            variant="light"
            onClick={() => {
              setJobsTrayOpen(false)
              navigate(path)
            }}
          >
            Open
          </Button>
        )}
        {directory !== null && reveal && (
          <Button size="compact-xs" variant="default" onClick={() => reveal(directory).catch(notifyError)}>
            Show folder
          </Button>
        )}
        {job.retryable && !isUnfinished(job) && job.status !== 'succeeded' && (
          <Button size="compact-xs" variant="default" onClick={retry}>
            {job.status === 'paused' ? 'Go on' : 'Start again'}
          </Button>
        )}
        <Button
          size="compact-xs"
          variant="subtle"
          color="gray"
          aria-expanded={logOpen}
          onClick={() => setLogOpen(!logOpen)}
        >
          Log
        </Button>
      </div>
      {logOpen && <JobLog jobId={job.id} live={isUnfinished(job)} />}
    </li>
  )
}

/** The drawer of jobs. Stands once in the app; opened through the jobs store. */
export function JobsTray() {
  const open = useJobs((state) => state.trayOpen)
  const jobs = useJobList()
  return (
    <Drawer
      opened={open}
      onClose={() => setJobsTrayOpen(false)}
      position="right"
      size={380}
      title="Jobs"
      overlayProps={{ backgroundOpacity: 0.15 }}
      transitionProps={{ duration: 120 }}
      closeButtonProps={{ 'aria-label': 'Close jobs' }}
    >
      {jobs.length === 0 ? (
        <p className="dim">No jobs yet. Reading, importing, training and exporting appear here.</p>
      ) : (
        <ul className="jobs">
          {jobs.map((job) => (
            <JobRow key={job.id} job={job} />
          ))}
        </ul>
      )}
    </Drawer>
  )
}

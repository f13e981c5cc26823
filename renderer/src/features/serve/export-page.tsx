import { useSearchParams } from 'wouter'
import { exportedBundle, type Job } from '../../../../core/contract/index.ts'
import { PageLayout } from '../../components/page-layout.tsx'
import { Section } from '../../components/section.tsx'
import { TimeText } from '../../components/time-text.tsx'
import { useQuery } from '../../components/use-query.ts'
import { useJob, useJobList } from '../../stores/jobs-store.ts'
import { BundleCheckForm } from './bundle-check.tsx'
import { ExportForm } from './export-form.tsx'
import { ExportResult } from './export-result.tsx'
import { ServeTabs } from './serve-tabs.tsx'

const words: Record<Job['status'], string> = {
  queued: 'Waiting',
  running: 'Running',
  paused: 'Paused',
  succeeded: 'Done',
  failed: 'Failed',
  cancelled: 'Cancelled',
  interrupted: 'Interrupted',
}

function RecentExports(props: {
  jobs: readonly Job[]
  shown: string | null
  onShow: (jobId: string) => void
}) {
  if (props.jobs.length === 0)
    return <p className="dim">No exports yet. Each stays listed here with its commands.</p>
  return (
    <ul className="exports">
      {props.jobs.map((job) => (
        <li key={job.id}>
          <button type="button" aria-pressed={job.id === props.shown} onClick={() => props.onShow(job.id)}>
            <span className="truncate export-title">{job.title}</span>
            <span className="dim">
              {words[job.status]}, <TimeText at={job.finishedAt ?? job.createdAt} />
            </span>
            <span className="dim truncate mono">{exportedBundle.safeParse(job.result).data?.directory}</span>
          </button>
        </li>
      ))}
    </ul>
  )
}

/** Exports of models and of the OCR engine as containers. What and which export is shown stands in the address. */
export function ExportPage() {
  const [params, setParams] = useSearchParams()
  const exports = useJobList().filter((job) => job.kind === 'deploy-export')
  const shownId = params.get('job') ?? exports[0]?.id ?? null
  const known = useJob(shownId)
  const asked = useQuery('jobs.get', { jobId: shownId ?? '' }, { enabled: shownId !== null && !known })
  const shown = known ?? asked.data
  const set = (name: string, value: string) =>
    setParams(
      (before) => {
        const next = new URLSearchParams(before)
        next.set(name, value)
        return next
      },
      { replace: true },
    )
  return (
    <PageLayout title="Serve" toolbar={<ServeTabs />}>
      <div className="page-scroll">
        <div className="serve-columns">
          <div>
            <ExportForm
              reference={params.get('model')}
              onReference={(reference) => set('model', reference)}
              onStarted={(jobId) => set('job', jobId)}
            />
            <Section title="Recent exports">
              <RecentExports jobs={exports} shown={shownId} onShow={(jobId) => set('job', jobId)} />
            </Section>
            <BundleCheckForm />
          </div>
          <div className="serve-result">
            {shown ? (
              <ExportResult job={shown} />
            ) : (
              <Section title="What you get">
                <p className="dim">
                  A folder that builds into a container image: the server, the model, a health check, and
                  golden pictures with this app's own answers. The container compares itself with them and
                  says ready only when they agree. The commands to build, run and ask it appear here.
                </p>
              </Section>
            )}
          </div>
        </div>
      </div>
    </PageLayout>
  )
}

import type { HandlersOf, Services } from '../services.ts'

export function jobProcedures({ jobs, queue }: Services): HandlersOf<'jobs'> {
  return {
    'jobs.list': ({ limit }) => jobs.list(limit),
    'jobs.get': ({ jobId }) => jobs.get(jobId),
    'jobs.cancel': ({ jobId }) => queue.cancel(jobId),
    'jobs.pause': ({ jobId }) => queue.pause(jobId),
    'jobs.retry': ({ jobId }) => queue.retry(jobId),
    'jobs.log': ({ jobId }) => {
      jobs.get(jobId)
      return { lines: jobs.logLines(jobId) }
    },
  }
}

import { create } from 'zustand'
import { useShallow } from 'zustand/react/shallow'
import type { Job } from '../../../core/contract/index.ts'
import { call } from '../client/rpc.ts'
import { onEngineEvent } from './engine-store.ts'

interface JobsState {
  jobs: Record<string, Job>
  trayOpen: boolean
}

export const useJobs = create<JobsState>()(() => ({ jobs: {}, trayOpen: false }))

export const setJobsTrayOpen = (trayOpen: boolean): void => useJobs.setState({ trayOpen })

export const isUnfinished = (job: Job): boolean => job.status === 'queued' || job.status === 'running'

/** Puts a newer state of a job into the store, as answered by `jobs.cancel` and `jobs.retry`. */
export const putJob = (job: Job): void =>
  useJobs.setState((state) => ({ jobs: { ...state.jobs, [job.id]: job } }))

async function refreshJobs(): Promise<void> {
  try {
    const listed = await call('jobs.list', { limit: 100 })
    useJobs.setState({ jobs: Object.fromEntries(listed.map((job) => [job.id, job])) })
  } catch {
    // Asked again on the next engine.ready; the last known jobs stay.
  }
}

/** Keeps the jobs up to date until the returned function is called. Called once, by the app. */
export function followJobs(): () => void {
  return onEngineEvent((event) => {
    if (event.type === 'engine.ready') void refreshJobs()
    if (event.type === 'job.progressed' || event.type === 'job.ended') putJob(event.job)
  })
}

/** One job by its id; undefined while it is not known. */
export const useJob = (jobId: string | null | undefined): Job | undefined =>
  useJobs((state) => (jobId ? state.jobs[jobId] : undefined))

/** All known jobs, newest first. */
export const useJobList = (): Job[] =>
  useJobs(useShallow((state) => Object.values(state.jobs).sort((a, b) => b.createdAt - a.createdAt)))

/** Jobs that wait or run, newest first. */
export const useUnfinishedJobs = (): Job[] =>
  useJobs(
    useShallow((state) =>
      Object.values(state.jobs)
        .filter(isUnfinished)
        .sort((a, b) => b.createdAt - a.createdAt),
    ),
  )

/** The newest state of a job once it ended. Resolves at once when it already has. */
export function whenJobEnds(jobId: string): Promise<Job> {
  return new Promise((resolve) => {
    const check = (jobs: Record<string, Job>) => {
      const job = jobs[jobId]
      if (!job || isUnfinished(job)) return false
      stop()
      resolve(job)
      return true
    }
    const stop = useJobs.subscribe((state) => check(state.jobs))
    check(useJobs.getState().jobs)
  })
}

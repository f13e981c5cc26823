import { useCallback, useEffect, useState } from 'react'
import type { GateReport, Job } from '../../../../../core/contract/index.ts'
import { call } from '../../../client/rpc.ts'
import { type Query, useQuery } from '../../../components/use-query.ts'
import { isUnfinished, useJobList } from '../../../stores/jobs-store.ts'

interface GateCheck {
  report: Query<GateReport | null>
  /** The check that waits or runs. */
  running: Job | undefined
  /** Why the last check found nothing. */
  failure: Error | null
  check: () => void
}

/** What is known of a version for an alias; a check begins by itself where nothing counts yet. */
export function useGateCheck(place: {
  model: string
  alias: string
  version: number
  /** False while the version has the alias already. */
  wanted: boolean
}): GateCheck {
  const { model, alias, version, wanted } = place
  const [jobId, setJobId] = useState<string | null>(null)
  const [failure, setFailure] = useState<Error | null>(null)
  const title = `Check version ${version} for ${model}@${alias}`
  const jobs = useJobList().filter((job) => job.kind === 'model-gates' && job.title === title)
  const running = jobs.find(isUnfinished)
  const ended = jobs.find(({ id }) => id === jobId)
  const report = useQuery(
    'models.gateReport',
    { model, alias, version },
    {
      refreshOn: (event) =>
        (event.type === 'model.changed' && event.model === model) ||
        (event.type === 'job.ended' && event.job.kind === 'model-gates'),
    },
  )
  const check = useCallback(() => {
    setFailure(null)
    call('models.checkGates', { model, alias, version }).then(
      (begun) => setJobId(begun.jobId),
      (cause: unknown) => setFailure(cause instanceof Error ? cause : new Error(String(cause))),
    )
  }, [model, alias, version])

  const needed = wanted && report.data !== undefined && !report.loading && !report.data?.current
  const idle = running === undefined && jobId === null && failure === null
  useEffect(() => {
    if (!needed || !idle) return
    // A moment, so that a page that is left at once, or drawn twice, begins one check at most.
    const timer = setTimeout(check, 150)
    return () => clearTimeout(timer)
  }, [needed, idle, check])

  const jobError = ended && !isUnfinished(ended) ? ended.error : null
  return {
    report,
    running,
    failure: failure ?? (jobError ? new Error(jobError.message) : null),
    check,
  }
}

import { GlyphlabError } from '../../contract/index.ts'
import { pruners } from '../../tuning/pruners/index.ts'
import { samplers } from '../../tuning/samplers/index.ts'
import { mostParallelTrials } from '../parallel-trials.ts'
import type { HandlersOf, Services } from '../services.ts'
import { describeStudy, startStudy, studyImportances } from '../studies.ts'

const shown = ({ id, title, description }: { id: string; title: string; description: string }) => ({
  id,
  title,
  description,
})

export function tuningProcedures(services: Services): HandlersOf<'tuning'> {
  const { studies, queue, jobs, events } = services
  const changed = (studyId: string) => {
    events.emit({ type: 'study.changed', studyId })
    return describeStudy(services, studies.get(studyId))
  }
  const requireRunning = (studyId: string) => {
    const study = studies.get(studyId)
    const { status } = jobs.get(study.jobId)
    if (status !== 'running' && status !== 'queued')
      throw new GlyphlabError('CONFLICT', `The study "${study.name}" is not running.`)
    return { study, status }
  }
  return {
    'tuning.plugins': () => ({
      samplers: samplers.map(shown),
      pruners: pruners.map(shown),
      mostParallel: mostParallelTrials(),
    }),
    'tuning.start': (asked) => {
      const { id, runId } = startStudy(services, asked)
      events.emit({ type: 'run.changed', runId })
      return changed(id)
    },
    'tuning.list': () => studies.list().map((record) => describeStudy(services, record)),
    'tuning.get': ({ studyId }) => {
      const record = studies.get(studyId)
      return {
        study: describeStudy(services, record),
        trials: studies.trials(studyId),
        importances: studyImportances(services, record),
      }
    },
    'tuning.pause': ({ studyId }) => {
      const { study, status } = requireRunning(studyId)
      studies.setPaused(studyId, true)
      if (status === 'queued') queue.cancel(study.jobId)
      return changed(studyId)
    },
    'tuning.resume': ({ studyId, trials }) => {
      const { jobId, name, plan } = studies.get(studyId)
      const job = jobs.get(jobId)
      if (job.status === 'running' || job.status === 'queued') {
        if (trials === undefined && !studies.get(studyId).paused)
          throw new GlyphlabError('CONFLICT', `The study "${name}" is running.`)
      } else if (job.status === 'succeeded' && (trials ?? plan.trials) <= studies.trials(studyId).length)
        throw new GlyphlabError(
          'CONFLICT',
          `The study "${name}" has had its ${plan.trials} trials. Give it more to go on.`,
        )
      if (trials !== undefined) studies.setTrials(studyId, trials)
      studies.setPaused(studyId, false)
      if (job.status === 'succeeded') queue.again(jobId)
      else if (job.retryable) queue.retry(jobId)
      return changed(studyId)
    },
    'tuning.stop': ({ studyId }) => {
      const { study, status } = requireRunning(studyId)
      if (status === 'queued') queue.cancel(study.jobId)
      else queue.stop(study.jobId)
      return changed(studyId)
    },
  }
}

import type { BackendId, TrainingOptions } from '../contract/index.ts'
import type { Services } from './services.ts'

/** All that a training follows from. */
export interface TrainingRecord {
  datasetVersionId: string
  datasetLabel: string
  /** Name of the split; the version's own when left out. */
  split: string | undefined
  preset: string
  options: TrainingOptions
  backend: BackendId | 'auto'
  /** Where it is started from, if that is known. */
  folder?: string | undefined
}

/** Makes a run and the job that trains it, both or neither. */
export function beginTraining(
  { store, runs, queue, events }: Services,
  { datasetLabel, ...record }: TrainingRecord,
  {
    experiment,
    name,
    tags = {},
    kind = 'training',
  }: { experiment: string; name: string; tags?: Record<string, string>; kind?: 'training' | 'trial' },
): { jobId: string; runId: string } {
  const { datasetVersionId } = record
  const begun = store.transaction(() => {
    const runId = runs.create({ experiment, name, datasetVersionId, datasetLabel })
    const job = queue.add(kind, `Train ${name}`, { runId, ...record }, runId)
    runs.setJob(runId, job.id)
    runs.setTags(runId, tags)
    return { jobId: job.id, runId }
  })()
  events.emit({ type: 'run.changed', runId: begun.runId })
  return begun
}

import { randomUUID } from 'node:crypto'
import {
  GlyphlabError,
  type Job,
  type ParameterRange,
  type ParsedInput,
  type Study,
  trainingOptions,
} from '../contract/index.ts'
import { type StudyRecord, summaryOf } from '../store/study-store.ts'
import { importances } from '../tuning/importance.ts'
import { pruners } from '../tuning/pruners/index.ts'
import { samplers } from '../tuning/samplers/index.ts'
import { mostParallelTrials } from './parallel-trials.ts'
import type { Services } from './services.ts'
import { requireTrainable, usualPreset } from './trainable.ts'

const named = <Plugin extends { id: string }>(
  plugins: readonly Plugin[],
  kind: string,
  id: string,
): Plugin => {
  const plugin = plugins.find((one) => one.id === id)
  if (plugin) return plugin
  throw new GlyphlabError(
    'NOT_FOUND',
    `There is no ${kind} "${id}". There are: ${plugins.map((one) => one.id).join(', ')}.`,
  )
}

/** @throws GlyphlabError NOT_FOUND */
export const samplerOf = (id: string) => named(samplers, 'sampler', id)
/** @throws GlyphlabError NOT_FOUND */
export const prunerOf = (id: string) => named(pruners, 'pruner', id)

/** The values of a range that must be right for all of it to be. */
const extremes = (range: ParameterRange) =>
  range.kind === 'choice' ? range.choices : [range.low, range.high]

function refuseWrongRange(key: string, range: ParameterRange): void {
  const option = Object.hasOwn(trainingOptions.shape, key)
    ? trainingOptions.shape[key as keyof typeof trainingOptions.shape]
    : undefined
  if (!option)
    throw new GlyphlabError('INVALID_INPUT', `"${key}" is no option of a training, so it can't be searched.`)
  for (const value of extremes(range)) {
    const parsed = option.safeParse(value)
    if (parsed.success) continue
    throw new GlyphlabError(
      'INVALID_INPUT',
      `"${key}" can't be ${value}: ${parsed.error.issues[0]?.message ?? 'not a value of it'}.`,
    )
  }
  if (range.kind === 'float' && !option.safeParse((range.low + range.high) / 2 + 1e-7).success)
    throw new GlyphlabError('INVALID_INPUT', `"${key}" takes whole numbers: search it as an integer.`)
}

/**
 * Makes a study, its run and the job that starts its trials, all or nothing.
 * @throws GlyphlabError NOT_FOUND, INVALID_INPUT, CONFLICT as a training would; INVALID_INPUT for a wrong range
 */
export function startStudy(services: Services, asked: ParsedInput<'tuning.start'>): StudyRecord {
  const { store, runs, studies, queue } = services
  samplerOf(asked.sampler)
  prunerOf(asked.pruner)
  const { preset: presetRange, ...ranges } = asked.space
  for (const [key, range] of Object.entries(ranges)) refuseWrongRange(key, range)
  if (presetRange && presetRange.kind !== 'choice')
    throw new GlyphlabError('INVALID_INPUT', 'Presets are searched as a choice of their names.')
  const { datasetVersionId, split } = asked
  const usual = asked.preset ?? usualPreset(services.datasets.version(datasetVersionId))
  const presets = presetRange ? presetRange.choices.map(String) : [usual]
  let datasetLabel = ''
  for (const preset of presets)
    datasetLabel = requireTrainable(services, { datasetVersionId, split, preset }).datasetLabel
  const { name: wanted, datasetVersionId: _, ...plan } = asked
  const name = wanted ?? `Tune ${usual} on ${datasetLabel}`
  const id = randomUUID()
  return store.transaction(() => {
    const runId = runs.create({ experiment: asked.experiment, name, datasetVersionId, datasetLabel })
    const job = queue.add('tuning', name, { studyId: id }, runId)
    runs.setJob(runId, job.id)
    const record = {
      id,
      name,
      jobId: job.id,
      runId,
      plan: {
        ...plan,
        preset: usual,
        datasetVersionId,
        datasetLabel,
        split,
        parallel: Math.min(asked.parallel, mostParallelTrials()),
      },
      createdAt: Date.now(),
    }
    studies.create(record)
    return studies.get(id)
  })()
}

function statusOf({ status }: Job, paused: boolean): Study['status'] {
  switch (status) {
    case 'queued':
    case 'running':
      return 'running'
    case 'succeeded':
      return 'finished'
    case 'cancelled':
      return paused ? 'paused' : 'cancelled'
    default:
      return status
  }
}

/** A study as the contract shows it. */
export function describeStudy({ studies, jobs }: Services, record: StudyRecord): Study {
  const { id, name, jobId, runId, plan, createdAt } = record
  const { options: _options, backend: _backend, experiment: _experiment, ...shown } = plan
  return {
    ...shown,
    id,
    name,
    jobId,
    runId,
    split: plan.split ?? null,
    status: statusOf(jobs.get(jobId), record.paused),
    createdAt,
    ...summaryOf(studies.trials(id), plan.direction),
  }
}

/** What each option explains of the study's objective so far. */
export function studyImportances({ studies }: Services, { id, plan }: StudyRecord) {
  return importances(plan.space, studies.trials(id), plan.direction)
}

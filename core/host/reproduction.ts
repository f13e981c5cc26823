import { type BackendId, backendId, GlyphlabError, type Reproduction, type Run } from '../contract/index.ts'
import { beginTraining } from './begin-training.ts'
import { trainingJobInput } from './jobs/training-job.ts'
import type { Services } from './services.ts'
import { requireBlockingRules } from './version-quality.ts'

/** Tag of a run that was started to reproduce another one: that run's id. */
export const reproducesTag = 'reproduces'

/** Part of a loss by which two machines may differ through the order of their sums. */
const tolerance = 1e-3

/**
 * Starts a run with the record of another one: data, split, preset, options, seed, and the backend that it was given.
 * @param elsewhere another backend, to see whether it learns the same
 * @throws GlyphlabError CONFLICT when the run has not ended, has no record, or its data is not what it was
 */
export function reproduceRun(
  services: Services,
  runId: string,
  elsewhere?: BackendId,
): { jobId: string; runId: string } {
  const { runs, jobs, datasets } = services
  const run = runs.get(runs.resolve(runId))
  if (run.status === 'RUNNING' || run.status === 'SCHEDULED')
    throw new GlyphlabError('CONFLICT', `The run "${run.name}" has not ended yet.`)
  const record = run.jobId === null ? null : trainingJobInput.safeParse(jobs.input(run.jobId))
  if (!record?.success)
    throw new GlyphlabError(
      'CONFLICT',
      `The run "${run.name}" has no record from which it could start again.`,
    )
  const { datasetVersionId, split, preset, options, backend } = record.data
  const { digest } = datasets.version(datasetVersionId)
  const known = run.tags['dataset.digest']
  if (known !== undefined && known !== digest)
    throw new GlyphlabError(
      'CONFLICT',
      `The data of "${run.name}" is not what it was: its version's digest is ${digest.slice(0, 12)}, recorded was ${known.slice(0, 12)}.`,
    )
  requireBlockingRules(services, datasetVersionId)
  const used = backendId.safeParse(run.params['backend'])
  return beginTraining(
    services,
    {
      datasetVersionId,
      datasetLabel: run.datasetLabel ?? '',
      split,
      preset,
      options,
      backend: elsewhere ?? (used.success ? used.data : backend),
    },
    {
      experiment: run.experiment,
      name: `${run.name} (reproduced${elsewhere === undefined ? '' : ` on ${elsewhere}`})`.slice(0, 200),
      tags: { [reproducesTag]: run.id },
    },
  )
}

/** How a run that reproduces another one compares with it; null for any other run. */
export function reproductionOf({ runs }: Services, runId: string): Reproduction | null {
  const run = runs.get(runs.resolve(runId))
  const originalId = run.tags[reproducesTag]
  if (originalId === undefined) return null
  const original = runs.get(originalId)
  const base = {
    original: original.id,
    originalName: original.name,
    differences: recordedDifferences(original, run),
    backends: {
      expected: original.params['backend'] ?? null,
      found: run.params['backend'] ?? null,
    },
  }
  const [expected, found] = [lossesOf(runs, original.id), lossesOf(runs, run.id)]
  const first = firstDifference(expected, found, Object.is)
  const firstBeyond = firstDifference(expected, found, isClose)
  if (run.status === 'RUNNING' || run.status === 'SCHEDULED')
    return { ...base, verdict: 'running', first, firstBeyond }
  if (run.status !== 'FINISHED' || original.status !== 'FINISHED') {
    return { ...base, verdict: 'unfinished', first, firstBeyond }
  }
  const weights = (id: string) => runs.model(id)?.files.find(({ path }) => path === 'weights.bin')?.hash
  const same = weights(original.id) !== undefined && weights(original.id) === weights(run.id)
  if (!first && same) return { ...base, verdict: 'identical', first, firstBeyond }
  const close = !first || (expected.size === found.size && !firstBeyond)
  return { ...base, verdict: close ? 'within-tolerance' : 'differs', first, firstBeyond }
}

/** Loss by step. */
type Losses = Map<number, number>

function lossesOf(runs: Services['runs'], runId: string): Losses {
  const [series] = runs.series([runId], ['train_loss'], Number.MAX_SAFE_INTEGER)
  return new Map(series?.steps.map((step, index) => [step, series.values[index] ?? Number.NaN]))
}

const isClose = (expected: number, found: number): boolean =>
  Object.is(expected, found) || Math.abs(found - expected) <= tolerance * Math.max(1, Math.abs(expected))

/** The first step that both have logged with a loss that is not the same. */
function firstDifference(
  expected: Losses,
  found: Losses,
  same: (expected: number, found: number) => boolean,
): Reproduction['first'] {
  for (const [step, value] of found) {
    const other = expected.get(step)
    if (other !== undefined && !same(other, value)) return { step, expected: other, found: value }
  }
  return null
}

/** What is recorded of both runs and is not the same: why they may differ. */
function recordedDifferences(original: Run, run: Run): Reproduction['differences'] {
  const recorded = ({ params, tags }: Run): Record<string, string> => ({
    ...Object.fromEntries(Object.entries(params).filter(([key]) => !ofNoMatter(key))),
    ...Object.fromEntries(Object.entries(tags).filter(([key]) => codeTags.includes(key))),
  })
  const [before, after] = [recorded(original), recorded(run)]
  return Object.keys({ ...before, ...after })
    .sort()
    .flatMap((key) => {
      const [expected, found] = [before[key] ?? '', after[key] ?? '']
      // What the newer run has not recorded yet is no difference.
      return expected === found || found === '' ? [] : [{ key, expected, found }]
    })
}

const codeTags = ['mlflow.source.git.commit', 'mlflow.source.git.dirty']

const ofNoMatter = (key: string): boolean =>
  key === 'backend_requested' || key.startsWith('backend_ms_per_step.')

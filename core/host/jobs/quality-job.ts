import { mkdir, open, rm } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { GlyphlabError, type Job } from '../../contract/index.ts'
import type {
  QualityInput,
  QualityMessage,
  QualityResult,
  QualitySample,
} from '../../datasets/quality/quality-messages.ts'
import type { DraftMember } from '../../domain/finding-draft.ts'
import type { JobContext, JobHandler } from '../../jobs/job-queue.ts'
import { runWorker } from '../../jobs/worker-process.ts'
import { workerFiles } from '../resources.ts'
import type { Services } from '../services.ts'
import { versionTitle } from '../version-samples.ts'

const rowsAtOnce = 1_000
const checkInput = z.object({ versionId: z.string() })
const labelErrorsInput = checkInput.extend({ folds: z.number().int(), seed: z.number().int() })

/** A sample in JSON a line, with what is known of its content. */
async function writeQualitySamples(
  { datasets, quality }: Services,
  versionId: string,
  file: string,
): Promise<void> {
  const { sampleCount } = datasets.brief(versionId)
  const handle = await open(file, 'w')
  try {
    for (let start = 0; start < sampleCount; start += rowsAtOnce) {
      const measures = quality.measures(versionId, start, rowsAtOnce)
      const lines = datasets.stored(versionId, start, rowsAtOnce).map(
        ({ ordinal: _, bytes: __, ...sample }): QualitySample => ({
          ...sample,
          measure: measures.get(sample.hash) ?? null,
        }),
      )
      await handle.write(`${lines.map((line) => JSON.stringify(line)).join('\n')}\n`)
    }
  } finally {
    await handle.close()
  }
}

async function lookAt(
  services: Services,
  versionId: string,
  { job, signal, progress, log }: JobContext,
  task: (samplesFile: string) => QualityInput,
): Promise<QualityResult> {
  const work = path.join(services.home, 'work', job.id)
  await mkdir(work, { recursive: true })
  try {
    const samplesFile = path.join(work, 'samples.ndjson')
    await writeQualitySamples(services, versionId, samplesFile)
    const members = new Map<number, DraftMember[]>()
    const { findings, facts } = await runWorker<QualityInput, QualityResult, QualityMessage>({
      workerFile: workerFiles.quality,
      input: task(samplesFile),
      signal,
      onLog: log,
      onMessage: (message) => {
        if (message.type === 'progress') progress(message.progress)
        else if (message.type === 'measures') services.quality.addMeasures(message.measures)
        else if (message.type === 'members') {
          const known = members.get(message.finding) ?? []
          for (const member of message.members) known.push(member)
          members.set(message.finding, known)
        } else if (message.type === 'log') log(message.line)
      },
    })
    return {
      findings: findings.map((finding, index) => ({ ...finding, members: members.get(index) ?? [] })),
      facts,
    }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** Deleted while it was looked at: no error, but nothing to keep either. */
function stillThere({ datasets }: Services, versionId: string): string {
  try {
    return datasets.brief(versionId).datasetId
  } catch {
    throw new GlyphlabError('CANCELLED', 'The dataset was deleted while it was checked.')
  }
}

/** Looks at every sample of a version and keeps what it finds. */
export function qualityJob(services: () => Services): JobHandler {
  return {
    kind: 'dataset-quality',
    atOnce: 1,
    async run(context) {
      const { versionId } = checkInput.parse(context.input)
      stillThere(services(), versionId)
      const { refused } = services().datasets.version(versionId).report
      const { findings, facts } = await lookAt(services(), versionId, context, (samplesFile) => ({
        task: 'check',
        samplesFile,
        refused,
      }))
      const datasetId = stillThere(services(), versionId)
      if (facts) await services().quality.saveCheck(versionId, findings, facts)
      services().events.emit({ type: 'dataset.changed', datasetId })
      return {
        datasetVersionId: versionId,
        datasetId,
        errors: findings.filter(({ severity }) => severity === 'error').length,
        warnings: findings.filter(({ severity }) => severity === 'warning').length,
        notes: findings.filter(({ severity }) => severity === 'note').length,
      }
    },
  }
}

/** Looks for samples in the wrong class and keeps them, surest first. */
export function labelErrorsJob(services: () => Services): JobHandler {
  return {
    kind: 'dataset-label-errors',
    atOnce: 1,
    async run(context) {
      const { versionId, folds, seed } = labelErrorsInput.parse(context.input)
      stillThere(services(), versionId)
      const { findings } = await lookAt(services(), versionId, context, (samplesFile) => ({
        task: 'label-errors',
        samplesFile,
        folds,
        seed,
      }))
      const datasetId = stillThere(services(), versionId)
      await services().quality.saveLabelErrors(versionId, findings)
      services().events.emit({ type: 'dataset.changed', datasetId })
      return { datasetVersionId: versionId, datasetId, found: findings[0]?.members.length ?? 0 }
    },
  }
}

/** A check that ends the engine each time is not begun for ever. */
const attemptsByItself = 3

const isOf = ({ jobs }: Services, job: Job, versionId: string): boolean =>
  checkInput.safeParse(jobs.input(job.id)).data?.versionId === versionId

/** Checks and searches for label errors of a version that wait or run. */
export function qualityJobsOf(services: Services, versionId: string): Job[] {
  return services.jobs
    .list(500)
    .filter(
      (job) =>
        (job.kind === 'dataset-quality' || job.kind === 'dataset-label-errors') &&
        (job.status === 'queued' || job.status === 'running') &&
        isOf(services, job, versionId),
    )
}

/** Begins a check; one that waits or runs already is enough. */
export function startQualityCheck(services: Services, versionId: string): Job {
  const title = `Check ${versionTitle(services, versionId)}`
  const running = qualityJobsOf(services, versionId).find(({ kind }) => kind === 'dataset-quality')
  return running ?? services.queue.add('dataset-quality', title, { versionId })
}

/** Checks that the end of the last engine interrupted: nobody asked for them, so that nobody has to start them again. */
export function resumeChecks({ jobs, queue }: Services): void {
  for (const { id, kind, status, attempt } of jobs.list(500))
    if (kind === 'dataset-quality' && status === 'interrupted' && attempt < attemptsByItself) queue.retry(id)
}

const makesVersions: readonly Job['kind'][] = ['dataset-import', 'dataset-transform', 'pages-dataset']

/** A version that an import or a recipe has just made is checked by itself. */
export function checkWhatWasMade(services: Services, { kind, status, result }: Job): void {
  if (status !== 'succeeded' || !makesVersions.includes(kind)) return
  const versionId = result?.['datasetVersionId']
  if (typeof versionId === 'string' && !services.queue.isClosing) startQualityCheck(services, versionId)
}

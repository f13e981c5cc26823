import { z } from 'zod'
import { readBlob } from '../blobs/blob-files.ts'
import { GlyphlabError, type Run, type StepBatch } from '../contract/index.ts'
import { lineRecogniser } from '../training/architectures/line-recogniser.ts'
import type { BatchOrder } from '../training/sample-order.ts'
import { lineWidthsFile, orderByWidth, orderOfEpoch } from '../training/sample-order.ts'
import { samplesDigest } from '../training/samples-digest.ts'
import { trainingJobInput } from './jobs/training-job.ts'
import { learntLabels, learntSamples } from './learnt-samples.ts'
import type { Services } from './services.ts'

/**
 * The samples of one step of a training: their order follows from the seed, so that nothing but the record is needed.
 * @param step 1-based
 * @throws GlyphlabError CONFLICT when the run was not trained here or its data is not what it was; INVALID_INPUT when it
 *   has no such step
 */
export async function stepBatch(services: Services, runId: string, step: number): Promise<StepBatch> {
  const { runs, jobs, datasets } = services
  const run = runs.get(runs.resolve(runId))
  const record = run.jobId === null ? null : trainingJobInput.safeParse(jobs.input(run.jobId))
  if (!record?.success)
    throw new GlyphlabError(
      'CONFLICT',
      `The run "${run.name}" was not trained here: which samples its steps learnt from is not known.`,
    )
  const { datasetVersionId, preset, options } = record.data
  // The name that was the version's own then; it may have another one by now.
  const split = record.data.split ?? run.params['split']
  const version = datasets.version(datasetVersionId)
  const samples = [...learntSamples(datasets, datasetVersionId, split, preset)]
  const digest = run.params['samples_digest']
  if (digest === undefined)
    throw new GlyphlabError('CONFLICT', `The training of "${run.name}" has not begun: it has no step yet.`)
  if (digest !== samplesDigest(samples))
    throw new GlyphlabError(
      'CONFLICT',
      `The split "${split}" of ${version.datasetName} was made anew since "${run.name}" was trained on it: the batches of its steps can't be told any more. Train again to see them.`,
    )

  const widths = preset === lineRecogniser.id ? await lineWidths(services, run) : null
  const trained = Uint32Array.from(
    samples.flatMap(({ subset }, index) =>
      subset === 'train' && (widths === null || (widths[index] ?? 0) > 0) ? [index] : [],
    ),
  )
  const stepsPerEpoch = Math.ceil(trained.length / options.batchSize)
  const totalSteps = stepsPerEpoch * options.epochs
  if (step > totalSteps)
    throw new GlyphlabError(
      'INVALID_INPUT',
      `The training of "${run.name}" has ${totalSteps} steps, no step ${step}.`,
    )
  const epoch = Math.ceil(step / stepsPerEpoch)
  const order: BatchOrder | undefined = widths ? orderByWidth((index) => widths[index] ?? 0) : undefined
  const start = ((step - 1) % stepsPerEpoch) * options.batchSize
  const indices = orderOfEpoch(trained, options, epoch, order).subarray(start, start + options.batchSize)
  const labels = learntLabels(version)
  return {
    step,
    epoch,
    totalSteps,
    datasetVersionId,
    samples: Array.from(indices, (index) => {
      const { path = '', hash = null, label = -1, text = null, value = null } = samples[index] ?? {}
      return { path, hash: version.table ? null : hash, label: labels[label] ?? null, text, value }
    }),
  }
}

/** By which the lines of a batch were chosen. @throws GlyphlabError CONFLICT where a run from before has not kept them */
async function lineWidths({ blobs }: Services, run: Run): Promise<number[]> {
  const artifact = run.artifacts.find(({ path }) => path === lineWidthsFile)
  const location = artifact && blobs.locate(artifact.hash)
  if (!artifact || !location)
    throw new GlyphlabError(
      'CONFLICT',
      `The run "${run.name}" has no ${lineWidthsFile}, by which the lines of a batch are chosen. Train again to see its batches.`,
    )
  return z.array(z.number()).parse(JSON.parse((await readBlob(location, artifact.hash)).toString('utf8')))
}

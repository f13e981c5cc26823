import { readBlob } from '../blobs/blob-files.ts'
import { GlyphlabError, type Run, type RunEvaluation, type Subset } from '../contract/index.ts'
import {
  predictionsFile,
  type StoredPredictions,
  storedPredictions,
  unpackProbabilities,
} from '../domain/stored-predictions.ts'
import { classifierEvaluation } from '../evaluation/classifier-evaluation.ts'
import type { SliceFacts } from '../evaluation/slices.ts'
import type { Services } from './services.ts'
import { draftSamples } from './version-samples.ts'

/**
 * What follows from the answers that a training kept of its classifier.
 * @param asked default: the test subset, or what there is
 * @param errors how many mistakes to tell of
 * @throws GlyphlabError CONFLICT when the run kept no answers, or none to the subset
 */
export async function runEvaluation(
  services: Services,
  { runId, subset: asked, errors: most }: { runId: string; subset?: Subset | undefined; errors: number },
): Promise<RunEvaluation> {
  const run = services.runs.get(services.runs.resolve(runId))
  const { labels, ...stored } = await predictionsOf(services, run)
  const subsets = (['test', 'validation'] as const).filter((one) => stored[one])
  const subset = subsets.find((one) => one === asked) ?? (asked === undefined ? subsets[0] : undefined)
  const answers = subset && stored[subset]
  if (!answers)
    throw new GlyphlabError(
      'CONFLICT',
      `The run "${run.name}" has no answers to ${asked ? `the ${asked} subset` : 'a test or validation subset'}: its dataset's split has no samples there.`,
    )
  const { paths, hashes, actual } = answers
  const { facts, table } = await factsOf(services, run, paths)
  const { classes, micro, macro, calibration, errors, slices } = await classifierEvaluation(
    { labels, actual, probabilities: unpackProbabilities(answers.probabilities) },
    facts,
  )
  return {
    runId: run.id,
    subset,
    subsets,
    samples: actual.length,
    labels,
    classes,
    micro,
    macro,
    calibration,
    errorCount: errors.length,
    errors: errors.slice(0, most).map(({ index, predicted, ...sure }) => ({
      path: paths[index] ?? '',
      hash: table ? null : (hashes[index] ?? null),
      actual: labels[actual[index] ?? -1] ?? '',
      predicted: labels[predicted] ?? '',
      ...sure,
    })),
    slices,
  }
}

/** @throws GlyphlabError CONFLICT when there are none, DAMAGED when they can't be read */
async function predictionsOf({ blobs }: Services, run: Run): Promise<StoredPredictions> {
  const artifact = run.artifacts.find(({ path }) => path === predictionsFile)
  const location = artifact && blobs.locate(artifact.hash)
  if (!artifact || !location)
    throw new GlyphlabError(
      'CONFLICT',
      `The run "${run.name}" has no ${predictionsFile}: it is no classifier's training, or was trained by a version that did not keep it. Train again to see its curves.`,
    )
  const text = (await readBlob(location, artifact.hash)).toString('utf8')
  try {
    return storedPredictions.parse(JSON.parse(text))
  } catch (cause) {
    throw new GlyphlabError(
      'DAMAGED',
      `${predictionsFile} of the run "${run.name}" is not what a training writes (${cause instanceof Error ? cause.message : cause}).`,
    )
  }
}

/** What the dataset version knows of the samples; nothing of any where it is gone. */
async function factsOf(
  services: Services,
  { datasetVersionId }: Run,
  paths: readonly string[],
): Promise<{ facts: (SliceFacts | null)[]; table: boolean }> {
  const places = new Map(paths.map((path, index) => [path, index]))
  const facts = new Array<SliceFacts | null>(paths.length).fill(null)
  try {
    if (datasetVersionId === null) return { facts, table: false }
    for await (const part of draftSamples(services, datasetVersionId))
      for (const { path, group, width, height, bytes, mediaType } of part) {
        const place = places.get(path)
        if (place !== undefined) facts[place] = { group, width, height, bytes, mediaType }
      }
    return { facts, table: services.datasets.brief(datasetVersionId).table !== null }
  } catch (cause) {
    if (cause instanceof GlyphlabError && cause.code === 'NOT_FOUND') return { facts, table: false }
    throw cause
  }
}

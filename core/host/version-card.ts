import { z } from 'zod'
import { readBlob } from '../blobs/blob-files.ts'
import type { ModelCard, ModelLineage, ModelVersion, Run } from '../contract/index.ts'
import { type CardRecord, generateCard } from '../registry/model-card.ts'
import type { Services } from './services.ts'
import { versionTitle } from './version-samples.ts'

const interval = z.tuple([z.number(), z.number()]).nullable().optional()
/** Of a run's `evaluation.json`. */
const testEvaluation = z.object({
  test: z.object({
    confusion: z.array(z.array(z.number())),
    intervals: z.object({ accuracy: interval, f1: interval }).optional(),
  }),
})

function runOf({ runs }: Services, { runId }: ModelVersion): Run | null {
  if (runId === null) return null
  try {
    return runs.get(runId)
  } catch {
    return null
  }
}

function datasetOf(services: Services, version: ModelVersion, run: Run | null): CardRecord['dataset'] {
  if (version.datasetVersionId === null) return null
  try {
    const { digest, sampleCount, labels, split, note } = services.datasets.version(version.datasetVersionId)
    const label = versionTitle(services, version.datasetVersionId)
    const splitName = run?.params['split'] ?? split.name
    return { label, digest, sampleCount, classes: labels, counts: split.counts, splitName, note }
  } catch {
    return null
  }
}

async function measuredOf(
  { blobs }: Services,
  run: Run | null,
): Promise<Pick<CardRecord, 'intervals' | 'testSamples'>> {
  const none = { intervals: new Map(), testSamples: null }
  const artifact = run?.artifacts.find(({ path }) => path === 'evaluation.json')
  const location = artifact && blobs.locate(artifact.hash)
  if (!artifact || !location) return none
  try {
    const text = (await readBlob(location, artifact.hash)).toString('utf8')
    const { confusion, intervals } = testEvaluation.parse(JSON.parse(text)).test
    const found: [string, [number, number]][] = []
    if (intervals?.accuracy) found.push(['test_accuracy', intervals.accuracy])
    if (intervals?.f1) found.push(['test_f1', intervals.f1])
    return {
      intervals: new Map(found),
      testSamples: confusion.flat().reduce((sum, count) => sum + count, 0),
    }
  } catch {
    // A recogniser's evaluation is another one, and a damaged artifact says nothing.
    return none
  }
}

/** The card that somebody edited, or what the record says. */
export async function versionCard(services: Services, version: ModelVersion): Promise<ModelCard> {
  const edited = services.cards.card(version.model, version.version)
  if (edited) return edited
  const run = runOf(services, version)
  return {
    editedAt: null,
    text: generateCard({
      version,
      description: services.cards.facts(version.model, version.version).description,
      run,
      dataset: datasetOf(services, version, run),
      ...(await measuredOf(services, run)),
    }),
  }
}

/** Whether what an export was asked for is this model: `name`, `name@alias` or `name/3`. */
const isOf = (subject: string, { model }: ModelVersion): boolean =>
  subject === model || subject.startsWith(`${model}@`) || subject.startsWith(`${model}/`)

/** Dataset version and run, and where the version went as the audit log has it. */
export function versionLineage(
  { audit, datasets, localDeployments }: Services,
  version: ModelVersion,
): ModelLineage {
  const { runId, runName, importedFrom, datasetVersionId, datasetLabel } = version
  const there = (id: string) => {
    try {
      return datasets.brief(id).id
    } catch {
      return null
    }
  }
  return {
    dataset:
      datasetLabel === null
        ? null
        : { id: datasetVersionId === null ? null : there(datasetVersionId), label: datasetLabel },
    run: runId === null ? null : { id: runId, name: runName ?? runId },
    importedFrom,
    exports: audit
      .exportsOf(version.digest)
      .filter(({ subject }) => isOf(subject, version))
      .map(({ at, action, details }) => ({
        kind: action === 'bundle.exported' ? 'bundle' : 'file',
        form: String(details['target'] ?? details['format'] ?? ''),
        path: String(details['directory'] ?? details['path'] ?? ''),
        at,
      })),
    deployments: localDeployments
      .list()
      .filter((one) => one.name === version.model && one.version === String(version.version))
      .map(({ id, reference, place, state, startedAt }) => ({ id, reference, place, state, at: startedAt })),
  }
}

import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { recipeSteps } from '../../contract/index.ts'
import type { ImportedSample } from '../../datasets/import-messages.ts'
import type { TransformInput, TransformMessage, TransformResult } from '../../datasets/transform-messages.ts'
import type { JobHandler } from '../../jobs/job-queue.ts'
import { runWorker } from '../../jobs/worker-process.ts'
import { workerFiles } from '../resources.ts'
import type { Services } from '../services.ts'
import { mergedVersions, versionTitle, writeDraftSamples } from '../version-samples.ts'

const transformJobInput = z.object({
  versionId: z.string(),
  steps: recipeSteps,
  name: z.string(),
  note: z.string(),
  /** Sequence of the last edit that the steps hold, when they save the version's draft. */
  draftUpTo: z.number().int().optional(),
})
export type TransformJobInput = z.infer<typeof transformJobInput>

/** The worker's input, with the samples of each version it needs in a file. */
async function prepare(
  services: Services,
  { versionId, steps }: TransformJobInput,
  work: string,
): Promise<TransformInput> {
  const samplesFile = path.join(work, 'samples.ndjson')
  await writeDraftSamples(services, versionId, samplesFile)
  const others: TransformInput['others'] = {}
  for (const [index, id] of mergedVersions(steps).entries()) {
    const file = path.join(work, `other-${index}.ndjson`)
    await writeDraftSamples(services, id, file)
    others[id] = { title: versionTitle(services, id), samplesFile: file }
  }
  return { home: services.home, samplesFile, others, steps }
}

/** Applies a recipe in a worker; the rows of the new version become visible all at once at the end. */
export function transformJob(services: () => Services): JobHandler {
  return {
    kind: 'dataset-transform',
    atOnce: 1,
    async run({ job, input, signal, progress, log }) {
      const { blobs, datasets, drafts, events, home, store } = services()
      const request = transformJobInput.parse(input)
      const parent = datasets.version(request.versionId)
      const work = path.join(home, 'work', job.id)
      const kept = blobs.keep()
      await mkdir(work, { recursive: true })
      try {
        const ids = new Map<string, number>()
        const pending: ImportedSample[][] = []
        const addBlobs = store.transaction((added: Extract<TransformMessage, { type: 'blobs' }>['blobs']) => {
          for (const blob of added) {
            kept.add(blob.hash)
            ids.set(blob.hash, blobs.add(blob))
          }
        })
        const { counts, columns, ...facts } = await runWorker<
          TransformInput,
          TransformResult,
          TransformMessage
        >({
          workerFile: workerFiles.transform,
          input: await prepare(services(), request, work),
          signal,
          onLog: log,
          onMessage: (message) => {
            if (message.type === 'progress') progress(message.progress)
            else if (message.type === 'blobs') addBlobs(message.blobs)
            else if (message.type === 'samples') {
              for (const { hash } of message.samples) kept.add(hash)
              pending.push(message.samples)
            } else if (message.type === 'log') log(message.line)
          },
        })
        const writer = datasets.beginVersion(request.name, 'recipe', versionTitle(services(), parent.id), {
          parents: [parent.id, ...mergedVersions(request.steps)],
          recipe: { steps: request.steps },
          note: request.note,
        })
        const rule = request.steps.findLast((step) => step.kind === 'split')?.rule
        const drawn = rule && 'fractions' in rule ? { seed: rule.seed, fractions: rule.fractions } : {}
        const { name: _, ...inherited } = parent.split
        try {
          for (const samples of pending) {
            writer.append(
              samples.map(({ hash, ...sample }) => ({
                ...sample,
                blobId: ids.get(hash) ?? blobs.idOf(hash),
              })),
            )
            // Let the window's requests in between.
            await new Promise((resolve) => setImmediate(resolve))
          }
          // Saved edits leave the draft when their version is there, not before and not after.
          store.transaction(() => {
            writer.finish({
              ...facts,
              table: parent.table && columns && { target: parent.table.target, columns },
              split: { name: 'default', ...inherited, ...(rule && { kind: rule.kind }), ...drawn, counts },
            })
            if (request.draftUpTo !== undefined) drafts.forget(parent.id, request.draftUpTo)
          })()
        } catch (cause) {
          datasets.discard(writer.uid)
          throw cause
        }
        const version = datasets.version(writer.uid)
        events.emit({ type: 'dataset.changed', datasetId: version.datasetId })
        if (request.draftUpTo !== undefined) events.emit({ type: 'draft.changed', versionId: parent.id })
        return {
          datasetVersionId: version.id,
          datasetId: version.datasetId,
          digest: version.digest,
          pictures: version.sampleCount,
          refused: version.report.refused.length,
        }
      } finally {
        kept.release()
        await rm(work, { recursive: true, force: true })
      }
    },
  }
}

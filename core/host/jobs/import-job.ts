import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'

import { type DatasetVersion, fileSource, importStorage, type Job, onConflict } from '../../contract/index.ts'

import type {
  ImportedSample,
  ImportMessage,
  ImportResult,
  ImportTask,
} from '../../datasets/import-messages.ts'
import type { JobContext, JobHandler } from '../../jobs/job-queue.ts'
import { runWorker } from '../../jobs/worker-process.ts'
import type { VersionWriter } from '../../store/dataset-store.ts'
import { workerFiles } from '../resources.ts'
import type { Services } from '../services.ts'
import { writeDraftSamples } from '../version-samples.ts'

export const importJobInput = z.object({
  source: fileSource,
  name: z.string(),
  seed: z.number(),
  fractions: z.object({ train: z.number(), validation: z.number(), test: z.number() }),
  importer: z.string().optional(),
  options: z.record(z.string(), z.unknown()).default({}),
  storage: importStorage.default('copy'),
  merge: z.boolean().default(false),
  onConflict: onConflict.default('replace'),
})
type ImportRequest = Omit<z.infer<typeof importJobInput>, 'source'>

/** The dataset's newest version; null where there is none to add to. */
function versionToMerge({ datasets }: Services, { merge, name }: ImportRequest): DatasetVersion | null {
  const known = merge && datasets.list().find((dataset) => dataset.name === name)
  return known ? datasets.namedVersion(name) : null
}

/** How a version came out of another and a source; kept with it, so that it can be done again. */
const mergeRecipe = (request: ImportRequest, importer: string, location: string) => ({
  kind: 'merge-import',
  importer,
  options: request.options,
  location,
  onConflict: request.onConflict,
  seed: request.seed,
})

/**
 * Imports in a worker; rows go into the database in pieces and become visible all at once at the end.
 * @param source its place on the disk, and what the version says of where it comes from
 */
export async function runImport(
  services: Services,
  { job, signal, progress, log }: JobContext,
  request: ImportRequest,
  { root, location }: { root: string; location: string },
): Promise<Record<string, unknown>> {
  const { blobs, datasets, home, events, store } = services
  const parent = versionToMerge(services, request)
  const writer = writerOf(job)
  const ids = new Map<string, number>()
  const kept = blobs.keep()
  const work = path.join(home, 'work', job.id)
  const samplesFile = path.join(work, 'base.ndjson')
  const addBlobs = store.transaction((added: Extract<ImportMessage, { type: 'blobs' }>['blobs']) => {
    for (const blob of added) ids.set(blob.hash, blobs.add(blob))
  })
  const written: { version?: VersionWriter } = {}
  // Written as they come: a million samples never lie in memory together.
  const append = (samples: readonly ImportedSample[]) =>
    written.version?.append(
      samples.map(({ hash, ...sample }) => ({
        ...sample,
        blobId: ids.get(hash) ?? blobs.idOf(hash),
      })),
    )
  let uid: string
  try {
    await mkdir(work, { recursive: true })
    if (parent) await writeDraftSamples(services, parent.id, samplesFile, ({ hash }) => kept.add(hash))
    const result = await runWorker<ImportTask, ImportResult, ImportMessage>({
      workerFile: workerFiles.import,
      input: {
        task: 'import',
        input: {
          home,
          writer,
          root,
          seed: request.seed,
          fractions: request.fractions,
          importer: request.importer,
          options: request.options,
          storage: request.storage,
          merge: parent
            ? {
                samplesFile,
                table: parent.table && { target: parent.table.target, columns: datasets.columns(parent.id) },
                onConflict: request.onConflict,
              }
            : undefined,
        },
      },
      signal,
      onLog: log,
      onMessage: (message, reply) => {
        if (message.type === 'progress') progress(message.progress)
        else if (message.type === 'lookup') {
          for (const hash of message.hashes) kept.add(hash)
          reply({ type: 'known', hashes: message.hashes.filter((hash) => blobs.holds(hash)) })
        } else if (message.type === 'locate')
          reply({ type: 'located', locations: message.hashes.map((hash) => blobs.requireLocation(hash)) })
        else if (message.type === 'blobs') addBlobs(message.blobs)
        else if (message.type === 'version')
          written.version = datasets.beginVersion(request.name, message.importer, location, {
            parents: parent ? [parent.id] : [],
            recipe: parent ? mergeRecipe(request, message.importer, location) : null,
            note: '',
          })
        else if (message.type === 'samples') append(message.samples)
        else if (message.type === 'log') log(message.line)
      },
    })
    if (!written.version) throw new Error('the import ended before its version began')
    written.version.finish(result)
    uid = written.version.uid
  } catch (cause) {
    kept.release()
    await removeTraces(services, writer, written.version?.uid)
    throw cause
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  kept.release()
  await blobs.files.removeIncoming(writer)
  const { id, datasetId, digest, sampleCount, report } = datasets.version(uid)
  events.emit({ type: 'dataset.changed', datasetId })
  return {
    datasetVersionId: id,
    datasetId,
    digest,
    imported: sampleCount,
    refused: report.refused.length,
  }
}

export function importJob(services: () => Services): JobHandler {
  return {
    kind: 'dataset-import',
    atOnce: 1,
    async run(context) {
      const { sources } = services()
      const { source, ...request } = importJobInput.parse(context.input)
      const located = sources.locate(source)
      const location = source.kind === 'path' ? located.file : located.name
      const result = await runImport(services(), context, request, { root: located.file, location })
      await sources.release(source)
      return result
    },
    onUnfinished({ status }) {
      // Found on start: what was not registered went with the start, what was goes now.
      const { blobs, log, queue } = services()
      if (status !== 'interrupted' || queue.isClosing) return
      void blobs.collectGarbage().catch((cause: unknown) => log.warn({ err: cause }, collectionFailed))
    },
  }
}

/** Each attempt writes under a name of its own. */
const writerOf = ({ id, attempt }: Job): string => `${id}-${attempt}`

/** Removes what an import that failed has written; what another dataset uses by now stays. */
async function removeTraces(
  { blobs, datasets, log }: Services,
  writer: string,
  version: string | undefined,
): Promise<void> {
  try {
    if (version !== undefined) datasets.discard(version)
    await blobs.removeUnregistered(writer)
    await blobs.collectGarbage()
  } catch (cause) {
    log.warn({ err: cause }, collectionFailed)
  }
}

const collectionFailed = 'what an import left could not be removed; the next collection takes it'

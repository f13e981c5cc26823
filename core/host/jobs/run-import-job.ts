import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { fileSource, type JobProgress, type RunImportReport } from '../../contract/index.ts'
import { parentTag } from '../../domain/run-tags.ts'
import type { JobHandler } from '../../jobs/job-queue.ts'
import { runWorker } from '../../jobs/worker-process.ts'
import { RunImports } from '../../store/run-imports.ts'
import type {
  RunImportInput,
  RunImportMessage,
  RunImportResult,
  RunImportTask,
  RunPiece,
} from '../../tracking/importers/import-messages.ts'
import { environmentTag, runIdTag, sourceTag } from '../../tracking/run-words.ts'
import { workerFiles } from '../resources.ts'
import type { Services } from '../services.ts'

const runImportJobInput = z.object({
  source: fileSource,
  kind: z.string().optional(),
  experiment: z.string().optional(),
})
type RunImportRequest = z.infer<typeof runImportJobInput>

const noticeMs = 500

/** What the worker needs to know of a source. */
export function runImportInput(
  { home, sources }: Services,
  { source, kind, experiment }: RunImportRequest,
  writer: string,
): RunImportInput {
  const { file, name } = sources.locate(source)
  const isUpload = source.kind === 'upload'
  return {
    home,
    writer,
    root: file,
    name,
    place: isUpload ? name : file,
    kind,
    experiment,
    copyAll: isUpload,
  }
}

/** Reads other programs' runs in a worker and stores them batch by batch. What was stored stays when it fails. */
export function runImportJob(services: () => Services): JobHandler {
  return {
    kind: 'runs-import',
    atOnce: 1,
    async run({ job, input, signal, progress, log }) {
      const request = runImportJobInput.parse(input)
      const writer = `${job.id}-${job.attempt}`
      const report = await importRunsOf(services(), request, { writer, signal, progress, log })
      await services().sources.release(request.source)
      return report
    },
  }
}

/** Imports what lies in a watched place, without a job. @returns how many runs it holds */
export async function importWatched(
  services: Services,
  { path, kind, experiment }: { path: string; kind: string | null; experiment: string | null },
  signal: AbortSignal,
): Promise<number> {
  const request = {
    source: { kind: 'path' as const, path },
    ...(kind === null ? {} : { kind }),
    ...(experiment === null ? {} : { experiment }),
  }
  const { runs } = await importRunsOf(services, request, {
    writer: `watch-${randomUUID()}`,
    signal,
    progress: () => {},
    log: (line) => services.log.debug({ watched: path }, line),
  })
  return runs
}

interface RunImportOptions {
  /** Names the process among those that write files. */
  writer: string
  signal: AbortSignal
  progress(progress: JobProgress): void
  log(line: string): void
}

/** Imports what a source holds, in a worker. @throws GlyphlabError as the worker does; CANCELLED when `signal` aborts */
async function importRunsOf(
  services: Services,
  request: RunImportRequest,
  { writer, signal, progress, log }: RunImportOptions,
): Promise<RunImportReport> {
  const { blobs, runs, store, events } = services
  const imports = new RunImports(store, runs)
  const kept = blobs.keep()
  const counts = { added: 0, points: 0, files: 0 }
  let noticedAt = 0
  const take = (piece: RunPiece) => {
    switch (piece.kind) {
      case 'head': {
        const { id, experiment, parentId, source, head } = piece
        const isNew = imports.begin({
          lifecycle: 'active',
          user: '',
          ...head,
          environment: head.environment ?? null,
          id,
          experiment,
        })
        if (isNew) counts.added++
        imports.addPairs('tag', id, {
          [sourceTag]: source,
          ...(parentId === null ? {} : { [parentTag]: parentId }),
        })
        return
      }
      case 'params':
        return imports.addPairs('param', piece.id, piece.pairs)
      case 'tags': {
        const { [environmentTag]: environment, [runIdTag]: _, ...tags } = piece.pairs
        if (environment !== undefined) imports.setEnvironment(piece.id, environment)
        return imports.addPairs('tag', piece.id, tags)
      }
      case 'points':
        counts.points += piece.points.length / 3
        return imports.addPoints(piece.id, piece.key, piece.from, pointsOf(piece.key, piece.points))
      case 'inputs':
        return imports.addInputs(piece.id, piece.inputs)
      case 'artifact':
        counts.files++
        return imports.addArtifact(piece.id, piece.path, blobs.add(piece.blob))
      case 'experiment':
        return imports.tagExperiment(piece.name, piece.tags)
      case 'done':
        return imports.end(piece.id)
    }
  }
  const takeAll = store.transaction((pieces: RunPiece[]) => {
    for (const piece of pieces) take(piece)
  })
  try {
    const result = await runWorker<RunImportTask, RunImportResult, RunImportMessage>({
      workerFile: workerFiles.runImport,
      child: services.spareRunImport.take(),
      input: { task: 'import', input: runImportInput(services, request, writer) },
      signal,
      onLog: log,
      onMessage: (message, reply) => {
        if (message.type === 'progress') progress(message.progress)
        else if (message.type === 'lookup') {
          for (const hash of message.hashes) kept.add(hash)
          reply({ type: 'known', hashes: message.hashes.filter((hash) => blobs.holds(hash)) })
        } else if (message.type === 'pieces') {
          takeAll(message.pieces)
          const last = message.pieces.at(-1)
          if (last && 'id' in last && Date.now() - noticedAt > noticeMs) {
            noticedAt = Date.now()
            events.emit({ type: 'run.changed', runId: last.id })
          }
        }
      },
    })
    const ids = result.runs.map(({ id }) => id)
    store.transaction(() => imports.linkParents(ids))()
    if (ids[0] !== undefined) events.emit({ type: 'run.changed', runId: ids[0] })
    for (const { run, part, reason } of result.broken)
      log(`${[run, part].filter(Boolean).join(' · ')}: ${reason}`)
    await blobs.files.removeIncoming(writer)
    return {
      kind: result.kind,
      title: result.title,
      runs: ids.length,
      ...counts,
      firstRunId: ids[0] ?? null,
      broken: result.broken,
      brokenCount: result.brokenCount,
      notes: result.notes,
    }
  } catch (cause) {
    await blobs.removeUnregistered(writer)
    throw cause
  } finally {
    services.spareRunImport.replace()
    kept.release()
  }
}

const pointsOf = (key: string, columns: Float64Array) =>
  Array.from({ length: columns.length / 3 }, (_, at) => ({
    key,
    step: columns[3 * at] ?? 0,
    value: columns[3 * at + 1] ?? Number.NaN,
    timestamp: columns[3 * at + 2] ?? 0,
  }))

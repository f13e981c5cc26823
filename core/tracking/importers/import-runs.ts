import { createHash } from 'node:crypto'
import fs from 'node:fs'
import type { BlobFiles, StoredBlob } from '../../blobs/blob-files.ts'
import { sha256Of } from '../../blobs/blob-files.ts'
import { GlyphlabError, type JobProgress } from '../../contract/index.ts'
import { sourceTag } from '../run-words.ts'
import type { BrokenPart, RunImportInput, RunImportResult, RunPiece } from './import-messages.ts'
import type { FoundSourceRun, RunSink } from './importer.ts'
import { chooseRunImporter } from './index.ts'
import { openRunSource } from './open-run-source.ts'
import { runIdOf } from './run-id.ts'

/** Files up to this size are copied; of larger ones only the place is kept. */
const largestCopy = 32 * 1024 * 1024
/** A batch holds about so many points; any other piece counts as some of them. */
const batchWeight = 10_000
const pieceWeight = 50
const brokenShown = 1_000

export interface RunImportHooks {
  progress(progress: JobProgress): void
  /** Which of these hashes the engine holds; it keeps all of them until the import ends. */
  lookup(hashes: string[]): Promise<Set<string>>
  /** Resolves when more may come. */
  pieces(pieces: RunPiece[]): Promise<void>
  cancelled(): boolean
}

/** Names the runs of a source. @throws GlyphlabError as `chooseRunImporter` and the importer's `find` do */
export async function inspectRuns(input: RunImportInput): Promise<RunImportResult> {
  const { importer, found, idOf } = await findRuns(input)
  found.close?.()
  return {
    kind: importer.id,
    title: importer.title,
    runs: found.runs.map((run) => ({
      id: idOf(run),
      name: run.name,
      experiment: input.experiment ?? run.experiment,
    })),
    broken: found.broken.slice(0, brokenShown).map((part) => ({ run: '', ...part })),
    brokenCount: found.broken.length,
    notes: found.notes,
  }
}

async function findRuns(input: RunImportInput) {
  const source = openRunSource(input.root, input.name, input.place)
  const importer = chooseRunImporter(source, input.kind)
  const found = await importer.find(source)
  const idOf = ({ id, origin }: FoundSourceRun): string => id ?? runIdOf(importer.id, origin)
  return { importer, found, idOf }
}

/** Reads the runs of a source one by one; what is broken is named, and the rest is there. */
export async function importRuns(
  input: RunImportInput,
  files: BlobFiles,
  hooks: RunImportHooks,
): Promise<RunImportResult> {
  const { importer, found, idOf } = await findRuns(input)
  const broken: BrokenPart[] = found.broken.map((part) => ({ run: '', ...part }))
  const notes = new Set(found.notes)
  const result: RunImportResult = {
    kind: importer.id,
    title: importer.title,
    runs: [],
    broken: [],
    brokenCount: 0,
    notes: [],
  }
  let batch: RunPiece[] = []
  let weight = 0
  const add = async (piece: RunPiece) => {
    batch.push(piece)
    weight += piece.kind === 'points' ? piece.points.length / 3 + 1 : pieceWeight
    if (weight >= batchWeight) await flush()
  }
  const flush = async () => {
    const pieces = batch
    batch = []
    weight = 0
    if (pieces.length > 0) await hooks.pieces(pieces)
  }
  const begin = performance.now()
  try {
    for (const [at, run] of found.runs.entries()) {
      if (hooks.cancelled()) throw new GlyphlabError('CANCELLED', 'Cancelled. What was imported is kept.')
      const elapsed = performance.now() - begin
      hooks.progress({
        value: at / found.runs.length,
        message: `Run ${at + 1} of ${found.runs.length}: ${run.name}`,
        rate: at === 0 ? null : (1_000 * at) / elapsed,
        rateUnit: 'runs/s',
        remainingMs: at === 0 ? null : (elapsed / at) * (found.runs.length - at),
      })
      const id = idOf(run)
      const sink = sinkOf({
        id,
        run,
        input,
        kind: importer.id,
        files,
        lookup: hooks.lookup,
        add,
        broken,
        notes,
      })
      try {
        await run.read(sink)
      } catch (cause) {
        if (cause instanceof GlyphlabError && (cause.code === 'DISK_FULL' || cause.code === 'CANCELLED'))
          throw cause
        broken.push({
          run: run.name,
          part: '',
          reason: cause instanceof Error ? cause.message : String(cause),
        })
      }
      if (sink.isBegun()) {
        await add({ kind: 'done', id })
        result.runs.push({ id, name: run.name, experiment: input.experiment ?? run.experiment })
      }
    }
    for (const [name, tags] of Object.entries(found.experimentTags ?? {}))
      if (input.experiment === undefined) await add({ kind: 'experiment', name, tags })
    await flush()
  } finally {
    found.close?.()
  }
  return {
    ...result,
    broken: broken.slice(0, brokenShown),
    brokenCount: broken.length,
    notes: [...notes],
  }
}

interface SinkParts {
  id: string
  run: FoundSourceRun
  input: RunImportInput
  kind: string
  files: BlobFiles
  lookup: RunImportHooks['lookup']
  add(piece: RunPiece): Promise<void>
  broken: BrokenPart[]
  notes: Set<string>
}

function sinkOf(parts: SinkParts): RunSink & { isBegun(): boolean } {
  const { id, run, input, kind, files, lookup, add, broken, notes } = parts
  const counts = new Map<string, number>()
  let begun = false
  const store = async (path: string, content: Uint8Array) => {
    const hash = sha256Of(content)
    const blob = (await lookup([hash])).has(hash)
      ? { hash, bytes: content.length }
      : await files.putBytes(content)
    await add({ kind: 'artifact', id, path, blob })
  }
  const sink: RunSink & { isBegun(): boolean } = {
    isBegun: () => begun,
    async head(head) {
      begun = true
      const experiment = input.experiment ?? run.experiment
      const parentId = run.parentOrigin === undefined ? null : runIdOf(kind, run.parentOrigin)
      await add({ kind: 'head', id, source: `${kind}:${run.origin}`, experiment, parentId, head })
    },
    async params(pairs) {
      if (Object.keys(pairs).length > 0) await add({ kind: 'params', id, pairs })
    },
    async tags({ [sourceTag]: _, ...pairs }) {
      if (Object.keys(pairs).length > 0) await add({ kind: 'tags', id, pairs })
    },
    async points(key, all) {
      for (let at = 0; at < all.length; at += 3 * batchWeight) {
        const from = counts.get(key) ?? 0
        // A copy: a view would travel with all that it is a view of.
        const points = all.slice(at, at + 3 * batchWeight)
        counts.set(key, from + points.length / 3)
        await add({ kind: 'points', id, key, from, points })
      }
    },
    async inputs(inputs) {
      if (inputs.length > 0) await add({ kind: 'inputs', id, inputs })
    },
    artifact: store,
    async artifactFile(path, file) {
      try {
        const facts = fs.lstatSync(file)
        if (!facts.isFile()) {
          sink.broken(path, 'it is a link or no file, and is not followed')
        } else if (facts.size <= largestCopy || input.copyAll) {
          await store(path, fs.readFileSync(file))
        } else {
          notes.add(
            `Files of more than ${largestCopy / 1024 / 1024} MiB stay where they are and are read from there.`,
          )
          await add({ kind: 'artifact', id, path, blob: await referenceTo(file, facts) })
        }
      } catch (cause) {
        if (cause instanceof GlyphlabError) throw cause
        sink.broken(path, cause instanceof Error ? cause.message : String(cause))
      }
    },
    broken(part, reason) {
      broken.push({ run: run.name, part, reason })
    },
  }
  return sink
}

async function referenceTo(file: string, facts: fs.Stats): Promise<StoredBlob> {
  const hasher = createHash('sha256')
  for await (const chunk of fs.createReadStream(file)) hasher.update(chunk as Buffer)
  return { hash: hasher.digest('hex'), bytes: facts.size, reference: file, modifiedMs: facts.mtimeMs }
}

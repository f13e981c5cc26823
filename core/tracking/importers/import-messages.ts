import type { StoredBlob } from '../../blobs/blob-files.ts'
import type { RunInput } from '../../contract/index.ts'
import type { WorkerCommand, WorkerMessage } from '../../domain/worker-message.ts'
import type { RunHead } from './importer.ts'

export interface RunImportInput {
  /** The data folder, whose `blobs/` the worker writes to. */
  home: string
  /** Names the folder for half-written files. */
  writer: string
  root: string
  /** What the person calls the source. */
  name: string
  /** Names the source for good. */
  place: string
  kind: string | undefined
  /** Instead of the experiments that the source names. */
  experiment: string | undefined
  /** Large files are copied too: the source goes away. */
  copyAll: boolean
}

export type RunImportTask = { task: 'inspect' | 'import'; input: RunImportInput }

export interface BrokenPart {
  /** '' where it is none's. */
  run: string
  part: string
  reason: string
}

/** What a look at a source finds, and what an import has done. */
export interface RunImportResult {
  kind: string
  title: string
  runs: { id: string; name: string; experiment: string }[]
  /** The first of them. */
  broken: BrokenPart[]
  brokenCount: number
  notes: string[]
}

/** A piece of a run; a run's head comes before its other pieces. */
export type RunPiece =
  | { kind: 'head'; id: string; source: string; experiment: string; parentId: string | null; head: RunHead }
  | { kind: 'params' | 'tags'; id: string; pairs: Record<string, string> }
  /** Step, value, time of each point; `from` counts the points of the key that came before. */
  | { kind: 'points'; id: string; key: string; from: number; points: Float64Array }
  | { kind: 'inputs'; id: string; inputs: RunInput[] }
  | { kind: 'artifact'; id: string; path: string; blob: StoredBlob }
  | { kind: 'experiment'; name: string; tags: Record<string, string> }
  | { kind: 'done'; id: string }

export type RunImportMessage =
  | WorkerMessage<RunImportResult>
  /** Which of these hashes are stored already? Answered by `known`. */
  | { type: 'lookup'; hashes: string[] }
  /** Stored at once or not at all. */
  | { type: 'pieces'; pieces: RunPiece[] }

export type RunImportCommand =
  | WorkerCommand<RunImportTask>
  | { type: 'known'; hashes: string[] }
  /** A task may come: be quick then. */
  | { type: 'prepare' }

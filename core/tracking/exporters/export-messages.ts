import type { BlobLocation } from '../../blobs/blob-files.ts'
import type { ServerAccess } from '../../contract/index.ts'
import type { WorkerCommand, WorkerMessage } from '../../domain/worker-message.ts'
import type { ExportedRun } from './exporter.ts'

export interface RunExportInput {
  format: string
  /** A folder (absolute; new or empty), or a server's address. */
  target: string
  /** Of a server. */
  access: ServerAccess
  runs: number
}

export interface RunExportResult {
  runs: number
  points: number
  files: number
  warnings: string[]
}

/** In the order in which they are written. */
export type ExportPiece =
  | { kind: 'run'; run: ExportedRun }
  | { kind: 'points'; key: string; points: Float64Array }
  | { kind: 'artifact'; path: string; location: BlobLocation }
  | { kind: 'end' }

export type RunExportMessage =
  | WorkerMessage<RunExportResult>
  /** Asks for the next piece. Answered by `piece`; null is the end. */
  | { type: 'more' }

export type RunExportCommand = WorkerCommand<RunExportInput> | { type: 'piece'; piece: ExportPiece | null }

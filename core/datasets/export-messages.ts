import type { BlobLocation } from '../blobs/blob-files.ts'
import type { Annotation, Subset, TableColumn, TableFacts } from '../contract/index.ts'
import type { WorkerMessage } from '../domain/worker-message.ts'

/** A sample to export, with the place of its bytes. */
export interface ExportSample extends Annotation {
  path: string
  hash: string
  label: string
  subset: Subset
  width: number
  height: number
  location: BlobLocation
}

export interface ExportedTable {
  target: TableFacts['target']
  columns: Pick<TableColumn, 'name' | 'kind'>[]
}

export interface ExportInput {
  exporter: string
  options: Record<string, unknown>
  /** Whether `.gitattributes` give the pictures to Git LFS. */
  gitLfs: boolean
  /** Absolute; new, or an empty folder. */
  directory: string
  /** For the files that name their origin. */
  version: { name: string; number: number; digest: string; splitKind: string; table?: ExportedTable | null }
}

export interface ExportResult {
  directory: string
  exporter: string
  pictures: number
  bytes: number
  /** What the format can't carry, what had to be renamed. */
  warnings: string[]
}

export type ExportMessage =
  | WorkerMessage<ExportResult>
  /** Asks for the next samples, in canonical order. Answered by `samples`; an empty list is the end. */
  | { type: 'more' }

export type ExportCommand =
  | { type: 'start'; input: ExportInput }
  | { type: 'stop' | 'cancel' }
  | { type: 'samples'; samples: ExportSample[] }

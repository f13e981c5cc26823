import type { PackedBlob } from '../blobs/blob-files.ts'
import type { ImportReport, LabelCount, RecipeStep, Subset, TableColumn } from '../contract/index.ts'
import type { WorkerCommand, WorkerMessage } from '../domain/worker-message.ts'
import type { ImportedSample } from './import-messages.ts'

export interface TransformInput {
  /** The data folder, whose `blobs/` the worker writes to. */
  home: string
  /** Samples of the version to begin with: a `DraftSample` in JSON a line. */
  samplesFile: string
  /** Of the versions that the recipe merges, by id. */
  others: Record<string, { title: string; samplesFile: string }>
  steps: RecipeStep[]
}

export interface TransformResult {
  digest: string
  sampleCount: number
  bytes: number
  labels: LabelCount[]
  counts: Record<Subset, number>
  report: ImportReport
  /** Of a version whose samples are rows; null for pictures. */
  columns: TableColumn[] | null
}

export type TransformMessage =
  | WorkerMessage<TransformResult>
  | { type: 'blobs'; blobs: ({ hash: string; bytes: number } | PackedBlob)[] }
  /** Samples in canonical order. */
  | { type: 'samples'; samples: ImportedSample[] }

export type TransformCommand = WorkerCommand<TransformInput>

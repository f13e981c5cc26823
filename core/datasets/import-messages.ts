import type { BlobLocation, StoredBlob } from '../blobs/blob-files.ts'
import type {
  Annotation,
  DatasetVersion,
  ImportInspection,
  ImportReport,
  ImportStorage,
  LabelCount,
  OnConflict,
  Subset,
  TableColumn,
  TableFacts,
} from '../contract/index.ts'
import type { WorkerCommand, WorkerMessage } from '../domain/worker-message.ts'

export interface ImportInput {
  /** The data folder, whose `blobs/` the worker writes to. */
  home: string
  /** Names the folder for half-written files, and the pack: what an import leaves can be told from the rest. */
  writer: string
  /** A folder, or one file. */
  root: string
  seed: number
  fractions: Record<Subset, number>
  importer: string | undefined
  options: Record<string, unknown>
  /** `link`: pictures on the same disk get a second name instead of a copy; `reference`: they are read from where they lie. */
  storage: ImportStorage
  /** The version that the samples are added to. */
  merge: MergeBase | undefined
}

export interface MergeBase {
  /** Its samples: a `DraftSample` in JSON a line. */
  samplesFile: string
  /** Null: they are pictures. */
  table: ImportedTable | null
  onConflict: OnConflict
}

export interface ImportedSample extends Annotation {
  path: string
  hash: string
  label: number
  subset: Subset
  width: number
  height: number
  mediaType: string
}

export interface ImportResult {
  importer: string
  digest: string
  sampleCount: number
  bytes: number
  labels: LabelCount[]
  split: DatasetVersion['split']
  report: ImportReport
  /** Null: the samples are pictures. */
  table: ImportedTable | null
}

/** What the rows are that are samples. */
export interface ImportedTable {
  target: TableFacts['target']
  columns: TableColumn[]
}

export interface InspectInput {
  home: string
  root: string
  importer: string | undefined
  options: Record<string, unknown>
}

/** What the import process is asked to do. */
export type ImportTask = { task: 'import'; input: ImportInput } | { task: 'inspect'; input: InspectInput }

export type ImportMessage =
  | WorkerMessage<ImportResult | ImportInspection>
  /** Which of these hashes are stored already? Answered by `known`. */
  | { type: 'lookup'; hashes: string[] }
  /** Where do these lie, which are stored all? Answered by `located`, in this order. */
  | { type: 'locate'; hashes: string[] }
  /** New blobs whose pack or file is on the disk. */
  | { type: 'blobs'; blobs: StoredBlob[] }
  /** The source is read: what follows are the samples of a new version. */
  | { type: 'version'; importer: string }
  /** Samples in canonical order. */
  | { type: 'samples'; samples: ImportedSample[] }

export type ImportCommand =
  | WorkerCommand<ImportTask>
  | { type: 'known'; hashes: string[] }
  | { type: 'located'; locations: BlobLocation[] }

import type { StoredBlob } from '../../blobs/blob-files.ts'
import type { ImportedLog } from '../../contract/index.ts'
import type { PredictionRecord } from '../../domain/prediction-record.ts'
import type { TrainingProfile } from '../../domain/training-profile.ts'
import type { WorkerCommand, WorkerMessage } from '../../domain/worker-message.ts'
import type { MetricReading } from './read-metrics.ts'

export interface LogImportInput {
  /** The data folder, whose `blobs/` the worker writes to, under a name of its own. */
  home: string
  writer: string
  /** A file, or a folder. */
  root: string
  /** Whether the times of files are those at which they were written. */
  dated: boolean
}

export type LogImportResult = Pick<ImportedLog, 'files' | 'brokenCount' | 'broken'>

/** Each but `progress` and the result is answered, so that the worker never runs ahead of the engine. */
export type LogImportMessage =
  | WorkerMessage<LogImportResult>
  | { type: 'records'; records: PredictionRecord[] }
  | { type: 'readings'; readings: MetricReading[] }
  | { type: 'profile'; profile: TrainingProfile }
  /** Kept pictures: which are wanted? Answered by `taken` with those. */
  | { type: 'lookup'; hashes: string[] }
  | { type: 'inputs'; blobs: StoredBlob[] }

export type LogImportCommand = WorkerCommand<LogImportInput> | { type: 'taken'; wanted: string[] }

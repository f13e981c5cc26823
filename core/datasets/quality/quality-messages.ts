import type { BlobLocation } from '../../blobs/blob-files.ts'
import type { QualityFacts, RefusedFile } from '../../contract/index.ts'
import type { DraftMember, FindingDraft } from '../../domain/finding-draft.ts'
import type { PictureMeasure } from '../../domain/picture-measure.ts'
import type { WorkerCommand, WorkerMessage } from '../../domain/worker-message.ts'
import type { CheckedSample } from './findings/finding-draft.ts'

/** A line of the samples file, in canonical order. */
export interface QualitySample extends CheckedSample {
  location: BlobLocation
  /** Null: its content has not been measured yet. */
  measure: PictureMeasure | null
}

export type QualityInput =
  | { task: 'check'; samplesFile: string; refused: RefusedFile[] }
  | { task: 'label-errors'; samplesFile: string; folds: number; seed: number }

export interface QualityResult {
  findings: FindingDraft[]
  /** Null where only label errors were looked for. */
  facts: QualityFacts | null
}

export type QualityMessage =
  | WorkerMessage<QualityResult>
  /** Contents measured for the first time, by hash. */
  | { type: 'measures'; measures: [string, PictureMeasure][] }
  /** A part of the members of a finding, in order, by its place in the result, where it has none then. */
  | { type: 'members'; finding: number; members: DraftMember[] }

export type QualityCommand = WorkerCommand<QualityInput>

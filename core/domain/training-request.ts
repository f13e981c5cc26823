import type {
  BackendId,
  ModelKind,
  ModelPreprocessing,
  ModelSignature,
  Subset,
  TrainingOptions,
} from '../contract/index.ts'
import type { FileReference } from './file-reference.ts'

/** Where one sample's bytes lie: a whole file, or a slice of a pack. */
export interface SampleLocation {
  file: string
  offset: number
  length: number
  /** Set where the file is its owner's, imported by reference. */
  reference?: FileReference
}

/** The file `samples.json` that the engine writes for a training worker. */
export interface TrainingSamples {
  /** Digest of the dataset version: with the preprocessing it names the tensor cache. */
  datasetDigest: string
  labels: string[]
  /** In the version's canonical order. `label` is an index into `labels`. */
  samples: {
    path: string
    /** sha256 of its bytes, by which a report shows it. */
    hash?: string
    location: SampleLocation
    label: number
    subset: Subset
    width: number
    height: number
    /** Transcription, where there is one. */
    text?: string
    /** Numeric target, where there is one. */
    value?: number
  }[]
  /** What the rows of a table are to predict. */
  target?: string
}

/** In the work directory: what a training keeps of its epochs, each file an artifact of the run under its path in here. */
export const recordsFolder = 'records'

export interface TrainingRequest {
  runId: string
  preset: string
  options: TrainingOptions
  backend: BackendId | 'auto'
  /** Where the app installs backends. */
  backendsDirectory: string
  samplesFile: string
  /** A folder for the worker's files: empty, or with the `checkpoints/` that a training is to go on from. */
  workDirectory: string
  /** How often a checkpoint is written within an epoch, ms. */
  checkpointEveryMs: number
  /** Decoded tensors may be kept here between runs, named by content. */
  cacheDirectory: string
}

export interface TrainingResult {
  /** Folder with `model.json` (tfjs LayersModel topology and weights manifest) and `weights.bin`. */
  modelDirectory: string
  kind: ModelKind
  signature: ModelSignature
  preprocessing: ModelPreprocessing
  /** Classes of a classifier, characters of a recogniser. */
  labels: string[]
  backend: BackendId
  backendTimings: Partial<Record<BackendId, number>>
  /** Final numbers, by metric name: `test_accuracy`, `validation_loss` ... A subset without samples has no entry. */
  metrics: Record<string, number>
  seconds: number
  steps: number
  bestEpoch: number
  /** True when the person stopped it before the last epoch. */
  stoppedEarly: boolean
}

import type { InferenceEngine } from '../contract/index.ts'
import type { WorkerCommand } from '../domain/worker-message.ts'

interface Pictures {
  /** The samples of a version as `TrainingSamples` in JSON: all of them, those without a class too. */
  samplesFile: string
  /** Decoded pictures are kept here between jobs, as trainings keep them. */
  cacheDirectory: string
}

export interface MapRequest extends Pictures {
  task: 'map'
  /** Folder of the model whose activations are mapped; null: the pixels. */
  modelDirectory: string | null
  seed: number
  neighbours: number
}

export interface PredictRequest extends Pictures {
  task: 'predict'
  modelDirectory: string
  /** Null: the one that the model's format has. */
  engine: InferenceEngine | null
}

export interface MapResult {
  /** `[samples, 2]` */
  coordinates: Float32Array
  laidOut: number
}

export interface PredictResult {
  /** Place in the model's labels, by ordinal. */
  classes: Uint16Array
  confidences: Float32Array
}

export type EmbeddingRequest = MapRequest | PredictRequest
export type EmbeddingCommand = WorkerCommand<EmbeddingRequest>

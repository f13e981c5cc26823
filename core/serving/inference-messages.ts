import type { ErrorBody } from '../contract/index.ts'
import type { Classification } from '../domain/bundle.ts'

/** What the app asks of an inference process: classify the picture in `file`; `name` stands in errors. */
export interface InferenceRequest {
  id: number
  modelDirectory: string
  file: string
  name: string
}

export type InferenceReply = { id: number; prediction: Classification } | { id: number; error: ErrorBody }

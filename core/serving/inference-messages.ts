import type { ErrorBody, RowPrediction } from '../contract/index.ts'
import type { Classification } from '../domain/bundle.ts'

/** What a model says of a picture: a class, or the text of a line; or of the rows of a table. */
export type Answer = Classification | { text: string } | { rows: RowPrediction[] }

/** What the app asks of an inference process: classify or read the picture in `file`, or predict the rows in it (JSON of an `AskedRow` a line); `name` stands in errors. */
export interface InferenceRequest {
  id: number
  modelDirectory: string
  file: string
  name: string
}

export type InferenceReply = { id: number; prediction: Answer } | { id: number; error: ErrorBody }

import type { ErrorBody, InferenceChoice, InferenceEngine, RowPrediction } from '../contract/index.ts'
import type { Classification } from '../domain/bundle.ts'
import type { LineDecoding } from './line-decoding.ts'

/** What a model says of a picture: a class, or the text of a line; or of the rows of a table. */
export type Answer = Classification | { text: string } | { rows: RowPrediction[] }

export interface TrialPicture {
  file: string
  name: string
}

/** Classify or read the picture in `file`, or predict the rows in it (JSON of an `AskedRow` a line); `name` stands in errors. */
export interface AnswerRequest {
  task: 'answer'
  modelDirectory: string
  /** Null: the one that the model's format has. */
  engine: InferenceEngine | null
  file: string
  name: string
  /** Of a line recogniser. */
  decoding?: LineDecoding
}

/** Time the engines on the model, with these pictures. */
export interface ChoiceRequest {
  task: 'choose'
  modelDirectory: string
  pictures: TrialPicture[]
  name: string
}

/** What the app asks of an inference process. */
export type InferenceRequest = (AnswerRequest | ChoiceRequest) & { id: number }

export type InferenceReply =
  | { id: number; prediction: Answer }
  | { id: number; choice: InferenceChoice }
  | { id: number; error: ErrorBody }

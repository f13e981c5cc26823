import type { InferenceEngine, OcrReading, RowPrediction } from '../contract/index.ts'
import type { Classification } from '../domain/bundle.ts'
import type { TrainingProfile } from '../domain/training-profile.ts'

/** A further version of the same model, which the server loads beside the first. */
export interface FurtherVersion {
  modelDirectory: string
  version: number
  digest: string
  engine: InferenceEngine | null
  profile?: TrainingProfile | null
  golden: { name: string; bytes: Buffer; prediction: Classification }[]
}

interface ModelFiles {
  /** Folder with `glyphlab-model.json` and the files that it names. */
  modelDirectory: string
  modelName: string
  version: number
  digest: string
  /** The one that gave the answers, and will; null: the one that the model's format has. */
  engine: InferenceEngine | null
}

/** What a bundle serves, with inputs and the app's own answers to them (at least one). */
export type BundleSubject =
  | (ModelFiles & {
      /** A classifier of pictures. */
      kind: 'model'
      /** How training lay; null where that is not known. */
      profile?: TrainingProfile | null
      golden: { name: string; bytes: Buffer; prediction: Classification }[]
      further?: FurtherVersion[]
    })
  | (ModelFiles & {
      kind: 'line-recogniser'
      golden: { name: string; bytes: Buffer; text: string }[]
    })
  | (ModelFiles & {
      kind: 'table-classifier' | 'table-regressor'
      /** Requests: JSON `{"rows": [...]}`. */
      golden: { name: string; bytes: Buffer; rows: RowPrediction[] }[]
    })
  | {
      kind: 'ocr'
      /** Folder with `eng.traineddata.gz`. */
      languageDirectory: string
      golden: { name: string; bytes: Buffer; reading: OcrReading }[]
    }

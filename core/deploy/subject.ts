import type { InferenceEngine, OcrReading } from '../contract/index.ts'
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

/** What a bundle serves, with inputs and the app's own answers to them (at least one). */
export type BundleSubject =
  | {
      kind: 'model'
      /** Folder with `glyphlab-model.json` and the files that it names. */
      modelDirectory: string
      modelName: string
      version: number
      digest: string
      /** The one that gave the answers, and will; null: the one that the model's format has. */
      engine: InferenceEngine | null
      /** How training lay; null where that is not known. */
      profile?: TrainingProfile | null
      golden: { name: string; bytes: Buffer; prediction: Classification }[]
      further?: FurtherVersion[]
    }
  | {
      kind: 'ocr'
      /** Folder with `eng.traineddata.gz`. */
      languageDirectory: string
      golden: { name: string; bytes: Buffer; reading: OcrReading }[]
    }

import type { OcrReading } from '../contract/index.ts'
import type { Classification } from '../domain/bundle.ts'

interface Identity {
  /** The registered model's name; `ocr` for the OCR engine. */
  name: string
  version: number | string
  digest: string
}

export interface ServedClassifier extends Identity {
  kind: 'image-classifier'
  labels: readonly string[]
  classify(bytes: Buffer, name: string): Promise<Classification>
}

export interface ServedOcr extends Identity {
  kind: 'ocr'
  read(bytes: Buffer, name: string): Promise<OcrReading>
}

export type ServedModel = ServedClassifier | ServedOcr

import type { ImagePreprocessing, OcrReading } from '../contract/index.ts'

interface Identity {
  /** The registered model's name; `ocr` for the OCR engine. */
  name: string
  version: number | string
  digest: string
}

export interface ServedClassifier extends Identity {
  kind: 'image-classifier'
  labels: readonly string[]
  /** How a picture becomes the model's input; `name` is the input's name in the signature. */
  input: ImagePreprocessing & { name: string }
  /**
   * A picture's pixels, `[height, width, channels]`, 0..255, before scale and offset.
   * @throws GlyphlabError UNREADABLE_FILE
   */
  pixels(bytes: Buffer, name: string): Promise<Uint8Array>
  /**
   * The probabilities `[pictures, labels]` of pictures as the model takes them.
   * @param values `[pictures, height, width, channels]`, float32, scaled
   */
  infer(values: Float32Array): Promise<Float32Array>
}

export interface ServedOcr extends Identity {
  kind: 'ocr'
  read(bytes: Buffer, name: string): Promise<OcrReading>
}

export type ServedModel = ServedClassifier | ServedOcr

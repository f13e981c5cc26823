import type { OcrReading, RowPrediction } from '../contract/index.ts'
import type { InputExample } from './input-example.ts'
import type { AskedRow } from './table-model.ts'

interface Identity {
  /** The registered model's name; `ocr` for the OCR engine. */
  name: string
  version: number | string
  digest: string
  /** What to try it with first. */
  example?: InputExample | null
}

export interface ServedClassifier extends Identity {
  kind: 'image-classifier'
  labels: readonly string[]
  /** Name in the signature, and the sizes of one picture as the model takes it. */
  input: { name: string; shape: readonly number[] }
  /** `[height, width, channels]` */
  pixelShape: readonly number[]
  /**
   * A picture's pixels in `pixelShape`, 0..255.
   * @throws GlyphlabError UNREADABLE_FILE
   */
  pixels(bytes: Buffer, name: string): Promise<Uint8Array>
  /** Pictures of pixels, scaled and laid out as the model takes them. */
  valuesOf(pixels: Uint8Array): Float32Array
  /**
   * The probabilities `[pictures, labels]` of pictures as the model takes them.
   * @param values `[pictures, ...input.shape]`, float32
   */
  infer(values: Float32Array): Promise<Float32Array>
}

export interface ServedOcr extends Identity {
  kind: 'ocr'
  read(bytes: Buffer, name: string): Promise<OcrReading>
}

export interface ServedRecogniser extends Identity {
  kind: 'line-recogniser'
  /** The text of a picture of one line. @throws GlyphlabError UNREADABLE_FILE, DAMAGED */
  read(bytes: Buffer, name: string): Promise<string>
}

export interface ServedTable extends Identity {
  kind: 'table-classifier' | 'table-regressor'
  /** Of a classifier. */
  labels: readonly string[]
  /** The columns that it looks at. */
  columns: readonly string[]
  predict(rows: readonly AskedRow[]): Promise<RowPrediction[]>
}

export type ServedModel = ServedClassifier | ServedOcr | ServedRecogniser | ServedTable

import type { ErrorBody, InferenceEngine, LineFinder, OcrReading } from '../contract/index.ts'
import type { ReadingManner } from './engines/engine.ts'

/** What the pool asks of an OCR process. */
export interface OcrRequest {
  id: number
  /** Absolute path of the picture; the process reads the bytes itself. */
  file: string
  /** The file's name as the user knows it. */
  name: string
  /** Page of the file, from 1. */
  page: number
  manner: ReadingManner
  engine: EngineChoice
}

/**
 * A key travels as the file that holds it, and the secret that opens it where it is encrypted. A line recogniser is named by its folder; `id` is what a person calls it, `lines` finds the lines that it reads,
 * `inference` is what was found to be fast for it (null: not measured).
 */
export type EngineChoice =
  | { kind: 'tesseract' }
  | { kind: 'ppocr' }
  | { kind: 'google-vision'; address: string; keyFile: string; secret?: string }
  | {
      kind: 'recogniser'
      id: string
      modelDirectory: string
      lines: LineFinder
      inference: InferenceEngine | null
    }

/** What an OCR process answers. */
export type OcrAnswer = { id: number; read: PageRead } | { id: number; error: ErrorBody }

export interface PageRead {
  reading: OcrReading
  /** A page after the first as a PNG file, on which the boxes lie; null for a first page, which the file itself shows. */
  picture: Uint8Array | null
}

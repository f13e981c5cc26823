import type { ErrorBody, OcrReading } from '../contract/index.ts'

/** What the pool asks of an OCR process. */
export interface OcrRequest {
  id: number
  /** Absolute path of the picture; the process reads the bytes itself. */
  file: string
  /** The file's name as the user knows it. */
  name: string
}

/** What an OCR process answers. */
export type OcrAnswer = { id: number; reading: OcrReading } | { id: number; error: ErrorBody }

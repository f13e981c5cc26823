import type { ErrorBody, OcrReading } from '../contract/index.ts'

/** What the pool asks of an OCR process. */
export interface OcrRequest {
  id: number
  /** Absolute path of the picture; the process reads the bytes itself. */
  file: string
  /** The file's name as the user knows it. */
  name: string
  /** Page of the file, from 1. */
  page: number
}

/** What an OCR process answers. */
export type OcrAnswer = { id: number; read: PageRead } | { id: number; error: ErrorBody }

export interface PageRead {
  reading: OcrReading
  /** A page after the first as a PNG file, on which the boxes lie; null for a first page, which the file itself shows. */
  picture: Uint8Array | null
}

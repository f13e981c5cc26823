import { type Box, GlyphlabError, type OcrReading } from '../contract/index.ts'
import { pageText } from '../domain/page-text.ts'
import { type OcrEngine, type PictureReader, type ReadingManner, usualManner } from './engines/engine.ts'
import { lookOf } from './page-look.ts'
import { type PictureLimits, prepareGreyPicture } from './preprocessing/grey-picture.ts'
import { scaledBy } from './preprocessing/placement.ts'
import { readPrepared } from './read-page.ts'
import { movedTables } from './read-regions.ts'
import { meanConfidence, movedWords } from './words.ts'

export interface PageEngineOptions {
  id: string
  title: string
  language: string
  /** Longest time for one picture, in ms; null for none. */
  pageTimeoutMs: number | null
  /** How large a picture it reads in one piece; tesseract's limits unless told. */
  limits?: PictureLimits
  /** Whether a page is read at one go, because each reading costs. */
  once?: boolean
  /** What a person can do when a page gives no text. */
  nothingFound?: string
  /** @throws GlyphlabError when it can't start */
  start(): Promise<PictureReader>
}

/** tesseract refuses sides of more than 32,767 px by finding nothing; 50 million pixels are an A4 page at 700 dpi. */
const usualLimits: PictureLimits = { width: 30_000, height: 10_000, pixels: 50_000_000 }

/** A fresh reader after this many pictures keeps memory flat, whatever it leaks. */
const picturesPerReader = 100

const lowConfidence = 0.4

const usualAdvice =
  'If there is some, it may be too small, too faint or handwritten: try a larger or sharper picture.'

function confidenceWarning(confidence: number | null, advice: string): string | null {
  if (confidence === null) return `No text was found. ${advice}`
  if (confidence >= lowConfidence) return null
  return `Low confidence (${Math.round(confidence * 100)} %): the page may be turned, blurred, handwritten or in another language. Check the text, or try a straight and sharper picture.`
}

/** An engine from something that reads grey pictures: files are decoded, pages prepared, limits of time kept. */
export function createPageEngine(options: PageEngineOptions): OcrEngine {
  const { id, title, language, pageTimeoutMs, limits = usualLimits } = options
  let reader: Promise<PictureReader> | null = null
  let picturesRead = 0
  let queue: Promise<unknown> = Promise.resolve()
  const closing = new AbortController()

  const dropReader = async () => {
    const dropped = reader
    reader = null
    picturesRead = 0
    const started = await dropped?.catch(() => null)
    await started?.stop()
  }

  const cancelled = (name: string) =>
    new GlyphlabError('CANCELLED', `${name}: reading was cancelled because the OCR engine was closed.`)

  const timedOut = (name: string, limitMs: number) =>
    new GlyphlabError(
      'TIMED_OUT',
      `${name}: reading took longer than the limit of ${limitMs / 1000} s and was given up. Try a smaller picture.`,
    )

  const failed = (name: string, cause: unknown) =>
    new GlyphlabError(
      'INTERNAL',
      `${name}: the OCR engine failed (${cause instanceof Error ? cause.message : String(cause)}). Try again, or save the picture anew as PNG.`,
      undefined,
      { cause },
    )

  async function readPage(
    bytes: Buffer,
    name: string,
    manner: ReadingManner,
    stopped: AbortSignal,
  ): Promise<OcrReading> {
    const started = performance.now()
    const prepared = await prepareGreyPicture(bytes, name, limits)
    const { width, height } = prepared
    const ready = () => {
      stopped.throwIfAborted()
      reader ??= options.start()
      return reader
    }
    const found = await readPrepared(prepared, limits.height, manner, {
      read: async (picture, psm) => (await ready()).read(picture, psm),
      once: options.once === true,
      uprightTurn: async (picture) => {
        const started = await ready()
        return started.uprightTurn ? started.uprightTurn(picture) : null
      },
    })
    const within = (value: number, size: number) => Math.min(size, Math.max(0, Math.round(value)))
    const inPage = (box: Box): Box => ({
      x0: within(box.x0, width),
      y0: within(box.y0, height),
      x1: within(box.x1, width),
      y1: within(box.y1, height),
    })
    const tables = movedTables(found.tables, scaledBy(1 / prepared.scale)).map((table) => ({
      ...table,
      box: inPage(table.box),
      cells: table.cells.map((cell) => ({ ...cell, box: inPage(cell.box) })),
    }))
    const words = movedWords(found.words, scaledBy(1 / prepared.scale)).map((word) => ({
      ...word,
      box: inPage(word.box),
    }))
    const confidence = meanConfidence(words)
    const warning = confidenceWarning(confidence, options.nothingFound ?? usualAdvice)
    return {
      engine: id,
      language,
      width,
      height,
      text: pageText(words.map((word) => ({ ...word, correction: null }))),
      confidence,
      words,
      warnings: warning ? [...found.warnings, warning] : found.warnings,
      durationMs: performance.now() - started,
      recipe: { ...found.recipe, look: lookOf(prepared.picture) },
      ...(tables.length > 0 && { tables }),
    }
  }

  /** Reads one picture; when it is stopped or fails, the reader goes too, for it may be busy or broken. */
  async function readNow(bytes: Buffer, name: string, manner: ReadingManner): Promise<OcrReading> {
    if (closing.signal.aborted) throw cancelled(name)
    const stop = new AbortController()
    const close = () => stop.abort(cancelled(name))
    closing.signal.addEventListener('abort', close)
    const expire = (limitMs: number) => stop.abort(timedOut(name, limitMs))
    const timer = pageTimeoutMs === null ? undefined : setTimeout(expire, pageTimeoutMs, pageTimeoutMs)
    const stopped = new Promise<never>((_, reject) => {
      stop.signal.addEventListener('abort', () => reject(stop.signal.reason))
    })
    try {
      const reading = await Promise.race([readPage(bytes, name, manner, stop.signal), stopped])
      picturesRead++
      if (picturesRead >= picturesPerReader) await dropReader()
      return reading
    } catch (cause) {
      if (cause instanceof GlyphlabError && cause.code === 'UNREADABLE_FILE') throw cause
      void dropReader()
      throw cause instanceof GlyphlabError ? cause : failed(name, cause)
    } finally {
      clearTimeout(timer)
      closing.signal.removeEventListener('abort', close)
    }
  }

  return {
    id,
    title,
    language,
    read(bytes, name, manner = usualManner) {
      const reading = queue.then(() => readNow(bytes, name, manner))
      queue = reading.catch(() => {})
      return reading
    },
    async close() {
      closing.abort()
      await queue
      await dropReader()
    },
  }
}

import type Tesseract from 'tesseract.js'
import { type Box, GlyphlabError, type OcrReading, type OcrWord } from '../../contract/index.ts'
import { pageText } from '../../domain/page-text.ts'
import {
  type GreyPicture,
  middleOf,
  type PictureLimits,
  type PreparedPicture,
  prepareGreyPicture,
  type Turn,
  toPgm,
  turned,
  turnedBack,
  withMargin,
} from '../preprocessing/grey-picture.ts'
import { cutIntoStrips } from '../preprocessing/strips.ts'
import type { OcrEngine } from './engine.ts'
import { type Layout, startTesseractWorker, type TesseractWorker } from './tesseract-worker.ts'

export interface TesseractOptions {
  /** Folder with `<language>.traineddata.gz`, such as `@tesseract.js-data/eng/4.0.0_best_int`. */
  languageDirectory: string
  language?: string
  /** Longest time for one picture, in ms; null for none. */
  pageTimeoutMs?: number | null
}

/** tesseract refuses sides of more than 32,767 px by finding nothing; 50 million pixels are an A4 page at 700 dpi. */
const limits: PictureLimits = { width: 30_000, height: 10_000, pixels: 50_000_000 }

/** A fresh engine after this many pictures keeps memory flat, whatever it leaks. */
const picturesPerWorker = 100

/** Pictures up to this height (one line or word) are read again as one block with a margin when no layout is found. */
const lineHeight = 200
const lineMargin = 20

/**
 * A page below the first confidence is tried turned; a turn is taken from the second on, and ends the search from the
 * third on. A page upside down reads with 0.42 in place of 0.95.
 */
const turnBelow = 0.55
const turnAccepted = 0.6
const turnCertain = 0.8
const turns: Turn[] = [180, 90, 270]

/** px; from here on a turn is looked for in the middle of the page only. */
const largePage = 1_000_000

const lowConfidence = 0.4

type Recognize = (picture: GreyPicture, layout: Layout) => Promise<Tesseract.Page>

function wordsOf(page: Tesseract.Page, offset: { x: number; y: number }): OcrWord[] {
  const words: OcrWord[] = []
  let line = 0
  let block = 0
  // tesseract's paragraphs are our blocks: text that stands apart.
  for (const paragraph of (page.blocks ?? []).flatMap((found) => found.paragraphs)) {
    const before = words.length
    for (const row of paragraph.lines) {
      const read = row.words.filter((word) => word.text.trim() !== '')
      for (const { text, confidence, bbox } of read) {
        words.push({
          text: text.trim(),
          confidence: Math.min(1, Math.max(0, confidence / 100)),
          box: {
            x0: bbox.x0 + offset.x,
            y0: bbox.y0 + offset.y,
            x1: bbox.x1 + offset.x,
            y1: bbox.y1 + offset.y,
          },
          line,
          block,
        })
      }
      if (read.length > 0) line++
    }
    if (words.length > before) block++
  }
  return words
}

/** Mean over the words, 0..1; null without words. */
function meanConfidence(words: OcrWord[]): number | null {
  if (words.length === 0) return null
  return words.reduce((sum, word) => sum + word.confidence, 0) / words.length
}

async function readPiece(picture: GreyPicture, recognize: Recognize): Promise<OcrWord[]> {
  const words = wordsOf(await recognize(picture, 'automatic'), { x: 0, y: 0 })
  if (words.length > 0 || picture.height > lineHeight) return words
  // Of 459 pictures of one line or number the layout analysis finds nothing in 23; this reads all of those, with 21 %
  // wrong characters where enlarging leaves 45 to 71 %.
  const asBlock = await recognize(withMargin(picture, lineMargin), 'one-block')
  const found = wordsOf(asBlock, { x: -lineMargin, y: -lineMargin })
  return (meanConfidence(found) ?? 0) >= lowConfidence ? found : []
}

async function readStrips(
  strips: ReturnType<typeof cutIntoStrips>,
  recognize: Recognize,
): Promise<OcrWord[]> {
  const words: OcrWord[] = []
  for (const strip of strips) {
    const last = words.at(-1)
    const firstLine = last ? last.line + 1 : 0
    const firstBlock = last ? last.block + 1 : 0
    for (const word of await readPiece(strip, recognize)) {
      const box = { ...word.box, y0: word.box.y0 + strip.top, y1: word.box.y1 + strip.top }
      words.push({ ...word, box, line: word.line + firstLine, block: word.block + firstBlock })
    }
  }
  return words
}

interface Upright {
  words: OcrWord[]
  turn: Turn | 0
}

/** The turn with which `picture` reads well, or null when none is better than `confidence`, with which it reads now. */
async function betterTurn(
  picture: GreyPicture,
  confidence: number,
  recognize: Recognize,
): Promise<{ words: OcrWord[]; turn: Turn } | null> {
  let best: { words: OcrWord[]; turn: Turn } | null = null
  let highest = confidence
  for (const turn of turns) {
    const words = await readPiece(await turned(picture, turn), recognize)
    const reached = meanConfidence(words) ?? 0
    if (reached < turnAccepted || reached <= highest) continue
    best = { words, turn }
    highest = reached
    if (highest >= turnCertain) break
  }
  return best
}

/** Reads the picture as it lies and, where that reads badly, with the turn that reads best. */
async function readUpright(picture: GreyPicture, recognize: Recognize): Promise<Upright> {
  const words = await readPiece(picture, recognize)
  const asItLies: Upright = { words, turn: 0 }
  const confidence = meanConfidence(words) ?? 0
  if (confidence >= turnBelow) return asItLies

  // On a large page its middle tells the turn, in a quarter of the time.
  const probe = picture.width * picture.height > largePage ? middleOf(picture) : picture
  const better = await betterTurn(probe, confidence, recognize)
  if (!better) return asItLies
  const { turn } = better
  const read = probe === picture ? better.words : await readPiece(await turned(picture, turn), recognize)
  if ((meanConfidence(read) ?? 0) <= confidence) return asItLies
  return { turn, words: read.map((word) => ({ ...word, box: turnedBack(word.box, turn, picture) })) }
}

function toDisplayed(box: Box, { scale, width, height }: PreparedPicture): Box {
  const within = (value: number, size: number) => Math.min(size, Math.max(0, Math.round(value / scale)))
  return {
    x0: within(box.x0, width),
    y0: within(box.y0, height),
    x1: within(box.x1, width),
    y1: within(box.y1, height),
  }
}

async function readPicture(
  prepared: PreparedPicture,
  recognize: Recognize,
  warnings: string[],
): Promise<OcrWord[]> {
  const { picture, width, height, scale, pages } = prepared
  if (pages > 1) {
    warnings.push(`The file has ${pages} pages: this is the first.`)
  }
  if (scale < 1) {
    warnings.push(
      `The picture has ${width} x ${height} px: it was read at ${Math.round(scale * 100)} % of its size.`,
    )
  }
  const strips = cutIntoStrips(picture, limits.height)
  if (strips.length > 1) {
    warnings.push(
      `The picture is ${height} px tall: it was read in ${strips.length} strips. Check the text where they meet.`,
    )
    return readStrips(strips, recognize)
  }
  const { words, turn } = await readUpright(picture, recognize)
  if (turn !== 0) {
    warnings.push(
      `The page does not lie upright: it was turned by ${turn} degrees to be read. Its boxes lie on the picture as it is.`,
    )
  }
  return words
}

function confidenceWarning(confidence: number | null): string | null {
  if (confidence === null) {
    return 'No text was found. If there is some, it may be too small, too faint or handwritten: try a larger or sharper picture.'
  }
  if (confidence >= lowConfidence) return null
  return `Low confidence (${Math.round(confidence * 100)} %): the page may be turned, blurred, handwritten or in another language. Check the text, or try a straight and sharper picture.`
}

/** tesseract.js on packaged language data, in this process (its WebAssembly runs in a thread of its own). */
export function createTesseractEngine(options: TesseractOptions): OcrEngine {
  const { languageDirectory, language = 'eng', pageTimeoutMs = 120_000 } = options
  let worker: Promise<TesseractWorker> | null = null
  let picturesRead = 0
  let queue: Promise<unknown> = Promise.resolve()
  const closing = new AbortController()

  const dropWorker = async () => {
    const dropped = worker
    worker = null
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

  async function readPage(bytes: Buffer, name: string, stopped: AbortSignal): Promise<OcrReading> {
    const started = performance.now()
    const prepared = await prepareGreyPicture(bytes, name, limits)
    const warnings: string[] = []
    const recognize: Recognize = async (picture, layout) => {
      stopped.throwIfAborted()
      worker ??= startTesseractWorker(languageDirectory, language)
      return (await worker).recognize(toPgm(picture), layout)
    }
    const found = await readPicture(prepared, recognize, warnings)
    const words = found.map((word) => ({ ...word, box: toDisplayed(word.box, prepared) }))
    const confidence = meanConfidence(words)
    const warning = confidenceWarning(confidence)
    return {
      engine: 'tesseract',
      language,
      width: prepared.width,
      height: prepared.height,
      text: pageText(words.map((word) => ({ ...word, correction: null }))),
      confidence,
      words,
      warnings: warning ? [...warnings, warning] : warnings,
      durationMs: performance.now() - started,
    }
  }

  /** Reads one picture; when it is stopped or fails, the worker goes too, for it may be busy or broken. */
  async function readNow(bytes: Buffer, name: string): Promise<OcrReading> {
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
      const reading = await Promise.race([readPage(bytes, name, stop.signal), stopped])
      picturesRead++
      if (picturesRead >= picturesPerWorker) await dropWorker()
      return reading
    } catch (cause) {
      if (cause instanceof GlyphlabError && cause.code === 'UNREADABLE_FILE') throw cause
      void dropWorker()
      throw cause instanceof GlyphlabError ? cause : failed(name, cause)
    } finally {
      clearTimeout(timer)
      closing.signal.removeEventListener('abort', close)
    }
  }

  return {
    id: 'tesseract',
    title: 'Tesseract',
    language,
    read(bytes, name) {
      const reading = queue.then(() => readNow(bytes, name))
      queue = reading.catch(() => {})
      return reading
    },
    async close() {
      closing.abort()
      await queue
      await dropWorker()
    },
  }
}

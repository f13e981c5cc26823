import type { InferenceEngine, LineFinder, OcrWord, PageSegmentation } from '../../contract/index.ts'
import { cutLinePixels, lineMargin, widestLine } from '../../imaging/line-pixels.ts'
import { pixelsPerFrame } from '../../training/lines/line-batches.ts'
import { type LineModel, loadLineModel } from '../../training/lines/line-model.ts'
import { createPageEngine } from '../page-engine.ts'
import { loadPpocrModels } from '../ppocr/model-files.ts'
import { readableLines } from '../ppocr/page-reader.ts'
import type { GreyPicture } from '../preprocessing/grey-picture.ts'
import type { OcrEngine } from './engine.ts'
import { seenCharacters, wordsOfLine } from './line-words.ts'
import { startTesseractWorker } from './tesseract-worker.ts'
import { findLines, type TextLine } from './text-lines.ts'

export interface RecogniserEngineOptions {
  /** Folder of the model version: `glyphlab-model.json` and the files that it names. */
  modelDirectory: string
  /** What stands as `engine` in what it reads: the reference by which a person chose it. */
  id: string
  /** What finds the lines: tesseract's layout analysis, or PP-OCR's detection, which is better on photographs. */
  lines: LineFinder
  /** Of tesseract's language data. */
  languageDirectory: string
  /** Of PP-OCR's models. */
  ppocrDirectory: string
  /** What the model runs in; tfjs where none was chosen for it. */
  inference?: InferenceEngine | null
  pageTimeoutMs?: number | null
}

async function readLine(
  picture: GreyPicture,
  { box, block }: TextLine,
  line: number,
  model: LineModel,
): Promise<OcrWord[]> {
  const [width, height] = [box.x1 - box.x0, box.y1 - box.y0]
  // A rule across the page, no line of text.
  if ((width * model.height) / height > widestLine - 2 * lineMargin) return []
  const region = { left: box.x0, top: box.y0, width, height }
  const name = `line ${line + 1}`
  const pixels = await cutLinePixels(picture, region, name, model.height)
  const scale = height / model.height
  return wordsOfLine(
    seenCharacters(await model.probabilities(pixels, name), model.manifest.labels),
    { left: box.x0 - lineMargin * scale, perFrame: pixelsPerFrame * scale, box },
    line,
    block,
  )
}

interface Finder {
  find(picture: GreyPicture, psm: PageSegmentation): Promise<TextLine[]>
  stop(): Promise<void>
}

async function startFinder(options: RecogniserEngineOptions): Promise<Finder> {
  if (options.lines === 'tesseract') {
    const worker = await startTesseractWorker(options.languageDirectory, 'eng')
    return { find: (picture, psm) => findLines(picture, psm, worker), stop: worker.stop }
  }
  const models = await loadPpocrModels(options.ppocrDirectory)
  return { find: (picture, psm) => readableLines(picture, psm, models), stop: () => models.release() }
}

async function readPicture(
  picture: GreyPicture,
  psm: PageSegmentation,
  model: LineModel,
  finder: Finder,
): Promise<OcrWord[]> {
  const words: OcrWord[] = []
  let line = 0
  for (const found of await finder.find(picture, psm)) {
    const read = await readLine(picture, found, line, model)
    if (read.length > 0) line++
    words.push(...read)
  }
  return words
}

/**
 * A line recogniser that was trained here, as an engine for pages: tesseract or PP-OCR finds the lines, each is
 * cut and prepared as in training, and read with a confidence for each grapheme cluster.
 */
export function createRecogniserEngine(options: RecogniserEngineOptions): OcrEngine {
  const { modelDirectory, id, inference = null, pageTimeoutMs = 120_000 } = options
  return createPageEngine({
    id,
    title: id,
    // Its language is that of the lines it was trained on, which nobody has named (ISO 639-2: undetermined).
    language: 'und',
    pageTimeoutMs,
    nothingFound:
      'This recogniser may have learnt too little: train it for more epochs, on more lines like these.',
    async start() {
      const model = await loadLineModel(modelDirectory, { engine: inference })
      const finder = await startFinder(options).catch((cause: unknown) => {
        model.dispose()
        throw cause
      })
      return {
        read: (picture, psm) => readPicture(picture, psm, model, finder),
        async stop() {
          await finder.stop()
          model.dispose()
        },
      }
    },
  })
}

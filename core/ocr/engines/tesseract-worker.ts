import type { Worker as Thread } from 'node:worker_threads'
import Tesseract from 'tesseract.js'
import { GlyphlabError, type PageSegmentation } from '../../contract/index.ts'
import { checkLanguageData } from '../language-data.ts'

/** How long the engine may take to load; it takes half a second on an idle machine. */
const startLimitMs = 60_000

/** What tesseract.js gives without declaring it. */
type AnalysedPage = Tesseract.Page & { layoutBlocks?: Tesseract.Block[] | null }

export interface TesseractWorker {
  /** Rejects when the thread fails or is stopped meanwhile. The worker is of no use after a failure: stop it. */
  recognize(image: Buffer, psm: PageSegmentation): Promise<Tesseract.Page>
  /** The blocks, paragraphs and lines of a picture with their boxes, without reading them. */
  analyse(image: Buffer, psm: PageSegmentation): Promise<Tesseract.Block[]>
  /** Ends the thread at once; what it was doing is rejected. */
  stop(): Promise<void>
}

/**
 * Starts one tesseract.js thread on the packaged language data, with no network and no cache file. tesseract.js leaves
 * its promises pending for ever when its thread fails or ends, so every promise here is raced against that.
 * @throws GlyphlabError UNAVAILABLE
 */
export async function startTesseractWorker(
  languageDirectory: string,
  language: string,
): Promise<TesseractWorker> {
  await checkLanguageData(languageDirectory, language)

  let fail: (reason: unknown) => void = () => {}
  const failure = new Promise<never>((_, reject) => {
    fail = reject
  })
  failure.catch(() => {})

  let thread: Thread | undefined
  const adopt = (started: Thread) => {
    thread = started
    started.on('error', fail)
    started.on('exit', () => fail(new Error('its thread has ended')))
  }
  // tesseract.js hands its thread out only once it is ready, and listens to no error of it before or after.
  process.once('worker', adopt)
  const timer = setTimeout(() => fail(new Error(`not ready after ${startLimitMs / 1000} s`)), startLimitMs)
  const stop = async () => {
    fail(new Error('it was stopped'))
    await thread?.terminate()
  }

  try {
    const worker = await Promise.race([
      Tesseract.createWorker(language, Tesseract.OEM.LSTM_ONLY, {
        langPath: languageDirectory,
        cacheMethod: 'none',
        gzip: true,
        // Without a handler tesseract.js throws where nobody can catch it, and the process dies.
        errorHandler: fail,
      }),
      failure,
    ])
    // 70 stands for "not known": tesseract then estimates the resolution from the text. Measured on pages, photos and
    // lines, that is never worse than claiming 150 or 300 dpi, and better on photos.
    const settings = { user_defined_dpi: '70', debug_file: '/dev/null' }
    await Promise.race([worker.setParameters(settings), failure])
    let mode: PageSegmentation | null = null
    const run = async (
      image: Buffer,
      psm: PageSegmentation,
      output: Parameters<typeof worker.recognize>[2],
    ) => {
      if (psm !== mode) {
        const parameters = { tessedit_pageseg_mode: String(psm) as Tesseract.PSM }
        await Promise.race([worker.setParameters(parameters), failure])
        mode = psm
      }
      const result = await Promise.race([worker.recognize(image, {}, output), failure])
      return result.data
    }
    return {
      recognize: (image, psm) => run(image, psm, { text: false, blocks: true }),
      analyse: async (image, psm) =>
        ((await run(image, psm, { text: false, layoutBlocks: true })) as AnalysedPage).layoutBlocks ?? [],
      stop,
    }
  } catch (cause) {
    await stop()
    throw new GlyphlabError(
      'UNAVAILABLE',
      `The OCR engine (tesseract.js) could not start: ${cause instanceof Error ? cause.message : String(cause)}. Reinstall Glyphlab if it happens again.`,
      undefined,
      { cause },
    )
  } finally {
    clearTimeout(timer)
    process.off('worker', adopt)
  }
}

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { betterEngine, type PageLook } from '../../core/contract/index.ts'
import { ErrorCount } from '../../core/evaluation/character-error-rate.ts'
import { filePages } from '../../core/imaging/file-pages.ts'
import type { EngineChoice } from '../../core/ocr/ocr-message.ts'
import { createOcrPool } from '../../core/ocr/ocr-pool.ts'
import { dist } from '../paths.ts'
import { run, which } from '../run-command.ts'
import { type BenchPage, benchPages } from './ocr-pages.ts'
import { photographed } from './photographed.ts'
import { sharedData } from './shared-data.ts'

const drawnPages = 6
const flatPages = 500
const workerFile = path.join(dist, 'engine', 'ocr-worker.js')
const languageDirectory = path.join(dist, 'engine', 'resources', 'tessdata')

interface Throughput {
  processes: number
  pagesPerMinute: number
  /** Of the characters of all pages. */
  characterErrorRate: number
  cerByPage: Record<string, number>
}

const rounded = (value: number, digits = 4) => Number(value.toFixed(digits))

function figures(pages: BenchPage[], texts: string[], seconds: number, processes: number): Throughput {
  const all = new ErrorCount()
  const byPage = pages.map(({ file, text }, at): [string, number] => {
    const count = new ErrorCount()
    count.addCharacters(text, texts[at] ?? '')
    all.addCharacters(text, texts[at] ?? '')
    return [path.basename(file), rounded(count.rate)]
  })
  return {
    processes,
    pagesPerMinute: rounded((60 * pages.length) / seconds, 1),
    characterErrorRate: rounded(all.rate),
    cerByPage: Object.fromEntries(byPage),
  }
}

/** Resident memory of processes, in MB (Linux). */
async function residentMb(pids: number[]): Promise<number> {
  const sizes = pids.map(async (pid) => {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024
  })
  return Math.round((await Promise.all(sizes)).reduce((sum, size) => sum + size, 0))
}

const ppocrDirectory = path.join(dist, 'engine', 'resources', 'ppocr')

const pool = (size: number) => createOcrPool({ workerFile, languageDirectory, ppocrDirectory, size })

/** The app's pool, its processes warm, as the window uses it. */
async function timeOurs(
  pages: BenchPage[],
  size: number,
  engine: EngineChoice = { kind: 'tesseract' },
): Promise<Throughput & { looks: (PageLook | undefined)[] }> {
  const ocr = pool(size)
  try {
    const warm = Array.from({ length: size }, () => pages[0]?.file ?? '')
    await Promise.all(warm.map((file) => ocr.read({ file, name: file }, { engine })))
    const from = performance.now()
    const readings = await Promise.all(
      pages.map(({ file }) => ocr.read({ file, name: path.basename(file) }, { engine })),
    )
    const texts = readings.map(({ text }) => text)
    const looks = readings.map(({ recipe }) => recipe.look)
    return { ...figures(pages, texts, (performance.now() - from) / 1000, size), looks }
  } finally {
    await ocr.close()
  }
}

/** Debian's program on the same language data: one process a page, as many at once as asked. */
async function timeTesseract(pages: BenchPage[], size: number, tessdata: string): Promise<Throughput> {
  const texts: string[] = []
  let next = 0
  const from = performance.now()
  const lane = async () => {
    for (let at = next++; at < pages.length; at = next++) {
      const { stdout } = await run('tesseract', [pages[at]?.file ?? '', '-', '-l', 'eng', '--psm', '3'], {
        env: { ...process.env, OMP_THREAD_LIMIT: '1', TESSDATA_PREFIX: tessdata },
        timeoutMs: 120_000,
      })
      texts[at] = stdout.replace(/\f/g, '')
    }
  }
  await Promise.all(Array.from({ length: size }, lane))
  return figures(pages, texts, (performance.now() - from) / 1000, size)
}

/** One small page over and over: the memory of the processes must not grow. */
async function timeMany(): Promise<object> {
  const ocr = pool(availableParallelism())
  const file = path.resolve('data/ocr/simple.png')
  const atPages: Record<string, number> = {}
  try {
    for (let read = 0; read < flatPages; read += 50) {
      await Promise.all(Array.from({ length: 50 }, () => ocr.read({ file, name: 'simple.png' })))
      atPages[String(read + 50)] = await residentMb(ocr.processIds())
    }
  } finally {
    await ocr.close()
  }
  return { pages: flatPages, residentMbAtPages: atPages }
}

/** A share of errors by which one engine must be better for a page to have a better engine at all. */
const clearlyBetter = 0.005

/**
 * Both built-in engines on the same scans and on photographs made of them, and what is suggested for each: right when the
 * look is that of how the page was made, and how often the suggested engine is not clearly the worse one.
 */
async function compareEngines(scans: BenchPage[], folder: string): Promise<object> {
  await mkdir(folder)
  const photographs: BenchPage[] = []
  for (const [at, { file, text }] of scans.entries()) {
    const photograph = path.join(folder, `${path.parse(file).name}.jpg`)
    await writeFile(photograph, await photographed(await readFile(file), at + 1))
    photographs.push({ file: photograph, text })
  }
  const pages = [...scans, ...photographs]
  const tesseract = await timeOurs(pages, availableParallelism())
  const ppocr = await timeOurs(pages, availableParallelism(), { kind: 'ppocr' })
  const looksRight = tesseract.looks.filter(
    (look, at) => look === (at < scans.length ? 'scan' : 'photograph'),
  ).length
  const notWorse = pages.filter(({ file }, at) => {
    const name = path.basename(file)
    const [ofTesseract = 1, ofPpocr = 1] = [tesseract.cerByPage[name], ppocr.cerByPage[name]]
    const gain = betterEngine('tesseract', tesseract.looks[at])
      ? ofTesseract - ofPpocr
      : ofPpocr - ofTesseract
    return gain > -clearlyBetter
  }).length
  const { looks: _, ...ofTesseract } = tesseract
  const { looks: __, ...ofPpocr } = ppocr
  return {
    pages: pages.length,
    tesseract: ofTesseract,
    ppocr: ofPpocr,
    looksRight: rounded(looksRight / pages.length, 3),
    suggestedIsNotWorse: rounded(notWorse / pages.length, 3),
  }
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name))
}

/** Odd, huge and broken files as one batch: each has a text or a named reason, and memory has a limit. */
async function readOddFiles(): Promise<object | null> {
  const folders = ['ocr-ocrmypdf-resources', 'img-sharp-fixtures', 'img-tiff-variants'].map(sharedData)
  if (folders.some((folder) => folder === undefined)) return null
  const files = (await Promise.all(folders.map((folder) => filesBelow(folder ?? '')))).flat()
  const ocr = createOcrPool({ workerFile, languageDirectory, ppocrDirectory, pageTimeoutMs: 60_000 })
  let [read, pagesRead, peakMb] = [0, 0, 0]
  const refused: Record<string, number> = {}
  const unnamed: string[] = []
  const timer = setInterval(async () => {
    const now = await residentMb([process.pid, ...ocr.processIds()])
    peakMb = Math.max(peakMb, now)
  }, 250)
  const from = performance.now()
  try {
    let next = 0
    const lane = async () => {
      for (let file = files[next++]; file !== undefined; file = files[next++]) {
        const name = path.basename(file)
        const count = await filePages(file)
        let whole = true
        for (let page = 1; page <= count; page++) {
          await ocr.read({ file, name, page }).then(
            () => {
              pagesRead++
            },
            (cause: { code?: string; message: string }) => {
              whole = false
              const code = cause.code ?? 'none'
              refused[code] = (refused[code] ?? 0) + 1
              if (!cause.message.startsWith(`${name}: `)) unnamed.push(cause.message)
              if (code === 'INTERNAL') console.error(cause.message)
            },
          )
        }
        if (whole) read++
        if (next % 25 === 0) console.error(JSON.stringify({ begun: next, read, pagesRead, refused, peakMb }))
      }
    }
    await Promise.all(Array.from({ length: availableParallelism() }, lane))
  } finally {
    clearInterval(timer)
    await ocr.close()
  }
  const seconds = Math.round((performance.now() - from) / 1000)
  return { files: files.length, filesRead: read, pagesRead, refused, unnamed, peakMb, seconds }
}

/** Memory over 500 pages, and a batch of odd files. Targets: flat, and below 2 GB; each file with a text or a named reason. */
export async function ocrFilesBench(): Promise<object> {
  const oddFiles = (await readOddFiles()) ?? 'not here'
  return { oddFiles, memory: await timeMany() }
}

/**
 * Pages a minute and character error rate of the app's OCR beside Debian's `tesseract` on the same language data and
 * pages, in one run; as many processes as cores against one. Targets: 0.85 of its throughput, two processes 1.8 of one.
 */
export async function ocrBench(): Promise<object> {
  const folder = await mkdtemp(path.join(tmpdir(), 'glyphlab-bench-ocr-'))
  try {
    const pages = await benchPages(path.join(folder, 'pages'), drawnPages)
    const cores = availableParallelism()
    const tessdata = path.join(folder, 'tessdata')
    await mkdir(tessdata)
    const packed = await readFile(path.join(languageDirectory, 'eng.traineddata.gz'))
    await writeFile(path.join(tessdata, 'eng.traineddata'), await promisify(gunzip)(packed))
    const peer = which('tesseract') === undefined ? null : await timeTesseract(pages, cores, tessdata)
    console.error(JSON.stringify(peer))
    const ours = await timeOurs(pages, cores)
    console.error(JSON.stringify(ours))
    const alone = await timeOurs(pages, 1)
    console.error(JSON.stringify(alone))
    const engines = await compareEngines(pages, path.join(folder, 'photographs'))
    return {
      pages: pages.length,
      ours,
      alone,
      tesseract: peer ?? 'not installed: apt-get install tesseract-ocr',
      ratio: peer && rounded(ours.pagesPerMinute / peer.pagesPerMinute, 2),
      ratioOfProcesses: rounded(ours.pagesPerMinute / alone.pagesPerMinute, 2),
      engines,
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

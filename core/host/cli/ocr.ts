import path from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import {
  betterEngine,
  GlyphlabError,
  googleVisionEngine,
  type LineFinder,
  lineFinder,
  type Page,
  type PageFormat,
  type PageSegmentation,
  type Preprocessing,
  pageSegmentation,
  pageSegmentations,
  parsePreprocessing,
} from '../../contract/index.ts'
import type { EngineClient } from '../engine-client.ts'
import { addOcrCompareVerbs } from './ocr-compare.ts'
import { namedFiles } from './ocr-files.ts'
import { addOcrJobVerbs } from './ocr-jobs.ts'
import { addOcrDatasetVerb, addOcrSearchVerb } from './ocr-pages.ts'
import { addOcrTruthVerbs } from './ocr-truth.ts'
import { addOcrVisionVerb, tellCost } from './ocr-vision.ts'
import { addOcrWatchVerbs } from './ocr-watch.ts'
import { followJob, type Output } from './output.ts'
import { regionsIn } from './page-words.ts'
import { integer, pathSource, verb } from './verb.ts'

interface OcrFlags {
  format?: string[]
  out?: string
  recursive?: boolean
  combine?: boolean
  pictures?: boolean
  resolution?: number
  engine?: string
  lines?: LineFinder
  preprocess?: Preprocessing
  psm?: PageSegmentation
  pageLimit?: number
  regions?: string
}

function printPage(output: Output, file: string, page: Page): void {
  if (page.error) {
    const { error } = page
    output.line({ file, error }, () => `${file}: ${error.message}`)
    return
  }
  const words = page.words.map(({ text, confidence, box, line, block }) => ({
    text,
    confidence,
    box,
    line,
    block,
  }))
  const value = {
    file,
    pageId: page.id,
    text: page.text,
    confidence: page.confidence,
    words,
    width: page.width,
    height: page.height,
    engine: page.engine,
    model: page.model,
    recipe: page.recipe,
    warnings: page.warnings,
    durationMs: page.durationMs,
  }
  output.line(value, () =>
    [
      `== ${file}${page.confidence === null ? '' : ` (confidence ${Math.round(page.confidence * 100)} %)`}`,
      ...page.warnings.map((warning) => `   ${warning}`),
      ...(betterEngine(page.engine, page.recipe?.look)
        ? ['   It looks like a photograph: --engine ppocr may read it better.']
        : []),
      page.text,
    ].join('\n'),
  )
}

/** Where an export goes: what it is given for `pages.export`. */
interface Target {
  format: PageFormat
  place: { file: string } | { directory: string } | null
}

/** Each format with its place, before anything is read, so that a mistake costs no time. */
async function targetsOf(client: EngineClient, { format: ids = [], out }: OcrFlags): Promise<Target[]> {
  const formats = await client.call('pages.formats', {})
  const wanted = ids.map((id) => {
    const format = formats.find((one) => one.id === id)
    if (format) return format
    const known = formats.map((one) => one.id).join(', ')
    throw new GlyphlabError('INVALID_INPUT', `There is no format "${id}". There are ${known}.`)
  })
  if (out === undefined) {
    const [binary] = wanted.filter(({ textual }) => !textual)
    if (binary)
      throw new GlyphlabError(
        'INVALID_INPUT',
        `${binary.title} is no text for the terminal: name a file or a folder with --out.`,
      )
    return wanted.map((format) => ({ format, place: null }))
  }
  const place = path.resolve(out)
  const [only] = wanted
  if (wanted.length === 0)
    throw new GlyphlabError('INVALID_INPUT', '--out needs a --format, such as txt, hocr or pdf.')
  if (only && wanted.length === 1) {
    const isFile = only.extension !== null && place.toLowerCase().endsWith(`.${only.extension}`)
    return [{ format: only, place: isFile ? { file: place } : { directory: place } }]
  }
  return wanted.map((format) => ({ format, place: { directory: path.join(place, format.id) } }))
}

async function writePages(
  client: EngineClient,
  output: Output,
  { format, place }: Target,
  pageIds: string[],
  flags: OcrFlags,
): Promise<void> {
  if (place === null) {
    const groups = format.combines ? [pageIds] : pageIds.map((id) => [id])
    for (const group of groups) {
      const { text } = await client.call('pages.render', { pageIds: group, format: format.id })
      output.line({ format: format.id, text }, () => text.replace(/\n$/, ''))
    }
    return
  }
  const { jobId } = await client.call('pages.export', {
    pageIds,
    format: format.id,
    ...place,
    combine: flags.combine === true,
    pictures: flags.pictures === true,
    ...(flags.resolution === undefined ? {} : { resolution: flags.resolution }),
  })
  const { result } = await followJob(client, jobId, output)
  output.line({ format: format.id, ...result }, () =>
    [
      ...((result?.['warnings'] ?? []) as string[]).map((warning) => `note     ${warning}`),
      `${result?.['pages'] === 1 ? '1 page' : `${result?.['pages']} pages`} written as ${format.title} to ${result?.['file'] ?? result?.['directory']}.`,
    ].join('\n'),
  )
}

const formatList = (value: string, before: string[] = []): string[] => [
  ...before,
  ...value
    .split(',')
    .map((id) => id.trim())
    .filter((id) => id !== ''),
]

function resolution(text: string): number {
  const value = Number(text)
  if (!(value >= 30 && value <= 2_400))
    throw new InvalidArgumentError('30 to 2400 pixels per inch are possible.')
  return value
}

function preprocessing(text: string): Preprocessing {
  try {
    return parsePreprocessing(text)
  } catch (cause) {
    throw new InvalidArgumentError(cause instanceof Error ? cause.message : String(cause))
  }
}

function segmentation(text: string): PageSegmentation {
  const known = pageSegmentation.safeParse(Number(text))
  if (known.success) return known.data
  const modes = pageSegmentations.map(({ psm, title }) => `${psm} (${title.toLowerCase()})`)
  throw new InvalidArgumentError(`there are ${modes.join(', ')}.`)
}

export function addOcrVerb(program: Command): void {
  const ocr = program
    .command('ocr')
    .description('read the text of pictures')
    .argument('<file...>', 'pictures, folders, patterns such as "scans/*.tif"')
    .option(
      '--engine <engine>',
      'tesseract, ppocr (photographs), google-vision (once set up), or a line recogniser: name@alias, name/version or name',
    )
    .addOption(
      new Option('--lines <finder>', 'what finds the lines for a line recogniser').choices(
        lineFinder.options,
      ),
    )
    .option(
      '--preprocess <steps>',
      'auto, none, or in order: turn, deskew, crop, scale, binarise=otsu|sauvola, denoise, contrast, invert',
      preprocessing,
    )
    .option(
      '--psm <mode>',
      'how the page is taken apart: 3 columns, 6 one block, 7 one line ...',
      segmentation,
    )
    .option('--regions <file>', 'what is read of each page: JSON as `pages regions` takes it')
    .option('--page-limit <seconds>', 'longest time for a page (default: 120)', integer)
    .option('--recursive', 'read the folders in folders too')
    .option(
      '--format <formats>',
      'txt, md, pdf, docx, hocr, alto, page, json, jsonl, csv, tsv, tables or text-lines',
      formatList,
    )
    .option('--out <place>', 'a new file, or a new or empty folder; without it text goes to the terminal')
    .option('--combine', 'in a folder: all pages in one file')
    .option('--pictures', 'in a folder: the pictures too')
    .option(
      '--resolution <dpi>',
      'pixels per inch of pictures that don’t say theirs (default: 300)',
      resolution,
    )
  verb(ocr, async (client, output, names: string[], flags: OcrFlags) => {
    const targets = await targetsOf(client, flags)
    const { files, passedOver } = await namedFiles(names, flags.recursive === true)
    if (files.length === 0) {
      const reason = passedOver > 0 ? ` (${passedOver} files are no pictures by their names)` : ''
      throw new GlyphlabError('NOT_FOUND', `There is no picture in ${names.join(', ')}${reason}.`)
    }
    if (flags.engine === googleVisionEngine) await tellCost(client, { files: files.map(pathSource) })
    const regions = flags.regions === undefined ? [] : await regionsIn(flags.regions)
    const { jobId, pageIds } = await client.call('pages.read', {
      regions,
      files: files.map(pathSource),
      ...(flags.engine === undefined ? {} : { engine: flags.engine }),
      ...(flags.lines === undefined ? {} : { lines: flags.lines }),
      ...(flags.preprocess === undefined ? {} : { preprocessing: flags.preprocess }),
      ...(flags.psm === undefined ? {} : { psm: flags.psm }),
      ...(flags.pageLimit === undefined ? {} : { pageLimit: flags.pageLimit }),
    })
    let printed = 0
    const read: string[] = []
    const printReady = async () => {
      for (let pageId = pageIds[printed]; pageId; pageId = pageIds[printed]) {
        const page = await client.call('pages.get', { pageId })
        if (page.status === 'waiting') return
        // A file of several pages has several: then only their names tell which is which.
        const file = pageIds.length === files.length ? files[printed] : undefined
        if (page.status === 'read') read.push(pageId)
        if (targets.length === 0 || page.status === 'failed') printPage(output, file ?? page.name, page)
        printed += 1
      }
    }
    await followJob(client, jobId, output, printReady)
    await printReady()
    if (read.length > 0) for (const target of targets) await writePages(client, output, target, read, flags)
    return read.length === pageIds.length
  })
  addOcrSearchVerb(ocr)
  addOcrDatasetVerb(ocr)
  addOcrJobVerbs(ocr)
  addOcrTruthVerbs(ocr)
  addOcrCompareVerbs(ocr)
  addOcrWatchVerbs(ocr)
  addOcrVisionVerb(ocr)
}

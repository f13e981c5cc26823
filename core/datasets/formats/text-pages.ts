import { readFile } from 'node:fs/promises'
import sharp, { type OutputInfo } from 'sharp'
import { z } from 'zod'
import { type Box, GlyphlabError, type LabelledBox } from '../../contract/index.ts'
import { displayedImage, inspectImage, readingPixels } from '../../imaging/image.ts'
import type { Candidate, ImportPlan, ImportSource } from '../importers/importer.ts'
import { parseOptions } from '../options.ts'
import type { FoundFile } from '../scan.ts'
import { type DrawnBoxes, fitBoxes } from './boxes.ts'
import { FileIndex, folderOf, samplePaths, stemOf } from './file-index.ts'
import { counted, Notes } from './notes.ts'
import { isPictureName } from './picture-name.ts'

/** `page`: a sample a page, with its lines as boxes. `lines`, `words`: a picture of its own for each, cut out. */
const cutOptions = z.object({ cut: z.enum(['page', 'lines', 'words']).default('page') })

export interface TextPiece {
  /** In the annotation's unit; null where it gives none. */
  box: Box | null
  label: string
  text: string | null
}

export interface TextLine extends TextPiece {
  words: TextPiece[]
}

/** A page with its lines in reading order, as PAGE XML, ALTO or hOCR has it. */
export interface TextPage extends Omit<DrawnBoxes, 'boxes'> {
  /** The file that describes it. */
  file: FoundFile
  /** Name of the page's picture; null when the file gives none. */
  picture: string | null
  lines: TextLine[]
}

/** Text as it is stored: NFC, no space around it; null for none. */
export const toText = (text: string | undefined): string | null => text?.normalize('NFC').trim() || null

const toBoxes = (pieces: readonly TextPiece[]): LabelledBox[] =>
  pieces.flatMap(({ box, label, text }) => (box ? [{ ...box, label, text }] : []))

/** The picture of a page: by its name, else the one with the description's own name beside it or one folder up. */
function pictureOf(
  { file, picture }: TextPage,
  index: FileIndex,
  byStem: Map<string, FoundFile>,
): FoundFile | undefined {
  const folder = folderOf(file.path)
  const named = picture ? index.find(picture, [folder, folderOf(folder)]) : undefined
  if (named) return named
  const stem = stemOf(file.path.slice(folder === '' ? 0 : folder.length + 1)).normalize('NFC')
  return [folder, folderOf(folder)].map((place) => byStem.get(`${place}/${stem}`)).find(Boolean)
}

/** Decodes a page once for all that is cut from it. Two are kept, since the next page begins before the last has ended. */
class PageRasters {
  private readonly recent = new Map<FoundFile, Promise<{ data: Buffer; info: OutputInfo }>>()

  get(file: FoundFile) {
    const known = this.recent.get(file)
    if (known) return known
    const raster = readingPixels(file.path, async () =>
      (await displayedImage(await readFile(file.file), file.path))
        .raw({ depth: 'uchar' })
        .toBuffer({ resolveWithObject: true }),
    )
    this.recent.set(file, raster)
    const [oldest] = this.recent.keys()
    if (this.recent.size > 2 && oldest) this.recent.delete(oldest)
    return raster
  }
}

/** The whole pixels that a box touches. */
function pixelsOf({ x0, y0, x1, y1 }: Box) {
  const [left, top] = [Math.floor(x0), Math.floor(y0)]
  return { left, top, width: Math.ceil(x1) - left, height: Math.ceil(y1) - top }
}

class PagePlanner {
  private readonly rasters = new PageRasters()
  private readonly source: ImportSource
  private readonly notes: Notes

  constructor(source: ImportSource, notes: Notes) {
    this.source = source
    this.notes = notes
  }

  wholePage(page: TextPage, picture: FoundFile): Candidate {
    return {
      path: picture.path.normalize('NFC'),
      label: '',
      subset: null,
      read: () => readFile(picture.file),
      info: null,
      annotation: async (decoded) => ({
        boxes: await fitBoxes(decoded, { ...page, boxes: toBoxes(page.lines) }, this.notes),
      }),
    }
  }

  /** A candidate for each line or word that has a box and a text. */
  async pieces(
    page: TextPage,
    picture: FoundFile,
    folder: string,
    cut: 'lines' | 'words',
  ): Promise<Candidate[]> {
    let content: Buffer
    try {
      content = await readFile(picture.file)
      const info = await inspectImage(content, picture.path)
      const pieces = cut === 'lines' ? page.lines : page.lines.flatMap(({ words }) => words)
      const drawn = toBoxes(pieces).filter(({ text }) => text !== null)
      const silent = pieces.length - drawn.length
      if (silent > 0)
        this.notes.add(
          'silent',
          page.file.path,
          (count, names) =>
            `${count} of the ${cut} had no transcription or no place and ${count === 1 ? 'was' : 'were'} left out (${names}).`,
          silent,
        )
      const boxes = await fitBoxes(
        { path: picture.path, info, content },
        { ...page, boxes: drawn },
        this.notes,
      )
      const digits = Math.max(4, String(boxes.length).length)
      return boxes.map((box, at) =>
        this.piece(picture, `${folder}/${String(at + 1).padStart(digits, '0')}.png`, box),
      )
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      this.source.scan.refused.push({ path: picture.path, reason: reason.replace(`${picture.path}: `, '') })
      return []
    }
  }

  private piece(picture: FoundFile, path: string, box: LabelledBox): Candidate {
    const region = pixelsOf(box)
    return {
      path,
      label: '',
      subset: null,
      annotation: { text: box.text, group: picture.path.normalize('NFC') },
      info: { width: region.width, height: region.height, mediaType: 'image/png', pages: 1 },
      read: async () => {
        const { data, info } = await this.rasters.get(picture)
        const { width, height, channels } = info
        return sharp(data, { raw: { width, height, channels } }).extract(region).png().toBuffer()
      },
    }
  }
}

/**
 * The samples of pages whose pictures are in the source; the others are refused by name.
 * @throws GlyphlabError INVALID_INPUT for unknown options, or when no page has its picture.
 */
export async function planPages(
  source: ImportSource,
  importer: string,
  pages: readonly TextPage[],
): Promise<ImportPlan> {
  const { cut } = parseOptions(cutOptions, source.options, importer)
  const { scan } = source
  const notes = new Notes()
  const planner = new PagePlanner(source, notes)
  const pictures = scan.files.filter(({ path }) => isPictureName(path))
  const index = new FileIndex(pictures)
  const byStem = new Map(
    pictures.map((file) => [
      `${folderOf(file.path)}/${stemOf(file.path.slice(file.path.lastIndexOf('/') + 1)).normalize('NFC')}`,
      file,
    ]),
  )
  const owners = new Map<FoundFile, TextPage>()
  for (const page of pages) {
    const picture = pictureOf(page, index, byStem)
    const owner = picture && owners.get(picture)
    if (picture && !owner) owners.set(picture, page)
    else {
      const reason = owner
        ? `${picture.path} is described by ${owner.file.path} already`
        : `its picture ${page.picture ? `"${page.picture}" ` : ''}is missing`
      scan.refused.push({ path: page.file.path, reason })
    }
  }
  const owned = [...owners]
  const folders = samplePaths(
    owned,
    ([{ path }]) => stemOf(path),
    ([{ path }]) => path,
  )
  const candidates: Candidate[] = []
  for (const [at, [picture, page]] of owned.entries()) {
    const placeless = page.lines.filter(({ box }) => !box).length
    if (placeless > 0 && cut === 'page')
      notes.add(
        'placeless',
        page.file.path,
        (count, names) =>
          `${counted(count, 'line')} without coordinates ${count === 1 ? 'was' : 'were'} left out (${names}).`,
        placeless,
      )
    if (cut === 'page') candidates.push(planner.wholePage(page, picture))
    else candidates.push(...(await planner.pieces(page, picture, folders[at] ?? picture.path, cut)))
  }
  for (const file of pictures)
    if (!owners.has(file)) scan.refused.push({ path: file.path, reason: 'no page description names it' })
  if (candidates.length === 0) {
    const first = scan.refused[0]
    throw new GlyphlabError(
      'INVALID_INPUT',
      `${source.root}: ${owners.size > 0 ? `no ${cut} with a transcription` : 'no page with its picture'}${first ? ` (${first.path}: ${first.reason})` : ''}. Put the pages' pictures beside the files that describe them.`,
    )
  }
  return { candidates, warnings: [], laterWarnings: () => notes.toWarnings() }
}

/** Reads each description; one that can't be read is refused by name and the rest goes on. */
export async function readPages(
  source: ImportSource,
  files: readonly FoundFile[],
  read: (bytes: Buffer, file: FoundFile) => TextPage[],
): Promise<TextPage[]> {
  const pages: TextPage[] = []
  for (const file of files) {
    try {
      pages.push(...read(await readFile(file.file), file))
    } catch (cause) {
      if (!(cause instanceof GlyphlabError)) throw cause
      source.scan.refused.push({ path: file.path, reason: cause.message.replace(`${file.path}: `, '') })
    }
  }
  return pages
}

/** `{ width, height }` where both are sizes, else null. */
export function sizeOf(width: string | undefined, height: string | undefined): DrawnBoxes['drawnOn'] {
  const size = { width: Number(width), height: Number(height) }
  return size.width > 0 && size.height > 0 ? size : null
}

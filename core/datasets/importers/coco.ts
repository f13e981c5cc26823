import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { GlyphlabError, type LabelledBox, type Subset } from '../../contract/index.ts'
import { type DrawnBoxes, fitBoxes, roundPixels } from '../formats/boxes.ts'
import { FileIndex, folderOf, normalisePath, samplePaths, stemOf } from '../formats/file-index.ts'
import { boxOfPolygons, boxOfRuns } from '../formats/masks.ts'
import { counted, Notes } from '../formats/notes.ts'
import { isPictureName } from '../formats/picture-name.ts'
import { someFile, withExtension } from '../formats/sniff.ts'
import { subsetInName } from '../formats/subset-names.ts'
import { parseOptions } from '../options.ts'
import type { FoundFile } from '../scan.ts'
import type { Candidate, Importer, ImportSource } from './importer.ts'

const jsonFile = /\.json$/i

/** `skip` leaves out regions marked `iscrowd`, which stand for many objects at once. */
const cocoOptions = z.object({ crowds: z.enum(['keep', 'skip']).default('keep') })

const id = z.union([z.number(), z.string()])
const region = {
  category_id: id.nullish(),
  bbox: z.array(z.number()).length(4).nullish(),
  iscrowd: z.union([z.number(), z.boolean()]).nullish(),
}
const cocoFile = z.object({
  images: z.array(
    z.object({
      id,
      file_name: z.string(),
      width: z.number().nullish(),
      height: z.number().nullish(),
      /** What COCO has no place for, as this program exports it. */
      glyphlab: z
        .object({
          path: z.string().optional(),
          label: z.string().optional(),
          text: z.string().optional(),
          value: z.number().optional(),
          group: z.string().optional(),
        })
        .optional(),
    }),
  ),
  categories: z.array(z.object({ id, name: z.coerce.string() })).default([]),
  /** Each is parsed when its turn comes: one that is wrong is left out by name, and none lies in memory twice. */
  annotations: z.array(z.unknown()).default([]),
})
const cocoAnnotation = z.object({
  image_id: id,
  ...region,
  segmentation: z.unknown().optional(),
  keypoints: z.unknown().optional(),
  caption: z.unknown().optional(),
  segments_info: z.array(z.object(region)).optional(),
  attributes: z.record(z.string(), z.unknown()).nullish(),
})
type CocoFile = z.infer<typeof cocoFile>
type CocoImage = CocoFile['images'][number]
type CocoAnnotation = z.infer<typeof cocoAnnotation>

interface Picture extends DrawnBoxes {
  file: FoundFile
  /** As the annotation names it. */
  name: string
  subset: Subset | null
  classes: Set<string>
  extras: NonNullable<CocoImage['glyphlab']>
}

const looksLikeCoco = (ends: string): boolean => {
  const keys = ['images', 'annotations', 'categories']
  const found = keys.filter((key) => new RegExp(`"${key}"\\s*:\\s*\\[`).test(ends))
  return /^[\s\u00ef\u00bb\u00bf]*\{/.test(ends) && found.length >= 2
}

async function parseFile(file: FoundFile): Promise<CocoFile> {
  let content: unknown
  try {
    content = JSON.parse((await readFile(file.file, 'utf8')).replace(/^\uFEFF/, ''))
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new GlyphlabError('UNREADABLE_FILE', `${file.path}: not readable as JSON (${reason}).`)
  }
  const parsed = cocoFile.safeParse(content)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new GlyphlabError(
    'UNREADABLE_FILE',
    `${file.path}: not as COCO has it (${issue?.path.join('.')}: ${issue?.message}).`,
  )
}

/** Box of the mask, for annotations without one. */
function maskBox(segmentation: unknown) {
  const polygons = z.array(z.array(z.number())).safeParse(segmentation)
  if (polygons.success) return boxOfPolygons(polygons.data)
  const runs = z
    .object({ counts: z.union([z.string(), z.array(z.number())]), size: z.tuple([z.number(), z.number()]) })
    .safeParse(segmentation)
  return runs.success ? boxOfRuns(runs.data.counts, runs.data.size[0]) : null
}

const hasMask = (segmentation: unknown): boolean =>
  Array.isArray(segmentation)
    ? segmentation.length > 0
    : typeof segmentation === 'object' && segmentation !== null

function noteLosses(annotation: CocoAnnotation, file: string, notes: Notes): void {
  if (hasMask(annotation.segmentation))
    notes.add(
      'masks',
      file,
      (count, names) =>
        `${counted(count, 'mask')} became the box around ${count === 1 ? 'it' : 'them'} (${names}).`,
    )
  if (Array.isArray(annotation.keypoints) && annotation.keypoints.length > 0)
    notes.add(
      'keypoints',
      file,
      (count, names) => `The keypoints of ${counted(count, 'object')} were not kept (${names}).`,
    )
  if (annotation.caption !== undefined)
    notes.add(
      'captions',
      file,
      (count, names) => `${counted(count, 'caption')} ${count === 1 ? 'was' : 'were'} not kept (${names}).`,
    )
}

class CocoReader {
  readonly pictures = new Map<FoundFile, Picture>()
  readonly notes: Notes
  private readonly source: ImportSource
  private readonly index: FileIndex
  private readonly missing = new Set<string>()
  private readonly crowds: 'keep' | 'skip'
  /** A mask picture's segments are the same objects again where other files give boxes. */
  private readonly panopticToo: boolean

  constructor(source: ImportSource, notes: Notes, panopticToo: boolean) {
    this.source = source
    this.notes = notes
    this.panopticToo = panopticToo
    this.index = new FileIndex(source.scan.files.filter(({ path }) => !jsonFile.test(path)))
    this.crowds = parseOptions(cocoOptions, source.options, 'coco').crowds
  }

  add({ path }: FoundFile, content: CocoFile, subset: Subset | null): void {
    const names = new Map(
      content.categories.map((category) => [String(category.id), category.name.normalize('NFC')]),
    )
    const pictures = new Map<string, Picture>()
    for (const image of content.images) {
      const picture = this.picture(path, image, subset)
      if (picture) pictures.set(String(image.id), picture)
    }
    const before = new Map(
      [...pictures.values()].map((picture) => [picture, new Set(picture.boxes.map(boxKey))]),
    )
    const missing = new Set(
      content.images.filter((image) => !pictures.has(String(image.id))).map((image) => String(image.id)),
    )
    for (const [index, item] of content.annotations.entries()) {
      const annotation = this.parse(path, index, item)
      if (!annotation) continue
      const picture = pictures.get(String(annotation.image_id))
      if (picture) this.annotate(path, annotation, picture, names, before.get(picture) ?? new Set())
      else if (!missing.has(String(annotation.image_id)))
        this.notes.add(
          'strays',
          path,
          (count, files) =>
            `${counted(count, 'annotation')} ${count === 1 ? 'belongs' : 'belong'} to no picture (${files}).`,
        )
    }
  }

  private parse(json: string, index: number, item: unknown): CocoAnnotation | null {
    const parsed = cocoAnnotation.safeParse(item)
    if (parsed.success) return parsed.data
    const issue = parsed.error.issues[0]
    this.notes.add(
      'malformed',
      `${json}: annotations.${[index, ...(issue?.path ?? [])].join('.')}`,
      (count, names) =>
        `${counted(count, 'annotation')} ${count === 1 ? 'is' : 'are'} not as COCO has them and ${count === 1 ? 'was' : 'were'} left out (${names}).`,
    )
    return null
  }

  private picture(json: string, image: CocoImage, subset: Subset | null): Picture | null {
    const folder = folderOf(json)
    const beside = stemOf(json).slice(folder.length)
    const parent = folderOf(folder)
    const subfolder = beside.replace(/^\/?[a-z_]*?(train|val|test)/i, '$1')
    const file = this.index.find(image.file_name, [
      folder,
      `${parent}/images/${subfolder}`,
      `${parent}/${subfolder}`,
      `${parent}/images`,
      `${folder}/images`,
      parent,
    ])
    if (!file) {
      if (!this.missing.has(image.file_name))
        this.source.scan.refused.push({
          path: image.file_name,
          reason: `${json} names it, but it is not there`,
        })
      this.missing.add(image.file_name)
      return null
    }
    const known = this.pictures.get(file)
    if (known) {
      if (known.subset !== subset)
        this.notes.add(
          'two-subsets',
          file.path,
          (count, names) =>
            `${counted(count, 'picture')} ${count === 1 ? 'is' : 'are'} named in two subsets and ${count === 1 ? 'stays' : 'stay'} in the first (${names}).`,
        )
      return known
    }
    const { width, height } = image
    const picture: Picture = {
      file,
      name: image.glyphlab?.path ?? image.file_name,
      subset,
      classes: new Set(),
      extras: image.glyphlab ?? {},
      boxes: [],
      drawnOn: width && height ? { width, height } : null,
    }
    this.pictures.set(file, picture)
    return picture
  }

  private annotate(
    json: string,
    annotation: CocoAnnotation,
    picture: Picture,
    names: Map<string, string>,
    before: Set<string>,
  ): void {
    if (annotation.segments_info) {
      if (this.panopticToo)
        for (const segment of annotation.segments_info) this.box(json, segment, picture, names, before)
      else
        this.notes.add(
          'panoptic',
          json,
          (_, files) => `Panoptic segments were left out: other files give the boxes (${files}).`,
        )
      return
    }
    noteLosses(annotation, json, this.notes)
    if (annotation.caption !== undefined) return
    const { bbox } = annotation
    const around = bbox ? null : maskBox(annotation.segmentation)
    if (bbox) this.box(json, annotation, picture, names, before)
    else if (around)
      this.box(
        json,
        { ...annotation, bbox: [around.x0, around.y0, around.x1 - around.x0, around.y1 - around.y0] },
        picture,
        names,
        before,
      )
    else if (annotation.category_id != null)
      picture.classes.add(this.className(json, annotation.category_id, names))
  }

  private className(json: string, categoryId: string | number, names: Map<string, string>): string {
    const name = names.get(String(categoryId))
    if (name === undefined)
      this.notes.add(
        'categories',
        `${json}: ${categoryId}`,
        (count, which) =>
          `${counted(count, 'annotation')} ${count === 1 ? 'has' : 'have'} a category that is not in the list, and so no class (${which}).`,
      )
    return name ?? ''
  }

  private box(
    json: string,
    annotation: z.infer<z.ZodObject<typeof region>> & { attributes?: CocoAnnotation['attributes'] },
    picture: Picture,
    names: Map<string, string>,
    before: Set<string>,
  ): void {
    const [x = 0, y = 0, width = 0, height = 0] = annotation.bbox ?? []
    if (annotation.iscrowd) {
      const skipped = this.crowds === 'skip'
      this.notes.add(
        'crowds',
        json,
        (count, files) =>
          `${counted(count, 'crowd region')} (iscrowd) ${skipped ? 'left out' : count === 1 ? 'became a box like any other' : 'became boxes like any other'} (${files}).`,
      )
      if (skipped) return
    }
    const text = annotation.attributes?.['text']
    const box: LabelledBox = {
      label: annotation.category_id == null ? '' : this.className(json, annotation.category_id, names),
      x0: roundPixels(x),
      y0: roundPixels(y),
      x1: roundPixels(x + width),
      y1: roundPixels(y + height),
      text: typeof text === 'string' ? text.normalize('NFC') : null,
    }
    // The same object may stand in several files (instances, keypoints): it is one box.
    if (before.size === 0 || !before.has(boxKey(box))) picture.boxes.push(box)
  }
}

const hasBox = (annotation: unknown): boolean =>
  typeof annotation === 'object' && annotation !== null && 'bbox' in annotation

const boxKey = ({ label, x0, y0, x1, y1 }: LabelledBox): string => JSON.stringify([label, x0, y0, x1, y1])

function toCandidate(picture: Picture, path: string, notes: Notes): Candidate {
  const { extras, classes } = picture
  if (classes.size > 1)
    notes.add(
      'classes',
      path,
      (count, names) =>
        `${counted(count, 'picture')} ${count === 1 ? 'has' : 'have'} several classes at once; the first was taken (${names}).`,
    )
  return {
    path,
    label: extras.label ?? [...classes][0] ?? '',
    subset: picture.subset,
    read: () => readFile(picture.file.file),
    info: null,
    annotation: async (decoded) => ({
      text: extras.text ?? null,
      value: extras.value ?? null,
      group: extras.group ?? null,
      boxes: await fitBoxes(decoded, picture, notes),
    }),
  }
}

/** The subset that a JSON file stands for: by its name (`instances_val2017`), or its folder's (`valid/_annotations.coco.json`). */
const subsetOfFile = (path: string): Subset | null =>
  subsetInName(stemOf(path.split('/').at(-1) ?? '')) ?? subsetInName(folderOf(path).split('/').at(-1) ?? '')

/**
 * COCO (https://cocodataset.org/#format-data): one or several JSON files and their pictures. Boxes are
 * [x, y, width, height] in px. Masks and polygons become the box around them.
 */
export const coco: Importer = {
  id: 'coco',
  title: 'COCO (JSON with boxes)',

  detects: ({ scan }) => someFile(scan.files, jsonFile, looksLikeCoco),

  async plan(source) {
    const { scan } = source
    const notes = new Notes()
    const files: { file: FoundFile; content: CocoFile }[] = []
    for (const file of withExtension(scan.files, jsonFile)) {
      try {
        files.push({ file, content: await parseFile(file) })
      } catch (cause) {
        if (!(cause instanceof GlyphlabError)) throw cause
        scan.refused.push({ path: file.path, reason: cause.message.slice(file.path.length + 2) })
      }
    }
    const ordinary = files.some(({ content }) => content.annotations.some(hasBox))
    const reader = new CocoReader(source, notes, !ordinary)
    for (const { file, content } of files) reader.add(file, content, subsetOfFile(file.path))
    const pictures = [...reader.pictures.values()]
    if (pictures.length === 0) {
      const first = scan.refused[0]
      throw new GlyphlabError(
        'INVALID_INPUT',
        `${source.root}: no picture that a COCO file names is there${first ? ` (${first.path}: ${first.reason})` : ''}. Put the pictures beside the JSON file or into a folder "images".`,
      )
    }
    for (const file of scan.files)
      if (!reader.pictures.has(file) && !jsonFile.test(file.path))
        scan.refused.push({
          path: file.path,
          reason: isPictureName(file.path)
            ? 'no annotation file names it'
            : 'not a picture that an annotation file names',
        })
    const paths = samplePaths(
      pictures,
      ({ name }) => normalisePath(name),
      ({ file }) => file.path,
    )
    const candidates = pictures.map((picture, index) =>
      toCandidate(picture, paths[index] ?? picture.file.path, notes),
    )
    return { candidates, warnings: [], laterWarnings: () => notes.toWarnings() }
  },
}

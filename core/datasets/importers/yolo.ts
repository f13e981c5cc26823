import { readFile } from 'node:fs/promises'
import { parse as parseYaml } from 'yaml'
import { z } from 'zod'
import { GlyphlabError, type Subset } from '../../contract/index.ts'
import { fitBoxes } from '../formats/boxes.ts'
import { baseOf, FileIndex, folderOf, normalisePath, samplePaths, stemOf } from '../formats/file-index.ts'
import { counted, listed, Notes } from '../formats/notes.ts'
import { isPictureName } from '../formats/picture-name.ts'
import { someFile, withExtension } from '../formats/sniff.ts'
import { subsetNamed } from '../formats/subset-names.ts'
import { labelPathOf, readLabels } from '../formats/yolo-labels.ts'
import type { FoundFile } from '../scan.ts'
import { classFolders } from './class-folders.ts'
import type { Candidate, Importer, ImportSource } from './importer.ts'

const yamlFile = /\.ya?ml$/i
const darknetFile = /\.data$/i

interface YoloSet {
  /** The file that describes it. */
  path: string
  splits: { subset: Subset; entries: string[] }[]
  className: (index: number) => string | undefined
  keypointValues: number
}

interface Picture {
  file: FoundFile
  subset: Subset
  /** Path below the split's folder. */
  short: string
}

const entry = z.union([z.string(), z.array(z.string())]).nullish()
const dataYaml = z.object({
  path: z.string().nullish(),
  train: entry,
  val: entry,
  valid: entry,
  test: entry,
  names: z.union([z.array(z.coerce.string()), z.record(z.string(), z.coerce.string())]).nullish(),
  nc: z.number().nullish(),
  kpt_shape: z.array(z.number()).nullish(),
})

const looksLikeYolo = (ends: string): boolean =>
  /^\s*(train|val|valid|test)\s*:/m.test(ends) && /^\s*(names|nc)\s*:/m.test(ends)
const looksLikeDarknet = (ends: string): boolean =>
  /^\s*(train|valid)\s*=/m.test(ends) && /^\s*names\s*=/m.test(ends)

const toList = (value: string | string[] | null | undefined): string[] =>
  value == null || value === '' ? [] : [value].flat()

function splitsOf(entries: Record<'train' | 'validation' | 'test', string[]>): YoloSet['splits'] {
  return (['train', 'validation', 'test'] as const)
    .map((subset) => ({ subset, entries: entries[subset] }))
    .filter((split) => split.entries.length > 0)
}

function classNames(names: Record<string, string>): YoloSet['className'] {
  return (index) => names[String(index)]?.normalize('NFC')
}

async function readDataYaml(file: FoundFile): Promise<YoloSet> {
  let content: unknown
  try {
    // `maxAliasCount` (100) guards against bombs of aliases.
    content = parseYaml(await readFile(file.file, 'utf8'))
  } catch (cause) {
    throw new GlyphlabError(
      'INVALID_INPUT',
      `${file.path}: not readable as YAML (${cause instanceof Error ? cause.message.split('\n')[0] : cause}).`,
    )
  }
  const parsed = dataYaml.safeParse(content)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw new GlyphlabError(
      'INVALID_INPUT',
      `${file.path}: ${issue?.path.join('.')}: ${issue?.message}. It needs train, val and names as Ultralytics describes them.`,
    )
  }
  const { path = '', train, val, valid, test, names, nc, kpt_shape: keypoints } = parsed.data
  const below = (value: typeof train) => toList(value).map((one) => (path ? `${path}/${one}` : one))
  return {
    path: file.path,
    splits: splitsOf({ train: below(train), validation: below(val ?? valid), test: below(test) }),
    className: names
      ? classNames(Object.fromEntries(Object.entries(names)))
      : (index) => (nc == null || index < nc ? String(index) : undefined),
    keypointValues: keypoints ? keypoints.reduce((a, b) => a * b, 1) : 0,
  }
}

/** Darknet's `obj.data`: `train = data/train.txt`, `names = data/obj.names`. */
async function readDarknet(file: FoundFile, index: FileIndex): Promise<YoloSet> {
  const values = new Map(
    (await readFile(file.file, 'utf8')).split(/\r?\n/).map((line) => {
      const [key = '', value = ''] = line.split('=')
      return [key.trim(), value.trim()] as const
    }),
  )
  const list = (key: string) => toList(values.get(key))
  const names = index.find(values.get('names') ?? '', [folderOf(file.path)])
  if (!names)
    throw new GlyphlabError(
      'INVALID_INPUT',
      `${file.path}: its list of names (${values.get('names')}) is missing.`,
    )
  const lines = (await readFile(names.file, 'utf8')).split(/\r?\n/).map((line) => line.trim())
  return {
    path: file.path,
    splits: splitsOf({ train: list('train'), validation: list('valid'), test: list('test') }),
    className: classNames(Object.fromEntries(lines.filter(Boolean).entries())),
    keypointValues: 0,
  }
}

/** The files of the source below a folder that the description names, however its path began on another machine. */
function filesBelow(
  files: readonly FoundFile[],
  folders: readonly string[],
): { folder: string; files: FoundFile[] } | null {
  for (const folder of folders) {
    const prefix = folder === '' ? '' : `${folder}/`
    const below = files.filter(({ path }) => path.normalize('NFC').startsWith(prefix))
    if (below.length > 0) return { folder: prefix, files: below }
  }
  return null
}

/** `a/b/c` beside the description: as it stands, and without its leading parts. */
function placesOf(entryPath: string, folder: string): string[] {
  const parts = normalisePath(entryPath).split('/')
  const endings = parts.map((_, from) => parts.slice(from).join('/'))
  return [...endings.map((ending) => normalisePath(`${folder}/${ending}`)), ...endings]
}

const isPicture = ({ path }: FoundFile): boolean => isPictureName(path)

async function picturesOf(set: YoloSet, source: ImportSource, index: FileIndex): Promise<Picture[]> {
  const { scan } = source
  const folder = folderOf(set.path)
  const pictures = new Map<FoundFile, Picture>()
  for (const { subset, entries } of set.splits) {
    for (const name of entries) {
      const listFile = /\.txt$/i.test(name) ? index.find(name, [folder]) : undefined
      const single = isPictureName(name) ? index.find(name, [folder]) : undefined
      if (listFile || single) {
        const names = listFile
          ? (await readFile(listFile.file, 'utf8'))
              .split(/\r\n|\r|\n/)
              .map((line) => line.trim())
              .filter(Boolean)
          : [name]
        for (const one of names) {
          const file = index.find(one, [listFile ? folderOf(listFile.path) : folder, folder])
          if (file) add(file, subset, withoutImages(file.path))
          else
            scan.refused.push({
              path: one,
              reason: `${listFile?.path ?? set.path} names it, but it is not there`,
            })
        }
        continue
      }
      const found = filesBelow(scan.files, placesOf(name, folder))
      if (!found)
        scan.refused.push({ path: name, reason: `${set.path} names it for ${subset}, but it is not there` })
      else
        for (const file of found.files.filter(isPicture))
          add(file, subset, file.path.slice(found.folder.length))
    }
  }
  return [...pictures.values()]

  function add(file: FoundFile, subset: Subset, short: string): void {
    if (!pictures.has(file)) pictures.set(file, { file, subset, short: short.replace(/^images\//, '') })
  }
}

/** `images/train/x/1.jpg` and `train/images/x/1.jpg` are `x/1.jpg`. */
function withoutImages(path: string): string {
  const parts = path.split('/')
  const at = parts.indexOf('images')
  if (at < 0) return path
  const rest = parts.slice(at + 1)
  return (rest.length > 1 && subsetNamed(rest[0] ?? '') ? rest.slice(1) : rest).join('/')
}

async function toCandidates(
  set: YoloSet,
  source: ImportSource,
  index: FileIndex,
  notes: Notes,
): Promise<Candidate[]> {
  const pictures = await picturesOf(set, source, index)
  const paths = samplePaths(
    pictures,
    ({ short }) => short,
    ({ file }) => file.path,
  )
  const unlabelled: string[] = []
  const candidates = pictures.map(({ file, subset }, at): Candidate => {
    const path = paths[at] ?? file.path
    const labels = index.at(labelPathOf(file.path)) ?? index.at(`${stemOf(file.path)}.txt`)
    if (!labels) unlabelled.push(path)
    return {
      path,
      label: '',
      subset,
      read: () => readFile(file.file),
      info: null,
      annotation: async (decoded) => {
        if (!labels) return {}
        const text = await readFile(labels.file, 'utf8').catch(() => {
          notes.add(
            'unreadable',
            labels.path,
            (count, names) =>
              `${counted(count, 'label file')} can't be read; ${count === 1 ? 'its picture has' : 'their pictures have'} no boxes (${names}).`,
          )
          return ''
        })
        const boxes = readLabels({ ...set, name: labels.path, text }, decoded.info, notes)
        return { boxes: await fitBoxes(decoded, { boxes, drawnOn: null }, notes) }
      },
    }
  })
  if (unlabelled.length > 0)
    notes.add(
      'unlabelled',
      listed(unlabelled),
      (_, names) =>
        `${counted(unlabelled.length, 'picture')} ${unlabelled.length === 1 ? 'has' : 'have'} no label file and so no boxes (${names}).`,
    )
  const used = new Set(pictures.map(({ file }) => file))
  for (const file of source.scan.files)
    if (isPicture(file) && !used.has(file))
      source.scan.refused.push({ path: file.path, reason: `${baseOf(set.path)} names it in no split` })
  return candidates
}

/**
 * YOLO as Ultralytics writes it (`data.yaml`, https://docs.ultralytics.com/datasets/detect/) and as Darknet did
 * (`obj.data`): boxes in shares of the displayed picture. The layout for classification is a folder for each class.
 */
export const yolo: Importer = {
  id: 'yolo',
  title: 'YOLO (data.yaml, labels as text)',

  detects: ({ scan }) =>
    someFile(scan.files, yamlFile, looksLikeYolo) || someFile(scan.files, darknetFile, looksLikeDarknet),

  async plan(source) {
    const { scan } = source
    const index = new FileIndex(scan.files)
    const described = [
      ...withExtension(scan.files, yamlFile),
      ...withExtension(scan.files, darknetFile),
    ].filter((file) =>
      someFile([file], /./, (ends) =>
        yamlFile.test(file.path) ? looksLikeYolo(ends) : looksLikeDarknet(ends),
      ),
    )
    const [file, another] = described
    if (!file) return classFolders.plan(source)
    if (another)
      throw new GlyphlabError(
        'INVALID_INPUT',
        `${source.root} holds several sets (${listed(described.map(({ path }) => path))}). Import the folder of each by itself.`,
      )
    const set = yamlFile.test(file.path) ? await readDataYaml(file) : await readDarknet(file, index)
    const notes = new Notes()
    const candidates = await toCandidates(set, source, index, notes)
    if (candidates.length === 0) {
      const first = scan.refused[0]
      throw new GlyphlabError(
        'INVALID_INPUT',
        `${file.path}: none of its splits has a picture here${first ? ` (${first.path}: ${first.reason})` : ''}. Put the pictures where it names them, relative to its own folder.`,
      )
    }
    return { candidates, warnings: [], laterWarnings: () => notes.toWarnings() }
  },
}

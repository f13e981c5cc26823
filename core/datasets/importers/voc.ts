import { readFile } from 'node:fs/promises'
import { GlyphlabError, type LabelledBox, type Subset } from '../../contract/index.ts'
import { type DrawnBoxes, fitBoxes, roundPixels } from '../formats/boxes.ts'
import { baseOf, FileIndex, folderOf, samplePaths, stemOf } from '../formats/file-index.ts'
import { counted, Notes } from '../formats/notes.ts'
import { isPictureName } from '../formats/picture-name.ts'
import { someFile, withExtension } from '../formats/sniff.ts'
import { subsetNamed } from '../formats/subset-names.ts'
import { child, childrenOf, childText, parseXml, type XmlElement } from '../formats/xml.ts'
import type { FoundFile } from '../scan.ts'
import type { Importer } from './importer.ts'

const xmlFile = /\.xml$/i
const mainList = /(^|\/)ImageSets\/Main\/([^/]+)\.txt$/
const picturesFolder = /(^|\/)JPEGImages\//

interface Annotated extends DrawnBoxes {
  filename: string
}

const looksLikeVoc = (ends: string): boolean => /<annotation[\s>]/.test(ends) && /<bndbox[\s>]/.test(ends)

const number = (element: XmlElement | undefined, name: string): number => {
  const text = childText(element, name)
  return text ? Number(text) : Number.NaN
}

/** CVAT and Datumaro keep what VOC has no element for in `attributes`. */
function textOf(object: XmlElement): string | null {
  const found = childrenOf(child(object, 'attributes'), 'attribute').find(
    (one) => childText(one, 'name') === 'text',
  )
  return child(found, 'value')?.text.normalize('NFC') ?? null
}

function boxOf(object: XmlElement, file: string, notes: Notes): LabelledBox[] {
  const bounds = child(object, 'bndbox')
  const [left, top, right, bottom] = ['xmin', 'ymin', 'xmax', 'ymax'].map((name) => number(bounds, name)) as [
    number,
    number,
    number,
    number,
  ]
  if (![left, top, right, bottom].every(Number.isFinite)) {
    notes.add(
      'unbounded',
      file,
      (count, names) =>
        `${counted(count, 'object')} without a box in numbers ${count === 1 ? 'was' : 'were'} left out (${names}).`,
    )
    return []
  }
  // VOC counts pixels from 1 and includes the last.
  return [
    {
      label: (childText(object, 'name') ?? '').normalize('NFC'),
      x0: roundPixels(left - 1),
      y0: roundPixels(top - 1),
      x1: right,
      y1: bottom,
      text: textOf(object),
    },
  ]
}

function readAnnotation(root: XmlElement, file: string, notes: Notes): Annotated {
  const size = child(root, 'size')
  const [width, height] = [number(size, 'width'), number(size, 'height')]
  const boxes = childrenOf(root, 'object').flatMap((object) => {
    if (childText(object, 'difficult') === '1')
      notes.add(
        'difficult',
        file,
        (count, names) =>
          `${counted(count, 'object')} marked as difficult became ${count === 1 ? 'a box like any other' : 'boxes like any other'} (${names}).`,
      )
    const parts = childrenOf(object, 'part')
    if (parts.length > 0)
      notes.add(
        'parts',
        file,
        (count, names) =>
          `${counted(count, 'part')} of objects became ${count === 1 ? 'a box' : 'boxes'} of ${count === 1 ? 'its' : 'their'} own (${names}).`,
        parts.length,
      )
    return [object, ...parts].flatMap((one) => boxOf(one, file, notes))
  })
  return {
    filename: childText(root, 'filename') ?? '',
    boxes,
    drawnOn: width > 0 && height > 0 ? { width, height } : null,
  }
}

/** Subset by the picture's id (its path below JPEGImages without the extension), from `ImageSets/Main`. */
async function readSubsets(files: readonly FoundFile[], notes: Notes): Promise<Map<string, Subset>> {
  const subsets = new Map<string, Subset>()
  const lists = files
    .map((file) => ({ file, name: mainList.exec(file.path)?.[2] ?? '' }))
    .filter(({ name }) => subsetNamed(name))
    // `trainval` says less than `train` and `val`.
    .sort((a, b) => Number(a.name === 'trainval') - Number(b.name === 'trainval'))
  for (const { file, name } of lists) {
    const subset = subsetNamed(name)
    if (!subset) continue
    for (const line of (await readFile(file.file, 'utf8')).split(/\r?\n/)) {
      const id = line
        .trim()
        .replace(/\s+-?[01]$/, '')
        .normalize('NFC')
      if (id === '' || id.startsWith('#')) continue
      const known = subsets.get(id)
      if (known === undefined) subsets.set(id, subset)
      else if (known !== subset && name !== 'trainval')
        notes.add(
          'two-subsets',
          id,
          (count, names) =>
            `${counted(count, 'picture')} ${count === 1 ? 'stands' : 'stand'} in two lists of ImageSets and ${count === 1 ? 'stays' : 'stay'} in the first (${names}).`,
        )
    }
  }
  return subsets
}

const idOf = (path: string): string => {
  const at = picturesFolder.exec(path)
  return stemOf(at ? path.slice(at.index + at[0].length) : path).normalize('NFC')
}

/**
 * Pascal VOC (http://host.robots.ox.ac.uk/pascal/VOC/voc2012/htmldoc/): an XML file for each picture, pixels counted
 * from 1 with the last included, subsets in `ImageSets/Main`.
 */
export const voc: Importer = {
  id: 'voc',
  title: 'Pascal VOC (XML with boxes)',

  detects: ({ scan }) => someFile(scan.files, xmlFile, looksLikeVoc),

  async plan({ root, scan }) {
    const notes = new Notes()
    const index = new FileIndex(scan.files.filter(({ path }) => isPictureName(path)))
    const byStem = new Map(
      scan.files
        .filter(({ path }) => isPictureName(path))
        .map((file) => [`${folderOf(file.path)}/${stemOf(baseOf(file.path)).normalize('NFC')}`, file]),
    )
    const annotations = new Map<FoundFile, Annotated>()
    for (const file of withExtension(scan.files, xmlFile)) {
      try {
        const element = parseXml(await readFile(file.file), file.path)
        if (element.name !== 'annotation') {
          scan.refused.push({
            path: file.path,
            reason: `not a VOC annotation (its root is <${element.name}>)`,
          })
          continue
        }
        const annotated = readAnnotation(element, file.path, notes)
        const picture = pictureOf(file, annotated.filename)
        if (!picture)
          scan.refused.push({ path: file.path, reason: `its picture "${annotated.filename}" is missing` })
        else if (annotations.has(picture))
          scan.refused.push({ path: file.path, reason: `${picture.path} has an annotation already` })
        else annotations.set(picture, annotated)
      } catch (cause) {
        if (!(cause instanceof GlyphlabError)) throw cause
        scan.refused.push({ path: file.path, reason: cause.message.slice(file.path.length + 2) })
      }
    }
    const subsets = await readSubsets(scan.files, notes)
    const pictures = scan.files.filter(
      (file) => annotations.has(file) || (picturesFolder.test(file.path) && subsets.has(idOf(file.path))),
    )
    if (pictures.length === 0) {
      const first = scan.refused[0]
      throw new GlyphlabError(
        'INVALID_INPUT',
        `${root}: no picture of its VOC annotations is there${first ? ` (${first.path}: ${first.reason})` : ''}. Put the pictures into JPEGImages, or beside the XML files.`,
      )
    }
    const used = new Set(pictures)
    for (const file of scan.files)
      if (isPictureName(file.path) && !used.has(file))
        scan.refused.push({
          path: file.path,
          reason: 'it has no annotation and stands in no list of ImageSets',
        })
    const paths = samplePaths(
      pictures,
      ({ path }) => path.replace(picturesFolder, '$1'),
      ({ path }) => path,
    )
    const candidates = pictures.map((file, at) => ({
      path: paths[at] ?? file.path,
      label: '',
      subset: subsets.get(idOf(file.path)) ?? null,
      read: () => readFile(file.file),
      info: null,
      annotation: async (decoded: Parameters<typeof fitBoxes>[0]) => ({
        boxes: await fitBoxes(decoded, annotations.get(file) ?? { boxes: [], drawnOn: null }, notes),
      }),
    }))
    return { candidates, warnings: [], laterWarnings: () => notes.toWarnings() }

    /** `Annotations/x/1.xml` belongs to `JPEGImages/x/<filename>`; sets without these folders keep both side by side. */
    function pictureOf({ path }: FoundFile, filename: string): FoundFile | undefined {
      const folder = folderOf(path)
      const beside = folder.replace(/(^|\/)Annotations(?=\/|$)/, '$1JPEGImages')
      const named = filename === '' ? undefined : index.find(filename, [beside, folder])
      if (named) return named
      const stem = stemOf(baseOf(path)).normalize('NFC')
      return byStem.get(`${beside}/${stem}`) ?? byStem.get(`${folder}/${stem}`)
    }
  },
}

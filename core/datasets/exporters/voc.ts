import type { LabelledBox, Subset } from '../../contract/index.ts'
import { escapeXml } from '../../domain/xml-text.ts'
import type { ExportSample } from '../export-messages.ts'
import { roundPixels } from '../formats/boxes.ts'
import { baseOf, folderOf, stemOf } from '../formats/file-index.ts'
import { counted } from '../formats/notes.ts'
import { subsetFolder } from './class-folders.ts'
import type { Exporter } from './exporter.ts'
import { losses } from './losses.ts'
import { safePaths } from './safe-names.ts'

const attributes = (text: string): string =>
  `<attributes><attribute><name>text</name><value>${escapeXml(text)}</value></attribute></attributes>`

/** Pixels count from 1 and the last is included. */
function object({ label, x0, y0, x1, y1, text }: LabelledBox): string {
  const [left, top] = [roundPixels(x0 + 1), roundPixels(y0 + 1)]
  return `  <object>
    <name>${escapeXml(label)}</name>
    <pose>Unspecified</pose>
    <truncated>0</truncated>
    <difficult>0</difficult>
    <bndbox><xmin>${left}</xmin><ymin>${top}</ymin><xmax>${x1}</xmax><ymax>${y1}</ymax></bndbox>${text === null ? '' : `\n    ${attributes(text)}`}
  </object>
`
}

function annotation({ width, height, boxes }: ExportSample, path: string, database: string): string {
  return `<annotation>
  <folder>${escapeXml(['JPEGImages', folderOf(path)].filter(Boolean).join('/'))}</folder>
  <filename>${escapeXml(baseOf(path))}</filename>
  <source><database>${escapeXml(database)}</database></source>
  <size><width>${width}</width><height>${height}</height><depth>3</depth></size>
  <segmented>0</segmented>
${boxes.map(object).join('')}</annotation>
`
}

export const voc: Exporter = {
  id: 'voc',
  title: 'Pascal VOC (XML with boxes)',
  description:
    'JPEGImages/, Annotations/ with an XML file for each picture, and ImageSets/Main with the split.',

  async write({ samples, writer, version }) {
    const { paths, warnings } = safePaths(
      samples.map(({ path }) => path),
      { byStem: true },
    )
    const lists: Record<Subset, string> = { train: '', validation: '', test: '' }
    for (const [index, sample] of samples.entries()) {
      const path = paths[index] ?? ''
      lists[sample.subset] += `${stemOf(path)}\n`
      await writer.picture(`JPEGImages/${path}`, sample)
      await writer.file(
        `Annotations/${stemOf(path)}.xml`,
        annotation(sample, path, `${version.name} v${version.number}`),
      )
    }
    for (const subset of ['train', 'validation', 'test'] as const)
      await writer.file(`ImageSets/Main/${subsetFolder[subset]}.txt`, lists[subset])
    await writer.file('ImageSets/Main/trainval.txt', `${lists.train}${lists.validation}`)
    const parts = samples.reduce(
      (sum, { boxes }) =>
        sum + boxes.filter(({ x0, y0, x1, y1 }) => ![x0, y0, x1, y1].every(Number.isInteger)).length,
      0,
    )
    const spaced = paths.filter((path) => /\s-?[01]$/.test(stemOf(path))).length
    return [
      ...warnings,
      ...(parts > 0
        ? [
            `${counted(parts, 'box', 'boxes')} ${parts === 1 ? 'lies' : 'lie'} between whole pixels; older readers of VOC want whole numbers.`,
          ]
        : []),
      ...(spaced > 0
        ? [`${counted(spaced, 'name')} ending in a space and a digit can't be told from a mark in ImageSets.`]
        : []),
      ...losses(samples, ['label', 'text', 'value', 'group']),
    ]
  },
}

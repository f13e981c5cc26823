import type { LabelledBox, Subset } from '../../contract/index.ts'
import type { ExportSample } from '../export-messages.ts'
import { roundPixels } from '../formats/boxes.ts'
import { counted } from '../formats/notes.ts'
import { sortLabels } from '../manifest.ts'
import { subsetFolder } from './class-folders.ts'
import type { Exporter, ExportJob } from './exporter.ts'
import { safePaths } from './safe-names.ts'

const subsets: Subset[] = ['train', 'validation', 'test']

/** What COCO has no field for; other programs pass over it. Left out where there is nothing. */
function extrasOf({ path, label, text, value, group }: ExportSample, written: string) {
  const extras = {
    ...(path === written ? {} : { path }),
    ...(label === '' ? {} : { label }),
    ...(text === null ? {} : { text }),
    ...(value === null ? {} : { value }),
    ...(group === null ? {} : { group }),
  }
  return Object.keys(extras).length > 0 ? { glyphlab: extras } : {}
}

function annotationOf(
  { x0, y0, x1, y1, text }: LabelledBox,
  id: number,
  imageId: number,
  categoryId: number,
) {
  const [width, height] = [roundPixels(x1 - x0), roundPixels(y1 - y0)]
  return {
    id,
    image_id: imageId,
    category_id: categoryId,
    bbox: [x0, y0, width, height],
    area: roundPixels(width * height),
    segmentation: [],
    iscrowd: 0,
    ...(text === null ? {} : { attributes: { text } }),
  }
}

const list = (items: readonly unknown[]): string =>
  items.length === 0 ? '[]' : `[\n${items.map((item) => JSON.stringify(item)).join(',\n')}\n]`

/** https://cocodataset.org/#format-data. Boxes are [x, y, width, height] in px of the displayed (EXIF-turned) picture. */
async function write({ samples, version, writer }: ExportJob): Promise<string[]> {
  const { paths, warnings } = safePaths(samples.map(({ path }) => path))
  const classes = sortLabels(
    samples.flatMap(({ label, boxes }) => [
      ...boxes.map((box) => box.label),
      ...(label === '' ? [] : [label]),
    ]),
  )
  const categories = classes.map((name, index) => ({ id: index + 1, name, supercategory: '' }))
  const idOf = new Map(categories.map(({ id, name }) => [name, id]))
  const info = {
    description: `${version.name} v${version.number}`,
    version: String(version.number),
    year: new Date().getFullYear(),
    contributor: '',
    url: '',
    date_created: new Date().toISOString(),
    glyphlab_digest: version.digest,
  }
  let nextId = 1
  for (const subset of subsets) {
    const images: unknown[] = []
    const annotations: unknown[] = []
    for (const [index, sample] of samples.entries()) {
      if (sample.subset !== subset) continue
      const path = paths[index] ?? ''
      const imageId = index + 1
      images.push({
        id: imageId,
        file_name: path,
        width: sample.width,
        height: sample.height,
        ...extrasOf(sample, path),
      })
      for (const box of sample.boxes)
        annotations.push(annotationOf(box, nextId++, imageId, idOf.get(box.label) ?? 0))
      await writer.picture(`images/${subsetFolder[subset]}/${path}`, sample)
    }
    if (images.length === 0) continue
    const parts = [
      `"info": ${JSON.stringify(info)}`,
      '"licenses": []',
      `"images": ${list(images)}`,
      `"annotations": ${list(annotations)}`,
      `"categories": ${list(categories)}`,
    ]
    await writer.file(`annotations/instances_${subsetFolder[subset]}.json`, `{\n${parts.join(',\n')}\n}\n`)
  }
  const nameless = samples.reduce(
    (sum, { boxes }) => sum + boxes.filter(({ label }) => label === '').length,
    0,
  )
  return [
    ...warnings,
    ...(nameless > 0
      ? [
          `${counted(nameless, 'box', 'boxes')} without a class ${nameless === 1 ? 'has' : 'have'} the category with the empty name.`,
        ]
      : []),
  ]
}

export const coco: Exporter = {
  id: 'coco',
  title: 'COCO (JSON with boxes)',
  description:
    'images/ and annotations/instances_*.json for each subset. Carries everything, boxes and texts too.',
  write,
}

import { stringify } from 'yaml'
import type { Subset } from '../../contract/index.ts'
import type { ExportSample } from '../export-messages.ts'
import { labelPathOf } from '../formats/yolo-labels.ts'
import { sortLabels } from '../manifest.ts'
import { subsetFolder } from './class-folders.ts'
import type { Exporter } from './exporter.ts'
import { losses } from './losses.ts'
import { safePaths } from './safe-names.ts'

const decimals = 8

/** `class cx cy w h` in shares of the displayed picture, a line a box. */
function labelLines({ boxes, width, height }: ExportSample, indexOf: Map<string, number>): string {
  return boxes
    .map(({ label, x0, y0, x1, y1 }) => {
      const shares = [(x0 + x1) / 2 / width, (y0 + y1) / 2 / height, (x1 - x0) / width, (y1 - y0) / height]
      return `${indexOf.get(label) ?? 0} ${shares.map((share) => share.toFixed(decimals)).join(' ')}\n`
    })
    .join('')
}

const isFine = (value: number): boolean => Math.round(value * 100) / 100 !== value

export const yolo: Exporter = {
  id: 'yolo',
  title: 'YOLO (data.yaml, labels as text)',
  description: 'images/ and labels/ for each subset, with data.yaml as Ultralytics reads it.',

  async write({ samples, writer }) {
    const { paths, warnings } = safePaths(
      samples.map(({ path }) => path),
      { byStem: true },
    )
    const names = sortLabels(samples.flatMap(({ boxes }) => boxes.map(({ label }) => label)))
    const indexOf = new Map(names.map((name, index) => [name, index]))
    const present = new Set<Subset>()
    for (const [index, sample] of samples.entries()) {
      const picture = `images/${subsetFolder[sample.subset]}/${paths[index]}`
      present.add(sample.subset)
      await writer.picture(picture, sample)
      await writer.file(labelPathOf(picture), labelLines(sample, indexOf))
    }
    const splits = (['train', 'validation', 'test'] as const).filter((subset) => present.has(subset))
    await writer.file(
      'data.yaml',
      stringify({
        ...Object.fromEntries(
          splits.map((subset) => [subsetFolder[subset], `images/${subsetFolder[subset]}`]),
        ),
        nc: names.length,
        names: Object.fromEntries(names.entries()),
      }),
    )
    const fine = samples.reduce(
      (sum, { boxes }) => sum + boxes.filter(({ x0, y0, x1, y1 }) => [x0, y0, x1, y1].some(isFine)).length,
      0,
    )
    return [
      ...warnings,
      ...(fine > 0
        ? [
            `Boxes in shares of the picture come back rounded to a hundredth of a pixel; ${fine} of these are finer.`,
          ]
        : []),
      ...(present.has('train') && present.has('validation')
        ? []
        : ['Ultralytics asks for a train and a val set; this version lacks one.']),
      ...losses(samples, ['label', 'text', 'value', 'group', 'boxTexts']),
    ]
  },
}

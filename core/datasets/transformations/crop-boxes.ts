import { GlyphlabError, type StepOf } from '../../contract/index.ts'
import { clipBoxes, type DraftSample, derivedPath, PathPool, type StepContext } from './draft-sample.ts'

export function cropBoxes(
  samples: readonly DraftSample[],
  { labels, padding }: StepOf<'crop-boxes'>,
  { warn }: StepContext,
): DraftSample[] {
  const wanted = labels && new Set(labels)
  const known = new Set(samples.flatMap(({ boxes }) => boxes.map(({ label }) => label)))
  if (known.size === 0)
    throw new GlyphlabError(
      'INVALID_INPUT',
      'No picture has a box to cut out. Draw boxes, or import some, first.',
    )
  const missing = labels?.filter((label) => !known.has(label)) ?? []
  if (missing.length > 0)
    throw new GlyphlabError(
      'INVALID_INPUT',
      `No box has the class ${missing.map((label) => `"${label}"`).join(', ')}. There are ${[...known]
        .slice(0, 20)
        .map((label) => `"${label}"`)
        .join(', ')}.`,
    )
  const pool = new PathPool([])
  let outside = 0
  const crops = samples.flatMap((sample) =>
    sample.boxes.flatMap((box, index) => {
      if (wanted && !wanted.has(box.label)) return []
      const grown = {
        ...box,
        x0: Math.floor(box.x0) - padding,
        y0: Math.floor(box.y0) - padding,
        x1: Math.ceil(box.x1) + padding,
        y1: Math.ceil(box.y1) + padding,
      }
      const [inside] = clipBoxes([grown], sample.width, sample.height)
      if (!inside) {
        outside += 1
        return []
      }
      const { x0, y0, x1, y1 } = inside
      const crop: DraftSample = {
        ...sample,
        path: pool.claim(derivedPath(sample.path, `box-${index + 1}`, 'png')),
        label: box.label,
        text: box.text,
        value: null,
        group: sample.path,
        boxes: [],
        width: x1 - x0,
        height: y1 - y0,
        mediaType: 'image/png',
        pending: [...sample.pending, { kind: 'crop', box: { x0, y0, x1, y1 } }],
      }
      return [crop]
    }),
  )
  if (outside > 0) warn(`${outside} boxes lie outside their picture, or have no area, and were left out.`)
  return crops
}

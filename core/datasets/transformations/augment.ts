import { GlyphlabError, type LabelledBox, type StepOf } from '../../contract/index.ts'
import { createRandom, type Random } from '../../domain/random.ts'
import { clipBoxes, type DraftSample, derivedPath, PathPool, type PixelStep } from './draft-sample.ts'

type Distortion = Extract<PixelStep, { kind: 'distort' }>

/** Uniform in [-most, most], to four places: what is recorded is what is drawn. */
const either = (random: Random, most: number): number =>
  Math.round((random.next() * 2 - 1) * most * 10_000) / 10_000

function draw(step: StepOf<'augment'>, sample: DraftSample, random: Random): Distortion {
  const onlyFlips = step.rotate === 0 && step.shift === 0 && step.noise === 0 && step.brightness === 0
  let mirror = step.flipHorizontal && random.next() < 0.5
  let upsideDown = step.flipVertical && random.next() < 0.5
  // A copy with nothing changed would be a duplicate.
  if (onlyFlips && !mirror && !upsideDown) {
    mirror = step.flipHorizontal
    upsideDown = !mirror
  }
  return {
    kind: 'distort',
    mirror,
    upsideDown,
    degrees: either(random, step.rotate),
    shiftX: Math.round(either(random, step.shift) * sample.width),
    shiftY: Math.round(either(random, step.shift) * sample.height),
    brightness: 1 + either(random, step.brightness),
    noise: step.noise * 255,
    seed: step.noise > 0 ? random.integer(2 ** 31) : 0,
  }
}

/** Where a box comes to lie: the upright rectangle around its turned corners. */
function distortBox(box: LabelledBox, step: Distortion, width: number, height: number): LabelledBox {
  const radians = (step.degrees * Math.PI) / 180
  const [cos, sin] = [Math.cos(radians), Math.sin(radians)]
  const corners = [
    [box.x0, box.y0],
    [box.x1, box.y0],
    [box.x0, box.y1],
    [box.x1, box.y1],
  ].map(([x = 0, y = 0]) => {
    const dx = (step.mirror ? width - x : x) - width / 2
    const dy = (step.upsideDown ? height - y : y) - height / 2
    return [
      dx * cos - dy * sin + width / 2 + step.shiftX,
      dx * sin + dy * cos + height / 2 + step.shiftY,
    ] as const
  })
  const xs = corners.map(([x]) => x)
  const ys = corners.map(([, y]) => y)
  return { ...box, x0: Math.min(...xs), y0: Math.min(...ys), x1: Math.max(...xs), y1: Math.max(...ys) }
}

/** Each copy has a random stream of its own, named by its path: more samples or copies change none of the others. */
export function augment(samples: readonly DraftSample[], step: StepOf<'augment'>): DraftSample[] {
  const { flipHorizontal, flipVertical, rotate, shift, noise, brightness } = step
  if (!flipHorizontal && !flipVertical && rotate + shift + noise + brightness === 0)
    throw new GlyphlabError(
      'INVALID_INPUT',
      'It changes nothing. Choose at least one of flipping, turning, shifting, noise and brightness.',
    )
  const subsets = new Set(step.subsets)
  const pool = new PathPool(samples)
  return samples.flatMap((sample) => {
    if (!subsets.has(sample.subset)) return [sample]
    const copies = Array.from({ length: step.copies }, (_, copy): DraftSample => {
      const random = createRandom(step.seed, `augment/${sample.path}/${copy}`)
      const distortion = draw(step, sample, random)
      const boxes = sample.boxes.map((box) => distortBox(box, distortion, sample.width, sample.height))
      return {
        ...sample,
        path: pool.claim(derivedPath(sample.path, `augmented-${copy + 1}`, 'png')),
        group: sample.group ?? sample.path,
        boxes: clipBoxes(boxes, sample.width, sample.height),
        mediaType: 'image/png',
        pending: [...sample.pending, distortion],
      }
    })
    return [sample, ...copies]
  })
}

import type { PreprocessingStep } from '../../contract/index.ts'
import { withoutBorders } from './borders.ts'
import { type GreyPicture, turned } from './grey-picture.ts'
import { denoised, evenlyLit, inverted } from './light.ts'
import { after, inPlace, movedBy, type Placement, scaledBy, turnedAround } from './placement.ts'
import { leaning, measureSkew } from './skew.ts'
import { measureLetterHeight, scaled, scaleForReading } from './text-size.ts'
import { binarisedByOtsu, binarisedBySauvola } from './thresholds.ts'

export interface Preprocessed {
  picture: GreyPicture
  /** From this picture to the one before all steps. */
  back: Placement
  /** With what was measured; steps that had nothing to do are left out. */
  steps: PreprocessingStep[]
}

/** Degrees; a smaller skew costs more in sharpness than it hurts. */
export const leastSkew = 0.3
/** From here on the angle of the text is sure. */
export const clearSkew = 1.5

/** Most pixels that a picture may have after it was scaled. */
const mostPixels = 50_000_000

/** Sauvola's window in heights of a letter. */
const windowInLetters = 2
const usualWindow = 41

export const unprocessed = (picture: GreyPicture): Preprocessed => ({ picture, back: inPlace, steps: [] })

/** Applies one step more. A `turn` without degrees is left to whoever reads: it takes reading to know. */
export async function withStep(before: Preprocessed, step: PreprocessingStep): Promise<Preprocessed> {
  const { picture } = before
  const moved = (next: GreyPicture, back: Placement, done: PreprocessingStep): Preprocessed => ({
    picture: next,
    back: after(before.back, back),
    steps: [...before.steps, done],
  })
  switch (step.step) {
    case 'turn': {
      if (step.degrees === undefined) return before
      const next = await turned(picture, step.degrees)
      return moved(next, turnedAround(next, picture, -step.degrees), step)
    }
    case 'deskew': {
      const degrees = step.degrees ?? uprightBy(picture)
      if (degrees === 0) return before
      const next = await leaning(picture, degrees)
      return moved(next, turnedAround(next, picture, -degrees), { step: 'deskew', degrees })
    }
    case 'scale': {
      const wanted = step.factor ?? scaleForReading(picture)
      const factor = Math.min(wanted, Math.sqrt(mostPixels / (picture.width * picture.height)))
      if (factor === 1) return before
      const next = await scaled(picture, factor)
      const back = scaledBy(picture.width / next.width, picture.height / next.height)
      return moved(next, back, { step: 'scale', factor })
    }
    case 'crop': {
      const cut = withoutBorders(picture)
      return cut.picture === picture ? before : moved(cut.picture, movedBy(cut.left, cut.top), step)
    }
    case 'binarise': {
      const next =
        step.method === 'otsu' ? binarisedByOtsu(picture) : binarisedBySauvola(picture, windowFor(picture))
      return moved(next, inPlace, step)
    }
    case 'denoise':
      // There is no median of more than there is.
      if (Math.min(picture.width, picture.height) < step.size) return before
      return moved(await denoised(picture, step.size), inPlace, step)
    case 'contrast':
      return moved(evenlyLit(picture), inPlace, step)
    case 'invert':
      return moved(inverted(picture), inPlace, step)
  }
}

export async function withSteps(
  picture: GreyPicture,
  steps: readonly PreprocessingStep[],
): Promise<Preprocessed> {
  let done = unprocessed(picture)
  for (const step of steps) done = await withStep(done, step)
  return done
}

/** Degrees clockwise that bring leaning text upright; 0 where it is, or where nothing is clear. */
export function uprightBy(picture: GreyPicture): number {
  const { degrees, clarity } = measureSkew(picture)
  return Math.abs(degrees) < leastSkew || clarity < clearSkew ? 0 : -degrees
}

function windowFor(picture: GreyPicture): number {
  const letters = measureLetterHeight(picture)
  return letters === null ? usualWindow : Math.max(15, Math.round(letters * windowInLetters) | 1)
}

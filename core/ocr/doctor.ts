import type { OcrWord, PreprocessingStep, TriedRemedy } from '../contract/index.ts'
import { measureBorders } from './preprocessing/borders.ts'
import { type GreyPicture, middleOf } from './preprocessing/grey-picture.ts'
import { isDark } from './preprocessing/light.ts'
import { unprocessed, withStep } from './preprocessing/steps.ts'
import { scaleForReading } from './preprocessing/text-size.ts'
import { helps, meanConfidence } from './words.ts'

/** px; remedies for a larger page are tried on its middle. */
const largePage = 1_000_000
/** All remedies together may take so many times the page's own reading, and so many ms at most. */
const timesReading = 4
const longestMs = 20_000
const leastMs = 2_000

/** Remedies that may suit the picture, the likeliest first. */
function candidates(picture: GreyPicture): PreprocessingStep[] {
  const borders = measureBorders(picture)
  const factor = scaleForReading(picture)
  return [
    ...(isDark(picture) ? [{ step: 'invert' as const }] : []),
    ...(Math.max(...Object.values(borders)) > 0 ? [{ step: 'crop' as const }] : []),
    ...(factor === 1 ? [] : [{ step: 'scale' as const, factor }]),
    { step: 'contrast' },
    { step: 'denoise', size: 3 },
    { step: 'binarise', method: 'sauvola' },
  ]
}

/**
 * Looks for what makes a page of low confidence read better: one remedy after the other is tried on top of those that
 * helped, within a time of a few readings.
 * @param readingMs how long the page took as it is
 */
export async function findRemedies(
  picture: GreyPicture,
  words: readonly OcrWord[],
  read: (picture: GreyPicture) => Promise<OcrWord[]>,
  readingMs: number,
): Promise<{ steps: PreprocessingStep[]; tried: TriedRemedy[] }> {
  const until = performance.now() + Math.min(longestMs, Math.max(leastMs, timesReading * readingMs))
  const isLarge = picture.width * picture.height > largePage
  const tried: TriedRemedy[] = []
  let best = unprocessed(isLarge ? middleOf(picture) : picture)
  let bestWords = isLarge ? await read(best.picture) : words
  for (const step of candidates(picture)) {
    if (performance.now() > until) break
    const next = await withStep(best, step)
    if (next === best) continue
    const found = await read(next.picture)
    const helped = helps(found, bestWords)
    tried.push({ step, before: meanConfidence(bestWords), after: meanConfidence(found), helped })
    if (!helped) continue
    best = next
    bestWords = found
  }
  return { steps: tried.flatMap(({ step, helped }) => (helped ? [step] : [])), tried }
}

import { bootstrapInterval, type Interval } from './bootstrap.ts'
import { ErrorCount } from './character-error-rate.ts'

/** Edits and lengths of one page, in characters and in words. */
export interface PageErrors {
  characterEdits: number
  characterLength: number
  wordEdits: number
  wordLength: number
}

export interface Rate {
  rate: number
  /** Null for a single page. */
  interval: Interval | null
}

const draws = 1_000
const seed = 1

export function pageErrors(truth: string, reading: string): PageErrors {
  const characters = new ErrorCount()
  characters.addCharacters(truth, reading)
  const words = new ErrorCount()
  words.addWords(truth, reading)
  return {
    characterEdits: characters.edits,
    characterLength: characters.length,
    wordEdits: words.edits,
    wordLength: words.length,
  }
}

export const characterRate = ({ characterEdits, characterLength }: PageErrors): number =>
  rateOf(characterEdits, characterLength)

export const wordRate = ({ wordEdits, wordLength }: PageErrors): number => rateOf(wordEdits, wordLength)

function rateOf(edits: number, length: number): number {
  if (length === 0) return edits === 0 ? 0 : 1
  return edits / length
}

/** The rate over drawn pages: long pages weigh more than short ones. */
function over(
  pages: readonly PageErrors[],
  drawn: ArrayLike<number>,
  edits: 'characterEdits' | 'wordEdits',
): number {
  const length = edits === 'characterEdits' ? 'characterLength' : 'wordLength'
  let [sum, all] = [0, 0]
  for (let at = 0; at < drawn.length; at++) {
    const page = pages[drawn[at] as number] as PageErrors
    sum += page[edits]
    all += page[length]
  }
  return rateOf(sum, all)
}

const each = (pages: readonly unknown[]): number[] => pages.map((_, at) => at)

/** The character error rate over pages; null over none. */
export const characterRateOver = (pages: readonly PageErrors[]): number | null =>
  pages.length === 0 ? null : over(pages, each(pages), 'characterEdits')

/**
 * The error rate over pages, with the interval that a bootstrap over whole pages gives: lines of one page stand or fall
 * together, so that pages are what is drawn.
 */
export function errorRateOver(
  pages: readonly PageErrors[],
  edits: 'characterEdits' | 'wordEdits',
): Rate | null {
  if (pages.length === 0) return null
  const measure = (drawn: ArrayLike<number>) => over(pages, drawn, edits)
  return {
    rate: measure(each(pages)),
    interval: pages.length === 1 ? null : bootstrapInterval(pages.length, measure, { draws, seed }),
  }
}

/**
 * How much higher the character error rate of `pages` is than that of `best` on the same pages, in pairs: the interval
 * lies above 0 where it is higher beyond chance.
 */
export function rateBehind(pages: readonly PageErrors[], best: readonly PageErrors[]): Rate {
  const measure = (drawn: ArrayLike<number>) =>
    over(pages, drawn, 'characterEdits') - over(best, drawn, 'characterEdits')
  return {
    rate: measure(each(pages)),
    interval: pages.length < 2 ? null : bootstrapInterval(pages.length, measure, { draws, seed }),
  }
}

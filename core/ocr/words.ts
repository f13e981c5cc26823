import type { OcrWord } from '../contract/index.ts'
import { type Placement, placed } from './preprocessing/placement.ts'

/** Mean over the words, 0..1; null without words. */
export function meanConfidence(words: readonly OcrWord[]): number | null {
  if (words.length === 0) return null
  return words.reduce((sum, word) => sum + word.confidence, 0) / words.length
}

/** Characters that are probably right less those that are probably wrong: more, and surer, is better. */
export function worthOf(words: readonly OcrWord[]): number {
  return words.reduce((sum, { text, confidence }) => sum + text.length * (2 * confidence - 1), 0)
}

/** A remedy helps when the text is worth so much more with it. */
const leastGain = 1.03

/** Whether a page reads clearly better `withIt` than `without`. */
export const helps = (withIt: readonly OcrWord[], without: readonly OcrWord[]): boolean =>
  worthOf(withIt) > Math.max(1, worthOf(without) * leastGain)

/** The words where `placement` brings them. */
export function movedWords(words: readonly OcrWord[], placement: Placement): OcrWord[] {
  return words.map((word) => ({
    ...word,
    box: placed(word.box, placement),
    ...(word.symbols
      ? { symbols: word.symbols.map((symbol) => ({ ...symbol, box: placed(symbol.box, placement) })) }
      : {}),
  }))
}

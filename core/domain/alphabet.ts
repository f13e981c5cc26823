import { visualOrder } from './visual-order.ts'

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' })

/** A line's text in NFC, as grapheme clusters (what a reader counts as one character), white space as single spaces. */
export function lineCharacters(text: string): string[] {
  const normal = text.normalize('NFC').replace(/\s+/gu, ' ').trim()
  return Array.from(graphemes.segment(normal), ({ segment }) => segment)
}

export const hasText = (text: string | null | undefined): boolean => (text ?? '').trim() !== ''

/** Every character of the texts once, in the order of their code points. */
export function alphabetOf(texts: Iterable<string>): string[] {
  const characters = new Set<string>()
  for (const text of texts) {
    // Mirrored brackets of right-to-left lines stand on paper as their counterparts.
    for (const character of visualOrder(lineCharacters(text))) characters.add(character)
  }
  return [...characters].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
}

/** Texts as classes of an alphabet and back. Classes stand in visual order, from left to right as a line is seen. */
export class AlphabetCoding {
  readonly characters: readonly string[]
  readonly #classes: Map<string, number>

  constructor(characters: readonly string[]) {
    this.characters = characters
    this.#classes = new Map(characters.map((character, index) => [character, index]))
  }

  /** Characters that the alphabet lacks are left out. */
  encode(text: string): number[] {
    return visualOrder(lineCharacters(text)).flatMap((character) => this.#classes.get(character) ?? [])
  }

  /** In logical order. */
  decode(classes: readonly number[]): string {
    return visualOrder(classes.map((each) => this.characters[each] ?? '')).join('')
  }
}

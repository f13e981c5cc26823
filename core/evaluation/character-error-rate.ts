const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' })
const wordBreaks = new Intl.Segmenter('und', { granularity: 'word' })

function normalised(text: string): string {
  return text.normalize('NFC').replace(/\s+/gu, ' ').trim()
}

/** NFC grapheme clusters: what a reader counts as one character. Every run of white space counts as one space. */
function characters(text: string): string[] {
  return Array.from(graphemes.segment(normalised(text)), (part) => part.segment)
}

/** By UAX #29, without what holds white space, punctuation, marks, symbols and control characters only. */
function words(text: string): string[] {
  const parts = Array.from(wordBreaks.segment(normalised(text)), (part) => part.segment)
  return parts.filter((part) => /[^\p{M}\p{P}\p{Z}\p{S}\p{Cc}\p{Cf}]/u.test(part))
}

/** Insertions, deletions and substitutions that turn `from` into `to` (Levenshtein 1966). */
function editDistance(from: string[], to: string[]): number {
  let previous = Uint32Array.from({ length: to.length + 1 }, (_, index) => index)
  let current = new Uint32Array(to.length + 1)
  for (const [row, character] of from.entries()) {
    current[0] = row + 1
    for (let column = 0; column < to.length; column++) {
      const substituted = (previous[column] ?? 0) + (character === to[column] ? 0 : 1)
      const deleted = (previous[column + 1] ?? 0) + 1
      const inserted = (current[column] ?? 0) + 1
      current[column + 1] = Math.min(substituted, deleted, inserted)
    }
    ;[previous, current] = [current, previous]
  }
  return previous[to.length] ?? 0
}

/** Edits and lengths over many texts: long ones weigh more than short ones. */
export class ErrorCount {
  edits = 0
  length = 0

  addCharacters(truth: string, reading: string): void {
    this.#add(characters(truth), characters(reading))
  }

  addWords(truth: string, reading: string): void {
    this.#add(words(truth), words(reading))
  }

  add({ edits, length }: ErrorCount): void {
    this.edits += edits
    this.length += length
  }

  /** 0 is exact, and it can exceed 1; where nothing was to be read, 0 for nothing read and 1 otherwise. */
  get rate(): number {
    if (this.length === 0) return this.edits === 0 ? 0 : 1
    return this.edits / this.length
  }

  #add(truth: string[], reading: string[]): void {
    this.edits += editDistance(truth, reading)
    this.length += truth.length
  }
}

/**
 * Edit distance between the true text and the reading in NFC grapheme clusters, divided by the length of the true
 * text: 0 is exact, and it can exceed 1. White space counts as one space, however much there is.
 * An empty true text gives 0 for an empty reading and 1 otherwise.
 */
export function characterErrorRate(truth: string, reading: string): number {
  const count = new ErrorCount()
  count.addCharacters(truth, reading)
  return count.rate
}

/** As `characterErrorRate`, in words: case counts, punctuation that stands alone does not. */
export function wordErrorRate(truth: string, reading: string): number {
  const count = new ErrorCount()
  count.addWords(truth, reading)
  return count.rate
}

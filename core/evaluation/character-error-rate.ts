const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' })

/** NFC grapheme clusters: what a reader counts as one character. Every run of white space counts as one space. */
function characters(text: string): string[] {
  const normal = text.normalize('NFC').replace(/\s+/gu, ' ').trim()
  return Array.from(graphemes.segment(normal), (part) => part.segment)
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

/**
 * Edit distance between the true text and the reading in NFC grapheme clusters, divided by the length of the true
 * text: 0 is exact, and it can exceed 1. White space counts as one space, however much there is.
 * An empty true text gives 0 for an empty reading and 1 otherwise.
 */
export function characterErrorRate(truth: string, reading: string): number {
  const expected = characters(truth)
  const found = characters(reading)
  if (expected.length === 0) return found.length === 0 ? 0 : 1
  return editDistance(expected, found) / expected.length
}

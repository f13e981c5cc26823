interface SpelledWord {
  index: number
  text: string
  correction: string | null
  line: number
}

interface KnownWords {
  has(word: string): boolean
}

const bare = (text: string): string =>
  text.replace(/[\u2018\u2019\u02BC]/g, "'").replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '')

/** As it is written, in small letters, or with a capital. */
function isKnown(words: KnownWords, word: string): boolean {
  const small = word.toLowerCase()
  const forms = [word, small, small.charAt(0).toUpperCase() + small.slice(1)]
  if (forms.some((form) => words.has(form))) return true
  const own = /^(.+)'s?$/i.exec(word)?.[1]
  return own !== undefined && isKnown(words, own)
}

/** Numbers, codes, addresses and single letters are no words to look up. */
const isWord = (part: string): boolean => part.length > 1 && !/[\p{N}@_]|\p{L}\.\p{L}/u.test(part)

const isSpelled = (words: KnownWords, text: string): boolean =>
  text
    .split(/[-\u2010-\u2015/&]+/u)
    .map(bare)
    .every((part) => !isWord(part) || isKnown(words, part))

/**
 * Indices of the words, as shown, that are in no word list, in reading order. A word that is divided at the end of its
 * line is looked up as a whole.
 */
export function misspelt(shown: readonly SpelledWord[], words: KnownWords): number[] {
  const found: number[] = []
  const textOf = ({ text, correction }: SpelledWord) => correction ?? text
  for (let at = 0; at < shown.length; at++) {
    const word = shown[at] as SpelledWord
    const next = shown[at + 1]
    const text = textOf(word)
    if (next && next.line !== word.line && /\p{L}[-\u2010\u00AD\u00AC]$/u.test(text)) {
      const whole = bare(text.slice(0, -1)) + bare(textOf(next))
      if (!isSpelled(words, whole) && !isSpelled(words, text + textOf(next)))
        found.push(word.index, next.index)
      at++
    } else if (!isSpelled(words, text)) found.push(word.index)
  }
  return found
}

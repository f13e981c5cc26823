import type { Box, PageWord } from '../../../../core/contract/index.ts'

export interface TextLine {
  line: number
  words: PageWord[]
  /** Whether a block of text begins with this line (the first line of the page excepted). */
  startsBlock: boolean
}

/** The words of a page in lines, in reading order. */
export function linesOf(words: readonly PageWord[]): TextLine[] {
  const lines: TextLine[] = []
  let block = words[0]?.block
  for (const word of words) {
    const last = lines.at(-1)
    if (last?.line === word.line) {
      last.words.push(word)
      continue
    }
    lines.push({ line: word.line, words: [word], startsBlock: word.block !== block })
    block = word.block
  }
  return lines
}

/** A word is doubtful when it was read with less confidence than the threshold and nobody has corrected it. */
export const isDoubtful = (word: PageWord, threshold: number): boolean =>
  word.correction === null && word.confidence < threshold

/** The word of this index; undefined for none. Indices name words and have gaps where some were joined. */
export const wordWith = (words: readonly PageWord[], index: number | null): PageWord | undefined =>
  index === null
    ? undefined
    : words[index]?.index === index
      ? words[index]
      : words.find((word) => word.index === index)

/** Whether no word stands behind this one in its line. */
export const isLastInLine = (words: readonly PageWord[], { index, line }: PageWord): boolean =>
  words[words.findIndex((word) => word.index === index) + 1]?.line !== line

/** The word so many places on (or back) in the reading order; from none, the first. */
export function wordBeside(words: readonly PageWord[], from: number | null, step: number): number | null {
  const at = words.findIndex(({ index }) => index === from)
  return words[at < 0 ? 0 : at + step]?.index ?? null
}

/** Index of the next (`step` 1) or previous (-1) doubtful word after `from`; null when there is none. */
export function nextDoubtful(
  words: readonly PageWord[],
  from: number | null,
  threshold: number,
  step: 1 | -1,
): number | null {
  const place = words.findIndex(({ index }) => index === from)
  const start = place < 0 ? (step === 1 ? 0 : words.length - 1) : place + step
  for (let at = start; at >= 0 && at < words.length; at += step) {
    const word = words[at]
    if (word && isDoubtful(word, threshold)) return word.index
  }
  return null
}

/** The word nearest in x on the line above (-1) or below (1). Stays where it is at the page's edges. */
export function wordOnNextLine(words: readonly PageWord[], from: number, step: 1 | -1): number {
  const current = wordWith(words, from)
  if (!current) return from
  const lines = linesOf(words)
  const at = lines.findIndex(({ line }) => line === current.line)
  const target = lines[at + step]
  if (!target) return from
  const middle = (word: PageWord) => (word.box.x0 + word.box.x1) / 2
  const nearest = target.words.reduce((best, word) =>
    Math.abs(middle(word) - middle(current)) < Math.abs(middle(best) - middle(current)) ? word : best,
  )
  return nearest.index
}

/** The words whose middle lies in a box. */
export const wordsInBox = (words: readonly PageWord[], { x0, y0, x1, y1 }: Box): PageWord[] =>
  words.filter(({ box }) => {
    const [x, y] = [(box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2]
    return x >= x0 && x < x1 && y >= y0 && y < y1
  })

/** Index of the word that an event's target stands for (`data-word`); null when it is none. */
export function wordOf(target: EventTarget | null): number | null {
  const element = target instanceof Element ? target.closest('[data-word]') : null
  return element ? Number(element.getAttribute('data-word')) : null
}

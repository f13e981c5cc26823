import { type Box, GlyphlabError, type PageWord, type WordEdit } from '../contract/index.ts'

/** A word that takes the place of others. */
export interface NewWord extends Omit<PageWord, 'index'> {
  /** Its place in the reading order. */
  rank: number
}

export interface RankedWord extends PageWord {
  rank: number
}

/** Which words go and which come. */
export interface WordExchange {
  removed: number[]
  added: NewWord[]
}

const shown = ({ text, correction }: PageWord): string => correction ?? text

const boxAround = (boxes: readonly Box[]): Box => ({
  x0: Math.min(...boxes.map(({ x0 }) => x0)),
  y0: Math.min(...boxes.map(({ y0 }) => y0)),
  x1: Math.max(...boxes.map(({ x1 }) => x1)),
  y1: Math.max(...boxes.map(({ y1 }) => y1)),
})

function join(words: readonly RankedWord[], wanted: readonly number[]): WordExchange {
  const chosen = words.filter(({ index }) => wanted.includes(index))
  const [first] = chosen
  const start = words.findIndex(({ index }) => index === first?.index)
  const inRow = chosen.every(({ index }, at) => words[start + at]?.index === index)
  if (!first || chosen.length !== new Set(wanted).size || chosen.length < 2)
    throw new GlyphlabError('NOT_FOUND', 'These words are not all on the page.')
  if (!inRow || chosen.some(({ line }) => line !== first.line))
    throw new GlyphlabError('INVALID_INPUT', 'Only words that stand side by side in one line can be joined.')
  return {
    removed: chosen.map(({ index }) => index),
    added: [
      {
        ...first,
        text: chosen
          .map(({ text }) => text)
          .filter(Boolean)
          .join(' '),
        correction: chosen.map(shown).join(''),
        confidence: Math.min(...chosen.map(({ confidence }) => confidence)),
        box: boxAround(chosen.map(({ box }) => box)),
      },
    ],
  }
}

function split(words: readonly RankedWord[], word: RankedWord, at: number): WordExchange {
  const text = shown(word)
  const parts = [text.slice(0, at).trim(), text.slice(at).trim()] as const
  const isInsideLetter =
    /[\uD800-\uDBFF]/.test(text[at - 1] ?? '') || /^\p{M}/u.test(text.slice(at).slice(0, 2))
  if (parts[0] === '' || parts[1] === '' || isInsideLetter)
    throw new GlyphlabError(
      'INVALID_INPUT',
      `"${text}" can't be split there: both parts need a character, and none is cut in two.`,
    )
  const { x0, x1 } = word.box
  const middle = x0 + ((x1 - x0) * at) / text.length
  const next = Math.min(...words.map(({ rank }) => (rank > word.rank ? rank : Number.POSITIVE_INFINITY)))
  const between = Number.isFinite(next) ? (word.rank + next) / 2 : word.rank + 1
  return {
    removed: [word.index],
    added: [
      { ...word, text: parts[0], correction: parts[0], box: { ...word.box, x1: middle } },
      { ...word, text: parts[1], correction: parts[1], box: { ...word.box, x0: middle }, rank: between },
    ],
  }
}

function move(word: RankedWord, box: Box, page: { width: number; height: number }): WordExchange {
  const inside = {
    x0: Math.max(0, box.x0),
    y0: Math.max(0, box.y0),
    x1: Math.min(page.width, box.x1),
    y1: Math.min(page.height, box.y1),
  }
  if (!(inside.x1 - inside.x0 >= 1 && inside.y1 - inside.y0 >= 1))
    throw new GlyphlabError(
      'INVALID_INPUT',
      'A box needs at least one pixel of the page. Draw it on the picture.',
    )
  return { removed: [word.index], added: [{ ...word, box: inside }] }
}

/**
 * What an edit does to the words of a page.
 * @param words those that are there, in reading order
 * @param others words that are out of sight, whose places in the order stay theirs
 * @throws GlyphlabError NOT_FOUND, INVALID_INPUT
 */
export function exchangeOf(
  words: readonly RankedWord[],
  others: readonly RankedWord[],
  edit: WordEdit,
  page: { width: number; height: number },
): WordExchange {
  if (edit.kind === 'join') return join(words, edit.words)
  const word = words.find(({ index }) => index === edit.word)
  if (!word) throw new GlyphlabError('NOT_FOUND', `This page has no word ${edit.word}.`)
  return edit.kind === 'split' ? split([...words, ...others], word, edit.at) : move(word, edit.box, page)
}

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

/** The box within the page. @throws GlyphlabError INVALID_INPUT */
function within(box: Box, page: { width: number; height: number }): Box {
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
  return inside
}

const move = (word: RankedWord, box: Box, page: { width: number; height: number }): WordExchange => ({
  removed: [word.index],
  added: [{ ...word, box: within(box, page) }],
})

/** A word stands in a line when it shares this part of the lower of both heights. */
const sameLine = 0.5

/** A missed word: in the line beside which its box lies, or in a line of its own where there is none. */
function add(
  words: readonly RankedWord[],
  others: readonly RankedWord[],
  drawn: Box,
  text: string,
  page: { width: number; height: number },
): WordExchange {
  const box = within(drawn, page)
  const height = ({ y0, y1 }: Box) => y1 - y0
  const shared = (word: RankedWord) => Math.min(word.box.y1, box.y1) - Math.max(word.box.y0, box.y0)
  const apart = (word: RankedWord) => Math.max(word.box.x0 - box.x1, box.x0 - word.box.x1, 0)
  const inLine = words
    .filter((word) => shared(word) >= sameLine * Math.min(height(word.box), height(box)))
    .sort((a, b) => apart(a) - apart(b))
  const [neighbour] = inLine
  const middle = (box.x0 + box.x1) / 2
  /** The word behind which it stands; undefined: at the beginning. */
  let before: RankedWord | undefined
  if (neighbour) {
    const line = words.filter((word) => word.line === neighbour.line)
    before = line.findLast((word) => (word.box.x0 + word.box.x1) / 2 <= middle)
    before ??= words[words.findIndex(({ index }) => index === line[0]?.index) - 1]
  } else {
    // Behind the last word of the nearest line above it, with which it shares its column where it can.
    const above = words.filter((word) => word.box.y1 <= box.y0 + height(box) / 2)
    const beside = above.filter((word) => word.box.x0 < box.x1 && word.box.x1 > box.x0)
    const nearest = (beside.length > 0 ? beside : above).toSorted((a, b) => b.box.y1 - a.box.y1)[0]
    before = nearest && words.findLast(({ line }) => line === nearest.line)
  }
  const lowest = Math.min(0, ...[...words, ...others].map(({ rank }) => rank))
  const from = before?.rank ?? lowest - 1
  const to = Math.min(
    ...[...words, ...others].map(({ rank }) => (rank > from ? rank : Number.POSITIVE_INFINITY)),
  )
  const nextNumber = (key: 'line' | 'block') =>
    Math.max(-1, ...[...words, ...others].map((word) => word[key])) + 1
  const owner = neighbour ?? before
  return {
    removed: [],
    added: [
      {
        text,
        correction: text,
        confidence: 1,
        box,
        line: neighbour?.line ?? nextNumber('line'),
        block: owner?.block ?? nextNumber('block'),
        rank: before === undefined ? from : Number.isFinite(to) ? (from + to) / 2 : from + 1,
      },
    ],
  }
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
  if (edit.kind === 'add') return add(words, others, edit.box, edit.text, page)
  const word = words.find(({ index }) => index === edit.word)
  if (!word) throw new GlyphlabError('NOT_FOUND', `This page has no word ${edit.word}.`)
  return edit.kind === 'split' ? split([...words, ...others], word, edit.at) : move(word, edit.box, page)
}

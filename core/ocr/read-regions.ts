import type { Box, OcrWord, PageRegion, PageSegmentation, PageTable } from '../contract/index.ts'
import { boxWithin, liesIn, partOf, withOnly, without } from './layout/parts.ts'
import { findRules, type Rules } from './layout/rules.ts'
import { cellsOf, ruledTables, wordsInCells } from './layout/table-grid.ts'
import { type GreyPicture, withMargin } from './preprocessing/grey-picture.ts'
import { inverse, movedBy, type Placement, placed } from './preprocessing/placement.ts'
import type { Preprocessed } from './preprocessing/steps.ts'
import { movedWords, worthOf } from './words.ts'

export interface FoundParts {
  /** px of the picture that was read. */
  words: OcrWord[]
  tables: PageTable[]
}

export type ReadPart = (picture: GreyPicture, psm: PageSegmentation) => Promise<OcrWord[]>

/** px around a part. */
const partMargin = 12

/** Takes words behind others: their lines and blocks get the next numbers. */
export function joinWords(before: readonly OcrWord[], after: readonly OcrWord[]): OcrWord[] {
  const line = Math.max(-1, ...before.map((word) => word.line)) + 1
  const block = Math.max(-1, ...before.map((word) => word.block)) + 1
  return [...before, ...after.map((word) => ({ ...word, line: word.line + line, block: word.block + block }))]
}

const movedTable = ({ box, cells, ...table }: PageTable, placement: Placement): PageTable => ({
  ...table,
  box: placed(box, placement),
  cells: cells.map((cell) => ({ ...cell, box: placed(cell.box, placement) })),
})

/** Where tables of one picture lie on another. */
export const movedTables = (tables: readonly PageTable[], placement: Placement): PageTable[] =>
  tables.map((table) => movedTable(table, placement))

const rulesIn = ({ across, down }: Rules, box: Box): Rules => {
  const moved = (rule: Box) => placed(rule, movedBy(-box.x0, -box.y0))
  return {
    across: across.filter((rule) => liesIn(rule, box)).map(moved),
    down: down.filter((rule) => liesIn(rule, box)).map(moved),
  }
}

/** Reads a part as a table; its lines are taken out first, so that they are not read as letters. */
async function readTable(part: GreyPicture, rules: Rules, read: ReadPart): Promise<FoundParts> {
  const grown = [...rules.across, ...rules.down].map(({ x0, y0, x1, y1 }) => ({
    x0: x0 - 1,
    y0: y0 - 1,
    x1: x1 + 1,
    y1: y1 + 1,
  }))
  const bare = withMargin(without(part, grown), partMargin)
  const words = movedWords(await read(bare, 6), movedBy(-partMargin, -partMargin))
  const table = cellsOf({ x0: 0, y0: 0, x1: part.width, y1: part.height }, rules, words)
  return table ? { words: wordsInCells(words, table), tables: [table] } : { words, tables: [] }
}

async function readText(part: GreyPicture, psm: PageSegmentation, read: ReadPart): Promise<OcrWord[]> {
  const framed = withMargin(part, partMargin)
  const asAsked = await read(framed, psm)
  const words = asAsked.length > 0 || psm !== 3 ? asAsked : await read(framed, 6)
  return movedWords(words, movedBy(-partMargin, -partMargin))
}

/**
 * Reads the regions that a person has drawn, in their order, and nothing else.
 * @param regions px of the picture before `done`'s steps
 * @param once whether the whole page is read at one go, because each reading costs
 */
export async function readRegions(
  done: Preprocessed,
  regions: readonly PageRegion[],
  psm: PageSegmentation,
  read: ReadPart,
  once: boolean,
): Promise<FoundParts> {
  const { picture, back } = done
  const there = inverse(back)
  const drawn = regions.flatMap(({ kind, box }) => {
    const whole = boxWithin(placed(box, there), picture)
    return whole ? [{ kind, box: whole, original: box }] : []
  })
  const all = once
    ? await read(
        withOnly(
          picture,
          drawn.map(({ box }) => box),
        ),
        psm,
      )
    : []
  const found: FoundParts = { words: [], tables: [] }
  for (const { kind, box, original } of drawn) {
    const part = partOf(picture, box)
    const isTable = kind === 'table'
    const rules = isTable ? findRules(part) : { across: [], down: [] }
    const readAll: ReadPart = async () =>
      movedWords(
        all.filter((word) => liesIn(word.box, box)),
        movedBy(partMargin - box.x0, partMargin - box.y0),
      )
    const how = once ? readAll : read
    const own = isTable
      ? await readTable(part, rules, how)
      : { words: await readText(part, psm, how), tables: [] }
    const words = movedWords(own.words, movedBy(box.x0, box.y0)).filter((word) =>
      liesIn(placed(word.box, back), original),
    )
    found.words = joinWords(found.words, words)
    found.tables.push(...movedTables(own.tables, movedBy(box.x0, box.y0)))
  }
  return found
}

/** A table is kept when its words are worth so much of those that were read there as text. */
const leastWorth = 0.8

/**
 * Finds tables with drawn lines on a page that was read as text, and reads them as tables.
 * @param words of the whole page, px of the picture
 */
export async function withRuledTables(
  picture: GreyPicture,
  words: readonly OcrWord[],
  read: ReadPart | null,
): Promise<FoundParts> {
  // Two rows have three lines.
  const rules = findRules(picture, 3)
  const found: FoundParts = { words: [...words], tables: [] }
  for (const { box: rough } of ruledTables(rules)) {
    const box = boxWithin(rough, picture)
    if (!box) continue
    const inside = found.words.filter((word) => liesIn(word.box, box))
    const known: ReadPart = async () => movedWords(inside, movedBy(partMargin - box.x0, partMargin - box.y0))
    const own = await readTable(partOf(picture, box), rulesIn(rules, box), read ?? known)
    if (own.words.length === 0 || own.tables.length === 0) continue
    if (worthOf(own.words) < leastWorth * worthOf(inside)) continue
    const moved = movedWords(own.words, movedBy(box.x0, box.y0))
    // Its place in the order is that of the first word that was read there, else before what stands below it.
    const [first] = inside
    const isNext = (word: OcrWord) => (first ? word === first : word.box.y0 >= box.y1)
    const next = found.words.findIndex(isNext)
    const at = next < 0 ? found.words.length : next
    const rest = (part: readonly OcrWord[]) => part.filter((word) => !liesIn(word.box, box))
    found.words = renumbered([rest(found.words.slice(0, at)), moved, rest(found.words.slice(at))])
    found.tables.push(...movedTables(own.tables, movedBy(box.x0, box.y0)))
  }
  return found
}

/** Parts in a row, each with lines and blocks of its own, numbered without gaps. */
function renumbered(parts: readonly (readonly OcrWord[])[]): OcrWord[] {
  const words: OcrWord[] = []
  let [line, block] = [-1, -1]
  for (const part of parts) {
    let last: OcrWord | undefined
    for (const word of part) {
      if (last?.line !== word.line) line++
      if (last?.block !== word.block) block++
      last = word
      words.push({ ...word, line, block })
    }
  }
  return words
}

import type { Box, PageTable, PageTableCell } from '../../contract/index.ts'
import type { OutputPage, OutputWord } from './output.ts'

export interface OutputLine {
  words: OutputWord[]
  box: Box
  text: string
}

export interface OutputBlock {
  lines: OutputLine[]
  box: Box
}

const boxAround = (boxes: readonly Box[]): Box => ({
  x0: Math.min(...boxes.map(({ x0 }) => x0)),
  y0: Math.min(...boxes.map(({ y0 }) => y0)),
  x1: Math.max(...boxes.map(({ x1 }) => x1)),
  y1: Math.max(...boxes.map(({ y1 }) => y1)),
})

/** Neighbours with one key, in order. */
function runs<T>(items: readonly T[], keyOf: (item: T) => number): T[][] {
  const found: T[][] = []
  let last: number | undefined
  for (const item of items) {
    if (keyOf(item) !== last) found.push([])
    last = keyOf(item)
    found.at(-1)?.push(item)
  }
  return found
}

const lineOf = (words: OutputWord[]): OutputLine => ({
  words,
  box: boxAround(words.map(({ box }) => box)),
  text: words.map(({ text }) => text).join(' '),
})

/** The page's blocks of lines of words, in reading order. */
export function blocksOf({ words }: Pick<OutputPage, 'words'>): OutputBlock[] {
  return runs(words, ({ block }) => block).map((inBlock) => {
    const lines = runs(inBlock, ({ line }) => line).map(lineOf)
    return { lines, box: boxAround(lines.map(({ box }) => box)) }
  })
}

/** A cell with what stands in it. */
export interface OutputCell extends PageTableCell {
  lines: OutputLine[]
  /** Lines by spaces. */
  text: string
}

export interface OutputTable extends Omit<PageTable, 'cells'> {
  cells: OutputCell[]
}

/** A part of the page: a table, a region that was drawn, or a block for itself. */
export interface OutputArea {
  box: Box
  blocks: OutputBlock[]
  table: OutputTable | null
}

const middleOf = ({ x0, y0, x1, y1 }: Box) => ({ x: (x0 + x1) / 2, y: (y0 + y1) / 2 })

const holds = (outer: Box, { box }: { box: Box }): boolean => {
  const { x, y } = middleOf(box)
  return x >= outer.x0 && x <= outer.x1 && y >= outer.y0 && y <= outer.y1
}

/** How far a word's middle lies outside a box; 0 inside. */
function outside({ x0, y0, x1, y1 }: Box, word: OutputWord): number {
  const { x, y } = middleOf(word.box)
  return Math.max(x0 - x, 0, x - x1) + Math.max(y0 - y, 0, y - y1)
}

/** Every word goes to the cell that it lies in, or nearest to. */
function filledTable(table: PageTable, words: readonly OutputWord[]): OutputTable {
  const inCells = new Map<number, OutputWord[]>()
  for (const word of words) {
    let nearest = 0
    for (const [at, { box }] of table.cells.entries())
      if (outside(box, word) < outside(table.cells[nearest]?.box ?? box, word)) nearest = at
    inCells.set(nearest, [...(inCells.get(nearest) ?? []), word])
  }
  const cells = table.cells.map((cell, at) => {
    const lines = runs(inCells.get(at) ?? [], ({ line }) => line).map(lineOf)
    return { ...cell, lines, text: lines.map(({ text }) => text).join(' ') }
  })
  return { ...table, cells }
}

/** The page's parts in reading order: neighbouring blocks of one region or table are one. */
export function areasOf(page: Pick<OutputPage, 'words' | 'regions' | 'tables'>): OutputArea[] {
  const outer = [
    ...page.tables.map((table) => ({ box: table.box, table })),
    ...page.regions.filter(({ kind }) => kind !== 'ignore').map(({ box }) => ({ box, table: null })),
  ]
  const areas: { owner: (typeof outer)[number] | undefined; blocks: OutputBlock[] }[] = []
  for (const block of blocksOf(page)) {
    const words = block.lines.flatMap((line) => line.words)
    const owner = outer.find(({ box }) => words.every((word) => holds(box, word)))
    const last = areas.at(-1)
    if (last && owner && last.owner === owner) last.blocks.push(block)
    else areas.push({ owner, blocks: [block] })
  }
  return areas.map(({ owner, blocks }) => {
    const box = boxAround([...(owner ? [owner.box] : []), ...blocks.map((block) => block.box)])
    const words = blocks.flatMap(({ lines }) => lines.flatMap((line) => line.words))
    return { box, blocks, table: owner?.table ? filledTable({ ...owner.table, box }, words) : null }
  })
}

/** The tables of a page as rows of cells' texts; a cell over several has its text in the first. */
export const rowsOfTable = ({ rows, columns, cells }: OutputTable): string[][] =>
  Array.from({ length: rows }, (_, row) =>
    Array.from(
      { length: columns },
      (_, column) => cells.find((cell) => cell.row === row && cell.column === column)?.text ?? '',
    ),
  )

/** The box in whole pixels. */
export const wholePixels = ({ x0, y0, x1, y1 }: Box): Box => ({
  x0: Math.max(0, Math.floor(x0)),
  y0: Math.max(0, Math.floor(y0)),
  x1: Math.ceil(x1),
  y1: Math.ceil(y1),
})

const rightToLeft = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC]/gu

/** Whether most letters are of a script that is written from right to left. */
export function isRightToLeft(text: string): boolean {
  const letters = text.match(/\p{L}/gu)?.length ?? 0
  return letters > 0 && (text.match(rightToLeft)?.length ?? 0) * 2 > letters
}

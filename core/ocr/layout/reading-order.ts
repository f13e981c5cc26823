import type { Box } from '../../contract/index.ts'

/** A piece of text with its place in the reading order: line of the page and block of lines, both from 0. */
export interface Ordered<T> {
  item: T
  line: number
  block: number
}

interface Piece<T> {
  item: T
  box: Box
}

/** Pieces whose heights overlap by this part of the lower one stand on one line. */
const sameLine = 0.5
/** In heights of a line: white of this width may part columns (boxes reach beyond their ink), of this height blocks. */
const columnGap = 0.15
const blockGap = 0.7
/** Columns are wider than this many heights of their lines, and have at least so many lines: less is a table or a form. */
const columnWidth = 6
const columnLines = 3
/** Where an inset reaches into columns: stripes tried across, and the part of the pieces that may stand in one's way. */
const triedStripes = 64
const mostInWay = 0.1

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? 0
const heightOf = ({ box }: Piece<unknown>): number => box.y1 - box.y0

function rowsOf<T>(pieces: readonly Piece<T>[]): Piece<T>[][] {
  const rows: Piece<T>[][] = []
  for (const piece of pieces.toSorted((a, b) => a.box.y0 + a.box.y1 - b.box.y0 - b.box.y1)) {
    const { y0, y1 } = piece.box
    const row = rows.findLast((candidates) =>
      candidates.some(({ box }) => {
        const shared = Math.min(box.y1, y1) - Math.max(box.y0, y0)
        const apart = piece.box.x0 >= box.x1 || piece.box.x1 <= box.x0
        return apart && shared >= sameLine * Math.min(box.y1 - box.y0, y1 - y0)
      }),
    )
    if (row && !row.some(({ box }) => overlapsAcross(box, piece.box))) row.push(piece)
    else rows.push([piece])
  }
  for (const row of rows) row.sort((a, b) => a.box.x0 - b.box.x0)
  return rows
}

/** Whether one lies above the other rather than beside it: they share more than half the width of the narrower. */
function overlapsAcross(a: Box, b: Box): boolean {
  const shared = Math.min(a.x1, b.x1) - Math.max(a.x0, b.x0)
  return shared > 0.5 * Math.min(a.x1 - a.x0, b.x1 - b.x0)
}

/** Pieces in groups between which a straight white stripe of `gap` px runs; sorted along that side. */
function partedBy<T>(pieces: readonly Piece<T>[], side: 'x' | 'y', gap: number): Piece<T>[][] {
  const [from, to] = side === 'x' ? (['x0', 'x1'] as const) : (['y0', 'y1'] as const)
  const groups: Piece<T>[][] = []
  let end = Number.NEGATIVE_INFINITY
  for (const piece of pieces.toSorted((a, b) => a.box[from] - b.box[from])) {
    if (piece.box[from] - end > gap || groups.length === 0) groups.push([])
    groups.at(-1)?.push(piece)
    end = Math.max(end, piece.box[to])
  }
  return groups
}

/** Whether pieces are the lines of a column of text. */
function isColumn(pieces: readonly Piece<unknown>[], height: number): boolean {
  const rows = rowsOf(pieces)
  const widths = rows.map((row) => (row.at(-1)?.box.x1 ?? 0) - (row[0]?.box.x0 ?? 0))
  return rows.length >= columnLines && median(widths) >= columnWidth * height
}

/** The columns of pieces from left to right, then what stands between them; null where there are no columns. */
function columnsOf<T>(pieces: readonly Piece<T>[]): Piece<T>[][] | null {
  if (pieces.length < 2 * columnLines) return null
  const height = median(pieces.map(heightOf))
  const groups = partedBy(pieces, 'x', columnGap * height)
  if (groups.length < 2) return columnsAroundInset(pieces, height)
  return groups.every((group) => isColumn(group, height)) ? groups : null
}

/** Two columns, and a caption or an inset that reaches into both of them: where few pieces stand in the way of a stripe. */
function columnsAroundInset<T>(pieces: readonly Piece<T>[], height: number): Piece<T>[][] | null {
  const [from, to] = [
    Math.min(...pieces.map(({ box }) => box.x0)),
    Math.max(...pieces.map(({ box }) => box.x1)),
  ]
  const gap = columnGap * height
  let best: { at: number; inWay: number } | undefined
  for (let each = 1; each < triedStripes; each++) {
    const at = from + ((to - from) * each) / triedStripes
    const inWay = pieces.filter(({ box }) => box.x1 > at && box.x0 < at + gap).length
    if (inWay <= mostInWay * pieces.length && (best === undefined || inWay < best.inWay)) best = { at, inWay }
  }
  if (best === undefined) return null
  const { at } = best
  const left = pieces.filter(({ box }) => box.x1 <= at)
  const right = pieces.filter(({ box }) => box.x0 >= at + gap)
  const inset = pieces.filter(({ box }) => box.x1 > at && box.x0 < at + gap)
  const stands = (piece: Piece<T>, others: readonly Piece<T>[]) =>
    others.some(({ box }) => Math.min(box.y1, piece.box.y1) - Math.max(box.y0, piece.box.y0) > 0)
  // A heading stands alone on its line; an inset has text beside it.
  if (!inset.every((piece) => stands(piece, left) || stands(piece, right))) return null
  return isColumn(left, height) && isColumn(right, height) ? [left, right, inset] : null
}

/** Columns of lines in reading order: what runs across several columns stands between those above and below it. */
function columnsInOrder<T>(pieces: readonly Piece<T>[]): Piece<T>[][] {
  const bands = partedBy(pieces, 'y', 0)
  const ordered: Piece<T>[][] = []
  let plain: Piece<T>[] = []
  let first = 0
  while (first < bands.length) {
    let last = bands.length
    let columns: Piece<T>[][] | null = null
    for (; last > first && columns === null; last--) columns = columnsOf(bands.slice(first, last).flat())
    if (columns === null) {
      plain.push(...(bands[first++] ?? []))
      continue
    }
    if (plain.length > 0) ordered.push(plain)
    plain = []
    for (const column of columns) if (column.length > 0) ordered.push(...columnsInOrder(column))
    first = last + 1
  }
  if (plain.length > 0) ordered.push(plain)
  return ordered
}

/**
 * Pieces of text in the order in which a person reads them: columns from left to right, each from top to bottom, lines
 * from left to right (recursive XY cut; Nagy and Seth 1984). Rows of a table or a receipt stay rows.
 * @param columns false: the page is one column
 */
export function inReadingOrder<T>(
  items: readonly T[],
  boxOf: (item: T) => Box,
  columns = true,
): Ordered<T>[] {
  const pieces = items.map((item) => ({ item, box: boxOf(item) }))
  const ordered: Ordered<T>[] = []
  let [line, block] = [0, 0]
  for (const column of columns ? columnsInOrder(pieces) : [pieces]) {
    const height = median(column.map(heightOf))
    let bottom: number | undefined
    for (const row of rowsOf(column)) {
      const top = Math.min(...row.map(({ box }) => box.y0))
      if (bottom !== undefined && top - bottom > blockGap * height) block++
      for (const { item } of row) ordered.push({ item, line, block })
      bottom = Math.max(...row.map(({ box }) => box.y1))
      line++
    }
    block++
  }
  return ordered
}

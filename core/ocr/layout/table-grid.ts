import type { Box, OcrWord, PageTable, PageTableCell } from '../../contract/index.ts'
import type { Rules } from './rules.ts'

/** px; lines that are so close are one. */
const sameEdge = 8
/** A border is there when so much of it is drawn. */
const drawnPart = 0.5
/** Of the height of a word: so much white, on all lines, is between columns. */
const columnGap = 0.6
/** Part of the lines that may go over the white between columns: headings, sums. */
const overGap = 0.12

interface Edge {
  at: number
  rules: Box[]
}

/** Drawn lines by their place, those that are close together as one edge. */
function edgesOf(rules: readonly Box[], placeOf: (rule: Box) => number): Edge[] {
  const edges: Edge[] = []
  for (const rule of rules.toSorted((a, b) => placeOf(a) - placeOf(b))) {
    const last = edges.at(-1)
    if (last && placeOf(rule) - last.at <= sameEdge) {
      last.rules.push(rule)
      last.at = last.rules.reduce((sum, one) => sum + placeOf(one), 0) / last.rules.length
    } else edges.push({ at: placeOf(rule), rules: [rule] })
  }
  return edges
}

/** Whether a line is drawn along an edge between two places. */
function isDrawn({ rules }: Edge, from: number, to: number, ends: (rule: Box) => [number, number]): boolean {
  const shared = rules.reduce((sum, rule) => {
    const [start, end] = ends(rule)
    return sum + Math.max(0, Math.min(end, to) - Math.max(start, from))
  }, 0)
  return shared >= drawnPart * (to - from)
}

/** Cells of a grid, those with no line between them joined where that makes a rectangle. */
function joinedCells(rows: readonly Edge[], columns: readonly Edge[]): PageTableCell[] {
  const taken = new Set<string>()
  const cells: PageTableCell[] = []
  const top = (row: number) => rows[row]?.at ?? 0
  const left = (column: number) => columns[column]?.at ?? 0
  const openRight = (row: number, column: number) =>
    column + 2 < columns.length &&
    !isDrawn(columns[column + 1] as Edge, top(row), top(row + 1), ({ y0, y1 }) => [y0, y1])
  const openBelow = (row: number, column: number) =>
    row + 2 < rows.length &&
    !isDrawn(rows[row + 1] as Edge, left(column), left(column + 1), ({ x0, x1 }) => [x0, x1])
  for (let row = 0; row + 1 < rows.length; row++)
    for (let column = 0; column + 1 < columns.length; column++) {
      if (taken.has(`${row} ${column}`)) continue
      let wide = 1
      while (openRight(row, column + wide - 1) && !taken.has(`${row} ${column + wide}`)) wide++
      let tall = 1
      const across = Array.from({ length: wide }, (_, at) => column + at)
      while (across.every((one) => openBelow(row + tall - 1, one) && !taken.has(`${row + tall} ${one}`)))
        tall++
      for (let down = 0; down < tall; down++) for (const one of across) taken.add(`${row + down} ${one}`)
      cells.push({
        row,
        column,
        rows: tall,
        columns: wide,
        box: { x0: left(column), y0: top(row), x1: left(column + wide), y1: top(row + tall) },
      })
    }
  return cells
}

/** Words by the rows of text on which they stand, from above. */
export function textRows<T extends { box: Box }>(words: readonly T[]): T[][] {
  const rows: { words: T[]; y0: number; y1: number }[] = []
  for (const word of words.toSorted((a, b) => a.box.y0 + a.box.y1 - (b.box.y0 + b.box.y1))) {
    const middle = (word.box.y0 + word.box.y1) / 2
    const row = rows.findLast(({ y0, y1 }) => middle >= y0 && middle <= y1)
    if (row) {
      row.words.push(word)
      const height = Math.min(row.y1 - row.y0, word.box.y1 - word.box.y0)
      const at = row.words.reduce((sum, { box }) => sum + (box.y0 + box.y1) / 2, 0) / row.words.length
      row.y0 = at - height / 2
      row.y1 = at + height / 2
    } else rows.push({ words: [word], y0: word.box.y0, y1: word.box.y1 })
  }
  return rows.map((row) => row.words.toSorted((a, b) => a.box.x0 - b.box.x0))
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

/** Edges of columns in the white that (nearly) all rows of text leave. */
function columnsByGaps(rows: readonly { box: Box }[][], { x0, x1 }: Box): number[] {
  const words = rows.flat()
  const height = median(words.map(({ box }) => box.y1 - box.y0))
  const [from, to] = [Math.floor(x0), Math.ceil(x1)]
  const covered = new Uint32Array(Math.max(0, to - from))
  for (const row of rows) {
    const spans: [number, number][] = []
    for (const { box } of row) {
      const last = spans.at(-1)
      if (last && box.x0 - last[1] < columnGap * height) last[1] = Math.max(last[1], box.x1)
      else spans.push([box.x0, box.x1])
    }
    for (const [start, end] of spans)
      for (let x = Math.max(from, Math.floor(start)); x < Math.min(to, Math.ceil(end)); x++)
        covered[x - from] = (covered[x - from] as number) + 1
  }
  const allowed = Math.floor(rows.length * overGap)
  const edges: number[] = []
  let start = -1
  let seenText = false
  for (let at = 0; at < covered.length; at++) {
    if ((covered[at] as number) <= allowed) {
      if (start < 0) start = at
      continue
    }
    if (start >= 0 && seenText && at - start >= columnGap * height) edges.push(from + (start + at) / 2)
    start = -1
    seenText = true
  }
  return [x0, ...edges, x1]
}

/** Edges of rows half-way between the rows of text. */
function rowsByText(rows: readonly { box: Box }[][], { y0, y1 }: Box): number[] {
  const ends = rows.map((row) => [
    Math.min(...row.map(({ box }) => box.y0)),
    Math.max(...row.map(({ box }) => box.y1)),
  ])
  const between = ends.slice(1).map(([top = 0], at) => ((ends[at]?.[1] ?? 0) + top) / 2)
  return [y0, ...between, y1]
}

/** Edges of the table itself where no line is drawn there. */
function closed(edges: Edge[], from: number, to: number): Edge[] {
  const [first, last] = [edges[0], edges.at(-1)]
  return [
    ...(first && first.at - from <= 2 * sameEdge ? [] : [{ at: from, rules: [] }]),
    ...edges,
    ...(last && to - last.at <= 2 * sameEdge ? [] : [{ at: to, rules: [] }]),
  ]
}

/**
 * The cells of a table in a box: between the lines that are drawn, where they are, else by the white between words.
 * Null where nothing tells any.
 */
export function cellsOf(box: Box, rules: Rules, words: readonly { box: Box }[]): PageTable | null {
  const rowEdges = edgesOf(rules.across, ({ y0, y1 }) => (y0 + y1) / 2)
  const columnEdges = edgesOf(rules.down, ({ x0, x1 }) => (x0 + x1) / 2)
  if (rowEdges.length >= 2 && columnEdges.length >= 2 && rowEdges.length + columnEdges.length > 4) {
    const [rows, columns] = [closed(rowEdges, box.y0, box.y1), closed(columnEdges, box.x0, box.x1)]
    return {
      box,
      rows: rows.length - 1,
      columns: columns.length - 1,
      cells: joinedCells(rows, columns),
      by: 'lines',
    }
  }
  if (words.length === 0) return null
  const lines = textRows(words)
  const across = rowsByText(lines, box)
  const down =
    columnEdges.length > 2
      ? closed(columnEdges, box.x0, box.x1).map(({ at }) => at)
      : columnsByGaps(lines, box)
  const cells: PageTableCell[] = []
  for (let row = 0; row + 1 < across.length; row++)
    for (let column = 0; column + 1 < down.length; column++)
      cells.push({
        row,
        column,
        rows: 1,
        columns: 1,
        box: {
          x0: down[column] as number,
          y0: across[row] as number,
          x1: down[column + 1] as number,
          y1: across[row + 1] as number,
        },
      })
  return { box, rows: across.length - 1, columns: down.length - 1, cells, by: 'gaps' }
}

/** A word that goes over the edge between two columns, as its parts. */
function cutAt(word: OcrWord, edges: readonly number[]): OcrWord[] {
  const { symbols, box } = word
  const crossing = edges.filter((x) => x > box.x0 + 2 && x < box.x1 - 2)
  if (!symbols || crossing.length === 0) return [word]
  const parts: NonNullable<OcrWord['symbols']>[] = crossing.map(() => []).concat([[]]) as never
  for (const symbol of symbols) {
    const middle = (symbol.box.x0 + symbol.box.x1) / 2
    parts[crossing.filter((x) => x < middle).length]?.push(symbol)
  }
  const filled = parts.filter((part) => part.length > 0)
  if (filled.length < 2) return [word]
  return filled.map((part) => ({
    ...word,
    text: part.map(({ text }) => text).join(''),
    symbols: part,
    box: {
      x0: Math.min(...part.map((symbol) => symbol.box.x0)),
      y0: box.y0,
      x1: Math.max(...part.map((symbol) => symbol.box.x1)),
      y1: box.y1,
    },
  }))
}

/**
 * The words of a table in the order of its cells: a line for each row of it, or for each line of a cell where cells have
 * several.
 */
export function wordsInCells(words: readonly OcrWord[], table: PageTable): OcrWord[] {
  const edges = [...new Set(table.cells.map(({ box }) => box.x0))].filter((x) => x > table.box.x0)
  const parts = words.flatMap((word) => {
    // Over a cell that spans columns no edge is drawn.
    const cell = table.cells.find(
      ({ box, columns }) =>
        columns > 1 &&
        (word.box.y0 + word.box.y1) / 2 >= box.y0 &&
        (word.box.y0 + word.box.y1) / 2 <= box.y1 &&
        word.box.x0 >= box.x0 - 2 &&
        word.box.x1 <= box.x1 + 2,
    )
    return cell ? [word] : cutAt(word, edges)
  })
  const placed: OcrWord[] = []
  let line = 0
  for (let row = 0; row < table.rows; row++) {
    const cells = table.cells
      .filter((cell) => cell.row === row)
      .map(({ box }) =>
        textRows(
          parts.filter((part) => {
            const [x, y] = [(part.box.x0 + part.box.x1) / 2, (part.box.y0 + part.box.y1) / 2]
            return x >= box.x0 && x < box.x1 && y >= box.y0 && y < box.y1
          }),
        ),
      )
    const isFlat = cells.every((lines) => lines.length <= 1)
    const rows = isFlat ? [cells.flat(2)] : cells.flat()
    for (const words of rows) {
      if (words.length === 0) continue
      placed.push(...words.map((word) => ({ ...word, line, block: 0 })))
      line++
    }
  }
  return placed
}

/** px; a table has cells that hold a line of text. */
const leastCell = 12
const touching = 12

/** Where lines that meet make at least two rows and two columns. */
export function ruledTables({ across, down }: Rules): { box: Box; rules: Rules }[] {
  const all = [...across, ...down]
  const group = all.map((_, at) => at)
  const rootOf = (at: number): number => {
    let root = at
    while (group[root] !== root) root = group[root] as number
    return root
  }
  for (const [at, one] of across.entries())
    for (const [downAt, other] of down.entries())
      if (
        one.x0 <= other.x1 + touching &&
        one.x1 >= other.x0 - touching &&
        one.y0 <= other.y1 + touching &&
        one.y1 >= other.y0 - touching
      )
        group[rootOf(at)] = rootOf(across.length + downAt)
  const roots = [...new Set(all.map((_, at) => rootOf(at)))]
  return roots.flatMap((root) => {
    const rules = {
      across: across.filter((_, at) => rootOf(at) === root),
      down: down.filter((_, at) => rootOf(across.length + at) === root),
    }
    const rows = edgesOf(rules.across, ({ y0, y1 }) => (y0 + y1) / 2)
    const columns = edgesOf(rules.down, ({ x0, x1 }) => (x0 + x1) / 2)
    const tight = (edges: Edge[]) =>
      edges.some(({ at }, index) => index > 0 && at - (edges[index - 1]?.at ?? 0) < leastCell)
    if (rows.length < 3 || columns.length < 3 || tight(rows) || tight(columns)) return []
    const own = [...rules.across, ...rules.down]
    const box = {
      x0: Math.min(...own.map(({ x0 }) => x0)),
      y0: Math.min(...own.map(({ y0 }) => y0)),
      x1: Math.max(...own.map(({ x1 }) => x1)),
      y1: Math.max(...own.map(({ y1 }) => y1)),
    }
    return [{ box, rules }]
  })
}

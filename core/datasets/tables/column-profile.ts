import type { ColumnKind, TableCell, TableColumn } from '../../contract/index.ts'
import { booleanIn, isDate, isMissing, numberIn } from '../../domain/table-cells.ts'

/** Different values that are told apart; a column with more is a text, or only counted. */
const mostDistinct = 1_000
const mostShownCategories = 50
const fewCategories = 20
/** A column of numbers may hold so many other words: their rows are refused by line. */
const leastNumbers = 0.95
const leastRowsToJudge = 20
const bins = 20

interface CellReading {
  comma?: boolean
  alsoMissing?: ReadonlySet<string>
}

/** What the cells of a column could be, counted over all rows. */
class CellCounts {
  missing = 0
  numbers = 0
  booleans = 0
  dates = 0
  others = 0
  wholes = 0
  readonly distinct = new Set<string>()

  get present(): number {
    return this.numbers + this.booleans + this.dates + this.others
  }

  add(cell: TableCell, reading: CellReading | null): void {
    if (cell === null || (reading && isMissing(String(cell), reading.alsoMissing))) {
      this.missing += 1
      return
    }
    if (this.distinct.size <= mostDistinct) this.distinct.add(String(cell).trim())
    const text = String(cell)
    // What is stored as text stays text: it was no number when it came.
    const number = typeof cell === 'number' ? cell : reading ? numberIn(text, reading.comma ?? false) : null
    if (number !== null) {
      this.numbers += 1
      if (Number.isInteger(number)) this.wholes += 1
    } else if (typeof cell === 'boolean' || (reading && booleanIn(text) !== null)) this.booleans += 1
    else if (isDate(text)) this.dates += 1
    else this.others += 1
  }

  kind(): ColumnKind {
    const { present, numbers, booleans, dates, distinct } = this
    if (present === 0) return 'categorical'
    if (numbers === present) return 'numeric'
    if (numbers >= leastNumbers * present && present >= leastRowsToJudge) return 'numeric'
    if (booleans === present) return 'boolean'
    if (dates === present) return 'date'
    const few = distinct.size <= fewCategories || distinct.size <= present / 2
    return distinct.size <= mostDistinct && few ? 'categorical' : 'text'
  }
}

/** The first pass over a table: of which kind each column is. */
export class ColumnProfile {
  readonly columns: readonly string[]
  private readonly counts: CellCounts[]
  private readonly reading: CellReading | null
  rowCount = 0

  /** @param reading how texts are read; null for rows as they are stored */
  constructor(columns: readonly string[], reading: CellReading | null) {
    this.columns = columns
    this.reading = reading
    this.counts = columns.map(() => new CellCounts())
  }

  add(cells: readonly TableCell[]): void {
    this.rowCount += 1
    for (const [index, counts] of this.counts.entries()) counts.add(cells[index] ?? null, this.reading)
  }

  kinds(): ColumnKind[] {
    return this.counts.map((counts) => counts.kind())
  }

  /** Whether a target is a number to be predicted and no class: a fraction, or many different numbers. */
  isMeasured(column: number): boolean {
    const counts = this.counts[column]
    if (counts?.kind() !== 'numeric') return false
    return counts.wholes < counts.numbers || counts.distinct.size > fewCategories
  }
}

class ColumnTotals {
  missing = 0
  count = 0
  mean = 0
  squares = 0
  min = Number.POSITIVE_INFINITY
  max = Number.NEGATIVE_INFINITY
  readonly values = new Map<string, number>()

  add(cell: TableCell): void {
    if (cell === null) {
      this.missing += 1
      return
    }
    const text = String(cell)
    const known = this.values.get(text)
    if (known !== undefined || this.values.size <= mostDistinct) this.values.set(text, (known ?? 0) + 1)
    if (typeof cell !== 'number') return
    this.count += 1
    const away = cell - this.mean
    this.mean += away / this.count
    this.squares += away * (cell - this.mean)
    this.min = Math.min(this.min, cell)
    this.max = Math.max(this.max, cell)
  }
}

/** Counts of numbers in bins that double their width whenever a number lies outside: one pass is enough. */
class Histogram {
  private low = 0
  private width = 0
  private counts = new Float64Array(bins * 8)
  private readonly waiting: number[] = []

  add(value: number): void {
    if (this.width === 0) {
      this.waiting.push(value)
      if (this.waiting.length >= 1_000) this.begin()
      return
    }
    while (value < this.low || value >= this.low + this.width * this.counts.length)
      this.widen(value < this.low)
    const at = Math.min(this.counts.length - 1, Math.floor((value - this.low) / this.width))
    this.counts[at] = (this.counts[at] ?? 0) + 1
  }

  private begin(): void {
    const low = this.waiting.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY)
    const high = this.waiting.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY)
    this.low = low
    this.width = Math.max(
      (high - low) / (this.counts.length - 1),
      Math.abs(low) * 1e-12,
      Number.MIN_VALUE * 1e10,
    )
    for (const value of this.waiting.splice(0)) this.add(value)
  }

  /** Two bins become one, so that the other half is free. */
  private widen(below: boolean): void {
    const old = this.counts
    this.counts = new Float64Array(old.length)
    const shift = below ? old.length / 2 : 0
    for (let at = 0; at < old.length; at += 2)
      this.counts[shift + at / 2] = (old[at] ?? 0) + (old[at + 1] ?? 0)
    if (below) this.low -= this.width * old.length
    this.width *= 2
  }

  /** The counts in `bins` bins from min to max, as near as the bins tell. */
  between(min: number, max: number): number[] {
    if (this.width === 0) {
      const counts = new Array<number>(bins).fill(0)
      for (const value of this.waiting) {
        const at = max > min ? Math.min(bins - 1, Math.floor(((value - min) / (max - min)) * bins)) : 0
        counts[at] = (counts[at] ?? 0) + 1
      }
      return counts
    }
    const counts = new Array<number>(bins).fill(0)
    for (const [at, count] of this.counts.entries()) {
      if (count === 0) continue
      const middle = Math.min(max, Math.max(min, this.low + (at + 0.5) * this.width))
      const to = max > min ? Math.min(bins - 1, Math.floor(((middle - min) / (max - min)) * bins)) : 0
      counts[to] = (counts[to] ?? 0) + count
    }
    return counts
  }
}

/** The second pass: what the columns hold, from cells of their kinds. */
export class ColumnSummary {
  private readonly columns: readonly string[]
  private readonly kinds: readonly ColumnKind[]
  private readonly totals: ColumnTotals[]
  private readonly histograms: Histogram[]

  constructor(columns: readonly string[], kinds: readonly ColumnKind[]) {
    this.columns = columns
    this.kinds = kinds
    this.totals = columns.map(() => new ColumnTotals())
    this.histograms = columns.map(() => new Histogram())
  }

  add(cells: readonly TableCell[]): void {
    for (const [index, totals] of this.totals.entries()) {
      const cell = cells[index] ?? null
      totals.add(cell)
      if (typeof cell === 'number') this.histograms[index]?.add(cell)
    }
  }

  result(): TableColumn[] {
    return this.totals.map(({ missing, count, mean, squares, min, max, values }, index) => {
      const kind = this.kinds[index] ?? 'text'
      const shown = kind === 'categorical' || kind === 'boolean'
      return {
        name: this.columns[index] ?? '',
        kind,
        missing,
        distinct: values.size,
        numbers:
          kind === 'numeric' && count > 0
            ? {
                min,
                max,
                mean,
                deviation: Math.sqrt(squares / count),
                histogram: this.histograms[index]?.between(min, max) ?? [],
              }
            : null,
        categories: shown
          ? [...values].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, mostShownCategories)
          : [],
      }
    })
  }
}

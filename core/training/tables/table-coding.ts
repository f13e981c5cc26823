import type { ColumnCoding, TableCell, TablePreprocessing } from '../../contract/index.ts'
import { booleanIn, cellOfKind, isDate } from '../../domain/table-cells.ts'

/** Rarer categories, and those beyond these, share the input of the unknown ones: so that it is trained, too. */
const mostCategories = 100
const leastRows = 2
/** A column whose categories cover less of the rows is text: nothing comes again. */
const leastCovered = 0.5
const dayMs = 86_400_000

/** A row by its fields. */
export type Row = Readonly<Record<string, TableCell>>

/** A column of the training rows. */
export interface TrainingColumn {
  name: string
  /** Of the training rows only. */
  cells: readonly TableCell[]
}

function numberOf(cell: TableCell, date: boolean): number | null {
  if (typeof cell === 'number') return cell
  if (typeof cell !== 'string') return null
  if (date) return isDate(cell) ? Date.parse(cell) / dayMs : null
  const number = cellOfKind('numeric', cell)
  return typeof number === 'number' ? number : null
}

function fitNumbers(name: string, cells: readonly TableCell[], date: boolean): ColumnCoding | null {
  const numbers = cells.map((cell) => numberOf(cell, date)).filter((value) => value !== null)
  const mean = numbers.reduce((sum, value) => sum + value, 0) / Math.max(1, numbers.length)
  const squares = numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  const deviation = Math.sqrt(squares / Math.max(1, numbers.length))
  const tellsMissing = numbers.length < cells.length
  if (!(deviation > 0)) return null
  return { kind: 'numeric', name, date, mean, deviation, tellsMissing }
}

function fitCategories(name: string, cells: readonly TableCell[]): ColumnCoding | null {
  const counts = new Map<string, number>()
  let present = 0
  for (const cell of cells) {
    if (cell === null) continue
    present += 1
    counts.set(String(cell), (counts.get(String(cell)) ?? 0) + 1)
  }
  const known = [...counts]
    .filter(([, count]) => count >= leastRows)
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .slice(0, mostCategories)
  const covered = known.reduce((sum, [, count]) => sum + count, 0)
  const tells = known.length > 1 || (known.length === 1 && covered < cells.length)
  if (!tells || covered < leastCovered * present) return null
  return { kind: 'categories', name, categories: known.map(([category]) => category) }
}

/** How each column becomes inputs, from the training rows alone; null for one that tells nothing. */
export function fitColumn({ name, cells }: TrainingColumn): ColumnCoding | null {
  const present = cells.filter((cell) => cell !== null)
  if (present.length === 0) return null
  if (present.every((cell) => typeof cell === 'number')) return fitNumbers(name, cells, false)
  if (present.every((cell) => typeof cell === 'string' && isDate(cell))) return fitNumbers(name, cells, true)
  return fitCategories(name, cells)
}

const inputsOf = (coding: ColumnCoding): number =>
  coding.kind === 'numeric' ? (coding.tellsMissing ? 2 : 1) : coding.categories.length + 1

/** Rows to inputs, as a model's preprocessing says. */
export class RowCoding {
  readonly inputs: number
  private readonly columns: readonly { coding: ColumnCoding; at: number; places: Map<string, number> }[]

  constructor({ columns }: Pick<TablePreprocessing, 'columns'>) {
    let inputs = 0
    this.columns = columns.map((coding) => {
      const at = inputs
      inputs += inputsOf(coding)
      const names = coding.kind === 'categories' ? coding.categories : []
      return { coding, at, places: new Map(names.map((name, place) => [name, place])) }
    })
    this.inputs = inputs
  }

  /** Writes a row's inputs at `start`; tells `note` what the row lacks or what was not known in training. */
  write(row: Row, target: Float32Array, start: number, note: (words: string) => void = () => {}): void {
    for (const { coding, at, places } of this.columns) {
      const cell = row[coding.name] ?? null
      if (coding.kind === 'numeric') {
        const value = numberOf(cell, coding.date)
        if (value === null && cell !== null && cell !== '')
          note(`${coding.name} "${cell}" is no ${coding.date ? 'date' : 'number'}`)
        else if (value === null) note(`${coding.name} is missing`)
        target[start + at] = value === null ? 0 : (value - coding.mean) / coding.deviation
        if (coding.tellsMissing) target[start + at + 1] = value === null ? 1 : 0
        continue
      }
      const text = cell === null ? null : String(cell)
      const place = text === null ? undefined : (places.get(text) ?? places.get(String(booleanIn(text))))
      if (text === null || text === '') note(`${coding.name} is missing`)
      else if (place === undefined) note(`${coding.name} "${text}" was rare or unknown in training`)
      target[start + at + (place ?? coding.categories.length)] = 1
    }
  }
}

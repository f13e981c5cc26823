import { SeriesBuilder } from '../formats/series-columns.ts'
import { numberIn } from './values.ts'

const stepNames = ['step', '_step', 'global_step', 'iteration', 'iter', 'epoch', 'batch']
const timeNames = ['timestamp', '_timestamp', 'time', 'wall_time', 'date', 'datetime', 'created_at']

/** Rows of a log as metrics over steps. */
export interface RowSeries {
  series: Map<string, SeriesBuilder>
  /** Columns with the same text in every row. */
  constants: Record<string, string>
  /** Columns of other texts. */
  texts: string[]
  times: number[]
}

/** A time as logs write it: seconds or ms since 1970, or a date; undefined where it is none. */
function timeIn(text: string): number | undefined {
  const number = numberIn(text)
  if (number !== undefined) {
    // Seconds since some start tell no time of the day.
    if (!Number.isFinite(number) || number < 1e8) return undefined
    return Math.round(number < 1e11 ? number * 1_000 : number)
  }
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : date
}

/**
 * @param fallbackTime of rows that tell none, in ms
 */
export function rowSeries(
  columns: readonly string[],
  rows: readonly string[][],
  fallbackTime: number,
): RowSeries {
  const lower = columns.map((name) => name.toLowerCase())
  const stepAt = stepNames
    .map((name) => lower.indexOf(name))
    .find((at) => at >= 0 && rows.every((row) => /^\s*[+-]?\d+(\.0*)?\s*$/.test(row[at] ?? '')))
  const timeAt = timeNames
    .map((name) => lower.indexOf(name))
    .find((at) => at >= 0 && rows.every((row) => timeIn(row[at] ?? '') !== undefined))
  const found: RowSeries = { series: new Map(), constants: {}, texts: [], times: [] }
  const times = rows.map((row) =>
    timeAt === undefined ? fallbackTime : (timeIn(row[timeAt] ?? '') ?? fallbackTime),
  )
  if (timeAt !== undefined) found.times = times
  for (const [at, name] of columns.entries()) {
    if (at === stepAt || at === timeAt || name === '') continue
    const values = rows.map((row) => row[at] ?? '')
    const filled = values.filter((value) => value.trim() !== '')
    if (filled.length === 0) continue
    if (filled.every((value) => numberIn(value) !== undefined)) {
      const series = new SeriesBuilder()
      for (const [row, value] of values.entries()) {
        const number = numberIn(value)
        if (number === undefined) continue
        const step = stepAt === undefined ? row : Number(rows[row]?.[stepAt])
        series.add(step, number, times[row] ?? fallbackTime)
      }
      found.series.set(name, series)
    } else if (new Set(values).size === 1) found.constants[name] = values[0] ?? ''
    else found.texts.push(name)
  }
  return found
}

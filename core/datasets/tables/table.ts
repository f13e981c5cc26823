import { parse } from 'csv-parse/sync'
import { GlyphlabError } from '../../contract/index.ts'

export interface TableRow {
  /** 1-based line of the file on which the row ends; for JSON the position of the object. */
  line: number
  cells: string[]
}

export interface Table {
  columns: string[]
  rows: TableRow[]
  /** Rows that had more or fewer cells than the header. */
  uneven: number
}

export interface TableFormat {
  delimiter?: string | undefined
  /** Whether the first row names the columns; left out, it does unless a cell of it is a number or the name of a file. */
  header?: boolean | undefined
}

/** Who chooses one means the table, whatever lies beside it. */
export const rowsName = /\.(csv|tsv|tab|jsonl|ndjson)$/i
export const tableName = /\.(csv|tsv|tab|jsonl|ndjson|json)$/i
const jsonName = /\.(jsonl|ndjson|json)$/i
const delimiters = ['\t', ';', ',', '|']
const lineEnds = ['\r\r\n', '\r\n', '\n', '\r']

/** The delimiter that stands most often in the first line, outside quotes. */
function guessDelimiter(text: string): string {
  const counts = new Map(delimiters.map((delimiter) => [delimiter, 0]))
  let quoted = false
  for (const character of text.slice(0, 64 * 1024)) {
    if (character === '"') quoted = !quoted
    else if (!quoted && (character === '\n' || character === '\r')) break
    else if (!quoted && counts.has(character)) counts.set(character, (counts.get(character) ?? 0) + 1)
  }
  const [best] = [...counts].sort((a, b) => b[1] - a[1])
  return best && best[1] > 0 ? best[0] : ','
}

const looksLikeData = (cell: string): boolean =>
  /^[-+]?(\d+[.,]?\d*|[.,]\d+)(e[-+]?\d+)?$/i.test(cell.trim()) || /\.[a-z][a-z0-9]{1,4}$/i.test(cell.trim())

/** Names that are there once each: an empty or repeated header gets a number. */
function uniqueNames(names: readonly string[]): string[] {
  const used = new Set<string>()
  return names.map((name, index) => {
    const base = name.trim() || `column ${index + 1}`
    let unique = base
    for (let number = 2; used.has(unique); number++) unique = `${base} (${number})`
    used.add(unique)
    return unique
  })
}

/** How a delimited table is read: line ends of every kind, loose quotes, rows of any length. */
export const delimitedOptions = (delimiter: string) => ({
  delimiter,
  record_delimiter: lineEnds,
  relax_column_count: true,
  relax_quotes: true,
  skip_empty_lines: true,
})

/** Why a delimited table can't be read, with the line. */
export function unreadableTable(name: string, cause: unknown): GlyphlabError {
  const { code, lines } = cause as { code?: string; lines?: number }
  const why =
    code === 'CSV_QUOTE_NOT_CLOSED'
      ? 'a quotation mark is opened and never closed'
      : cause instanceof Error
        ? cause.message
        : String(cause)
  return new GlyphlabError(
    'UNREADABLE_FILE',
    `${name}: ${why} (line ${lines ?? '?'}). Correct the file, or name another delimiter.`,
    undefined,
    { cause },
  )
}

interface FoundRow {
  record: string[]
  info: { lines: number }
}

function parseRecords(text: string, name: string, delimiter: string, most?: number): FoundRow[] {
  try {
    return parse(text, {
      ...delimitedOptions(delimiter),
      ...(most === undefined ? {} : { to: most }),
      info: true,
    }) as unknown as FoundRow[]
  } catch (cause) {
    throw unreadableTable(name, cause)
  }
}

const delimiterOf = (text: string, name: string, { delimiter }: TableFormat): string =>
  delimiter ?? (/\.(tsv|tab)$/i.test(name) ? '\t' : guessDelimiter(text))

/** The columns' names: the first row, or numbers where it holds data. */
function headerOf(
  records: readonly string[][],
  header: boolean | undefined,
): { columns: string[]; named: boolean } {
  const [first = []] = records
  const named = header ?? !first.some(looksLikeData)
  if (named) return { columns: uniqueNames(first), named }
  const width = records.reduce((most, record) => Math.max(most, record.length), 0)
  return { columns: Array.from({ length: width }, (_, index) => `column ${index + 1}`), named }
}

const rowsOfHead = 50

/** What the beginning of a delimited table says of the rest. `first`: its first rows, the header included. */
export function formatOf(
  text: string,
  name: string,
  format: TableFormat,
): { columns: string[]; named: boolean; delimiter: string; first: string[][] } {
  const delimiter = delimiterOf(text, name, format)
  const first = parseRecords(text, name, delimiter, rowsOfHead).map(({ record }) => record)
  return { ...headerOf(first, format.header), delimiter, first }
}

function parseDelimited(text: string, name: string, format: TableFormat): Table {
  const found = parseRecords(text, name, delimiterOf(text, name, format))
  if (found.length === 0) throw new GlyphlabError('UNREADABLE_FILE', `${name}: the table is empty.`)
  const { columns, named } = headerOf(
    found.map(({ record }) => record),
    format.header,
  )
  const rows = (named ? found.slice(1) : found).map(({ record, info }) => ({
    line: info.lines,
    cells: columns.map((_, index) => record[index] ?? ''),
  }))
  const uneven = found.reduce((count, { record }) => count + (record.length === columns.length ? 0 : 1), 0)
  return { columns, rows, uneven }
}

export const cellOf = (value: unknown): string =>
  value === null || value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value)

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function parseJsonLines(text: string, name: string): unknown[] {
  return text.split(/\r\n|\n|\r/).flatMap((line, index) => {
    if (line.trim() === '') return []
    try {
      return [JSON.parse(line) as unknown]
    } catch (cause) {
      throw new GlyphlabError('UNREADABLE_FILE', `${name}: line ${index + 1} is not JSON.`, undefined, {
        cause,
      })
    }
  })
}

function parseWholeJson(text: string, name: string): unknown[] {
  let whole: unknown
  try {
    whole = JSON.parse(text)
  } catch (cause) {
    throw new GlyphlabError(
      'UNREADABLE_FILE',
      `${name}: not JSON (${(cause as Error).message}).`,
      undefined,
      {
        cause,
      },
    )
  }
  if (Array.isArray(whole)) return whole
  // `{"a.png": "cat"}`: a common way to write file and label.
  if (isObject(whole) && Object.values(whole).every((value) => typeof value === 'string'))
    return Object.entries(whole).map(([file, label]) => ({ file, label }))
  throw new GlyphlabError(
    'UNREADABLE_FILE',
    `${name}: neither a list of objects nor an object of file names with labels.`,
  )
}

function parseJson(text: string, name: string): Table {
  const objects = /\.json$/i.test(name) ? parseWholeJson(text, name) : parseJsonLines(text, name)
  const columns = new Map<string, number>()
  for (const [index, object] of objects.entries()) {
    if (!isObject(object))
      throw new GlyphlabError(
        'UNREADABLE_FILE',
        `${name}: entry ${index + 1} is not an object with a field for each column.`,
      )
    for (const key of Object.keys(object)) if (!columns.has(key)) columns.set(key, columns.size)
  }
  if (objects.length === 0) throw new GlyphlabError('UNREADABLE_FILE', `${name}: the table is empty.`)
  const names = [...columns.keys()]
  const rows = objects.filter(isObject).map((object, index) => ({
    line: index + 1,
    cells: names.map((key) => cellOf(object[key])),
  }))
  return { columns: names, rows, uneven: 0 }
}

/**
 * Reads a table from the text of a CSV, TSV, JSONL or JSON file. Line ends of every kind may be mixed, quoted cells may
 * hold them.
 * @throws GlyphlabError UNREADABLE_FILE, naming the line.
 */
export function parseTable(text: string, name: string, format: TableFormat = {}): Table {
  if (text.trim() === '') throw new GlyphlabError('UNREADABLE_FILE', `${name}: the table is empty.`)
  return jsonName.test(name) ? parseJson(text, name) : parseDelimited(text, name, format)
}

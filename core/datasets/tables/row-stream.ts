import { createReadStream } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { parse } from 'csv-parse'
import { GlyphlabError } from '../../contract/index.ts'
import type { FoundFile } from '../scan.ts'
import { decodeText, type Encoding, guessEncoding } from './decode-text.ts'
import {
  cellOf,
  delimitedOptions,
  formatOf,
  isObject,
  parseTable,
  type TableFormat,
  type TableRow,
  unreadableTable,
} from './table.ts'

const headBytes = 256 * 1024
const rowsAtOnce = 1_000
const jsonLines = /\.(jsonl|ndjson)$/i
const wholeJson = /\.json$/i

/** A table that is read row by row, as often as it is asked for: it never lies in memory as a whole. */
export interface RowStream {
  columns: string[]
  /** Of a delimited table. */
  delimiter: string | null
  /** Names of the classes that numbers in the last column stand for, where the first row gives them. */
  classNames: string[] | null
  rows(): AsyncGenerator<TableRow[]>
}

interface StreamFormat extends TableFormat {
  encoding?: Encoding | undefined
}

/** The beginning of a file as text, in whole lines. */
async function headOf(file: FoundFile, encoding: Encoding | undefined) {
  const handle = await open(file.file, 'r')
  try {
    const { size } = await handle.stat()
    const bytes = Buffer.alloc(Math.min(headBytes, size))
    await handle.read(bytes, 0, bytes.length, 0)
    const cut = bytes.length < size
    const used = encoding ?? guessEncoding(bytes)
    const text = decodeText(bytes, file.path, used, cut)
    return { text: cut ? text.slice(0, text.lastIndexOf('\n') + 1) || text : text, encoding: used }
  } finally {
    await handle.close()
  }
}

/** The text of a file in pieces. @throws GlyphlabError UNREADABLE_FILE */
async function* textOf(file: FoundFile, encoding: Encoding): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true })
  try {
    for await (const bytes of createReadStream(file.file, { highWaterMark: 1024 * 1024 }))
      yield decoder.decode(bytes as Buffer, { stream: true })
    yield decoder.decode()
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause
    throw new GlyphlabError(
      'UNREADABLE_FILE',
      `${file.path}: not a text in ${encoding.toUpperCase()}. Save it as UTF-8, or name its encoding.`,
      undefined,
      { cause },
    )
  }
}

/** `150,4,setosa,versicolor,virginica` above rows of 5 cells: how scikit-learn writes its small sets. */
function countsAndClasses([first, second]: string[][]): string[] | null {
  if (!first || !second || first.length < 4) return null
  const [rows = Number.NaN, features = Number.NaN] = first.map(Number)
  const counts = Number.isInteger(rows) && Number.isInteger(features) && features + 1 === second.length
  const names = first.slice(2)
  return counts && names.every((name) => name !== '' && Number.isNaN(Number(name))) ? names : null
}

async function delimitedRows(file: FoundFile, format: StreamFormat): Promise<RowStream> {
  const { text, encoding } = await headOf(file, format.encoding)
  if (text.trim() === '') throw new GlyphlabError('UNREADABLE_FILE', `${file.path}: the table is empty.`)
  const { columns: found, delimiter, named, first } = formatOf(text, file.path, format)
  const classNames = format.header === undefined ? countsAndClasses(first) : null
  const columns =
    classNames === null
      ? found
      : (first[1] ?? []).map((_, index, all) => (index === all.length - 1 ? 'target' : `column ${index + 1}`))
  const skipped = named || classNames !== null ? 1 : 0
  return {
    columns,
    delimiter,
    classNames,
    async *rows() {
      const parser = Readable.from(textOf(file, encoding), { objectMode: true }).pipe(
        parse({ ...delimitedOptions(delimiter), info: true }),
      )
      let batch: TableRow[] = []
      let seen = 0
      try {
        for await (const { record, info } of parser as AsyncIterable<{
          record: string[]
          info: { lines: number }
        }>) {
          seen += 1
          if (seen <= skipped) continue
          batch.push({ line: info.lines, cells: record })
          if (batch.length < rowsAtOnce) continue
          yield batch
          batch = []
        }
      } catch (cause) {
        throw cause instanceof GlyphlabError ? cause : unreadableTable(file.path, cause)
      }
      if (batch.length > 0) yield batch
    },
  }
}

async function jsonLineRows(file: FoundFile, format: StreamFormat): Promise<RowStream> {
  const { encoding } = await headOf(file, format.encoding)
  const objects = async function* (): AsyncGenerator<{ line: number; object: Record<string, unknown> }> {
    let line = 0
    const input = Readable.from(textOf(file, encoding))
    for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      line += 1
      if (text.trim() === '') continue
      let object: unknown
      try {
        object = JSON.parse(text)
      } catch (cause) {
        throw new GlyphlabError('UNREADABLE_FILE', `${file.path}: line ${line} is not JSON.`, undefined, {
          cause,
        })
      }
      if (!isObject(object))
        throw new GlyphlabError(
          'UNREADABLE_FILE',
          `${file.path}: line ${line} is not an object with a field for each column.`,
        )
      yield { line, object }
    }
  }
  const columns = new Set<string>()
  for await (const { object } of objects()) for (const key of Object.keys(object)) columns.add(key)
  if (columns.size === 0) throw new GlyphlabError('UNREADABLE_FILE', `${file.path}: the table is empty.`)
  const names = [...columns]
  return {
    columns: names,
    delimiter: null,
    classNames: null,
    async *rows() {
      let batch: TableRow[] = []
      for await (const { line, object } of objects()) {
        batch.push({ line, cells: names.map((name) => cellOf(object[name])) })
        if (batch.length < rowsAtOnce) continue
        yield batch
        batch = []
      }
      if (batch.length > 0) yield batch
    },
  }
}

/**
 * Opens a CSV, TSV, JSONL or JSON table to be read in pieces. Rows may have more or fewer cells than there are columns.
 * @throws GlyphlabError UNREADABLE_FILE, here and from `rows`, naming the line
 */
export async function openRows(file: FoundFile, format: StreamFormat): Promise<RowStream> {
  if (jsonLines.test(file.path)) return jsonLineRows(file, format)
  if (!wholeJson.test(file.path)) return delimitedRows(file, format)
  const table = parseTable(
    decodeText(await readFile(file.file), file.path, format.encoding),
    file.path,
    format,
  )
  return {
    columns: table.columns,
    delimiter: null,
    classNames: null,
    async *rows() {
      for (let start = 0; start < table.rows.length; start += rowsAtOnce)
        yield table.rows.slice(start, start + rowsAtOnce)
    },
  }
}

import fs from 'node:fs'
import path from 'node:path'
import { readTable } from './delimited.ts'
import type { FoundSourceRun, RunImporter, RunSink } from './importer.ts'
import { isRecord } from './records.ts'
import { rowSeries } from './row-series.ts'
import { flattened, numberIn, paramText } from './values.ts'

const logName = /\.(csv|tsv|jsonl|ndjson)$/i
const lookedBytes = 64 * 1024

/** Logs as tables: CSV, TSV, or a JSON object a line. Each file is a run; its number columns are metrics. */
export const tableLog: RunImporter = {
  id: 'table-log',
  title: 'log of metrics (CSV or JSON lines)',
  detects: ({ isFolder, root, files }) =>
    isFolder
      ? files.length > 0 && files.some((file) => logName.test(file) && looksLikeLog(path.join(root, file)))
      : logName.test(root) && looksLikeLog(root),
  find: (source) => {
    const files = source.isFolder ? source.files.filter((file) => logName.test(file)) : ['']
    const broken: { part: string; reason: string }[] = []
    const runs = files.flatMap((file): FoundSourceRun[] => {
      const place = file === '' ? source.root : path.join(source.root, file)
      if (!looksLikeLog(place)) {
        broken.push({ part: file || source.name, reason: 'it has no column of numbers over steps or times' })
        return []
      }
      const name = (file || source.name).replace(logName, '')
      return [
        {
          origin: file === '' ? source.place : `${source.place}/${file}`,
          name,
          experiment: source.isFolder ? source.name : name,
          read: (sink) => readLog(place, file || source.name, name, sink),
        },
      ]
    })
    return Promise.resolve({ runs, broken, notes: [] })
  },
}

function headOf(file: string): string {
  const handle = fs.openSync(file, 'r')
  try {
    const bytes = Buffer.alloc(lookedBytes)
    const read = fs.readSync(handle, bytes, 0, lookedBytes, 0)
    const text = bytes.toString('utf8', 0, read)
    return read < lookedBytes ? text : text.slice(0, text.lastIndexOf('\n') + 1)
  } finally {
    fs.closeSync(handle)
  }
}

const orderName = /^_?(global_)?(step|iteration|iter|epoch|timestamp|time|wall_time|batch|round)$/i

/** A table of numbers over something that counts on: a table of labels has no such column. */
function looksLikeLog(file: string): boolean {
  try {
    const { columns, rows } = rowsIn(headOf(file), file, () => {})
    const isOrdered = columns.some((name) => orderName.test(name))
    return isOrdered && rows.length > 0 && rowSeries(columns, rows, 0).series.size > 0
  } catch {
    return false
  }
}

function rowsIn(
  text: string,
  file: string,
  broken: (reason: string) => void,
): { columns: string[]; rows: string[][] } {
  return /\.(jsonl|ndjson)$/i.test(file) ? jsonRows(text, broken) : readTable(text)
}

function jsonRows(text: string, broken: (reason: string) => void): { columns: string[]; rows: string[][] } {
  const columns = new Map<string, number>()
  const rows: string[][] = []
  const wrong: number[] = []
  for (const [at, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const value = lineIn(line)
    if (!isRecord(value)) {
      wrong.push(at + 1)
      continue
    }
    const row: string[] = []
    for (const [key, inner] of flattened(value)) {
      const column = columns.get(key) ?? columns.size
      columns.set(key, column)
      row[column] = inner === null ? '' : paramText(inner)
    }
    rows.push(Array.from({ length: columns.size }, (_, column) => row[column] ?? ''))
  }
  if (wrong.length > 0)
    broken(`${wrong.length === 1 ? 'line' : 'lines'} ${wrong.slice(0, 10).join(', ')} can't be read`)
  return { columns: [...columns.keys()], rows }
}

/** A line of JSON as Python writes it, NaN and the infinities as texts. */
function lineIn(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    try {
      return JSON.parse(line.replace(/([:[,]\s*)(-?Infinity|NaN)(?=\s*[,}\]])/g, '$1"$2"'))
    } catch {
      return undefined
    }
  }
}

async function readLog(file: string, part: string, name: string, sink: RunSink): Promise<void> {
  const changed = Math.round(fs.statSync(file).mtimeMs)
  const { columns, rows } = rowsIn(fs.readFileSync(file, 'utf8'), file, (reason) => sink.broken(part, reason))
  const { series, constants, texts, times } = rowSeries(columns, rows, 0)
  const known = times.filter((time) => numberIn(String(time)) !== undefined)
  await sink.head({
    name,
    status: 'FINISHED',
    startTime: known.length > 0 ? known.reduce((a, b) => Math.min(a, b)) : changed,
    endTime: known.length > 0 ? known.reduce((a, b) => Math.max(a, b)) : changed,
  })
  await sink.params(constants)
  for (const [key, one] of series) await sink.points(key, one.points())
  // What is no number is still in the file.
  if (texts.length > 0) await sink.artifactFile(path.basename(part), file)
}

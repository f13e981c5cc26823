import { z } from 'zod'
import { readBlob } from '../../blobs/blob-files.ts'
import { GlyphlabError, type TableCell } from '../../contract/index.ts'
import type { ExportedTable, ExportSample } from '../export-messages.ts'
import { columnsFile } from '../formats/columns-file.ts'
import { parseOptions } from '../options.ts'
import { readRow } from '../tables/row-content.ts'
import type { Exporter } from './exporter.ts'

const rowsOptions = z.strictObject({ format: z.enum(['csv', 'jsonl']).default('csv') })

/** RFC 4180; every cell that a reader might trim or split is quoted. */
const csvCell = (text: string): string =>
  /[",;\t\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text

/** A name that no column has yet. */
function freeName(wanted: string, taken: Set<string>): string {
  let name = wanted
  for (let number = 2; taken.has(name); number++) name = `${wanted}_${number}`
  taken.add(name)
  return name
}

interface Layout {
  id: string
  features: string[]
  target: string | null
  group: string | null
  subset: string
}

function layoutOf({ target, columns }: ExportedTable, samples: readonly ExportSample[]): Layout {
  const features = columns.map(({ name }) => name)
  const taken = new Set(features)
  return {
    id: freeName('row_id', taken),
    features,
    target: target && freeName(target.name, taken),
    group: samples.some(({ group }) => group !== null) ? freeName('group', taken) : null,
    subset: freeName('subset', taken),
  }
}

/** What the importer needs to take the table for what it was. */
function writtenOptions({ target, columns }: ExportedTable, layout: Layout): Record<string, unknown> {
  const named = (kind: string) => columns.filter((column) => column.kind === kind).map(({ name }) => name)
  return {
    target: layout.target ?? '',
    ...(target ? { targetKind: target.kind } : {}),
    idColumn: layout.id,
    groupColumn: layout.group ?? '',
    subsetColumn: layout.subset,
    numeric: named('numeric'),
    categorical: named('categorical'),
    text: named('text'),
  }
}

/** The rows with their targets, names and subsets; an import of it gives the same digest. */
export const rows: Exporter = {
  id: 'rows',
  title: 'Table of rows (CSV or JSONL)',
  description: 'rows.csv or rows.jsonl, and rows.columns.json, which tells an import what each column is.',
  content: 'rows',

  async write({ samples, options, version, writer }) {
    const { format } = parseOptions(rowsOptions, options, 'rows')
    const { table } = version
    if (!table) throw new GlyphlabError('UNSUPPORTED', `"${version.name}" holds pictures, not rows.`)
    const layout = layoutOf(table, samples)
    const names = [layout.id, ...layout.features, layout.target, layout.group, layout.subset].filter(
      (name) => name !== null,
    )
    const parts: Buffer[] = []
    let lines: string[] = format === 'csv' ? [names.map(csvCell).join(',')] : []
    const flush = () => {
      parts.push(Buffer.from(lines.map((line) => `${line}\n`).join('')))
      lines = []
    }
    for (const sample of samples) {
      const row = readRow(await readBlob(sample.location, sample.hash))
      const target = table.target?.kind === 'number' ? sample.value : sample.label || null
      const cells: TableCell[] = [
        sample.path,
        ...layout.features.map((name) => row[name] ?? null),
        ...(layout.target === null ? [] : [target]),
        ...(layout.group === null ? [] : [sample.group]),
        sample.subset,
      ]
      lines.push(
        format === 'csv'
          ? cells.map((cell) => (cell === null ? '' : csvCell(String(cell)))).join(',')
          : JSON.stringify(Object.fromEntries(names.map((name, index) => [name, cells[index] ?? null]))),
      )
      if (lines.length >= 10_000) flush()
    }
    flush()
    const file = `rows.${format}`
    await writer.file(file, Buffer.concat(parts))
    await writer.file(columnsFile(file), `${JSON.stringify(writtenOptions(table, layout), null, 2)}\n`)
    return []
  },
}

import { type ColumnRole, columnRole } from '../../contract/index.ts'
import type { Table } from './table.ts'

export const columnRoles = columnRole.options
/** The column of each role, by name; null where there is none. */
export type ColumnMapping = Record<ColumnRole, string | null>

const wordsOf: Record<ColumnRole, RegExp> = {
  file: /^(file|files|file[ _-]?names?|file[ _-]?paths?|paths?|images?|img|image[ _-]?(name|path|file|id)|pictures?|datei(name)?|bild|fichier|id)$/i,
  label:
    /^(labels?|class(es)?|class[ _-]?(name|label|id)?|categor(y|ies)|species|tag|klasse|kategorie|classe)$/i,
  text: /^(text|transcription|transcript|ground[ _-]?truth|gt|sentence|words?|caption)$/i,
  value: /^(value|target|score|rating|age|price|wert)$/i,
  group:
    /^(group|groups|group[ _-]?id|person|patient|patient[ _-]?id|writer|writer[ _-]?id|subject|author|document|gruppe)$/i,
  boxes: /^(boxes|bboxes|annotations)$/i,
  subset: /^(subset|split|set|fold|usage|partition|phase)$/i,
}

const sampleRows = 200
const isNumber = (cell: string): boolean => cell.trim() !== '' && Number.isFinite(Number(cell))
const isList = (cell: string): boolean => /^\s*\[.*\]\s*$/s.test(cell)
const isSubset = (cell: string): boolean =>
  /^(train(ing)?|val(id(ation)?)?|dev|test(ing)?)$/i.test(cell.trim())

/**
 * A sensible mapping from the headers and the first rows. `namesFile` says whether a cell names a file of the source;
 * the column that names most is the file, whatever it is called.
 */
export function guessColumns(table: Table, namesFile: (cell: string) => boolean): ColumnMapping {
  const rows = table.rows.slice(0, sampleRows)
  const share = (column: number, test: (cell: string) => boolean): number =>
    rows.filter(({ cells }) => test(cells[column] ?? '')).length / Math.max(1, rows.length)
  const mapping: ColumnMapping = {
    file: null,
    label: null,
    text: null,
    value: null,
    group: null,
    subset: null,
    boxes: null,
  }
  const free = new Map(table.columns.map((name, index) => [name, index]))
  const take = (role: ColumnRole, name: string | undefined) => {
    if (name === undefined) return
    mapping[role] = name
    free.delete(name)
  }
  const files = [...free]
    .map(([name, index]) => ({ name, share: share(index, namesFile) }))
    .filter((column) => column.share > 0)
    .sort((a, b) => b.share - a.share)
  take('file', files[0]?.name ?? [...free.keys()].find((name) => wordsOf.file.test(name.trim())))
  for (const role of columnRoles) {
    if (role === 'file') continue
    take(
      role,
      [...free].find(([name, index]) => {
        if (!wordsOf[role].test(name.trim())) return false
        if (role === 'boxes') return share(index, isList) > 0
        if (role === 'value')
          return (
            share(index, isNumber) > 0 && share(index, (cell) => cell.trim() === '' || isNumber(cell)) > 0.9
          )
        return role !== 'subset' || share(index, isSubset) > 0.5
      })?.[0],
    )
  }
  if (mapping.label === null && mapping.text === null && mapping.value === null) {
    const [only, another] = [...free]
    if (only && !another) take('label', only[0])
    else take('label', [...free].find(([, index]) => isClass(rows, index))?.[0])
  }
  return mapping
}

/** Few values that come again and again: a class rather than a name or a measurement. */
function isClass(rows: Table['rows'], column: number): boolean {
  const cells = rows.map(({ cells: row }) => row[column] ?? '').filter((cell) => cell !== '')
  const values = new Set(cells)
  return (
    cells.length > 0 &&
    values.size <= Math.max(2, cells.length / 2) &&
    cells.every((cell) => cell.length <= 60)
  )
}

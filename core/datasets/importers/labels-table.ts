import { readFileSync, statSync } from 'node:fs'
import { z } from 'zod'
import {
  type Annotation,
  GlyphlabError,
  type LabelledBox,
  labelledBox,
  type Subset,
} from '../../contract/index.ts'
import { folderOf } from '../formats/file-index.ts'
import { baseName, isPictureName } from '../formats/picture-name.ts'
import { subsetNamed } from '../formats/subset-names.ts'
import { parseOptions, yesOrNo } from '../options.ts'
import { readSourceFile } from '../read-file.ts'
import type { FoundFile } from '../scan.ts'
import { type ColumnMapping, columnRoles, guessColumns } from '../tables/column-roles.ts'
import { decodeText, encodings } from '../tables/decode-text.ts'
import { createFileFinder, type FileFinder } from '../tables/file-finder.ts'
import { glance } from '../tables/glance.ts'
import { parseTable, type Table, type TableRow, tableName } from '../tables/table.ts'
import type { Candidate, Importer, ImportSource } from './importer.ts'
import { nameList } from './name-list.ts'

const maxTableBytes = 512 * 1024 ** 2
const previewRows = 20

const column = z.string().nullable().optional()
const optionsSchema = z.strictObject({
  /** Relative path of the table, where there are several. */
  table: z.string().optional(),
  delimiter: z.string().min(1).max(3).optional(),
  encoding: z.enum(encodings).optional(),
  header: yesOrNo.optional(),
  /** Columns by name; `''` or null: there is none; left out: guessed. */
  fileColumn: column,
  labelColumn: column,
  textColumn: column,
  valueColumn: column,
  groupColumn: column,
  subsetColumn: column,
  boxesColumn: column,
})
type Options = z.infer<typeof optionsSchema>

const cellBox = labelledBox.extend({
  label: z.string().default(''),
  text: z.string().nullable().default(null),
})

const tablesOf = ({ scan }: ImportSource): FoundFile[] =>
  scan.files.filter(({ path }) => tableName.test(path))
const finderFor = ({ scan }: ImportSource, table: FoundFile): FileFinder =>
  createFileFinder(
    scan.files.filter(({ path }) => isPictureName(path)),
    folderOf(table.path),
  )

/** Whether it says something about pictures of the source: one column names some of them. */
function describesPictures(source: ImportSource, file: FoundFile): boolean {
  const table = glance(file)
  if (!table || table.columns.length < 2) return false
  const find = finderFor(source, file)
  return table.rows.slice(0, 50).some(({ cells }) => cells.some((cell) => find(cell) !== undefined))
}

/** The tables to read: the one that was asked for, the only one, or one for each subset (`train.csv`, `test.csv`). */
function chooseTables(source: ImportSource, options: Options): FoundFile[] {
  const wanted = options.table ?? source.chosen
  const all = tablesOf(source)
  if (wanted !== undefined) {
    const found = all.find(({ path }) => path === wanted)
    if (found) return [found]
    throw new GlyphlabError(
      'INVALID_INPUT',
      `${source.root} has no table "${wanted}". It has: ${nameList(all.map(({ path }) => path)) || 'none'}.`,
    )
  }
  const [only, another] = all
  if (only && !another) return [only]
  const telling = all.filter((file) => describesPictures(source, file))
  if (telling.length === 1) return telling
  const subsets = telling.map(({ path }) => subsetNamed(baseName(path).replace(tableName, '')))
  if (
    telling.length > 1 &&
    subsets.every((subset) => subset !== null) &&
    new Set(subsets).size === subsets.length
  )
    return telling
  if (telling.length > 1)
    throw new GlyphlabError(
      'INVALID_INPUT',
      `${source.root} has several tables of labels: ${nameList(telling.map(({ path }) => path))}. Choose one (option "table").`,
    )
  throw new GlyphlabError(
    'INVALID_INPUT',
    all.length === 0
      ? `${source.root} has no table of labels. Put a CSV, TSV, JSONL or JSON file with a row for each picture beside the pictures.`
      : `None of the tables in ${source.root} names one of its pictures (${nameList(all.map(({ path }) => path))}). Choose one (option "table") and the column with the files (option "fileColumn").`,
  )
}

function readTable(file: FoundFile, { encoding, delimiter, header }: Options): Table {
  const cut = statSync(file.file).size > maxTableBytes
  if (cut)
    throw new GlyphlabError('UNREADABLE_FILE', `${file.path}: larger than 512 MB. Cut the table into parts.`)
  return parseTable(decodeText(readFileSync(file.file), file.path, encoding), file.path, {
    delimiter,
    header,
  })
}

/** The columns as the person mapped them, the others as guessed. @throws GlyphlabError INVALID_INPUT for a column that is not there */
function mapColumns(table: Table, name: string, options: Options, find: FileFinder): ColumnMapping {
  const mapping = guessColumns(table, (cell) => find(cell) !== undefined)
  const chosen = new Set<string>()
  for (const role of columnRoles) {
    const given = options[`${role}Column`]
    if (given === undefined) continue
    mapping[role] = given === '' ? null : given
    if (given) chosen.add(given)
    if (given && !table.columns.includes(given))
      throw new GlyphlabError(
        'INVALID_INPUT',
        `${name} has no column "${given}". It has: ${nameList(table.columns)}.`,
      )
  }
  for (const role of columnRoles) {
    // A guess gives way to what the person has said about that column.
    const guessed = options[`${role}Column`] === undefined && mapping[role]
    if (guessed && chosen.has(guessed)) mapping[role] = null
  }
  return mapping
}

/** A number as people write it; a decimal comma is taken too. */
function parseNumber(cell: string): number {
  const plain = cell.trim()
  return Number(/^[-+]?\d*,\d+$/.test(plain) ? plain.replace(',', '.') : plain)
}

interface Notes {
  denormalised: string[]
  repeated: string[]
  unknownSubsets: Set<string>
}

interface RowReader {
  source: ImportSource
  table: Table
  name: string
  mapping: ColumnMapping
  /** Of the whole table, by its name. */
  subset: Subset | null
  notes: Notes
}

const cellReader = (table: Table, mapping: ColumnMapping) => {
  const indices = new Map(
    columnRoles.map((role) => [role, mapping[role] === null ? -1 : table.columns.indexOf(mapping[role])]),
  )
  return (row: TableRow, role: keyof ColumnMapping): string => row.cells[indices.get(role) ?? -1] ?? ''
}

/** The boxes that a cell holds as JSON (`[{"x0", "y0", "x1", "y1", "label", "text"}]`, px); null when it holds something else. */
function parseBoxes(cell: string): LabelledBox[] | null {
  if (cell.trim() === '') return []
  try {
    const boxes = z.array(cellBox).safeParse(JSON.parse(cell))
    return boxes.success ? boxes.data : null
  } catch {
    return null
  }
}

function annotationOf(
  text: string | null,
  value: number | null,
  group: string,
  boxes: LabelledBox[],
): Partial<Annotation> {
  return {
    ...(boxes.length === 0 ? {} : { boxes }),
    ...(text === null ? {} : { text }),
    ...(value === null ? {} : { value }),
    ...(group === '' ? {} : { group }),
  }
}

function readRows(
  { source, table, name, mapping, subset, notes }: RowReader,
  find: FileFinder,
  used: Map<FoundFile, string>,
): Candidate[] {
  const cell = cellReader(table, mapping)
  const { refused } = source.scan
  const candidates: Candidate[] = []
  for (const row of table.rows) {
    const named = cell(row, 'file')
    const found = find(named)
    if (!found) {
      const path = named.trim() || `${name}, line ${row.line}`
      const reason =
        named.trim() === ''
          ? 'the row names no file'
          : `named in ${name}, line ${row.line}, but there is no such picture`
      refused.push({ path, reason })
      continue
    }
    const path = found.path.normalize('NFC')
    const content = JSON.stringify(row.cells)
    const before = used.get(found)
    if (before !== undefined) {
      if (before !== content) notes.repeated.push(`${path} (line ${row.line})`)
      continue
    }
    used.set(found, content)
    const number = cell(row, 'value').trim() === '' ? null : parseNumber(cell(row, 'value'))
    if (number !== null && !Number.isFinite(number)) {
      refused.push({
        path,
        reason: `its value "${cell(row, 'value')}" in ${name}, line ${row.line}, is not a number`,
      })
      continue
    }
    const raw = mapping.text === null ? null : cell(row, 'text')
    const text = raw === null ? null : raw.normalize('NFC')
    if (raw !== text) notes.denormalised.push(path)
    const boxes = parseBoxes(cell(row, 'boxes'))
    if (boxes === null) {
      refused.push({ path, reason: `its boxes in ${name}, line ${row.line}, are not a JSON list of boxes` })
      continue
    }
    const part = cell(row, 'subset')
    if (part.trim() !== '' && subsetNamed(part) === null) notes.unknownSubsets.add(part)
    candidates.push({
      path,
      label: cell(row, 'label').trim().normalize('NFC'),
      annotation: annotationOf(text, number, cell(row, 'group').trim().normalize('NFC'), boxes),
      subset: subsetNamed(part) ?? subset,
      file: found.file,
      read: () => readSourceFile(found.file),
      info: null,
    })
  }
  return candidates
}

function notesAsWarnings({ denormalised, repeated, unknownSubsets }: Notes): string[] {
  const warnings: string[] = []
  if (denormalised.length > 0)
    warnings.push(`Texts that were not in Unicode NFC have been normalised: ${nameList(denormalised)}.`)
  if (repeated.length > 0)
    warnings.push(`Pictures named again with other values; the first row counts: ${nameList(repeated)}.`)
  if (unknownSubsets.size > 0)
    warnings.push(
      `The subset column has words that are neither train, validation nor test; the split decides there: ${nameList([...unknownSubsets])}.`,
    )
  return warnings
}

/** Pictures in any folders, and a CSV, TSV, JSONL or JSON table with a row for each. */
export const labelsTable: Importer = {
  id: 'labels-table',
  title: 'Pictures with a table of labels',

  detects: (source) =>
    source.chosen !== undefined
      ? tablesOf(source).some((file) => file.path === source.chosen && describesPictures(source, file))
      : tablesOf(source).some((file) => describesPictures(source, file)),

  async table(source) {
    const options = parseOptions(optionsSchema, source.options, 'labels-table')
    const all = tablesOf(source)
    const telling = all.filter((file) => describesPictures(source, file))
    const file =
      all.find(({ path }) => path === (options.table ?? source.chosen)) ??
      telling[0] ??
      chooseTables(source, options)[0]
    if (!file) throw new GlyphlabError('INVALID_INPUT', `${source.root} has no table of labels.`)
    const table = readTable(file, options)
    return {
      file: file.path,
      tables: (telling.length > 0 ? telling : all).map(({ path }) => path),
      columns: table.columns,
      rows: table.rows.slice(0, previewRows).map(({ cells }) => cells),
      rowCount: table.rows.length,
      mapping: mapColumns(table, file.path, options, finderFor(source, file)),
    }
  },

  async plan(source) {
    const options = parseOptions(optionsSchema, source.options, 'labels-table')
    const tables = chooseTables(source, options)
    const notes: Notes = { denormalised: [], repeated: [], unknownSubsets: new Set() }
    const used = new Map<FoundFile, string>()
    const warnings: string[] = []
    const candidates: Candidate[] = []
    for (const file of tables) {
      const table = readTable(file, options)
      const find = finderFor(source, file)
      const mapping = mapColumns(table, file.path, options, find)
      if (mapping.file === null)
        throw new GlyphlabError(
          'INVALID_INPUT',
          `${file.path}: no column names the pictures. Say which one does (option "fileColumn"): ${nameList(table.columns)}.`,
        )
      if (mapping.label === null && mapping.text === null && mapping.value === null)
        warnings.push(
          `${file.path}: no column holds a class, a text or a number; the pictures have no class.`,
        )
      if (table.uneven > 0)
        warnings.push(`${file.path}: ${table.uneven} rows have more or fewer cells than the header.`)
      const subset = tables.length > 1 ? subsetNamed(baseName(file.path).replace(tableName, '')) : null
      candidates.push(...readRows({ source, table, name: file.path, mapping, subset, notes }, find, used))
    }
    if (candidates.length === 0)
      throw new GlyphlabError(
        'INVALID_INPUT',
        `${nameList(tables.map(({ path }) => path))}: no row names a picture that is there. Check the column with the files (option "fileColumn"), and that the pictures lie beside the table.`,
      )
    if (source.chosen === undefined) {
      const named = new Set([...used.keys(), ...tables])
      for (const file of source.scan.files)
        if (!named.has(file))
          source.scan.refused.push({ path: file.path, reason: `no row of ${tables[0]?.path} names it` })
    }
    return { candidates, warnings: [...warnings, ...notesAsWarnings(notes)] }
  },
}

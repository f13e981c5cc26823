import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import {
  type ColumnKind,
  columnKind,
  GlyphlabError,
  type Subset,
  type TableCell,
  type TableFacts,
} from '../../contract/index.ts'
import { cellOfKind, isMissing, numberIn } from '../../domain/table-cells.ts'
import { columnsFile } from '../formats/columns-file.ts'
import { baseName, isPictureName } from '../formats/picture-name.ts'
import { subsetNamed } from '../formats/subset-names.ts'
import { parseOptions, yesOrNo } from '../options.ts'
import type { FoundFile } from '../scan.ts'
import { ColumnProfile } from '../tables/column-profile.ts'
import { guessColumns } from '../tables/column-roles.ts'
import { encodings } from '../tables/decode-text.ts'
import { openRows, type RowStream } from '../tables/row-stream.ts'
import { requireSameShape } from '../tables/same-shape.ts'
import { type TableRow, tableName } from '../tables/table.ts'
import type { Importer, ImportSource, RowShape, RowSource, SourceRow } from './importer.ts'
import { nameList } from './name-list.ts'

const lookRows = 20_000
const previewRows = 20
/** So that the byte order of paths is the order of rows. */
const rowDigits = 7

/** Any program may keep its settings in such a file: it has to be chosen. */
const wholeJson = /\.json$/i

const column = z.string().nullable().optional()
/** Names with commas between them, or a list. */
const names = z
  .union([z.array(z.string()), z.string().transform((text) => text.split(',').map((name) => name.trim()))])
  .transform((list) => list.filter((name) => name !== ''))
  .optional()
const optionsSchema = z.strictObject({
  /** Relative path of the table, where there are several. */
  table: z.string().optional(),
  delimiter: z.string().min(1).max(3).optional(),
  encoding: z.enum(encodings).optional(),
  header: yesOrNo.optional(),
  /** What is to be predicted; `''`: nothing. Left out: guessed. */
  target: column,
  /** Left out: a number where the target has fractions or many different numbers. */
  targetKind: z.enum(['class', 'number']).optional(),
  /** The target, by its kind. */
  labelColumn: column,
  valueColumn: column,
  /** The column that names each row: a row keeps its identity whatever the order. */
  idColumn: column,
  fileColumn: column,
  groupColumn: column,
  subsetColumn: column,
  /** Roles that only pictures' tables have. */
  textColumn: z.null().optional(),
  boxesColumn: z.null().optional(),
  /** Columns that are left out. */
  leaveOut: names,
  /** Columns taken as categories, as numbers or as text, whatever they look like. */
  categorical: names,
  numeric: names,
  text: names,
  /** Words that stand for a missing value, besides the usual ones. */
  missing: names,
})
type Options = z.infer<typeof optionsSchema>

/** What each column is to the rows. */
interface Roles {
  target: string | null
  id: string | null
  group: string | null
  subset: string | null
  features: string[]
}

const tablesOf = ({ scan }: ImportSource): FoundFile[] =>
  scan.files.filter(({ path }) => tableName.test(path) && !path.endsWith('.columns.json'))

/** The tables to read: the one asked for, the only one, or one for each subset. */
function chooseTables(source: ImportSource, { table }: Options): FoundFile[] {
  const wanted = table ?? source.chosen
  const all = tablesOf(source)
  const found = wanted === undefined ? undefined : all.find(({ path }) => path === wanted)
  if (found) return [found]
  if (wanted !== undefined && tableName.test(wanted))
    throw new GlyphlabError(
      'INVALID_INPUT',
      `${source.root} has no table "${wanted}". It has: ${nameList(all.map(({ path }) => path)) || 'none'}.`,
    )
  if (all.length === 1) return all
  const subsets = all.map(({ path }) => subsetNamed(baseName(path).replace(tableName, '')))
  if (all.length > 1 && !subsets.includes(null) && new Set(subsets).size === subsets.length) return all
  throw new GlyphlabError(
    'INVALID_INPUT',
    all.length === 0
      ? `${source.root} holds no table. Choose a CSV, TSV, JSONL or JSON file with a row for each sample.`
      : `${source.root} has several tables: ${nameList(all.map(({ path }) => path))}. Choose one (option "table").`,
  )
}

/** What an export has written beside a table. Options that were given go before it. */
async function withWrittenOptions(source: ImportSource, file: FoundFile, options: Options): Promise<Options> {
  const beside = source.scan.files.find(({ path }) => path === columnsFile(file.path))
  if (!beside || !existsSync(beside.file)) return options
  try {
    const written: unknown = JSON.parse(await readFile(beside.file, 'utf8'))
    return { ...parseOptions(optionsSchema, written as Record<string, unknown>, 'tabular'), ...options }
  } catch (cause) {
    if (cause instanceof GlyphlabError) throw cause
    throw new GlyphlabError('UNREADABLE_FILE', `${beside.path}: not JSON. Correct it, or take it away.`)
  }
}

const leastUnique = 0.95
const idWords = /^(id|row[ _-]?id|index|uid|uuid|key|nr|no)$/i

function rolesOf(stream: RowStream, head: TableRow[], name: string, options: Options): Roles {
  const guessed = guessColumns({ columns: stream.columns, rows: head, uneven: 0 }, () => false)
  const check = (given: string | null | undefined): string | null => {
    if (given === undefined || given === null || given === '') return null
    if (stream.columns.includes(given)) return given
    throw new GlyphlabError(
      'INVALID_INPUT',
      `${name} has no column "${given}". It has: ${nameList(stream.columns)}.`,
    )
  }
  const named = [options.target, options.labelColumn, options.valueColumn].filter(
    (given) => given !== undefined,
  )
  const group = check(options.groupColumn !== undefined ? options.groupColumn : guessed.group)
  const subset = check(options.subsetColumn !== undefined ? options.subsetColumn : guessed.subset)
  const givenId = options.idColumn !== undefined ? options.idColumn : options.fileColumn
  const target =
    named.length > 0
      ? (named.map(check).find((found) => found !== null) ?? null)
      : (['target', 'label', 'class']
          .map((word) => stream.columns.find((each) => each.toLowerCase() === word))
          .find(Boolean) ??
        guessed.value ??
        (guessed.label !== null && guessed.label !== stream.columns[0] ? guessed.label : null) ??
        stream.columns.findLast((each) => each !== group && each !== subset) ??
        null)
  // One name that comes twice is a row to refuse, and no reason to take the column for something else.
  const likelyId = stream.columns.find((each, place) => {
    if (!idWords.test(each.trim()) || each === target) return false
    return new Set(head.map(({ cells }) => cells[place])).size > leastUnique * head.length
  })
  const id = givenId !== undefined ? check(givenId) : (likelyId ?? null)
  const leftOut = new Set((options.leaveOut ?? []).map(check))
  const taken = new Set([target, id, group, subset])
  const features = stream.columns.filter((each) => !taken.has(each) && !leftOut.has(each))
  if (features.length === 0)
    throw new GlyphlabError(
      'INVALID_INPUT',
      `${name}: besides target, id, group and subset there is no column to learn from. It has: ${nameList(stream.columns)}.`,
    )
  return { target, id, group, subset, features }
}

async function firstRows(stream: RowStream, most: number): Promise<{ rows: TableRow[]; whole: boolean }> {
  const rows: TableRow[] = []
  for await (const batch of stream.rows()) {
    rows.push(...batch)
    if (rows.length >= most) return { rows: rows.slice(0, most), whole: false }
  }
  return { rows, whole: true }
}

interface OpenTable {
  file: FoundFile
  stream: RowStream
  roles: Roles
  options: Options
  head: TableRow[]
  /** Whether `head` is all there is. */
  whole: boolean
}

async function openTable(source: ImportSource, file: FoundFile, given: Options): Promise<OpenTable> {
  const options = await withWrittenOptions(source, file, given)
  const stream = await openRows(file, options)
  const { rows: head, whole } = await firstRows(stream, lookRows)
  if (head.length === 0) throw new GlyphlabError('UNREADABLE_FILE', `${file.path}: the table has no rows.`)
  return { file, stream, head, whole, options, roles: rolesOf(stream, head, file.path, options) }
}

/** Turns the rows of a table into samples: cells of their columns' kinds, the target apart. */
class RowReader {
  private readonly table: OpenTable
  private readonly kinds: readonly ColumnKind[]
  private readonly targetKind: 'class' | 'number'
  private readonly places: Map<string, number>
  private readonly features: number[]
  private readonly alsoMissing: ReadonlySet<string>
  private readonly comma: boolean
  private readonly subset: Subset | null
  private row = 0
  readonly unknownSubsets = new Set<string>()

  constructor(
    table: OpenTable,
    kinds: readonly ColumnKind[],
    targetKind: 'class' | 'number',
    subset: Subset | null,
  ) {
    this.table = table
    this.kinds = kinds
    this.targetKind = targetKind
    this.subset = subset
    this.places = new Map(table.stream.columns.map((name, index) => [name, index]))
    this.features = table.roles.features.map((name) => this.places.get(name) ?? -1)
    this.alsoMissing = new Set(table.options.missing ?? [])
    this.comma = table.stream.delimiter !== ','
  }

  private cell(row: TableRow, name: string | null): string {
    return name === null ? '' : (row.cells[this.places.get(name) ?? -1] ?? '').trim().normalize('NFC')
  }

  /** The sample that a row is, or why it is none. */
  read(row: TableRow): SourceRow | { line: number; reason: string } {
    const { roles, file, stream } = this.table
    const { line } = row
    this.row += 1
    if (row.cells.length !== stream.columns.length)
      return {
        line,
        reason: `the row has ${row.cells.length} cells where the table has ${stream.columns.length} columns`,
      }
    const cells: TableCell[] = []
    for (const [index, place] of this.features.entries()) {
      const text = row.cells[place] ?? ''
      const cell = cellOfKind(this.kinds[index] ?? 'text', text, {
        comma: this.comma,
        alsoMissing: this.alsoMissing,
      })
      if (cell === undefined)
        return {
          line,
          reason: `"${text}" in the column "${roles.features[index]}" is no ${this.kinds[index] === 'numeric' ? 'number' : this.kinds[index]}`,
        }
      cells.push(cell)
    }
    const id = this.cell(row, roles.id)
    if (roles.id !== null && id === '')
      return { line, reason: `the column "${roles.id}" is empty: the row has no name` }
    const target = this.target(this.cell(row, roles.target))
    if (typeof target === 'string')
      return { line, reason: `the target "${target}" in the column "${roles.target}" is no number` }
    const part = this.cell(row, roles.subset)
    if (part !== '' && subsetNamed(part) === null) this.unknownSubsets.add(part)
    return {
      path:
        roles.id === null ? `${file.path.normalize('NFC')}#${String(this.row).padStart(rowDigits, '0')}` : id,
      line,
      cells,
      ...target,
      group: this.cell(row, roles.group) || null,
      given: subsetNamed(part) ?? this.subset,
    }
  }

  /** A text: what was to be a number and is none. */
  private target(text: string): { label: string; value: number | null } | string {
    if (isMissing(text, this.alsoMissing)) return { label: '', value: null }
    if (this.targetKind === 'class')
      return { label: this.table.stream.classNames?.[Number(text)] ?? text, value: null }
    const value = numberIn(text, this.comma)
    return value === null ? text : { label: '', value }
  }
}

/** The kinds of the features as they look, or as the person says. */
function kindsOf(profile: ColumnProfile, { roles, options }: OpenTable): ColumnKind[] {
  const found = profile.kinds()
  const forced = new Map<string, ColumnKind>()
  for (const kind of columnKind.options) {
    if (kind !== 'categorical' && kind !== 'numeric' && kind !== 'text') continue
    for (const name of options[kind] ?? []) forced.set(name, kind)
  }
  return roles.features.map((name) => forced.get(name) ?? found[profile.columns.indexOf(name)] ?? 'text')
}

function targetOf(profile: ColumnProfile, { roles, options, stream }: OpenTable): TableFacts['target'] {
  const { target: name } = roles
  if (name === null) return null
  const said =
    options.targetKind ?? (options.labelColumn ? 'class' : options.valueColumn ? 'number' : undefined)
  const measured = stream.classNames === null && profile.isMeasured(profile.columns.indexOf(name))
  return { name, kind: said ?? (measured ? 'number' : 'class') }
}

const profileFor = ({ stream, options }: OpenTable): ColumnProfile =>
  new ColumnProfile(stream.columns, {
    comma: stream.delimiter !== ',',
    alsoMissing: new Set(options.missing ?? []),
  })

function refuseOtherColumns([first, ...others]: OpenTable[]): void {
  for (const { file, roles } of others)
    if (first && roles.features.join('\n') !== first.roles.features.join('\n'))
      throw new GlyphlabError(
        'INVALID_INPUT',
        `${file.path} and ${first.file.path} have different columns. Import them apart.`,
      )
}

/** The target is the base's, where the person names no other. */
function likeBase(options: Options, base: RowShape | null): Options {
  const named = options.target ?? options.labelColumn ?? options.valueColumn
  return base && named === undefined ? { ...options, target: base.target?.name ?? '' } : options
}

const subsetOf = (tables: readonly unknown[], { path }: FoundFile): Subset | null =>
  tables.length > 1 ? subsetNamed(baseName(path).replace(tableName, '')) : null

/** The target as the preview and the options of the dialog name it. */
const mappingOf = ({ id, target, group, subset }: Roles, kind: 'class' | 'number' | undefined) => ({
  file: id,
  label: kind === 'class' ? target : null,
  value: kind === 'number' ? target : null,
  text: null,
  group,
  subset,
  boxes: null,
})

/** A table whose rows are the samples: features in columns, and what is to be predicted in one of them. */
export const tabular: Importer = {
  id: 'tabular',
  title: 'Table of rows (CSV, TSV, JSONL)',

  detects: (source) =>
    source.chosen !== undefined
      ? tablesOf(source).some(({ path }) => path === source.chosen)
      : tablesOf(source).some(({ path }) => !wholeJson.test(path)) &&
        !source.scan.files.some(({ path }) => isPictureName(path)),

  async table(source) {
    const options = parseOptions(optionsSchema, source.options, 'tabular')
    const [file] = chooseTables(source, options)
    if (!file) throw new GlyphlabError('INVALID_INPUT', `${source.root} holds no table.`)
    const table = await openTable(source, file, options)
    const profile = profileFor(table)
    for (const { cells } of table.head) profile.add(cells)
    return {
      file: file.path,
      tables: tablesOf(source).map(({ path }) => path),
      columns: table.stream.columns,
      rows: table.head.slice(0, previewRows).map(({ cells }) => cells),
      rowCount: table.head.length,
      mapping: mappingOf(table.roles, targetOf(profile, table)?.kind),
      kinds: Object.fromEntries(
        profile.kinds().map((kind, index) => [table.stream.columns[index] ?? '', kind] as const),
      ),
    }
  },

  /** For a look: the first rows only. An import takes `rows`. */
  async plan(source) {
    const options = parseOptions(optionsSchema, source.options, 'tabular')
    const files = chooseTables(source, options)
    const tables: OpenTable[] = []
    for (const file of files) tables.push(await openTable(source, file, options))
    refuseOtherColumns(tables)
    const candidates = tables.flatMap((table) => {
      const profile = profileFor(table)
      for (const { cells } of table.head) profile.add(cells)
      const reader = new RowReader(
        table,
        kindsOf(profile, table),
        targetOf(profile, table)?.kind ?? 'class',
        subsetOf(files, table.file),
      )
      return table.head.flatMap((row) => {
        const read = reader.read(row)
        if ('reason' in read) {
          source.scan.refused.push({ path: `${table.file.path}, line ${read.line}`, reason: read.reason })
          return []
        }
        return [
          {
            path: read.path,
            label: read.label,
            annotation: { value: read.value, group: read.group },
            subset: read.given,
            read: async () => Buffer.alloc(0),
            info: { width: 0, height: 0, pages: 1, mediaType: 'application/json' },
          },
        ]
      })
    })
    const cut = tables.filter(({ whole }) => !whole)
    return {
      candidates,
      warnings: cut.map(
        ({ file }) =>
          `${file.path}: the first ${lookRows.toLocaleString('en-US')} rows were looked at; the import takes all.`,
      ),
    }
  },

  async rows(source, base): Promise<RowSource> {
    const options = likeBase(parseOptions(optionsSchema, source.options, 'tabular'), base)
    const files = chooseTables(source, options)
    const tables: OpenTable[] = []
    for (const file of files) tables.push(await openTable(source, file, options))
    refuseOtherColumns(tables)
    const [first] = tables
    if (!first) throw new GlyphlabError('INVALID_INPUT', `${source.root} holds no table.`)
    const profile = profileFor(first)
    for (const { stream } of tables)
      for await (const batch of stream.rows()) for (const { cells } of batch) profile.add(cells)
    if (base)
      requireSameShape(
        first.file.path,
        { columns: first.roles.features, target: first.roles.target },
        { columns: base.columns.map(({ name }) => name), target: base.target?.name ?? null },
        'Leave them out (option "leaveOut")',
      )
    const kindOf = base && new Map(base.columns.map(({ name, kind }) => [name, kind]))
    const kinds = kindsOf(profile, first).map(
      (kind, place) => kindOf?.get(first.roles.features[place] ?? '') ?? kind,
    )
    const target = base ? base.target : targetOf(profile, first)
    const readers = tables.map((table) => ({
      table,
      reader: new RowReader(table, kinds, target?.kind ?? 'class', subsetOf(files, table.file)),
    }))
    return {
      columns: first.roles.features.map((name, place) => ({ name, kind: kinds[place] ?? 'text' })),
      target,
      rowCount: profile.rowCount,
      named: first.roles.id !== null,
      async *read() {
        for (const { table, reader } of readers) {
          for await (const batch of table.stream.rows())
            yield batch.map((row) => {
              const read = reader.read(row)
              return 'reason' in read
                ? { path: `${table.file.path}, line ${read.line}`, reason: read.reason }
                : { ...read, where: `${table.file.path}, line ${read.line}` }
            })
        }
      },
      warnings: () => {
        const words = readers.flatMap(({ reader }) => [...reader.unknownSubsets])
        return words.length === 0
          ? []
          : [
              `The subset column has words that are neither train, validation nor test; the split decides there: ${nameList(words)}.`,
            ]
      },
    }
  },
}

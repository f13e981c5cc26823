import { type CellValue, type FoundRun, GlyphlabError, type RunGroup } from '../../contract/index.ts'
import type { RunFinder, RunQuery } from '../../store/run-finder.ts'
import type { Field } from './ast.ts'
import { compileFields, compileSearch, orderTerms } from './compile.ts'
import { parseField, parseOrder, parseSearch } from './parser.ts'

export interface RunSearch {
  filter: string
  orderBy: readonly string[]
  /** Ids; undefined: all. */
  experiments: readonly number[] | undefined
  lifecycle: 'active' | 'deleted' | 'all'
}

export interface FoundPage {
  ids: number[]
  nextPageToken: string | null
  /** Of the newest run that the pages show. */
  newest: number
}

/** @throws SearchError */
export function compileRunSearch(search: RunSearch): RunQuery {
  const condition = compileSearch(parseSearch(search.filter))
  const orders = search.orderBy.flatMap((text) => (text.trim() === '' ? [] : parseOrder(text)))
  const fields = compileFields(
    orders.map(({ field }) => field),
    'o',
  )
  return {
    where: condition.where,
    order: orderTerms(orders, fields),
    joins: fields.joins,
    bound: { ...condition.bound, ...fields.bound },
    experiments: search.experiments,
    lifecycle: search.lifecycle,
  }
}

/** One page of row ids. Pages stay as they are while runs come in. @throws GlyphlabError for a token that is none */
export function findPage(
  finder: RunFinder,
  query: RunQuery,
  page: { token: string | undefined; limit: number },
): FoundPage {
  const { offset, newest } = page.token ? readToken(page.token) : { offset: 0, newest: finder.newest() }
  const ids = finder.find(query, { newest, offset, limit: page.limit + 1 })
  const more = ids.length > page.limit
  return {
    ids: more ? ids.slice(0, -1) : ids,
    nextPageToken: more ? writeToken({ offset: offset + page.limit, newest }) : null,
    newest,
  }
}

interface PageToken {
  offset: number
  newest: number
}

const writeToken = (token: PageToken): string => Buffer.from(JSON.stringify(token)).toString('base64')

function readToken(text: string): PageToken {
  try {
    const { offset, newest } = JSON.parse(Buffer.from(text, 'base64').toString('utf8')) as Partial<PageToken>
    if (Number.isSafeInteger(offset) && Number.isSafeInteger(newest))
      return { offset: offset as number, newest: newest as number }
  } catch {
    // Falls through: whatever it was, it is no token of ours.
  }
  throw new GlyphlabError('INVALID_INPUT', `"${text}" is no page token. Search again from the first page.`)
}

/** Heads and the columns asked for. A metric that is NaN is NaN. @throws SearchError for a column that is no field */
export function readColumns(
  finder: RunFinder,
  ids: readonly number[],
  columns: readonly string[],
): FoundRun[] {
  const fields = columns.map(parseField)
  const rows = finder.read(ids, compileFields(fields, 'c'))
  const metrics = fields.flatMap((field, index) => (field.kind === 'metric' ? [index] : []))
  for (const { values } of rows)
    for (const index of metrics) if (values[index] === 'NaN') values[index] = Number.NaN
  return rows
}

/** Some of the values that runs have in a field, the most frequent first. */
export function valuesOf(finder: RunFinder, field: Field, limit: number): (string | number)[] {
  return finder.values(compileFields([field], 'c'), limit)
}

/** Groups rows whose first `keys` values are the same, in order of appearance; the other values are rolled up. */
export function groupRows(rows: readonly FoundRun[], keys: number): RunGroup[] {
  const groups = new Map<string, FoundRun[]>()
  for (const row of rows) {
    const name = JSON.stringify(row.values.slice(0, keys))
    const group = groups.get(name)
    if (group) group.push(row)
    else groups.set(name, [row])
  }
  return [...groups.values()].map((members) => ({
    keys: members[0]?.values.slice(0, keys) ?? [],
    runs: members.length,
    runIds: members.map(({ id }) => id),
    columns: (members[0]?.values.slice(keys) ?? []).map((_, index) =>
      rollUp(members.map(({ values }) => values[keys + index] ?? null)),
    ),
  }))
}

function rollUp(cells: readonly CellValue[]): RunGroup['columns'][number] {
  const numbers = cells
    .map((cell) => (typeof cell === 'string' && cell.trim() !== '' ? Number(cell) : cell))
    .filter((cell): cell is number => typeof cell === 'number' && Number.isFinite(cell))
  if (numbers.length === 0) return null
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length
  const squares = numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return {
    min: numbers.reduce((least, value) => Math.min(least, value)),
    max: numbers.reduce((most, value) => Math.max(most, value)),
    mean,
    deviation: numbers.length > 1 ? Math.sqrt(squares / (numbers.length - 1)) : 0,
    count: numbers.length,
  }
}

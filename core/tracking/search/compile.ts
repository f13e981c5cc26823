import type { Comparator, Expression, Field, Order, runAttributes, Value } from './ast.ts'
import { idWordLength } from './evaluate.ts'

/**
 * A part of a statement over `run r`. Needs the functions `as_number` (the number that a text is, or NULL) and `fold`
 * (lower case) of the store.
 */
export interface CompiledSearch {
  where: string
  bound: Record<string, string | number>
}

export interface CompiledFields {
  joins: string
  /** One a field: its value; the text 'NaN' where a metric is NaN, NULL where the run has no such thing. */
  values: string[]
  /** One a field: 0 a value, 1 NaN or a text among numbers, 2 nothing. */
  ranks: string[]
  bound: Record<string, string | number>
}

const attributeSql: Record<keyof typeof runAttributes.types, string> = {
  run_id: 'r.uid',
  name: 'r.name',
  status: 'r.status',
  experiment: '(SELECT e.name FROM experiment e WHERE e.id = r.experiment_id)',
  experiment_id: 'CAST(r.experiment_id AS TEXT)',
  user: "nullif(r.user, '')",
  start_time: 'r.start_time',
  end_time: 'r.end_time',
  duration: '(r.end_time - r.start_time)',
  dataset: `coalesce(r.dataset_label, (SELECT d.name FROM run_input i JOIN logged_dataset d ON d.id = i.dataset_id
    WHERE i.run_id = r.id ORDER BY d.id LIMIT 1))`,
  parent: '(SELECT p.uid FROM run p WHERE p.id = r.parent_id)',
  note: "(SELECT t.value FROM tag t WHERE t.run_id = r.id AND t.key = 'mlflow.note.content')",
  lifecycle: 'r.lifecycle',
  artifact_uri: `(SELECT coalesce(rtrim(e.artifact_location, '/'), 'mlflow-artifacts:/' || e.id) || '/' || r.uid || '/artifacts'
    FROM experiment e WHERE e.id = r.experiment_id)`,
}

const datasetSql = {
  name: 'd.name',
  digest: 'd.digest',
  context: '(i.tags ->> \'$."mlflow.data.context"\')',
} as const

class Binder {
  readonly bound: Record<string, string | number> = {}
  private readonly prefix: string
  private count = 0

  constructor(prefix: string) {
    this.prefix = prefix
  }

  add(value: string | number): string {
    const name = `${this.prefix}${this.count++}`
    this.bound[name] = value
    return `@${name}`
  }
}

/** The condition of an expression; it is never NULL. */
export function compileSearch(expression: Expression | null): CompiledSearch {
  const binder = new Binder('s')
  return { where: expression ? condition(expression, binder) : '1', bound: binder.bound }
}

function condition(expression: Expression, binder: Binder): string {
  switch (expression.kind) {
    case 'and':
    case 'or': {
      const word = expression.kind === 'and' ? ' AND ' : ' OR '
      return `(${expression.parts.map((part) => condition(part, binder)).join(word)})`
    }
    case 'not':
      return `NOT ${condition(expression.part, binder)}`
    case 'text':
      return textCondition(expression.text, binder)
    case 'exists':
      return holds(expression.field, binder, () => '1')
    case 'compare': {
      const { field, comparator, value } = expression
      return holds(field, binder, (sql) => comparison(sql, field, comparator, value, binder))
    }
    case 'like': {
      const { field, pattern, ignoreCase } = expression
      const glob = binder.add(globOf(ignoreCase ? pattern.toLowerCase() : pattern))
      return holds(
        field,
        binder,
        (sql) => `${not(expression)} (${ignoreCase ? `fold(${sql})` : sql} GLOB ${glob})`,
      )
    }
    case 'in': {
      const { field, values } = expression
      const any = (sql: string) =>
        values.map((value) => comparison(sql, field, '=', value, binder)).join(' OR ')
      return holds(field, binder, (sql) => `${not(expression)} (${any(sql)})`)
    }
  }
}

const not = ({ negated }: { negated: boolean }): string => (negated ? 'NOT' : '')

/** Whether the run has the field with a value for which `test` holds. */
function holds(field: Field, binder: Binder, test: (sql: string) => string): string {
  switch (field.kind) {
    case 'attribute': {
      const sql = attributeSql[field.name as keyof typeof attributeSql]
      return `((${sql} IS NOT NULL AND (${test(sql)})) IS TRUE)`
    }
    case 'param':
    case 'tag':
      return `EXISTS (SELECT 1 FROM ${field.kind} x WHERE x.run_id = r.id AND x.key = ${binder.add(field.key)} AND (${test('x.value')}))`
    case 'metric':
      return `EXISTS (SELECT 1 FROM ${metricRow(field, binder)} x WHERE ${test('x.value')})`
    case 'dataset': {
      const sql = datasetSql[field.name]
      return `EXISTS (SELECT 1 FROM run_input i JOIN logged_dataset d ON d.id = i.dataset_id
        WHERE i.run_id = r.id AND ${sql} IS NOT NULL AND (${test(sql)}))`
    }
  }
}

/** A subquery with the one row of a metric, or none; its value is NULL for NaN. */
function metricRow(field: Extract<Field, { kind: 'metric' }>, binder: Binder): string {
  const key = `(SELECT id FROM metric_key WHERE name = ${binder.add(field.key)})`
  const { reduction } = field
  if (reduction.kind === 'at')
    return `(SELECT m.value FROM metric m WHERE m.run_id = r.id AND m.key_id = ${key} AND m.step <= ${binder.add(reduction.step)}
      ORDER BY m.step DESC, m.sequence DESC LIMIT 1)`
  const column = { last: 'value', min: 'minimum', max: 'maximum', count: 'count' }[reduction.kind]
  return `(SELECT l.${column} AS value FROM latest_metric l WHERE l.run_id = r.id AND l.key_id = ${key})`
}

function comparison(sql: string, field: Field, comparator: Comparator, value: Value, binder: Binder): string {
  if (typeof value === 'string') return `${sql} ${comparator} ${binder.add(value)}`
  if (field.kind === 'metric') {
    if (Number.isNaN(value)) {
      if (comparator === '=') return `${sql} IS NULL`
      return comparator === '!=' ? `${sql} IS NOT NULL` : '0'
    }
    const plain = `${sql} ${comparator} ${binder.add(value)}`
    return comparator === '!=' ? `(${sql} IS NULL OR ${plain})` : `(${plain}) IS TRUE`
  }
  if (field.kind === 'attribute') return `${sql} ${comparator} ${binder.add(value)}`
  const plain = `as_number(${sql}) ${comparator} ${binder.add(value)}`
  return comparator === '!=' ? `(as_number(${sql}) IS NULL OR ${plain})` : `(${plain}) IS TRUE`
}

function textCondition(text: string, binder: Binder): string {
  const ascii = /^[\x20-\x7e]*$/.test(text)
  const word = ascii ? binder.add(`%${text.replace(/[\\%_]/g, '\\$&')}%`) : binder.add(text.toLowerCase())
  const has = (sql: string) =>
    ascii ? `${sql} LIKE ${word} ESCAPE '\\'` : `instr(fold(${sql}), ${word}) > 0`
  const pairs = (table: 'param' | 'tag') =>
    `EXISTS (SELECT 1 FROM ${table} x WHERE x.run_id = r.id AND (${has('x.value')} OR ${has('x.key')}))`
  const facts = ['name', 'status', 'experiment', 'dataset'] as const
  const inFacts = facts.map((name) => has(`coalesce(${attributeSql[name]}, '')`)).join(' OR ')
  const id = text.length >= idWordLength ? `OR ${beginsId(text, binder)}` : ''
  return `(${inFacts} OR ${pairs('param')} OR ${pairs('tag')} ${id})`
}

const beginsId = (text: string, binder: Binder): string => {
  const word = binder.add(text.toLowerCase())
  return `substr(r.uid, 1, length(${word})) = ${word}`
}

/** The GLOB pattern of a LIKE pattern: GLOB tells capitals apart. */
function globOf(pattern: string): string {
  return [...pattern]
    .map((sign) => (sign === '%' ? '*' : sign === '_' ? '?' : '*?['.includes(sign) ? `[${sign}]` : sign))
    .join('')
}

/** What to read, or to sort by, of each run. @param prefix tells the names of two lists in one statement apart */
export function compileFields(fields: readonly Field[], prefix: string): CompiledFields {
  const binder = new Binder(prefix)
  const joins: string[] = []
  const values: string[] = []
  const ranks: string[] = []
  for (const [index, field] of fields.entries()) {
    const alias = `${prefix}j${index}`
    if (field.kind === 'metric' && field.reduction.kind !== 'at') {
      const column = { last: 'value', min: 'minimum', max: 'maximum', count: 'count' }[field.reduction.kind]
      joins.push(
        `LEFT JOIN latest_metric ${alias} ON ${alias}.run_id = r.id
           AND ${alias}.key_id = (SELECT id FROM metric_key WHERE name = ${binder.add(field.key)})`,
      )
      values.push(`CASE WHEN ${alias}.run_id IS NULL THEN NULL ELSE coalesce(${alias}.${column}, 'NaN') END`)
      ranks.push(`CASE WHEN ${alias}.run_id IS NULL THEN 2 WHEN ${alias}.${column} IS NULL THEN 1 ELSE 0 END`)
    } else if (field.kind === 'metric') {
      const value = `(SELECT coalesce(x.value, 'NaN') FROM ${metricRow(field, binder)} x)`
      values.push(value)
      ranks.push(`CASE ${value} WHEN 'NaN' THEN 1 ELSE iif(${value} IS NULL, 2, 0) END`)
    } else if (field.kind !== 'attribute' && field.kind !== 'dataset') {
      joins.push(
        `LEFT JOIN ${field.kind} ${alias} ON ${alias}.run_id = r.id AND ${alias}.key = ${binder.add(field.key)}`,
      )
      values.push(`${alias}.value`)
      ranks.push(
        `CASE WHEN ${alias}.value IS NULL THEN 2 WHEN as_number(${alias}.value) IS NULL THEN 1 ELSE 0 END`,
      )
    } else {
      const value =
        field.kind === 'attribute'
          ? attributeSql[field.name as keyof typeof attributeSql]
          : `(SELECT ${datasetSql[field.name]} FROM run_input i JOIN logged_dataset d ON d.id = i.dataset_id
              WHERE i.run_id = r.id ORDER BY d.id LIMIT 1)`
      values.push(value)
      ranks.push(`(${value} IS NULL) * 2`)
    }
  }
  return { joins: joins.join('\n'), values, ranks, bound: binder.bound }
}

/** The terms of ORDER BY: what has no value comes last either way, and before it NaN. Equal runs: the newest first. */
export function orderTerms(orders: readonly Order[], { values, ranks }: CompiledFields): string {
  const terms = orders.flatMap(({ field, descending }, index) => {
    const direction = descending ? 'DESC' : 'ASC'
    const value = values[index] ?? ''
    const numeric = field.kind === 'param' || field.kind === 'tag' ? [`as_number(${value}) ${direction}`] : []
    return [ranks[index] ?? '', ...numeric, `${value} ${direction}`]
  })
  const byStart = orders.some(({ field }) => field.kind === 'attribute' && field.name === 'start_time')
  return [...terms, ...(byStart ? [] : ['r.start_time DESC']), 'r.uid'].join(', ')
}

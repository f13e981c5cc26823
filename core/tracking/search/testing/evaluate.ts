import type { MetricPoint } from '../../../contract/index.ts'
import { numberIn } from '../../../domain/number-in.ts'
import type { Comparator, Expression, Field, Order, Value } from '../ast.ts'

/** A run as plain values, to search without a database. */
export interface PlainRun {
  id: string
  name: string
  status: string
  experiment: string
  user: string
  startTime: number | null
  endTime: number | null
  params: Record<string, string>
  tags: Record<string, string>
  points: MetricPoint[]
  datasets: { name: string; digest: string; context: string }[]
}

/** Says what a search means, as plainly as can be: the reference for what the compiled statement finds. */
export function evaluate(expression: Expression, run: PlainRun): boolean {
  switch (expression.kind) {
    case 'and':
      return expression.parts.every((part) => evaluate(part, run))
    case 'or':
      return expression.parts.some((part) => evaluate(part, run))
    case 'not':
      return !evaluate(expression.part, run)
    case 'text': {
      const word = expression.text.toLowerCase()
      const texts = [run.name, ...Object.entries(run.params).flat(), ...Object.entries(run.tags).flat()]
      return texts.some((text) => text.toLowerCase().includes(word))
    }
    case 'exists':
      return valuesOf(expression.field, run).length > 0
    case 'compare':
      return valuesOf(expression.field, run).some((value) =>
        compares(value, expression.comparator, expression.value),
      )
    case 'like': {
      const pattern = like(expression.pattern, expression.ignoreCase)
      const text = (value: Value) => (expression.ignoreCase ? String(value).toLowerCase() : String(value))
      return valuesOf(expression.field, run).some((value) => pattern.test(text(value)) !== expression.negated)
    }
    case 'in':
      return valuesOf(expression.field, run).some(
        (value) => expression.values.some((one) => compares(value, '=', one)) !== expression.negated,
      )
  }
}

export function valuesOf(field: Field, run: PlainRun): Value[] {
  switch (field.kind) {
    case 'param':
    case 'tag': {
      const pairs = field.kind === 'param' ? run.params : run.tags
      const value = Object.hasOwn(pairs, field.key) ? pairs[field.key] : undefined
      return value === undefined ? [] : [value]
    }
    case 'dataset':
      return run.datasets.map((dataset) => dataset[field.name])
    case 'metric':
      return metricValues(field, run)
    case 'attribute': {
      const duration = run.startTime === null || run.endTime === null ? null : run.endTime - run.startTime
      const values: Partial<Record<typeof field.name, Value | null>> = {
        run_id: run.id,
        name: run.name,
        status: run.status,
        experiment: run.experiment,
        user: run.user === '' ? null : run.user,
        start_time: run.startTime,
        end_time: run.endTime,
        duration,
        dataset: run.datasets[0]?.name ?? null,
      }
      const value = values[field.name] ?? null
      return value === null ? [] : [value]
    }
  }
}

function metricValues({ key, reduction }: Extract<Field, { kind: 'metric' }>, run: PlainRun): number[] {
  const points = run.points.filter((point) => point.key === key)
  if (points.length === 0) return []
  const numbers = points.map(({ value }) => value).filter((value) => !Number.isNaN(value))
  switch (reduction.kind) {
    case 'count':
      return [points.length]
    case 'min':
      return [numbers.length === 0 ? Number.NaN : Math.min(...numbers)]
    case 'max':
      return [numbers.length === 0 ? Number.NaN : Math.max(...numbers)]
    case 'at': {
      const upTo = points.filter(({ step }) => step <= reduction.step)
      const top = Math.max(...upTo.map(({ step }) => step))
      const value = upTo.filter(({ step }) => step === top).at(-1)?.value
      return value === undefined ? [] : [value]
    }
    case 'last': {
      const zeroed = (value: number) => (Number.isNaN(value) ? 0 : value)
      const newest = points.reduce((last, point) =>
        point.step > last.step ||
        (point.step === last.step &&
          (point.timestamp > last.timestamp ||
            (point.timestamp === last.timestamp && zeroed(point.value) > zeroed(last.value))))
          ? point
          : last,
      )
      return [newest.value]
    }
  }
}

function compares(left: Value, comparator: Comparator, right: Value): boolean {
  if (typeof right === 'number') {
    const number = typeof left === 'number' ? left : numberIn(left)
    if (number === null) return comparator === '!='
    if (Number.isNaN(right))
      return comparator === '=' ? Number.isNaN(number) : comparator === '!=' && !Number.isNaN(number)
    return ordered(number < right, number === right, number > right, comparator, Number.isNaN(number))
  }
  const order = Buffer.compare(Buffer.from(String(left)), Buffer.from(right))
  return ordered(order < 0, order === 0, order > 0, comparator, false)
}

function ordered(less: boolean, same: boolean, more: boolean, comparator: Comparator, nan: boolean): boolean {
  switch (comparator) {
    case '=':
      return same
    case '!=':
      return !same || nan
    case '<':
      return less
    case '<=':
      return less || same
    case '>':
      return more
    case '>=':
      return more || same
  }
}

function like(pattern: string, ignoreCase: boolean): RegExp {
  const source = [...(ignoreCase ? pattern.toLowerCase() : pattern)]
    .map((sign) => (sign === '%' ? '.*' : sign === '_' ? '.' : sign.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')))
    .join('')
  return new RegExp(`^${source}$`, 'su')
}

/** The order of two runs; what has no value comes last either way, and before it NaN or a text among numbers. */
export function compareBy(orders: readonly Order[], a: PlainRun, b: PlainRun): number {
  for (const { field, descending } of orders) {
    const [left, right] = [valuesOf(field, a)[0], valuesOf(field, b)[0]]
    const byRank = rankOf(field, left) - rankOf(field, right)
    if (byRank !== 0) return byRank
    const order = compareValues(field, left, right)
    if (order !== 0) return descending ? -order : order
  }
  return (
    (b.startTime ?? Number.NEGATIVE_INFINITY) - (a.startTime ?? Number.NEGATIVE_INFINITY) ||
    (a.id < b.id ? -1 : 1)
  )
}

function rankOf(field: Field, value: Value | undefined): number {
  if (value === undefined) return 2
  if (typeof value === 'number') return Number.isNaN(value) ? 1 : 0
  return (field.kind === 'param' || field.kind === 'tag') && numberIn(value) === null ? 1 : 0
}

function compareValues(field: Field, left: Value | undefined, right: Value | undefined): number {
  if (left === undefined || right === undefined) return 0
  if (typeof left === 'number' && typeof right === 'number') return left < right ? -1 : left > right ? 1 : 0
  if (field.kind === 'param' || field.kind === 'tag') {
    const [a, b] = [numberIn(String(left)), numberIn(String(right))]
    if (a !== null && b !== null && a !== b) return a < b ? -1 : 1
  }
  return Buffer.compare(Buffer.from(String(left)), Buffer.from(String(right)))
}

import { numberIn } from '../../domain/number-in.ts'
import type { Comparator, Expression, Field, Order, Value } from './ast.ts'

/** Anything that can be searched, in memory. */
export interface Searchable {
  /** None where it has no such thing, one as a rule, several of datasets. */
  valuesOf(field: Field): Value[]
  /** What words are looked for in. */
  texts(): string[]
  /** What a word of at least `idWordLength` signs may be the beginning of. */
  ids(): string[]
}

/** Shorter words are in too many ids by chance. */
export const idWordLength = 6

/** Says what a search means, as plainly as can be: for short lists, and the reference for the compiled statement. */
export function evaluate(expression: Expression, one: Searchable): boolean {
  switch (expression.kind) {
    case 'and':
      return expression.parts.every((part) => evaluate(part, one))
    case 'or':
      return expression.parts.some((part) => evaluate(part, one))
    case 'not':
      return !evaluate(expression.part, one)
    case 'text': {
      const word = expression.text.toLowerCase()
      const beginsId = word.length >= idWordLength && one.ids().some((id) => id.startsWith(word))
      return beginsId || one.texts().some((text) => text.toLowerCase().includes(word))
    }
    case 'exists':
      return one.valuesOf(expression.field).length > 0
    case 'compare':
      return one
        .valuesOf(expression.field)
        .some((value) => compares(value, expression.comparator, expression.value))
    case 'like': {
      const pattern = like(expression.pattern, expression.ignoreCase)
      const text = (value: Value) => (expression.ignoreCase ? String(value).toLowerCase() : String(value))
      return one.valuesOf(expression.field).some((value) => pattern.test(text(value)) !== expression.negated)
    }
    case 'in':
      return one
        .valuesOf(expression.field)
        .some(
          (value) => expression.values.some((other) => compares(value, '=', other)) !== expression.negated,
        )
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

/** The order of two; 0 where they don't differ in what is sorted by. What has no value comes last either way, and before it NaN or a text among numbers. */
export function compareBy(orders: readonly Order[], a: Searchable, b: Searchable): number {
  for (const { field, descending } of orders) {
    const [left, right] = [a.valuesOf(field)[0], b.valuesOf(field)[0]]
    const byRank = rankOf(field, left) - rankOf(field, right)
    if (byRank !== 0) return byRank
    const order = compareValues(field, left, right)
    if (order !== 0) return descending ? -order : order
  }
  return 0
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

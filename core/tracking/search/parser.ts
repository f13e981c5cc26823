import {
  type Attributes,
  type Comparator,
  type Expression,
  type Field,
  type Order,
  type Reduction,
  runAttributes,
  scopes,
  typeOf,
  type Value,
} from './ast.ts'
import { type Token, tokens } from './lexer.ts'
import { type Next, SearchError } from './search-error.ts'
import { durationOf, timeOf } from './times.ts'

const comparators: readonly string[] = ['=', '!=', '<', '<=', '>', '>='] satisfies Comparator[]
const reductions = ['last', 'min', 'max', 'count'] as const
const datasetFields = ['name', 'digest', 'context'] as const
const term = ['a field like metrics.loss, params.lr, tags.team or status', 'a word to find']

/**
 * Reads a search expression; null where it is empty.
 *
 *     metrics.loss < 0.5 AND (params.optimizer IN ('adam', 'sgd') OR NOT tags.team = 'vision')
 *     min(metrics.loss) <= 0.1 AND at(metrics.acc, 1000) > 0.9 AND start_time > '7 days ago' AND resnet
 *
 * A metric is its last value, or what `min`, `max`, `count` or `at(metric, step)` make of it. Params and tags are compared
 * as numbers where the value is one, and as text where it is in quotes. What is neither a comparison nor a connective
 * is looked for in names, notes, params and tags.
 * @throws SearchError
 */
export function parseSearch(
  text: string,
  { now = Date.now(), attributes = runAttributes }: { now?: number; attributes?: Attributes } = {},
): Expression | null {
  return new Parser(text, attributes, now).whole()
}

/** Reads `metrics.loss DESC, start_time`. @throws SearchError */
export function parseOrder(text: string, attributes: Attributes = runAttributes): Order[] {
  return new Parser(text, attributes).order()
}

/** Reads one field: `metrics.loss`, `min(metrics.loss)`, `params.lr`, `status`. @throws SearchError */
export function parseField(text: string): Field {
  return new Parser(text, runAttributes).field()
}

class Parser {
  private readonly all: Token[]
  private readonly attributes: Attributes
  private readonly now: number
  private at = 0

  constructor(text: string, attributes: Attributes, now = 0) {
    this.all = tokens(text)
    this.attributes = attributes
    this.now = now
  }

  whole(): Expression | null {
    if (this.token().kind === 'end') return null
    const expression = this.either()
    const rest = this.token()
    if (rest.kind !== 'end')
      this.fail(`"${rest.source}" can't stand here`, ['AND', 'OR', 'the end'], {
        kind: 'connective',
        closing: false,
      })
    return expression
  }

  order(): Order[] {
    const orders: Order[] = []
    do {
      const field = this.takeField(this.isFunction())
      const descending = this.takeWord('DESC')
      if (!descending) this.takeWord('ASC')
      orders.push({ field, descending })
    } while (this.takeSymbol(','))
    this.expectEnd(['ASC', 'DESC', 'a comma'])
    return orders
  }

  field(): Field {
    const field = this.takeField(this.isFunction())
    this.expectEnd(['the end'])
    return field
  }

  private expectEnd(expected: string[]): void {
    if (this.token().kind === 'end') return
    this.fail(`"${this.token().source}" can't stand here`, expected, { kind: 'nothing' })
  }

  private token(ahead = 0): Token {
    return this.all[Math.min(this.at + ahead, this.all.length - 1)] as Token
  }

  private fail(what: string, expected: string[], next: Next, token = this.token()): never {
    const place = { position: token.position, length: token.source.length }
    throw new SearchError(
      token.kind === 'end' ? 'The expression ends too early' : what,
      place,
      expected,
      next,
    )
  }

  private isWord(word: string, ahead = 0): boolean {
    const token = this.token(ahead)
    return token.kind === 'word' && token.source.toUpperCase() === word
  }

  private takeWord(word: string): boolean {
    if (!this.isWord(word)) return false
    this.at++
    return true
  }

  private takeSymbol(symbol: string): boolean {
    const token = this.token()
    if (token.kind !== 'symbol' || token.text !== symbol) return false
    this.at++
    return true
  }

  private either(): Expression {
    const parts = [this.both()]
    while (this.takeWord('OR')) parts.push(this.both())
    return joined('or', parts)
  }

  private both(): Expression {
    const parts = [this.negated()]
    // Words beside each other must all be there.
    while (this.takeWord('AND') || (parts.at(-1)?.kind === 'text' && this.isText()))
      parts.push(this.negated())
    return joined('and', parts)
  }

  private negated(): Expression {
    if (this.isWord('NOT')) {
      this.at++
      return { kind: 'not', part: this.negated() }
    }
    if (this.takeSymbol('(')) {
      const inner = this.either()
      if (!this.takeSymbol(')'))
        this.fail(`"${this.token().source}" can't stand here`, ['AND', 'OR', 'a closing )'], {
          kind: 'connective',
          closing: true,
        })
      return inner
    }
    if (this.isText()) {
      const token = this.token()
      this.at++
      return { kind: 'text', text: token.text }
    }
    return this.comparison()
  }

  private isOperator(ahead: number): boolean {
    const token = this.token(ahead)
    if (token.kind === 'symbol') return comparators.includes(token.text)
    return (
      ['LIKE', 'ILIKE', 'IN', 'IS'].some((word) => this.isWord(word, ahead)) || this.isNegatedOperator(ahead)
    )
  }

  private isNegatedOperator(ahead: number): boolean {
    return this.isWord('NOT', ahead) && ['IN', 'LIKE', 'ILIKE'].some((word) => this.isWord(word, ahead + 1))
  }

  private isText(): boolean {
    const token = this.token()
    if (token.kind === 'word' && ['AND', 'OR', 'NOT'].some((word) => this.isWord(word))) return false
    if (token.kind === 'word' && this.isFunction()) return false
    return (
      (token.kind === 'word' || token.kind === 'string' || token.kind === 'number') && !this.isOperator(1)
    )
  }

  private isFunction(): boolean {
    const token = this.token()
    const next = this.token(1)
    return token.kind === 'word' && next.kind === 'symbol' && next.text === '('
  }

  private comparison(): Expression {
    const field = this.takeField(this.isFunction())
    const operator = this.token()
    if (!this.isOperator(0))
      this.fail(`"${operator.source}" is no comparison`, operatorWords(field), { kind: 'operator', field })
    this.at++
    if (operator.kind === 'symbol')
      return { kind: 'compare', field, comparator: operator.text as Comparator, value: this.value(field) }
    const negated = operator.source.toUpperCase() === 'NOT'
    const word = negated ? this.token().source.toUpperCase() : operator.source.toUpperCase()
    if (negated) this.at++
    return this.wordComparison(field, word, negated)
  }

  private wordComparison(field: Field, word: string, negated: boolean): Expression {
    switch (word) {
      case 'IS': {
        const absent = !this.takeWord('NOT')
        if (!this.takeWord('NULL'))
          this.fail(`"${this.token().source}" can't stand here`, ['NULL', 'NOT NULL'], { kind: 'nothing' })
        const exists: Expression = { kind: 'exists', field }
        return absent ? { kind: 'not', part: exists } : exists
      }
      case 'IN': {
        if (!this.takeSymbol('('))
          this.fail(`"${this.token().source}" can't stand here`, ['a list in parentheses'], {
            kind: 'nothing',
          })
        const values: Value[] = []
        do values.push(this.value(field))
        while (this.takeSymbol(','))
        if (!this.takeSymbol(')'))
          this.fail(`"${this.token().source}" can't stand here`, ['a comma', 'a closing )'], {
            kind: 'nothing',
          })
        return { kind: 'in', field, values, negated }
      }
      default: {
        const token = this.token()
        if (token.kind !== 'string' || typeOf(field) === 'number')
          this.fail(
            typeOf(field) === 'number' ? 'A metric is a number' : `"${token.source}" is no pattern`,
            ["a pattern in quotes, like '%net%'"],
            { kind: 'value', field },
          )
        this.at++
        return { kind: 'like', field, pattern: token.text, ignoreCase: word === 'ILIKE', negated }
      }
    }
  }

  private takeField(isFunction: boolean): Field {
    const token = this.token()
    if (isFunction) return this.reducedMetric()
    if (
      token.kind !== 'word' &&
      token.kind !== 'path' &&
      !(token.kind === 'string' && token.source[0] !== "'")
    )
      this.fail(`"${token.source}" is no field`, term, { kind: 'term' })
    const field = token.kind === 'path' ? this.scopedField(token) : this.attribute(token.text, token)
    this.at++
    return field
  }

  private scopedField(token: Token): Field {
    const kind = Object.hasOwn(scopes, token.scope) ? scopes[token.scope] : undefined
    const key = token.text
    if (kind === undefined)
      this.fail(
        `"${token.scope}" is no kind of field`,
        ['metrics.…', 'params.…', 'tags.…', 'attributes.…', 'datasets.…'],
        { kind: 'term' },
      )
    if (key === '') this.fail(`The name after "${token.scope}." is missing`, ['a name'], { kind: 'term' })
    if (kind === 'metric') return { kind, key, reduction: { kind: 'last' } }
    if (kind === 'attribute') return this.attribute(key, token)
    if (kind !== 'dataset') return { kind, key }
    const name = datasetFields.find((known) => known === key)
    if (!name)
      this.fail(
        `A dataset has no "${key}"`,
        datasetFields.map((known) => `datasets.${known}`),
        { kind: 'term' },
      )
    return { kind, name }
  }

  private attribute(text: string, token: Token): Field {
    const { types, aliases } = this.attributes
    const name = (Object.hasOwn(aliases, text) ? aliases[text] : undefined) ?? text
    const type = Object.hasOwn(types, name) ? types[name] : undefined
    if (!type)
      this.fail(
        `There is no attribute "${text}"`,
        [...Object.keys(types).slice(0, 3), '…', `metrics.${text}`, `params.${text}`, `tags.${text}`],
        { kind: 'term' },
        token,
      )
    return { kind: 'attribute', name, type }
  }

  /** `min(metrics.loss)`, `at(metrics.loss, 100)`. */
  private reducedMetric(): Field {
    const word = this.token()
    const name = word.source.toLowerCase()
    const simple = reductions.find((known) => known === name)
    if (!simple && name !== 'at')
      this.fail(`There is no function "${word.source}"`, ['last', 'min', 'max', 'count', 'at'], {
        kind: 'term',
      })
    this.at += 2
    const metric = this.token().kind === 'path' ? this.scopedField(this.token()) : undefined
    if (metric?.kind !== 'metric')
      this.fail(`"${this.token().source}" is no metric`, ['metrics.…'], { kind: 'metric' })
    this.at++
    const reduction: Reduction = simple ? { kind: simple } : { kind: 'at', step: this.step() }
    if (!this.takeSymbol(')'))
      this.fail(`"${this.token().source}" can't stand here`, ['a closing )'], { kind: 'nothing' })
    return { kind: 'metric', key: metric.key, reduction }
  }

  private step(): number {
    if (!this.takeSymbol(','))
      this.fail(`"${this.token().source}" can't stand here`, ['a comma and a step'], { kind: 'nothing' })
    const token = this.token()
    const step = Number(token.text)
    if (token.kind !== 'number' || !Number.isSafeInteger(step))
      this.fail(`"${token.source}" is no step`, ['a whole number'], { kind: 'nothing' })
    this.at++
    return step
  }

  private value(field: Field): Value {
    const token = this.token()
    const type = typeOf(field)
    const next: Next = { kind: 'value', field }
    if (token.kind === 'end' || token.kind === 'symbol' || token.kind === 'path')
      this.fail(`"${token.source}" is no value`, valueWords(field), next)
    const value = type === 'number' ? numberOf(token) : this.otherValue(field, token)
    if (value === undefined) this.fail(`"${token.source}" does not fit`, valueWords(field), next)
    this.at++
    return value
  }

  private otherValue(field: Field, token: Token): Value | undefined {
    switch (typeOf(field)) {
      case 'time':
        return token.kind === 'number' ? Number(token.text) : timeOf(token.text, this.now)
      case 'duration':
        return durationOf(token.text)
      case 'text':
        return token.kind === 'number' ? Number(token.text) : token.text
      default:
        return field.kind === 'attribute' && field.name === 'status' ? token.text.toUpperCase() : token.text
    }
  }
}

const joined = (kind: 'and' | 'or', parts: Expression[]): Expression =>
  parts.length === 1 && parts[0] ? parts[0] : { kind, parts }

function numberOf(token: Token): number | undefined {
  if (token.kind === 'number') return Number(token.text)
  if (token.kind !== 'word') return undefined
  const word = token.source.toLowerCase()
  if (word === 'nan') return Number.NaN
  const infinite = /^([+-]?)inf(inity)?$/.exec(word)
  if (!infinite) return undefined
  return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
}

function valueWords(field: Field): string[] {
  switch (typeOf(field)) {
    case 'number':
      return ['a number, nan or inf']
    case 'time':
      return ["a time like '2026-11-01', '7 days ago' or ms since 1970"]
    case 'duration':
      return ["seconds, or a duration like '2 h'"]
    case 'text':
      return ["a text in quotes, like 'adam'", 'a number']
    case 'string':
      return ["a text in quotes, like 'FINISHED'"]
  }
}

/** What may stand after a field. */
export function operatorWords(field: Field): string[] {
  const words = ['=', '!=', '<', '<=', '>', '>=', 'IN', 'NOT IN', 'IS NULL', 'IS NOT NULL']
  return typeOf(field) === 'number' ? words : [...words, 'LIKE', 'ILIKE']
}

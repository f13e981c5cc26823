import type { SearchCompletion } from '../../contract/index.ts'
import { type Field, runAttributes, scopes, typeOf } from './ast.ts'
import { isBareKey } from './lexer.ts'
import { operatorWords, parseSearch } from './parser.ts'
import { type Next, SearchError } from './search-error.ts'

type Item = SearchCompletion['items'][number]

/** What is in the store. */
export interface Vocabulary {
  metrics(): string[]
  params(): string[]
  tags(): string[]
  /** Some of the values that a field has, the most frequent first. */
  values(field: Field): (string | number)[]
}

const statuses = ['FINISHED', 'RUNNING', 'FAILED', 'KILLED', 'SCHEDULED']
const times = ['today', 'yesterday', '24 hours ago', '7 days ago', '30 days ago']
const most = 50

/** What can stand at the cursor of an expression: fields seen in the store, operators, values, connectives. */
export function completeSearch(text: string, cursor: number, vocabulary: Vocabulary): SearchCompletion {
  const from = beginOfWord(text, cursor)
  const next = nextAfter(text.slice(0, from))
  const typed = text.slice(from, cursor)
  const items = itemsOf(next, vocabulary).filter(({ text: item }) => fits(item, typed))
  const to = cursor + (/^[\p{L}\p{N}_\-/:@.]*/u.exec(text.slice(cursor))?.[0].length ?? 0)
  return { from, to, items: items.slice(0, most) }
}

/** Where the word or quoted value begins that the cursor stands in or behind. */
function beginOfWord(text: string, cursor: number): number {
  const before = text.slice(0, cursor)
  let quote = -1
  for (let at = 0; at < before.length; at++) {
    const sign = before[at] ?? ''
    if (quote >= 0) {
      if (sign === before[quote]) quote = -1
    } else if (sign === "'" || sign === '"' || sign === '`') quote = at
  }
  const end = quote >= 0 ? quote : cursor
  return end - (/[\p{L}\p{N}_\-/:@.]*$/u.exec(before.slice(0, end))?.[0].length ?? 0)
}

function nextAfter(before: string): Next {
  if (before.trim() === '') return { kind: 'term' }
  try {
    parseSearch(before)
    return { kind: 'connective', closing: false }
  } catch (cause) {
    if (!(cause instanceof SearchError)) throw cause
    // A fault before the end is to be mended first.
    return cause.position < before.trimEnd().length ? { kind: 'nothing' } : cause.next
  }
}

function itemsOf(next: Next, vocabulary: Vocabulary): Item[] {
  switch (next.kind) {
    case 'nothing':
      return []
    case 'metric':
      return metricItems(vocabulary)
    case 'term':
      return [
        ...Object.keys(runAttributes.types).map((text): Item => ({ text, kind: 'attribute' })),
        ...metricItems(vocabulary),
        ...vocabulary.params().map((key): Item => ({ text: pathOf('params', key), kind: 'param' })),
        ...vocabulary.tags().map((key): Item => ({ text: pathOf('tags', key), kind: 'tag' })),
        ...['name', 'digest', 'context'].map((key): Item => ({ text: `datasets.${key}`, kind: 'dataset' })),
        ...['min(', 'max(', 'count(', 'at('].map((text): Item => ({ text, kind: 'function' })),
        { text: 'NOT', kind: 'word' },
      ]
    case 'connective':
      return [...(next.closing ? [')'] : []), 'AND', 'OR'].map((text) => ({ text, kind: 'word' }))
    case 'operator':
      return operatorWords(next.field).map((text) => ({ text, kind: 'operator' }))
    case 'value':
      return valueTexts(next.field, vocabulary).map((text) => ({ text, kind: 'value' }))
  }
}

const metricItems = (vocabulary: Vocabulary): Item[] =>
  vocabulary.metrics().map((key) => ({ text: pathOf('metrics', key), kind: 'metric' }))

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`
const pathOf = (scope: string, key: string): string =>
  `${scope}.${isBareKey(key) ? key : `\`${key.replaceAll('`', '``')}\``}`

function valueTexts(field: Field, vocabulary: Vocabulary): string[] {
  if (field.kind === 'attribute' && field.name === 'status') return statuses.map(quoted)
  const type = typeOf(field)
  if (type === 'time') return times.map(quoted)
  if (type === 'number' || type === 'duration') return []
  return vocabulary
    .values(field)
    .map(String)
    .filter((text) => text.length <= 200)
    .map(quoted)
}

/** Whether the item goes on from what was typed; a key may be named without its scope. */
function fits(item: string, typed: string): boolean {
  const [long, short] = [item, typed].map((text) => text.toLowerCase().replace(/['"`]/g, '')) as [
    string,
    string,
  ]
  if (long.startsWith(short)) return true
  const dot = long.indexOf('.')
  return dot > 0 && long.slice(0, dot) in scopes && long.slice(dot + 1).startsWith(short)
}

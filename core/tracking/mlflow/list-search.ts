import type { Attributes, Value } from '../search/ast.ts'
import { compareBy, evaluate, type Searchable } from '../search/evaluate.ts'
import { parseOrder, parseSearch } from '../search/parser.ts'
import { readToken, writeToken } from './page-token.ts'

interface Facts {
  attributes: Record<string, Value | null>
  tags: Record<string, string>
  params?: Record<string, string>
  metrics?: Record<string, number>
  /** Tags that are `!=` anything when there is none, as MLflow's client expects it of the registry. */
  missingTagsDiffer?: boolean
}

/** Filters, sorts and pages a short list, in MLflow's way. @throws SearchError, MlflowError for a token that is none */
export function searchList<Item>(search: {
  items: readonly Item[]
  attributes: Attributes
  filter: string
  orderBy: readonly string[]
  limit: number
  token: string | undefined
  searchable: (item: Item) => Facts
}): { items: Item[]; next: { next_page_token?: string } } {
  const expression = parseSearch(search.filter, { attributes: search.attributes })
  const orders = search.orderBy.flatMap((text) => parseOrder(text, search.attributes))
  const all = search.items.map((item) => ({ item, searchable: searchableOf(search.searchable(item)) }))
  const found = expression ? all.filter(({ searchable }) => evaluate(expression, searchable)) : all
  const sorted = found.toSorted((a, b) => compareBy(orders, a.searchable, b.searchable))
  const offset = readToken(search.token)
  const end = offset + search.limit
  return {
    items: sorted.slice(offset, end).map(({ item }) => item),
    next: end < sorted.length ? { next_page_token: writeToken(end) } : {},
  }
}

const noTag = '\u0000'

function searchableOf({ attributes, tags, params = {}, metrics = {}, missingTagsDiffer }: Facts): Searchable {
  const own = <T>(record: Record<string, T>, key: string): T[] =>
    Object.hasOwn(record, key) && record[key] !== null ? [record[key] as T] : []
  return {
    valuesOf(field) {
      switch (field.kind) {
        case 'attribute':
          return own(attributes, field.name).filter((value) => value !== null)
        case 'tag': {
          const found = own(tags, field.key)
          return found.length === 0 && missingTagsDiffer ? [noTag] : found
        }
        case 'param':
          return own(params, field.key)
        case 'metric':
          return own(metrics, field.key)
        case 'dataset':
          return []
      }
    },
    ids: () => [],
    texts: () => [...Object.values(attributes).map(String), ...Object.entries(tags).flat()],
  }
}

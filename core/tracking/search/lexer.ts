import { SearchError } from './search-error.ts'

export interface Token {
  kind: 'word' | 'path' | 'string' | 'number' | 'symbol' | 'end'
  /** As written. */
  source: string
  /** Of a string: what is between the quotes; of a path: its key. */
  text: string
  /** Of a path: what is before the first dot. */
  scope: string
  position: number
}

const space = /\s+/uy
const number = /[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\p{L}\p{N}_])/uy
const symbol = /==|!=|<>|<=|>=|[=<>(),]/uy
const firstPart = /[\p{L}\p{N}_][\p{L}\p{N}_\-/:@]*|[+-][iI]nf(?:inity)?/uy
const key = /[\p{L}\p{N}_\-/:@.]+/uy

/** Keys that need no quotes. */
export const isBareKey = (text: string): boolean => /^[\p{L}\p{N}_\-/:@.]+$/u.test(text)

/** @throws SearchError at a quote that does not end, or a character that nothing begins with */
export function tokens(text: string): Token[] {
  const found: Token[] = []
  let position = 0
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = position
    return pattern.exec(text)?.[0]
  }
  const add = (kind: Token['kind'], source: string, value: string, scope = '') => {
    found.push({ kind, source, text: value, scope, position })
    position += source.length
  }
  for (;;) {
    position += match(space)?.length ?? 0
    if (position >= text.length) {
      found.push({ kind: 'end', source: '', text: '', scope: '', position })
      return found
    }
    const quote = text[position] ?? ''
    if (quote === '`' && text[closing(text, position) + 1] === '.') {
      const scope = text.slice(position + 1, closing(text, position))
      readPath(scope, closing(text, position) + 1)
      continue
    }
    if (quote === "'" || quote === '"' || quote === '`') {
      const source = text.slice(position, closing(text, position) + 1)
      add('string', source, unquoted(source))
      continue
    }
    const numeral = match(number)
    if (numeral !== undefined) {
      add('number', numeral, numeral)
      continue
    }
    const sign = match(symbol)
    if (sign !== undefined) {
      add('symbol', sign, sign === '==' ? '=' : sign === '<>' ? '!=' : sign)
      continue
    }
    const word = match(firstPart)
    if (word === undefined)
      throw new SearchError(
        `"${[...text.slice(position)][0] ?? ''}" begins nothing`,
        { position, length: 1 },
        ['a field', 'a word to find'],
        { kind: 'nothing' },
      )
    if (text[position + word.length] === '.') readPath(word, position + word.length)
    else add('word', word, word)
  }

  /** `scope.key`, the key bare or in quotes; `dot` is the place of the dot. */
  function readPath(scope: string, dot: number): void {
    const begin = dot + 1
    const quote = text[begin] ?? ''
    if (quote === '"' || quote === '`' || quote === "'") {
      const end = closing(text, begin) + 1
      add('path', text.slice(position, end), unquoted(text.slice(begin, end)), scope)
      return
    }
    key.lastIndex = begin
    const bare = key.exec(text)?.[0] ?? ''
    add('path', text.slice(position, begin + bare.length), bare, scope)
  }
}

/** The place of the quote that ends what begins at `from`; a doubled quote stands for itself. */
function closing(text: string, from: number): number {
  const quote = text[from] ?? ''
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] !== quote) continue
    if (text[at + 1] !== quote) return at
    at++
  }
  throw new SearchError(
    'The quote does not end',
    { position: from, length: text.length - from },
    [`a closing ${quote}`],
    { kind: 'nothing' },
  )
}

function unquoted(source: string): string {
  const quote = source[0] ?? ''
  return source.slice(1, -1).replaceAll(quote + quote, quote)
}

import { createContext, Script } from 'node:vm'
import { GlyphlabError } from '../../contract/index.ts'

/** What a file's name may tell. */
export const patternFields = ['label', 'text', 'value', 'group', 'subset'] as const
export type PatternField = (typeof patternFields)[number]
export type NameFacts = Partial<Record<PatternField, string>>

/** What the names tell, in their order; null for a name that does not match. */
export type NameMatcher = (names: readonly string[]) => (NameFacts | null)[]

type Piece =
  | { kind: 'literal'; text: string }
  | { kind: 'any' }
  | { kind: 'one' }
  | { kind: 'field'; field: PatternField }

const isField = (name: string): name is PatternField => patternFields.some((field) => field === name)
const lower = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())

function parsePattern(pattern: string): Piece[] {
  const pieces: Piece[] = []
  const bad = (why: string) =>
    new GlyphlabError(
      'INVALID_INPUT',
      `The name pattern "${pattern}": ${why}. Write e.g. {label}_{group}_*.png, with ${patternFields.map((field) => `{${field}}`).join(', ')}, * for anything and ? for one character.`,
    )
  for (const [part] of pattern.matchAll(/\{[^}]*\}?|\*+|\?|[^{*?]+/g)) {
    const variable = pieces.at(-1)?.kind === 'field' || pieces.at(-1)?.kind === 'any'
    if (part === '?') pieces.push({ kind: 'one' })
    else if (part.startsWith('*') || part.startsWith('{')) {
      if (variable) throw bad('two placeholders need something between them')
      if (part.startsWith('*')) {
        pieces.push({ kind: 'any' })
        continue
      }
      const name = part.slice(1, -1)
      if (!part.endsWith('}') || !isField(name)) throw bad(`${part} is no placeholder`)
      if (pieces.some((piece) => piece.kind === 'field' && piece.field === name))
        throw bad(`${part} stands twice`)
      pieces.push({ kind: 'field', field: name })
    } else pieces.push({ kind: 'literal', text: lower(part) })
  }
  if (!pieces.some(({ kind }) => kind === 'field')) throw bad('it has no placeholder')
  return pieces
}

/**
 * Matches in one pass: a placeholder takes as little as it can (at least one character), the last one takes the rest.
 * There is no going back, so that no name takes long. Case counts only in what is taken.
 */
function matchPieces(pieces: readonly Piece[], name: string): NameFacts | null {
  const small = lower(name)
  const facts: NameFacts = {}
  let at = 0
  for (const [index, piece] of pieces.entries()) {
    if (piece.kind === 'literal') {
      if (!small.startsWith(piece.text, at)) return null
      at += piece.text.length
    } else if (piece.kind === 'one') {
      const point = name.codePointAt(at)
      if (point === undefined) return null
      at += point > 0xffff ? 2 : 1
    } else {
      const least = piece.kind === 'field' ? 1 : 0
      const next = pieces[index + 1]
      const last = index + 2 === pieces.length
      let end = name.length
      if (next?.kind === 'literal') {
        end = last ? small.length - next.text.length : small.indexOf(next.text, at + least)
        if (last && !small.endsWith(next.text)) return null
      } else if (next?.kind === 'one') end = at + least
      if (end < at + least) return null
      if (piece.kind === 'field') facts[piece.field] = name.slice(at, end)
      at = end
    }
  }
  return at === name.length ? facts : null
}

/** @throws GlyphlabError INVALID_INPUT, saying what is wrong with the pattern */
export function simplePattern(pattern: string): NameMatcher {
  const pieces = parsePattern(pattern)
  return (names) => names.map((name) => matchPieces(pieces, name))
}

const regexTimeoutMs = 2_000
const script = new Script(
  'for (; state.at < names.length; state.at++) { const found = regex.exec(names[state.at]); results.push(found === null ? null : { ...found.groups }) }',
)

/**
 * A regular expression with named groups, e.g. `(?<label>[a-z]+)_(?<group>\d+)`. It runs under a time limit: an
 * expression that goes back over its steps for ever is stopped, and the name at which it was is said.
 * @throws GlyphlabError INVALID_INPUT
 */
export function regexPattern(source: string): NameMatcher {
  let regex: RegExp
  try {
    regex = new RegExp(source, 'u')
  } catch (cause) {
    throw new GlyphlabError('INVALID_INPUT', `${(cause as Error).message}.`, undefined, { cause })
  }
  const groups = [...source.matchAll(/\(\?<([A-Za-z]\w*)>/g)].map(([, name]) => name ?? '')
  const unknown = groups.filter((name) => !isField(name))
  if (groups.length === 0 || unknown.length > 0)
    throw new GlyphlabError(
      'INVALID_INPUT',
      `The expression ${source} ${groups.length === 0 ? 'has no named group' : `has an unknown group "${unknown[0]}"`}. Use (?<label>...), and where needed ${patternFields.slice(1).join(', ')}.`,
    )
  return (names) => {
    const state = { at: 0 }
    const results: (NameFacts | null)[] = []
    try {
      script.runInContext(createContext({ names, regex, state, results }), { timeout: regexTimeoutMs })
    } catch (cause) {
      throw new GlyphlabError(
        'INVALID_INPUT',
        `The expression ${source} takes too long (it was at "${names[state.at]}"). Write it without a repetition inside a repetition, or use a pattern such as {label}_*.png.`,
        undefined,
        { cause },
      )
    }
    return results
  }
}

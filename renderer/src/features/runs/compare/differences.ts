import { diffArrays, diffWordsWithSpace } from 'diff'

/** Places of a line on both sides; null where one side has none. */
export type Pair = readonly [before: number | null, after: number | null]

/** A part of a line; `marked` where the other side differs. */
export interface LinePart {
  text: string
  marked: boolean
}

export interface Line {
  /** Counted from 1. */
  number: number
  parts: LinePart[]
}

export interface DifferenceRow {
  kind: 'equal' | 'changed' | 'removed' | 'added'
  before: Line | null
  after: Line | null
}

/** Rows that are looked at, or a stretch of equal ones that is folded. */
export interface Stretch {
  folded: boolean
  rows: DifferenceRow[]
}

const patienceMs = 400
const wordsAtMost = 2_000

const linesOf = (text: string): string[] => {
  const lines = text.split(/\r?\n/)
  if (lines.at(-1) === '') lines.pop()
  return lines
}

/**
 * Which lines stand beside which: equal ones by the shortest edit (Myers), and between them what was removed beside what
 * was added, in order. Null where the two have so little in common that it takes longer than 0.4 s.
 */
export function pairsOf(before: string[], after: string[]): Pair[] | null {
  const changes = diffArrays(before, after, { timeout: patienceMs })
  if (!changes) return null
  const pairs: Pair[] = []
  let [left, right] = [0, 0]
  for (let at = 0; at < changes.length; at += 1) {
    const change = changes[at]
    if (!change) break
    if (!change.removed && !change.added) {
      for (let n = 0; n < change.count; n += 1) pairs.push([left++, right++])
      continue
    }
    const next = changes[at + 1]
    const isReplaced = next !== undefined && (next.added || next.removed)
    if (isReplaced) at += 1
    const removed = (change.removed ? change.count : 0) + (isReplaced && next.removed ? next.count : 0)
    const added = (change.added ? change.count : 0) + (isReplaced && next.added ? next.count : 0)
    for (let n = 0; n < Math.max(removed, added); n += 1)
      pairs.push([n < removed ? left++ : null, n < added ? right++ : null])
  }
  return pairs
}

const whole = (text: string, marked: boolean): LinePart[] => [{ text, marked }]

function marksOf(before: string, after: string): [LinePart[], LinePart[]] {
  const words =
    before.length + after.length > wordsAtMost
      ? undefined
      : diffWordsWithSpace(before, after, { maxEditLength: 200 })
  if (!words) return [whole(before, true), whole(after, true)]
  const side = (other: 'added' | 'removed', own: 'added' | 'removed') =>
    words.filter((word) => !word[other]).map((word) => ({ text: word.value, marked: word[own] }))
  return [side('added', 'removed'), side('removed', 'added')]
}

/** Two texts line by line, with the words that differ marked; null as `pairsOf` has it. */
export function differencesOf(before: string, after: string): DifferenceRow[] | null {
  const [left, right] = [linesOf(before), linesOf(after)]
  const pairs = pairsOf(left, right)
  if (!pairs) return null
  return pairs.map(([from, to]): DifferenceRow => {
    const [old, fresh] = [from === null ? null : (left[from] ?? ''), to === null ? null : (right[to] ?? '')]
    const line = (place: number | null, parts: LinePart[]) =>
      place === null ? null : { number: place + 1, parts }
    if (old === null) return { kind: 'added', before: null, after: line(to, whole(fresh ?? '', false)) }
    if (fresh === null) return { kind: 'removed', before: line(from, whole(old, false)), after: null }
    if (old === fresh)
      return { kind: 'equal', before: line(from, whole(old, false)), after: line(to, whole(fresh, false)) }
    const [oldParts, freshParts] = marksOf(old, fresh)
    return { kind: 'changed', before: line(from, oldParts), after: line(to, freshParts) }
  })
}

/** Folds equal rows that are more than `around` away from a difference; a fold hides at least four rows. */
export function folded(rows: readonly DifferenceRow[], around = 3): Stretch[] {
  const near = new Uint8Array(rows.length)
  rows.forEach((row, place) => {
    if (row.kind !== 'equal') near.fill(1, Math.max(0, place - around), place + around + 1)
  })
  const stretches: Stretch[] = []
  rows.forEach((row, place) => {
    const hide = near[place] === 0
    const last = stretches.at(-1)
    if (last && last.folded === hide) last.rows.push(row)
    else stretches.push({ folded: hide, rows: [row] })
  })
  return stretches.map((stretch) => (stretch.rows.length < 4 ? { ...stretch, folded: false } : stretch))
}

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  )
}

/** JSON with one value a line and its keys in order, so that only values differ; other text as it is. */
export function orderedJson(text: string): string {
  try {
    return JSON.stringify(sorted(JSON.parse(text)), null, 2)
  } catch {
    return text
  }
}

import { expect, test } from 'vitest'
import { differencesOf, folded, orderedJson, pairsOf } from './differences.ts'

test('a changed line stands beside its old self, with the words that differ marked', () => {
  const rows = differencesOf('a\nlr = 0.1\nz\n', 'a\nlr = 0.2\nz\n')
  expect(rows?.map(({ kind }) => kind)).toEqual(['equal', 'changed', 'equal'])
  const marked = (side: 'before' | 'after') =>
    rows?.[1]?.[side]?.parts.filter((part) => part.marked).map(({ text }) => text)
  expect(marked('before')?.join('')).toContain('1')
  expect(marked('after')?.join('')).toContain('2')
  expect(rows?.[1]?.after?.parts.map(({ text }) => text).join('')).toBe('lr = 0.2')
})

test('a line that one side lacks leaves a gap, and the numbers of the lines go on', () => {
  const rows = differencesOf('one\ntwo\nthree', 'one\nthree\nfour')
  expect(rows?.map(({ kind }) => kind)).toEqual(['equal', 'removed', 'equal', 'added'])
  expect(rows?.[2]?.before?.number).toBe(3)
  expect(rows?.[2]?.after?.number).toBe(2)
})

test('line ends of Windows are no difference', () => {
  expect(differencesOf('a\r\nb\r\n', 'a\nb\n')?.every(({ kind }) => kind === 'equal')).toBe(true)
})

test('texts that have nothing in common are given up, not waited for', () => {
  const before = Array.from({ length: 60_000 }, (_, n) => `left ${n}`)
  const after = Array.from({ length: 60_000 }, (_, n) => `right ${n}`)
  const from = performance.now()
  expect(pairsOf(before, after)).toBeNull()
  expect(performance.now() - from).toBeLessThan(10_000)
})

test('what is equal is folded but for three lines around a difference', () => {
  const lines = Array.from({ length: 40 }, (_, n) => `line ${n}`)
  const rows = differencesOf(lines.join('\n'), lines.with(20, 'other').join('\n')) ?? []
  expect(folded(rows).map((stretch) => [stretch.folded, stretch.rows.length])).toEqual([
    [true, 17],
    [false, 7],
    [true, 16],
  ])
})

test('JSON with its keys in another order is equal; text that is none stays', () => {
  expect(orderedJson('{"b":1,"a":{"d":2,"c":[3]}}')).toBe(orderedJson('{"a":{"c":[3],"d":2},"b":1}'))
  expect(orderedJson('{"loss": NaN}')).toBe('{"loss": NaN}')
})

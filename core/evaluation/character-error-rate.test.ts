import { expect, test } from 'vitest'
import { characterErrorRate } from './character-error-rate.ts'

test('counts insertions, deletions and substitutions per character of the true text', () => {
  expect(characterErrorRate('kitten', 'kitten')).toBe(0)
  expect(characterErrorRate('kitten', 'sitting')).toBeCloseTo(3 / 6)
  expect(characterErrorRate('abc', '')).toBe(1)
  expect(characterErrorRate('a', 'bcd')).toBe(3)
})

test('counts what a reader sees as one character as one', () => {
  expect(characterErrorRate('e\u0301', '\u00e9')).toBe(0)
  expect(characterErrorRate('a👩‍👩‍👧b', 'axb')).toBeCloseTo(1 / 3)
})

test('takes any white space as one space', () => {
  expect(characterErrorRate('two\nlines\n\nthree', 'two lines three ')).toBe(0)
})

test('an empty true text is read right only by an empty reading', () => {
  expect(characterErrorRate(' ', '')).toBe(0)
  expect(characterErrorRate('', 'x')).toBe(1)
})

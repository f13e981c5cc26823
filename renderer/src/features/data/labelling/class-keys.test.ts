import { expect, it } from 'vitest'
import { classKeys, classOfKey } from './class-keys.ts'

const named = (...names: string[]) => names.map((label) => ({ label }))

it('gives the keys 1 to 9 and 0 to the first ten classes, and none to those without a class', () => {
  const keys = classKeys(named('', ...'abcdefghijkl'))
  expect([...keys.values()].join('')).toBe('1234567890')
  expect(classOfKey(keys, '1')).toBe('a')
  expect(classOfKey(keys, '0')).toBe('j')
})

it('gives a class that is named by a digit that digit', () => {
  const keys = classKeys(named('0', '1', '2', 'other'))
  expect(classOfKey(keys, '0')).toBe('0')
  expect(classOfKey(keys, '2')).toBe('2')
  expect(classOfKey(keys, '3')).toBe('other')
  expect(classOfKey(keys, '4')).toBeUndefined()
})

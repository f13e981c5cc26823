import { expect, test } from 'vitest'
import { formatSeconds, formatTick, logTicks, niceTicks } from './axis-ticks.ts'

test('ticks are round numbers within the axis', () => {
  expect(niceTicks(0, 1, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1])
  expect(niceTicks(0.83, 0.97, 4)).toEqual([0.85, 0.9, 0.95])
  expect(niceTicks(-3, 3, 3)).toEqual([-2, 0, 2])
  expect(niceTicks(5, 5, 4)).toEqual([5])
})

test('a logarithmic axis has powers of ten, and steps between them when zoomed in', () => {
  expect(logTicks(0.001, 1000)).toEqual([0.001, 0.01, 0.1, 1, 10, 100, 1000])
  expect(logTicks(0.9, 60)).toEqual([1, 2, 5, 10, 20, 50])
  expect(logTicks(2.1, 2.9).length).toBeGreaterThan(1)
})

test('labels have three significant digits, more when neighbours would look equal', () => {
  expect(formatTick(0.12345)).toBe('0.123')
  expect(formatTick(12_500)).toBe('12.5k')
  expect(formatTick(2_000_000)).toBe('2M')
  expect(formatTick(-0.5)).toBe('−0.5')
  expect(formatTick(0.00002)).toBe('2e−5')
  expect(formatTick(1234, 1)).toBe('1234')
  expect(formatTick(0.90005, 0.00005)).toBe('0.90005')
})

test('time on an axis is read in the unit that suits it', () => {
  expect([0, 45, 150, 8_640].map(formatSeconds)).toEqual(['0', '45 s', '2.5 min', '2.4 h'])
})

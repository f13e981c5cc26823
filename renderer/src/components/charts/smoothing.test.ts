import { expect, test } from 'vitest'
import { smooth, smoothedBy, windowMean } from './smoothing.ts'

test('a constant curve stays where it is, from its first point on', () => {
  for (const value of smooth([2, 2, 2, 2], 0.9)) expect(value).toBeCloseTo(2, 12)
})

test('weight 0 shows the raw curve', () => {
  expect([...smooth([1, 5, 3], 0)]).toEqual([1, 5, 3])
  expect(smoothedBy({ kind: 'average', weight: 0 }, [1, 5, 3])).toBeNull()
})

test('NaN and infinity stay in their places and do not spoil what follows', () => {
  const [first, second, third, last] = smooth([1, Number.NaN, Number.POSITIVE_INFINITY, 1], 0.5)
  expect(first).toBeCloseTo(1)
  expect(second).toBeNaN()
  expect(third).toBe(Number.POSITIVE_INFINITY)
  expect(last).toBeCloseTo(1)
})

test('a window takes the mean of what lies around, at the ends of what there is', () => {
  expect([...windowMean([1, 2, 6, 4], 3)]).toEqual([1.5, 3, 4, 5])
  expect([...windowMean([1, Number.NaN, 6], 3)]).toEqual([1, Number.NaN, 6])
  expect(smoothedBy({ kind: 'window', points: 1 }, [1, 2])).toBeNull()
})

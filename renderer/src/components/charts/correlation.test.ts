import { expect, test } from 'vitest'
import { correlationOf, histogramOf } from './correlation.ts'

test('ranks that go together correlate by 1, however the values bend', () => {
  expect(correlationOf([1, 2, 3, 4].map((x) => [x, x ** 5]))).toBe(1)
  expect(correlationOf([1, 2, 3, 4].map((x) => [x, -x]))).toBe(-1)
})

test('ties share the mean of their ranks', () => {
  // Ranks 1, 2.5, 2.5, 4, 5 and 2, 1, 3.5, 3.5, 5: products of their distances from 3 sum to 7.25, squares to 9.5.
  expect(
    correlationOf([
      [1, 2],
      [2, 1],
      [2, 4],
      [3, 4],
      [5, 5],
    ]),
  ).toBeCloseTo(7.25 / 9.5, 12)
})

test('there is none of two runs, or of a number that never changes; NaN is left out', () => {
  expect(
    correlationOf([
      [1, 2],
      [2, 3],
      [Number.NaN, 1],
    ]),
  ).toBeNaN()
  expect(correlationOf([1, 2, 3].map((x) => [x, 7]))).toBeNaN()
})

test('a histogram counts its upper end', () => {
  expect(histogramOf([0, 1, 1, 4], 4)).toEqual([0.5, 1, 0, 0.5])
})

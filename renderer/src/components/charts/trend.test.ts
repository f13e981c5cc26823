import { expect, test } from 'vitest'
import { trendOf } from './trend.ts'

// scipy 1.17.1: linregress([1, 2, 3, 4], [2, 3, 5, 4]) has slope 0.8, intercept 1.5, r² 0.64.
test('a trend is the line of least squares, with the variance it explains', () => {
  const trend = trendOf([2, 3, 5, 4].map((y, index) => ({ x: index + 1, y })))
  expect(trend?.at(0)).toBeCloseTo(1.5, 12)
  expect(trend?.at(1)).toBeCloseTo(2.3, 12)
  expect(trend?.fit).toBeCloseTo(0.64, 12)
})

test('two points, or points above one another, have no trend', () => {
  expect(
    trendOf([
      { x: 0, y: 1 },
      { x: 1, y: 2 },
    ]),
  ).toBeNull()
  expect(trendOf([1, 2, 3].map((y) => ({ x: 1, y })))).toBeNull()
})

import { expect, test } from 'vitest'
import { lowerBound, visibleIndices } from './thinning.ts'

const line = (count: number, y: (index: number) => number) => ({
  x: Array.from({ length: count }, (_, index) => index),
  y: Array.from({ length: count }, (_, index) => y(index)),
})

test('few points are all drawn, also a single one', () => {
  expect(
    visibleIndices(
      line(1, () => 1),
      0,
      0,
      100,
    ),
  ).toEqual([0])
  expect(visibleIndices(line(5, Math.sqrt), 0, 4, 100)).toEqual([0, 1, 2, 3, 4])
})

test('a lone spike and a lone NaN among 100,000 points are drawn', () => {
  const points = line(100_000, (index) => (index === 54_321 ? 99 : index === 12_345 ? Number.NaN : 1))
  const kept = visibleIndices(points, 0, 100_000, 200)
  expect(kept).toContain(54_321)
  expect(kept).toContain(12_345)
  expect(kept[0]).toBe(0)
  expect(kept.at(-1)).toBe(99_999)
  expect(kept.length).toBeLessThanOrEqual(1_000)
})

test('a zoomed view keeps one point beyond each edge', () => {
  expect(visibleIndices(line(100, Math.sqrt), 10.5, 12.5, 50)).toEqual([10, 11, 12, 13])
})

test('lowerBound finds the first of equal steps', () => {
  expect(lowerBound([1, 2, 2, 2, 3], 2)).toBe(1)
  expect(lowerBound([1, 2], 9)).toBe(2)
})

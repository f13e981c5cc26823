import { expect, test } from 'vitest'
import { levelLine, surfaceOf } from './contour.ts'

const corners = [
  { x: 0, y: 0, value: 0 },
  { x: 1, y: 0, value: 1 },
  { x: 0, y: 1, value: 0 },
  { x: 1, y: 1, value: 1 },
]

test('the surface goes through its points and never beyond them', () => {
  const surface = surfaceOf(corners, 21, 11)
  expect(surface?.values[0]).toBeCloseTo(0, 6)
  expect(surface?.values[20]).toBeCloseTo(1, 6)
  expect(Math.min(...(surface?.values ?? []))).toBeGreaterThanOrEqual(0)
  expect(Math.max(...(surface?.values ?? []))).toBeLessThanOrEqual(1)
})

test('the line of the middle level runs up the middle', () => {
  const surface = surfaceOf(corners, 21, 11)
  if (!surface) throw new Error('no surface')
  const pieces = levelLine(surface, 0.4999)
  expect(pieces).toHaveLength(10)
  for (const [from, , to] of pieces) {
    expect(from).toBeCloseTo(0.5, 2)
    expect(to).toBeCloseTo(0.5, 2)
  }
})

test('beyond the points nothing is said', () => {
  const surface = surfaceOf(corners.slice(0, 3), 21, 21)
  expect(surface?.values[20 * 21 + 20]).toBeNaN()
  expect(surface?.values[0]).toBeCloseTo(0, 6)
})

test('points on one line, or fewer than three, make no surface', () => {
  expect(surfaceOf(corners.slice(0, 2))).toBeNull()
  expect(surfaceOf([0, 0.5, 1].map((x) => ({ x, y: x, value: x })))).toBeNull()
})

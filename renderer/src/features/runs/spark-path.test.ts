import { expect, test } from 'vitest'
import { sparkOf } from './spark-path.ts'

const curve = (values: number[], steps = values.map((_, at) => at)) =>
  sparkOf({ values: Float64Array.from(values), steps: Float64Array.from(steps) })

test('a curve fills its box from corner to corner, high values above', () => {
  expect(curve([0, 5, 10])).toEqual({
    path: 'M2.0 18.0L50.0 10.0L98.0 2.0',
    first: 0,
    last: 10,
    lowest: 0,
    highest: 10,
  })
})

test('steps that lie far apart are drawn far apart', () => {
  expect(curve([0, 0, 1], [0, 10, 100])?.path).toBe('M2.0 18.0L11.6 18.0L98.0 2.0')
})

test('a gap stays a gap, and a point alone is a dot', () => {
  expect(curve([1, Number.NaN, 1, 1])?.path).toBe('M2.0 10.0h0M66.0 10.0L98.0 10.0')
  expect(curve([3])?.path).toBe('M50.0 10.0h0')
  expect(curve([Number.POSITIVE_INFINITY, 2])).toMatchObject({ path: 'M98.0 10.0h0', first: 2, lowest: 2 })
})

test('without a finite value there is nothing to draw', () => {
  expect(curve([])).toBeNull()
  expect(curve([Number.NaN, Number.NEGATIVE_INFINITY])).toBeNull()
})

import { expect, test } from 'vitest'
import { prepareSeries, shareOf, tickFormatter, valueAt, xAxisOf, yAxisOf } from './chart-scale.ts'

const curve = (y: number[]) => ({ id: 'a', name: 'a', colour: 'red', x: y.map((_, index) => index), y })
const linear = { logarithmic: false, fromZero: false, count: 4 }

test('a curve of one point has axes of some extent around it', () => {
  const series = [curve([0.5])]
  const x = xAxisOf(series, null, 5)
  expect(x.domain).toEqual([-0.5, 0.5])
  const prepared = series.map((one) => prepareSeries(one, null, x.domain, 100, false))
  const y = yAxisOf(prepared, linear)
  expect(y.domain[0]).toBeLessThan(0.5)
  expect(y.domain[1]).toBeGreaterThan(0.5)
})

test('NaN and infinity break the line, are marked, and do not stretch the axis', () => {
  const prepared = prepareSeries(
    curve([1, Number.NaN, 2, Number.POSITIVE_INFINITY]),
    null,
    [0, 3],
    100,
    false,
  )
  expect(prepared.line.map((point) => point.y)).toEqual([1, null, 2, null])
  expect(prepared.marks.map((mark) => mark.x)).toEqual([1, 3])
  expect(yAxisOf([prepared], linear).domain[1]).toBeLessThan(2.2)
})

test('on a logarithmic axis zero and negative values are marked, not drawn', () => {
  const prepared = prepareSeries(curve([0, 0.1, 10]), null, [0, 2], 100, true)
  expect(prepared.line[0]?.y).toBeNull()
  expect(prepared.marks).toEqual([{ x: 0, value: 0 }])
  const axis = yAxisOf([prepared], { ...linear, logarithmic: true })
  expect(shareOf(1, axis)).toBeCloseTo(0.5)
  expect(valueAt(0.5, axis)).toBeCloseTo(1)
})

test('no points at all give an axis from 0 to 1', () => {
  expect(xAxisOf([], null, 5).domain).toEqual([0, 1])
})

test('from zero begins at zero exactly', () => {
  const prepared = prepareSeries(curve([0.9, 0.95]), null, [0, 1], 100, false)
  const axis = yAxisOf([prepared], { ...linear, fromZero: true })
  expect(axis.domain[0]).toBe(0)
  expect(tickFormatter(axis)(0.2)).toBe('0.2')
})

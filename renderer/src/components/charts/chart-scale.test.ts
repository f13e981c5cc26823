import { expect, test } from 'vitest'
import { placer, prepareSeries, shareOf, tickFormatter, valueAt, xAxisOf, yAxisOf } from './chart-scale.ts'

const curve = (y: number[]) => ({ id: 'a', name: 'a', colour: 'red', x: y.map((_, index) => index), y })
const linear = { logarithmic: false, fromZero: false, count: 4 }

test('a curve of one point has axes of some extent around it', () => {
  const series = [curve([0.5])]
  const x = xAxisOf(series, { zoom: null, count: 5 })
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
  expect([...prepared.line.y]).toEqual([1, Number.NaN, 2, Number.NaN])
  expect(prepared.marks.map((mark) => mark.x)).toEqual([1, 3])
  expect(yAxisOf([prepared], linear).domain[1]).toBeLessThan(2.2)
})

test('on a logarithmic axis zero and negative values are marked, not drawn', () => {
  const prepared = prepareSeries(curve([0, 0.1, 10]), null, [0, 2], 100, true)
  expect(prepared.line.y[0]).toBeNaN()
  expect(prepared.marks).toEqual([{ x: 0, value: 0 }])
  const axis = yAxisOf([prepared], { ...linear, logarithmic: true })
  expect(shareOf(1, axis)).toBeCloseTo(0.5)
  expect(valueAt(0.5, axis)).toBeCloseTo(1)
  expect(placer(axis, 100, 0)(1)).toBeCloseTo(50)
})

test('a logarithmic x axis begins at the first x above zero', () => {
  const axis = xAxisOf([curve([1, 2, 3, 4, 5])], { zoom: null, count: 4, logarithmic: true })
  expect(axis.domain).toEqual([1, 4])
  expect(axis.logarithmic).toBe(true)
})

test('no points at all give an axis from 0 to 1', () => {
  expect(xAxisOf([], { zoom: null, count: 5 }).domain).toEqual([0, 1])
})

test('from zero begins at zero exactly', () => {
  const prepared = prepareSeries(curve([0.9, 0.95]), null, [0, 1], 100, false)
  const axis = yAxisOf([prepared], { ...linear, fromZero: true })
  expect(axis.domain[0]).toBe(0)
  expect(tickFormatter(axis)(0.2)).toBe('0.2')
})

test('an axis without outliers is not stretched by one spike in a hundred points', () => {
  const prepared = prepareSeries(
    curve(Array.from({ length: 100 }, (_, index) => (index === 50 ? 1e6 : index / 100))),
    null,
    [0, 99],
    100,
    false,
  )
  expect(yAxisOf([prepared], linear).domain[1]).toBeGreaterThan(1e6)
  expect(yAxisOf([prepared], { ...linear, ignoreOutliers: true }).domain[1]).toBeLessThan(1.1)
})

test('the edges of a band count for the axis', () => {
  const prepared = prepareSeries(
    { ...curve([1, 1]), band: { low: [-3, 0], high: [5, Number.NaN] } },
    null,
    [0, 1],
    100,
    false,
  )
  const { domain } = yAxisOf([prepared], linear)
  expect(domain[0]).toBeLessThan(-3)
  expect(domain[1]).toBeGreaterThan(5)
})

import { expect, test } from 'vitest'
import { appendPoints, type Curve, curveOf, isXAxis, valueAtStep } from './live-series.ts'

const fetched: Curve = {
  runId: 'r',
  key: 'loss',
  steps: [1, 2],
  values: [0.9, 0.8],
  timestamps: [1_000, 3_000],
}
const point = (step: number, timestamp: number, key = 'loss') => ({
  runId: 'r',
  key,
  value: 0.5,
  step,
  timestamp,
})

test('points that came with the answer are not drawn twice, newer ones are added in step order', () => {
  const { curves, beyond } = appendPoints([fetched], [point(2, 3_000), point(4, 5_000), point(3, 4_000)])
  expect(curves[0]?.steps).toEqual([1, 2, 3, 4])
  expect(beyond.map((one) => one.step).sort()).toEqual([3, 4])
})

test('an equal step logged later is kept', () => {
  expect(appendPoints([fetched], [point(2, 3_001)]).curves[0]?.steps).toEqual([1, 2, 2])
})

test('where no times were asked for, later steps are added without times', () => {
  const { curves } = appendPoints([{ ...fetched, timestamps: [] }], [point(2, 9_000), point(3, 9_000)])
  expect(curves[0]).toMatchObject({ steps: [1, 2, 3], timestamps: [] })
})

test('the first point of a metric begins a curve', () => {
  expect(appendPoints([], [point(0, 1, 'accuracy')]).curves).toMatchObject([
    { key: 'accuracy', values: [0.5] },
  ])
})

test('x can be steps, epochs where known, seconds since the start, or the moment', () => {
  expect(curveOf(fetched, 'step', { startTime: null }).x).toEqual([1, 2])
  const other = { steps: [1], values: [0.5] }
  expect(curveOf(fetched, 'epoch', { startTime: null, other })).toEqual({ x: [0.5], y: [0.9] })
  expect(curveOf(fetched, 'time', { startTime: 500 }).x).toEqual([0.5, 2.5])
  expect(curveOf(fetched, 'time', { startTime: null }).x).toEqual([0, 2])
  expect(curveOf(fetched, 'clock', { startTime: 500 }).x).toEqual([1_000, 3_000])
})

test('x can be another metric of the same run, in ascending order', () => {
  const other = { steps: [0, 2], values: [10, 6] }
  expect(curveOf(fetched, 'metric:rate', { startTime: null, other })).toEqual({ x: [6, 8], y: [0.8, 0.9] })
  expect(curveOf(fetched, 'metric:rate', { startTime: null }).x).toEqual([])
  expect(isXAxis('metric:rate')).toBe(true)
  expect(isXAxis('colour')).toBe(false)
})

test('between logged steps a value lies on the line, beyond them there is none', () => {
  expect(valueAtStep({ steps: [10, 20], values: [1, 3] }, 15)).toBe(2)
  expect(valueAtStep({ steps: [10, 20], values: [1, 3] }, 20)).toBe(3)
  expect(valueAtStep({ steps: [10, 20], values: [1, 3] }, 9)).toBeNull()
  expect(valueAtStep({ steps: [10, 20], values: [1, 3] }, 21)).toBeNull()
})

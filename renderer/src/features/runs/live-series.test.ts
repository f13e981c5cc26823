import { expect, test } from 'vitest'
import type { Series } from '../../../../core/contract/index.ts'
import { appendPoints, curveOf } from './live-series.ts'

const fetched: Series = {
  runId: 'r',
  key: 'loss',
  steps: [1, 2],
  values: [0.9, 0.8],
  timestamps: [1_000, 3_000],
  epochs: [0.5, null],
  total: 2,
}
const point = (step: number, timestamp: number, key = 'loss') => ({
  runId: 'r',
  key,
  value: 0.5,
  step,
  timestamp,
})

test('points that came with the answer are not drawn twice, newer ones are added in step order', () => {
  const { series, beyond } = appendPoints([fetched], [point(2, 3_000), point(4, 5_000), point(3, 4_000)])
  expect(series[0]?.steps).toEqual([1, 2, 3, 4])
  expect(beyond.map((one) => one.step).sort()).toEqual([3, 4])
})

test('an equal step logged later is kept', () => {
  expect(appendPoints([fetched], [point(2, 3_001)]).series[0]?.steps).toEqual([1, 2, 2])
})

test('the first point of a metric begins a curve', () => {
  expect(appendPoints([], [point(0, 1, 'accuracy')]).series).toMatchObject([
    { key: 'accuracy', values: [0.5] },
  ])
})

test('x can be steps, epochs where known, or seconds since the start', () => {
  expect(curveOf(fetched, 'step', null).x).toEqual([1, 2])
  expect(curveOf(fetched, 'epoch', null)).toEqual({ x: [0.5], y: [0.9] })
  expect(curveOf(fetched, 'time', 500).x).toEqual([0.5, 2.5])
  expect(curveOf(fetched, 'time', null).x).toEqual([0, 2])
})

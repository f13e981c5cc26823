import { expect, test } from 'vitest'
import type { Run } from '../../../../core/contract/index.ts'
import { bandOf, groupFields, groupsOf } from './run-groups.ts'

const run = (id: string, params: Record<string, string>, tags: Record<string, string> = {}) =>
  ({ id, params, tags }) as Run

const runs = [
  run('a', { lr: '0.1', seed: '1', kept: 'x' }),
  run('b', { lr: '0.1', seed: '2', kept: 'x' }),
  run('c', { lr: '0.01', seed: '3', kept: 'x' }),
  run('d', { seed: '4', kept: 'x' }, { team: 'vision' }),
]

test('what parts the runs into groups is offered before what names each run; what is equal is not offered', () => {
  expect(groupFields(runs)).toEqual(['params.lr', 'tags.team', 'params.seed'])
})

test('groups come in the order of their values, runs without one last', () => {
  expect(groupsOf(runs, 'params.lr')).toEqual([
    { name: 'lr 0.01', runIds: ['c'] },
    { name: 'lr 0.1', runIds: ['a', 'b'] },
    { name: 'no lr', runIds: ['d'] },
  ])
})

// scipy 1.17.0: mean, sem, and t.interval(0.95, 2, mean, sem) of [1, 2, 6].
test('a band is the range, the standard error or the 95 % interval of the mean', () => {
  const curves = [1, 2, 6].map((value) => ({ x: [0, 1], y: [value, value] }))
  expect(bandOf(curves, 'range')).toEqual({ x: [0, 1], y: [3, 3], band: { low: [1, 1], high: [6, 6] } })
  expect(bandOf(curves, 'error').band.high[0]).toBeCloseTo(3 + 1.5275252316519468, 12)
  expect(bandOf(curves, 'interval').band.low[0]).toBeCloseTo(3 - 6.572411, 2)
})

test('curves with steps of their own are taken on the lines between; NaN and a lone curve leave no interval', () => {
  const { x, y, band } = bandOf(
    [
      { x: [0, 10], y: [0, 10] },
      { x: [0, 4, 20], y: [2, 6, Number.NaN] },
    ],
    'error',
  )
  expect(x).toHaveLength(400)
  expect(x.at(-1)).toBe(20)
  expect(y[0]).toBe(1)
  expect(band.low[0]).toBeCloseTo(0, 12)
  expect(band.low.at(-1)).toBeNaN()
})

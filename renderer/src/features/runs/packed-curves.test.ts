import { expect, test } from 'vitest'
import { seriesOf } from './packed-curves.ts'

const base64 = (numbers: number[]) =>
  btoa(String.fromCharCode(...new Uint8Array(new Float64Array(numbers).buffer)))

test('a packed block is taken apart by run and metric, with the epochs between those that were logged', () => {
  const series = seriesOf({
    series: [
      { runId: 'a', key: 'loss', offset: 0, length: 3, total: 30 },
      { runId: 'a', key: 'epoch', offset: 3, length: 1, total: 1 },
      { runId: 'b', key: 'loss', offset: 4, length: 1, total: 1 },
    ],
    steps: base64([5, 10, 11, 10, 0]),
    values: base64([3, Number.NaN, 4, 1, 5]),
    timestamps: base64([10, 11, 12, 12, 13]),
  })
  expect(series[0]).toEqual({
    runId: 'a',
    key: 'loss',
    total: 30,
    steps: [5, 10, 11],
    values: [3, Number.NaN, 4],
    timestamps: [10, 11, 12],
    epochs: [0.5, 1, null],
  })
  expect(series[2]).toMatchObject({ runId: 'b', values: [5], epochs: [null] })
})

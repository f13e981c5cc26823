import { expect, test } from 'vitest'
import { curvesOf } from './packed-curves.ts'

const base64 = (numbers: number[]) =>
  btoa(String.fromCharCode(...new Uint8Array(new Float64Array(numbers).buffer)))

const packed = {
  series: [
    { runId: 'a', key: 'loss', offset: 0, length: 2, total: 30 },
    { runId: 'b', key: 'loss', offset: 2, length: 1, total: 1 },
  ],
  steps: base64([5, 10, 0]),
  values: base64([3, Number.NaN, 5]),
  timestamps: base64([10, 11, 13]),
}

test('a packed block is taken apart by run and metric', () => {
  const [first, second] = curvesOf(packed)
  expect(first).toMatchObject({ runId: 'a', key: 'loss' })
  expect(Array.from(first?.steps ?? [])).toEqual([5, 10])
  expect(Array.from(first?.values ?? [])).toEqual([3, Number.NaN])
  expect(Array.from(second?.timestamps ?? [])).toEqual([13])
})

test('a block without times has curves without times', () => {
  expect(curvesOf({ ...packed, timestamps: '' })[0]?.timestamps).toHaveLength(0)
})

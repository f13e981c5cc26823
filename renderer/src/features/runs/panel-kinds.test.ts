import { expect, test } from 'vitest'
import type { Run } from '../../../../core/contract/index.ts'
import { fieldsOf, moved, panelsOf, valueOfField } from './panel-kinds.ts'

const run = (params: Record<string, string>, loss: number) =>
  ({ params, metrics: { loss: { value: loss } } }) as unknown as Run

test('an address with charts that nobody knows shows the others', () => {
  const bars = { kind: 'bars', metric: 'metrics.loss' }
  expect(panelsOf(JSON.stringify([bars, { kind: 'pie' }, 3]))).toEqual([bars])
  expect(panelsOf('not JSON')).toEqual([])
})

test('a param is a number where it is one, and what is equal everywhere is no axis', () => {
  const runs = [
    run({ lr: '1e-3', kind: 'adam', same: '1' }, 2),
    run({ lr: '0.1', kind: 'sgd', same: '1' }, 3),
  ]
  const [first] = runs
  expect(first && valueOfField(first, 'params.lr')).toBe(0.001)
  expect(first && valueOfField(first, 'params.kind')).toBe('adam')
  expect(first && valueOfField(first, 'metrics.accuracy')).toBeNull()
  expect(fieldsOf(runs)).toEqual({ metrics: ['metrics.loss'], params: ['params.kind', 'params.lr'] })
})

test('a chart is moved by one place, not beyond the ends', () => {
  expect(moved(['a', 'b', 'c'], 0, 1)).toEqual(['b', 'a', 'c'])
  expect(moved(['a', 'b'], 0, -1)).toEqual(['a', 'b'])
  expect(moved(['a', 'b'], 1, 1)).toEqual(['a', 'b'])
})

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-cpu'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { histogramOf } from '../domain/histogram.ts'
import { EpochRecords } from './epoch-records.ts'

let work: string
beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'glyphlab-records-'))
})
afterAll(() => rmSync(work, { recursive: true, force: true }))

it('a histogram counts every finite value once, and says how many are not', () => {
  const values = Float32Array.from({ length: 1_000 }, (_, at) => Math.sin(at) * 3)
  values[0] = Number.NaN
  values[1] = Number.POSITIVE_INFINITY
  const { buckets, count, notFinite, min, max } = histogramOf(values)
  expect([count, notFinite]).toEqual([998, 2])
  expect(buckets.reduce((sum, [, , n]) => sum + n, 0)).toBe(998)
  expect(buckets[0]?.[0]).toBeCloseTo(min ?? 0, 3)
  expect(buckets.at(-1)?.[1]).toBeCloseTo(max ?? 0, 3)
  // The largest lies in the last bucket.
  expect(buckets.at(-1)?.[2]).toBeGreaterThan(0)
  expect(histogramOf([2, 2, 2]).buckets).toEqual([[2, 2, 3]])
  expect(histogramOf([Number.NaN]).buckets).toEqual([])
})

it('a training that goes on keeps the records up to its checkpoint and drops the later ones', () => {
  const kernel = tf.variable(tf.tensor2d([[1, 2, 3]]), true, 'dense/kernel')
  const bias = tf.variable(tf.tensor1d([1]), true, 'dense/bias')
  const validation = {
    loss: 1,
    metrics: {},
    samples: Uint32Array.of(0, 1, 2),
    actual: Uint32Array.of(0, 1, 1),
    predicted: Uint32Array.of(0, 0, 1),
    probabilities: new Float32Array(6),
  }
  const state = { epochs: 3, variables: [kernel, bias], validation }
  const first = new EpochRecords(work, ['cat', 'dog'], 0)
  for (const epoch of [1, 2, 3]) first.add({ ...state, epoch, step: epoch * 10 })
  const linesOf = (file: string) =>
    readFileSync(join(work, 'records', file), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  expect(linesOf('confusion/validation.jsonl')[0]).toMatchObject({
    step: 10,
    labels: ['cat', 'dog'],
    confusion: [
      [1, 0],
      [1, 1],
    ],
  })
  const again = new EpochRecords(work, ['cat', 'dog'], 20)
  again.add({ ...state, epoch: 3, step: 30 })
  const lines = linesOf('histograms/weights/dense/kernel.jsonl')
  expect(lines.map(({ step }) => step)).toEqual([10, 20, 30])
  expect(lines[0]).toMatchObject({ count: 3, min: 1, max: 3 })
  expect(() => linesOf('histograms/weights/dense/bias.jsonl')).toThrow()
})

it('of a long training not every epoch is recorded, but the first and the last are', () => {
  const folder = join(work, 'long')
  const records = new EpochRecords(folder, [], 0)
  const variables = [tf.variable(tf.tensor2d([[1, 2]]), true, 'long/kernel')]
  for (let epoch = 1; epoch <= 1_001; epoch++)
    records.add({ epoch, epochs: 1_001, step: epoch, variables, validation: null })
  const lines = readFileSync(join(folder, 'records/histograms/weights/long/kernel.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { step: number }).step)
  expect(lines.length).toBeLessThan(205)
  expect([lines[0], lines.at(-1)]).toEqual([1, 1_001])
})

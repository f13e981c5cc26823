import { expect, it } from 'vitest'
import { atStep, confusionsIn, histogramsIn, rangeOf, sharesIn, stepRecords } from './step-records.ts'

const file = (path: string) => ({ path, hash: path, bytes: 1 })

it('records of steps are found under the names that trackers give them', () => {
  const records = stepRecords(
    [
      'histograms/dense/kernel.jsonl',
      'histograms/errors/00000010.json',
      'histograms/errors/00000002.json',
      'images/samples/00000007-1.png',
      'images/samples/00000007-0.png',
      'images/plot%step%3%timestamp%1700000000000%0a1b-2c.png',
      'images/plot%step%3%timestamp%1700000000000%0a1b-2c%compressed.webp',
      'media/images/digits_12_0123456789abcdef0123.png',
      'confusion/validation.jsonl',
      'images/cover.png',
      'model/00000001.png',
    ].map(file),
  )
  expect(records.map(({ kind, tag, files }) => [kind, tag, files.map(({ step }) => step)])).toEqual([
    ['histograms', 'dense/kernel', [null]],
    ['images', 'digits', [12]],
    ['histograms', 'errors', [2, 10]],
    ['images', 'plot', [3]],
    ['images', 'samples', [7, 7]],
    ['confusion', 'validation', [null]],
  ])
  expect(records.find(({ tag }) => tag === 'samples')?.files[0]?.path).toContain('-0.png')
})

it('a histogram loses no value, whatever its outermost buckets say', () => {
  const lines = [
    {
      step: 2,
      min: -1,
      max: 3,
      buckets: [
        [-Number.MAX_VALUE, 0, 4],
        [0, 1, 0],
        [1, Number.MAX_VALUE, 4],
      ],
    },
    { step: 1, buckets: [[2, 2, 5]] },
    {
      step: 2,
      min: -1,
      max: 3,
      buckets: [
        [null, 0, 2],
        [1, null, 6],
      ],
    },
  ]
  const text = `${lines.map((line) => JSON.stringify(line)).join('\n')}\n{"step":3,"buc`
  const steps = histogramsIn(text)
  expect(steps.map(({ step }) => step)).toEqual([1, 2])
  expect(steps[1]?.buckets).toEqual([
    [-1, 0, 2],
    [1, 3, 6],
  ])
  const range = rangeOf(steps)
  expect(range).toEqual([-1, 3])
  for (const { buckets } of steps) {
    const shares = sharesIn(buckets, [-1, 3], 7)
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12)
  }
  expect([...sharesIn(steps[1]?.buckets ?? [], [-1, 3], 4)]).toEqual([0.25, 0, 0.375, 0.375])
})

it('a constant has a range, and nothing has none', () => {
  expect(rangeOf([{ step: 1, buckets: [[2, 2, 5]], notFinite: 0 }])).toEqual([1.5, 2.5])
  expect(rangeOf([{ step: 1, buckets: [], notFinite: 3 }])).toBeNull()
})

it('a matrix that does not fit its labels is passed over', () => {
  const good = {
    step: 1,
    labels: ['a', 'b'],
    confusion: [
      [1, 0],
      [0, 1],
    ],
  }
  const text = [good, { ...good, step: 2, labels: ['a'] }].map((line) => JSON.stringify(line)).join('\n')
  expect(confusionsIn(text).map(({ step }) => step)).toEqual([1])
})

it('at a step stands what was logged last before it', () => {
  const items = [10, 20, 30].map((step) => ({ step }))
  expect([9, 10, 29, 1_000].map((step) => atStep(items, step)?.step ?? null)).toEqual([null, 10, 20, 30])
})

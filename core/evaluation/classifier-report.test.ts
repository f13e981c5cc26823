import { describe, expect, it } from 'vitest'
import { bootstrapInterval } from './bootstrap.ts'
import { calibration } from './calibration.ts'
import { classifierReport } from './classifier-report.ts'
import { rocAuc } from './roc.ts'

describe('calibration', () => {
  it('is the mean distance of confidence and accuracy over bins', () => {
    // 0.9 twice, right once: |0.9 - 0.5| for two; 0.6 twice, right twice: |0.6 - 1| for two.
    const { ece, bins } = calibration([0.9, 0.9, 0.6, 0.6], [true, false, true, true], 10)
    expect(ece).toBeCloseTo(0.4, 10)
    expect(bins[8]).toMatchObject({ count: 2, confidence: 0.9, accuracy: 0.5 })
    expect(bins[5]).toMatchObject({ count: 2, confidence: 0.6, accuracy: 1 })
    expect(bins[0]).toMatchObject({ count: 0, confidence: null, accuracy: null })
  })

  it('is perfect where sure means right, and undefined over nothing', () => {
    expect(calibration([1, 1], [true, true]).ece).toBe(0)
    expect(calibration([], []).ece).toBeNull()
  })
})

describe('the area under the ROC curve', () => {
  it.each([
    ['all above', [0.1, 0.2, 0.8, 0.9], [false, false, true, true], 1],
    ['all below', [0.9, 0.8, 0.1], [false, false, true], 0],
    ['three pairs of four in order', [0.1, 0.4, 0.35, 0.8], [false, false, true, true], 0.75],
    ['ties count half', [0.5, 0.5], [false, true], 0.5],
    ['no sample of the class', [0.5, 0.4], [false, false], null],
    ['no other sample', [0.5, 0.4], [true, true], null],
  ])('%s', (_, scores, positive, area) => {
    expect(rocAuc(scores, positive)).toBe(area)
  })
})

describe('a bootstrap interval', () => {
  it('of a proportion is about as wide as the normal one, and the same each time', () => {
    const right = Array.from({ length: 400 }, (_, index) => index % 5 !== 0)
    const share = (drawn: Uint32Array) => drawn.filter((at) => right[at]).length / drawn.length
    const interval = bootstrapInterval(400, share, { draws: 1_000, seed: 1 })
    // 0.8 +- 1.96 sqrt(0.8 * 0.2 / 400)
    expect(interval?.[0]).toBeCloseTo(0.761, 2)
    expect(interval?.[1]).toBeCloseTo(0.839, 2)
    expect(bootstrapInterval(400, share, { draws: 1_000, seed: 1 })).toEqual(interval)
  })

  it('of nothing is none', () => {
    expect(bootstrapInterval(0, () => 1, { draws: 10, seed: 1 })).toBeNull()
  })
})

describe('the report on a classifier', () => {
  const report = classifierReport(['cat', 'dog'], {
    actual: [0, 0, 1, 1],
    predicted: [0, 1, 1, 0],
    probabilities: Float32Array.of(0.75, 0.25, 0.125, 0.875, 0.25, 0.75, 0.625, 0.375),
  })

  it('lists mistakes first, the surest on top, then what was right, the least sure on top', () => {
    expect(report.judged.map(({ index, confidence }) => [index, confidence])).toEqual([
      [1, 0.875],
      [3, 0.625],
      [0, 0.75],
      [2, 0.75],
    ])
  })

  it('has the area of each class and intervals around its numbers', () => {
    // Scores of "dog": dogs 0.75 and 0.375, cats 0.25 and 0.875: two pairs of four in order.
    expect(report.auc).toEqual([0.5, 0.5])
    const [low, high] = report.intervals.accuracy ?? [1, 0]
    expect(low).toBeLessThan(report.accuracy ?? 0)
    expect(high).toBeGreaterThan(report.accuracy ?? 1)
  })
})

import { describe, expect, it } from 'vitest'
import { binsOf } from './bins.ts'

describe('bars of a histogram', () => {
  it('are one a value where there are few', () => {
    expect(
      binsOf(
        [
          [3, 2],
          [5, 1],
        ],
        { whole: true },
      ),
    ).toEqual([
      { from: 3, to: 3, count: 2 },
      { from: 4, to: 4, count: 0 },
      { from: 5, to: 5, count: 1 },
    ])
    expect(binsOf([[28, 70_000]], { whole: true })).toEqual([{ from: 28, to: 28, count: 70_000 }])
    expect(binsOf([], { whole: true })).toEqual([])
  })

  it('lose no sample and leave no gap, in equal steps or by a factor', () => {
    for (const values of [
      [
        [0, 1],
        [100, 2],
        [255, 3],
      ],
      [
        [64, 5],
        [100, 200],
        [3_024, 3],
      ],
    ] as [number, number][][]) {
      const bins = binsOf(values, { whole: true })
      expect(bins.length).toBeLessThanOrEqual(32)
      expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(values.reduce((sum, [, n]) => sum + n, 0))
      for (const [index, bin] of bins.entries()) {
        const next = bins[index + 1]
        if (next) expect(next.from).toBe(bin.to + 1)
      }
    }
  })

  it('hold one shape of picture as one bar', () => {
    expect(binsOf([[1.33, 9]], { whole: false })).toEqual([{ from: 1.33, to: 1.33, count: 9 }])
  })
})

import { describe, expect, it } from 'vitest'
import { stabilityIndex } from '../../domain/population-stability.ts'
import {
  chiSquareTest,
  distributionOf,
  kolmogorovSmirnov,
  quantile,
  upperGamma,
  usualRange,
} from './statistics.ts'

describe('tests of two distributions', () => {
  it('give the known figures', () => {
    // Expected counts 37.5, 22.5 and 40 in both: 3 + 0.5556 + 5.
    const { chiSquare, degrees, pValue } = chiSquareTest([30, 20, 50], [45, 25, 30])
    expect(chiSquare).toBeCloseTo(8.5556, 3)
    expect(degrees).toBe(2)
    expect(pValue).toBeCloseTo(0.01387, 4)
    // P(chi-square with 5 degrees > 6), and erfc(sqrt(10)).
    expect(upperGamma(2.5, 3)).toBeCloseTo(0.30622, 4)
    expect(upperGamma(0.5, 10)).toBeCloseTo(7.744e-6, 8)
    const shifted = kolmogorovSmirnov(distributionOf([1, 2, 3, 4]), distributionOf([3, 4, 5, 6]))
    expect(shifted.distance).toBeCloseTo(0.5, 10)
  })

  it('find nothing where nothing differs', () => {
    const same = distributionOf(Array.from({ length: 100 }, (_, n) => n % 10))
    expect(kolmogorovSmirnov(same, same)).toEqual({ distance: 0, pValue: 1 })
    expect(chiSquareTest([10, 20], [10, 20]).pValue).toBe(1)
    expect(stabilityIndex([10, 20], [100, 200])).toBe(0)
  })

  it('know the stability index by hand', () => {
    // (0.7 - 0.5) ln(0.7 / 0.5) + (0.3 - 0.5) ln(0.3 / 0.5)
    expect(stabilityIndex([50, 50], [70, 30])).toBeCloseTo(0.16946, 4)
  })
})

describe('what is usual', () => {
  it('is not moved by a few that are odd', () => {
    const sides = distributionOf([...Array.from({ length: 98 }, (_, n) => 95 + (n % 11)), 4_000, 5])
    const { least, most, median } = usualRange(sides, { deviations: 4, leastFactor: 3 })
    expect(median).toBe(100)
    expect([least, most].map(Math.round)).toEqual([33, 300])
    expect(quantile(sides, 1)).toBe(4_000)
  })
})

import { expect, test } from 'vitest'
import { holm, pairedPermutationTest } from './permutation-test.ts'

// scipy 1.17.1: permutation_test((d,), np.mean, permutation_type='samples', alternative='two-sided', n_resamples=np.inf)
test.each([
  { differences: [1, 2, 3], p: 0.25 },
  { differences: [0.8, 1.1, -0.2, 0.5, 0.9, 0.3, -0.1, 0.7], p: 0.0390625 },
  { differences: [0.012, 0.03, -0.004, 0.018, 0.022, 0.001, 0.015], p: 0.046875 },
])('$differences have the p that scipy counts', ({ differences, p }) => {
  expect(pairedPermutationTest(differences)).toEqual({ p, method: 'exact' })
})

test('many pairs are sampled: close to the exact p, the same each time, never 0', () => {
  const differences = [
    0.31, -0.12, 0.45, 0.08, 0.22, -0.05, 0.17, 0.36, 0.02, 0.28, -0.19, 0.41, 0.11, 0.09, 0.25, -0.03, 0.14,
    0.33, 0.06, -0.27,
  ]
  const sampled = pairedPermutationTest(differences)
  expect(sampled.method).toBe('sampled')
  // scipy 1.17.1, every assignment: 0.009922027587890625. Three standard errors of 100,000 samples are 0.00094.
  expect(Math.abs(sampled.p - 0.009922027587890625)).toBeLessThan(0.00094)
  expect(pairedPermutationTest(differences)).toEqual(sampled)
  expect(pairedPermutationTest(Array(30).fill(1)).p).toBeGreaterThan(0)
})

test('no pair has no p; equal values differ by chance alone', () => {
  expect(pairedPermutationTest([]).p).toBeNaN()
  expect(pairedPermutationTest([0, 0, 0]).p).toBe(1)
})

// R 4: p.adjust(c(0.01, 0.04, 0.03), "holm") is 0.03 0.06 0.06.
test('several tests are corrected after Holm; one without a p counts as none', () => {
  const adjusted = holm([0.01, Number.NaN, 0.04, 0.03])
  expect(adjusted[0]).toBeCloseTo(0.03, 12)
  expect(adjusted[1]).toBeNaN()
  expect(adjusted[2]).toBeCloseTo(0.06, 12)
  expect(adjusted[3]).toBeCloseTo(0.06, 12)
})

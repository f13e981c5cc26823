import type { Distribution } from '../../contract/index.ts'

/** Counts the values, in ascending order. */
export function distributionOf(values: Iterable<number>): Distribution {
  const counts = new Map<number, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts].sort(([a], [b]) => a - b)
}

/** `1234.5` with three digits is `1230`. */
export const toDigits = (value: number, digits: number): number => Number(value.toPrecision(digits))

export const totalOf = (values: Distribution): number => values.reduce((sum, [, count]) => sum + count, 0)

/** The value that this share of the samples is at or below. NaN where there are none. */
export function quantile(values: Distribution, share: number): number {
  const wanted = Math.max(1, Math.ceil(totalOf(values) * share))
  let seen = 0
  for (const [value, count] of values) {
    seen += count
    if (seen >= wanted) return value
  }
  return Number.NaN
}

/**
 * The values that are usual: within so many deviations of the median, by the median absolute deviation of their
 * logarithms (Hampel's rule), and never narrower than a factor either way. For what can only be positive: sizes, lengths.
 */
export function usualRange(
  values: Distribution,
  { deviations, leastFactor }: { deviations: number; leastFactor: number },
): { least: number; most: number; median: number } {
  const positive = values.filter(([value]) => value > 0)
  const median = quantile(positive, 0.5)
  const away = positive
    .map(([value, count]): [number, number] => [Math.abs(Math.log(value / median)), count])
    .sort(([a], [b]) => a - b)
  // 1.4826: the median absolute deviation of a normal distribution as a standard deviation.
  const spread = Math.max(Math.log(leastFactor), deviations * 1.4826 * quantile(away, 0.5))
  return { least: median * Math.exp(-spread), most: median * Math.exp(spread), median }
}

/** ln of the gamma function (Lanczos, g = 7; Numerical Recipes, 6.1). */
export function logGamma(x: number): number {
  const coefficients = [
    0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
    12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
  ]
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x)
  const z = x - 1
  let sum = coefficients[0] as number
  for (let i = 1; i < 9; i++) sum += (coefficients[i] as number) / (z + i)
  const t = z + 7.5
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum)
}

/** Q(a, x), the upper regularised incomplete gamma function (series or continued fraction; Numerical Recipes, 6.2). */
export function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1
  const scale = Math.exp(-x + a * Math.log(x) - logGamma(a))
  if (x < a + 1) {
    let term = 1 / a
    let sum = term
    for (let n = 1; n < 10_000; n++) {
      term *= x / (a + n)
      sum += term
      if (term < sum * 1e-15) break
    }
    return Math.max(0, 1 - sum * scale)
  }
  const tiny = 1e-300
  let b = x + 1 - a
  let c = 1 / tiny
  let d = 1 / b
  let fraction = d
  for (let n = 1; n < 10_000; n++) {
    const step = -n * (n - a)
    b += 2
    d = step * d + b
    d = 1 / (Math.abs(d) < tiny ? tiny : d)
    c = b + step / c
    if (Math.abs(c) < tiny) c = tiny
    fraction *= d * c
    if (Math.abs(d * c - 1) < 1e-15) break
  }
  return Math.min(1, fraction * scale)
}

/** Pearson's test that two sets of counts come from one distribution. What neither has is left out. */
export function chiSquareTest(
  from: readonly number[],
  to: readonly number[],
): { chiSquare: number; degrees: number; pValue: number } {
  const totals = [from, to].map((counts) => counts.reduce((sum, count) => sum + count, 0))
  const [ofFrom = 0, ofTo = 0] = totals
  const all = ofFrom + ofTo
  let chiSquare = 0
  let used = 0
  for (const [index, first] of from.entries()) {
    const second = to[index] ?? 0
    if (first + second === 0) continue
    used += 1
    for (const [count, total] of [
      [first, ofFrom],
      [second, ofTo],
    ] as const) {
      const expected = ((first + second) * total) / all
      if (expected > 0) chiSquare += (count - expected) ** 2 / expected
    }
  }
  const degrees = Math.max(0, used - 1)
  return { chiSquare, degrees, pValue: degrees === 0 ? 1 : upperGamma(degrees / 2, chiSquare / 2) }
}

/** The two-sample test of Kolmogorov and Smirnov with its asymptotic p-value (Numerical Recipes, 14.3). */
export function kolmogorovSmirnov(
  from: Distribution,
  to: Distribution,
): { distance: number; pValue: number } {
  const [ofFrom, ofTo] = [totalOf(from), totalOf(to)]
  if (ofFrom === 0 || ofTo === 0) return { distance: 0, pValue: 1 }
  let [a, b, below, other, distance] = [0, 0, 0, 0, 0]
  while (a < from.length || b < to.length) {
    const first = from[a]?.[0] ?? Number.POSITIVE_INFINITY
    const second = to[b]?.[0] ?? Number.POSITIVE_INFINITY
    const value = Math.min(first, second)
    if (first === value) below += from[a++]?.[1] ?? 0
    if (second === value) other += to[b++]?.[1] ?? 0
    distance = Math.max(distance, Math.abs(below / ofFrom - other / ofTo))
  }
  const root = Math.sqrt((ofFrom * ofTo) / (ofFrom + ofTo))
  const x = (root + 0.12 + 0.11 / root) * distance
  if (x < 0.2) return { distance, pValue: 1 }
  let sum = 0
  for (let k = 1; k <= 100; k++) sum += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * k * k * x * x)
  return { distance, pValue: Math.min(1, Math.max(0, sum)) }
}

/** Counts in bins whose upper ends are the tenths of `from`; both over the same bins. */
export function inTenths(from: Distribution, to: Distribution): { from: number[]; to: number[] } {
  const ends = [...new Set(Array.from({ length: 9 }, (_, n) => quantile(from, (n + 1) / 10)))]
  const count = (values: Distribution) => {
    const counts: number[] = new Array(ends.length + 1).fill(0)
    for (const [value, times] of values) {
      const bin = ends.findIndex((end) => value <= end)
      const at = bin < 0 ? ends.length : bin
      counts[at] = (counts[at] ?? 0) + times
    }
    return counts
  }
  return { from: count(from), to: count(to) }
}

/** `average`: exponential, by a weight of 0..1. `window`: the mean of so many points around each. */
export type Smoothing = { kind: 'average'; weight: number } | { kind: 'window'; points: number }

export const unsmoothed: Smoothing = { kind: 'average', weight: 0 }

/**
 * Exponential moving average, debiased as Adam debiases its moments, so that the first values are not pulled to zero.
 * `weight` 0..1: 0 leaves the values as they are. What is not finite stays in its place and does not move the average.
 */
export function smooth(values: ArrayLike<number>, weight: number): Float64Array {
  const smoothed = Float64Array.from(values)
  if (weight <= 0) return smoothed
  let average = 0
  let remaining = 1
  for (let index = 0; index < smoothed.length; index++) {
    const value = smoothed[index] ?? Number.NaN
    if (!Number.isFinite(value)) continue
    remaining *= weight
    average = average * weight + value * (1 - weight)
    smoothed[index] = average / (1 - remaining)
  }
  return smoothed
}

/**
 * The mean of the `points` values around each one, fewer at the ends. What is not finite stays in its place and counts
 * in no mean.
 */
export function windowMean(values: ArrayLike<number>, points: number): Float64Array {
  const { length } = values
  const before = Math.floor((Math.max(1, points) - 1) / 2)
  const after = Math.max(1, points) - 1 - before
  // Sums from the start lose digits where a huge value stands among small ones: the means are summed anew.
  return Float64Array.from({ length }, (_, index) => {
    const own = values[index] ?? Number.NaN
    if (!Number.isFinite(own)) return own
    let sum = 0
    let count = 0
    for (let at = Math.max(0, index - before); at <= Math.min(length - 1, index + after); at++) {
      const value = values[at] ?? Number.NaN
      if (!Number.isFinite(value)) continue
      sum += value
      count += 1
    }
    return sum / count
  })
}

/** Null where nothing is smoothed. */
export function smoothedBy(smoothing: Smoothing, values: ArrayLike<number>): Float64Array | null {
  if (smoothing.kind === 'average') return smoothing.weight > 0 ? smooth(values, smoothing.weight) : null
  return smoothing.points > 1 ? windowMean(values, smoothing.points) : null
}

/**
 * Where to find at most about `maxPoints` of the values, in order: the first, last, smallest and largest of each bucket,
 * and every NaN's place once a bucket. Extremes are never dropped.
 */
export function thinnedIndices(values: ArrayLike<number>, maxPoints: number): number[] {
  const { length } = values
  if (length <= maxPoints) return Array.from({ length }, (_, index) => index)
  const buckets = Math.max(1, Math.floor(maxPoints / 4))
  const kept: number[] = []
  for (let bucket = 0; bucket < buckets; bucket++) {
    const start = Math.floor((bucket * length) / buckets)
    const end = Math.floor(((bucket + 1) * length) / buckets)
    let low = -1
    let high = -1
    let notANumber = -1
    for (let index = start; index < end; index++) {
      const value = values[index] ?? Number.NaN
      if (Number.isNaN(value)) {
        if (notANumber < 0) notANumber = index
        continue
      }
      if (low < 0 || value < (values[low] ?? 0)) low = index
      if (high < 0 || value > (values[high] ?? 0)) high = index
    }
    let last = -1
    for (const index of [start, low, high, notANumber, end - 1].sort((a, b) => a - b)) {
      if (index > last) kept.push(index)
      if (index > last) last = index
    }
  }
  return kept
}

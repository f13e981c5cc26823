interface Point {
  step: number
  value: number
  timestamp: number
}

/**
 * At most about `maxPoints` of the points, in order: the first, last, smallest and largest of each bucket, and every
 * NaN's place once a bucket. Extremes are never dropped.
 */
export function thinSeries<P extends Point>(points: readonly P[], maxPoints: number): P[] {
  if (points.length <= maxPoints) return [...points]
  const buckets = Math.max(1, Math.floor(maxPoints / 4))
  const kept: P[] = []
  for (let bucket = 0; bucket < buckets; bucket++) {
    const start = Math.floor((bucket * points.length) / buckets)
    const end = Math.floor(((bucket + 1) * points.length) / buckets)
    let low = -1
    let high = -1
    let notANumber = -1
    for (let index = start; index < end; index++) {
      const value = points[index]?.value ?? Number.NaN
      if (Number.isNaN(value)) {
        if (notANumber < 0) notANumber = index
        continue
      }
      if (low < 0 || value < (points[low]?.value ?? 0)) low = index
      if (high < 0 || value > (points[high]?.value ?? 0)) high = index
    }
    const indices = new Set([start, low, high, notANumber, end - 1].filter((index) => index >= 0))
    for (const index of [...indices].sort((a, b) => a - b)) {
      const point = points[index]
      if (point) kept.push(point)
    }
  }
  return kept
}

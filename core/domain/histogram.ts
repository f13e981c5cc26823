const bucketCount = 30

export interface Histogram {
  /** Of the finite values; null where there are none. */
  min: number | null
  max: number | null
  /** Of finite values. */
  count: number
  notFinite: number
  /** `[left, right, count]` of each. */
  buckets: [number, number, number][]
}

/** Five digits: so many can be seen, and no line is longer than it has to be. */
const short = (value: number): number => Number(value.toPrecision(5))

/** Equal buckets from the smallest to the largest finite value. */
export function histogramOf(values: ArrayLike<number>): Histogram {
  let [min, max, finite] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0]
  for (let at = 0; at < values.length; at++) {
    const value = values[at] as number
    if (!Number.isFinite(value)) continue
    finite++
    if (value < min) min = value
    if (value > max) max = value
  }
  const notFinite = values.length - finite
  if (finite === 0) return { min: null, max: null, count: 0, notFinite, buckets: [] }
  const width = (max - min) / bucketCount
  if (!(width > 0)) return { min, max, count: finite, notFinite, buckets: [[min, max, finite]] }
  const counts = new Array<number>(bucketCount).fill(0)
  for (let at = 0; at < values.length; at++) {
    const value = values[at] as number
    if (!Number.isFinite(value)) continue
    const bucket = Math.min(bucketCount - 1, Math.floor((value - min) / width))
    counts[bucket] = (counts[bucket] ?? 0) + 1
  }
  return {
    min,
    max,
    count: finite,
    notFinite,
    buckets: counts.map((count, at) => [short(min + at * width), short(min + (at + 1) * width), count]),
  }
}

export interface Points {
  x: ArrayLike<number>
  y: ArrayLike<number>
}

/** Index of the first element that is not below `value`; `sorted` is ascending. */
export function lowerBound(sorted: ArrayLike<number>, value: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] ?? Number.POSITIVE_INFINITY) < value) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * Indices of the points worth drawing within `from..to`: one beyond each edge, so that lines run to the frame, and of
 * each of `buckets` stretches the first, last, lowest, highest and first not finite. Extremes and gaps are never lost.
 */
export function visibleIndices({ x, y }: Points, from: number, to: number, buckets: number): number[] {
  const start = Math.max(0, lowerBound(x, from) - 1)
  let end = lowerBound(x, to)
  while (end < x.length && (x[end] ?? 0) <= to) end += 1
  end = Math.min(x.length, end + 1)
  const count = end - start
  if (count <= buckets * 4) return Array.from({ length: Math.max(0, count) }, (_, index) => start + index)

  const kept: number[] = []
  for (let bucket = 0; bucket < buckets; bucket++) {
    const first = start + Math.floor((bucket * count) / buckets)
    const past = start + Math.floor(((bucket + 1) * count) / buckets)
    let low = -1
    let high = -1
    let gap = -1
    for (let index = first; index < past; index++) {
      const value = y[index] ?? Number.NaN
      if (!Number.isFinite(value)) {
        if (gap < 0) gap = index
        continue
      }
      if (low < 0 || value < (y[low] ?? 0)) low = index
      if (high < 0 || value > (y[high] ?? 0)) high = index
    }
    let last = -1
    for (const index of [first, low, high, gap, past - 1].sort((a, b) => a - b)) {
      if (index <= last) continue
      kept.push(index)
      last = index
    }
  }
  return kept
}

/** Ranks from 1; equal values share the mean of their ranks. */
function ranksOf(values: readonly number[]): number[] {
  const order = values.map((_, index) => index).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0))
  const ranks = new Array<number>(values.length).fill(0)
  for (let from = 0; from < order.length; ) {
    let past = from
    while (past < order.length && values[order[past] ?? 0] === values[order[from] ?? 0]) past += 1
    for (let at = from; at < past; at += 1) ranks[order[at] ?? 0] = (from + past + 1) / 2
    from = past
  }
  return ranks
}

/** Spearman's rank correlation of the pairs that have both numbers; NaN with fewer than three, or where one never changes. */
export function correlationOf(pairs: readonly (readonly [number, number])[]): number {
  const both = pairs.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y))
  if (both.length < 3) return Number.NaN
  const [x, y] = [ranksOf(both.map(([first]) => first)), ranksOf(both.map(([, second]) => second))]
  const mean = (both.length + 1) / 2
  let [xy, xx, yy] = [0, 0, 0]
  for (let index = 0; index < both.length; index += 1) {
    const [dx, dy] = [(x[index] ?? 0) - mean, (y[index] ?? 0) - mean]
    xy += dx * dy
    xx += dx * dx
    yy += dy * dy
  }
  return xx === 0 || yy === 0 ? Number.NaN : xy / Math.sqrt(xx * yy)
}

/** How values are spread over `bins` of equal width: heights as shares of the highest. */
export function histogramOf(values: readonly number[], bins: number): number[] {
  const counts = new Array<number>(bins).fill(0)
  const [low, high] = [Math.min(...values), Math.max(...values)]
  for (const value of values) {
    const bin = high > low ? Math.min(bins - 1, Math.floor(((value - low) / (high - low)) * bins)) : 0
    counts[bin] = (counts[bin] ?? 0) + 1
  }
  const most = Math.max(1, ...counts)
  return counts.map((count) => count / most)
}

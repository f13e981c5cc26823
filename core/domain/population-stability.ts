/**
 * Population stability index of two sets of counts in the same bins. A bin that one side lacks counts as half a sample there,
 * so that the index stays finite (Siddiqi, "Credit Risk Scorecards", 2006; 0.1: a little, 0.25: much).
 */
export function stabilityIndex(from: readonly number[], to: readonly number[]): number {
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0)
  const [ofFrom, ofTo] = [sum(from), sum(to)]
  if (ofFrom === 0 || ofTo === 0) return 0
  let index = 0
  for (const [bin, first] of from.entries()) {
    const second = to[bin] ?? 0
    if (first + second === 0) continue
    const a = Math.max(first, 0.5) / ofFrom
    const b = Math.max(second, 0.5) / ofTo
    index += (b - a) * Math.log(b / a)
  }
  return index
}

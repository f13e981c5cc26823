/**
 * Exponential moving average, debiased as Adam debiases its moments, so that the first values are not pulled to zero.
 * `weight` 0..1: 0 leaves the values as they are. What is not finite stays in its place and does not move the average.
 */
export function smooth(values: readonly number[], weight: number): number[] {
  if (weight <= 0) return [...values]
  let average = 0
  let seen = 0
  return values.map((value) => {
    if (!Number.isFinite(value)) return value
    seen += 1
    average = average * weight + value * (1 - weight)
    return average / (1 - weight ** seen)
  })
}

export interface CalibrationBin {
  /** Confidence from (exclusive, but for 0) and to (inclusive), 0..1. */
  from: number
  to: number
  count: number
  /** Mean confidence; null for an empty bin. */
  confidence: number | null
  /** Part that was right; null for an empty bin. */
  accuracy: number | null
}

export interface Calibration {
  bins: CalibrationBin[]
  /** Expected calibration error (Guo et al., 2017): mean distance of confidence and accuracy, by count. Null over nothing. */
  ece: number | null
}

/**
 * How far a classifier is as sure as it is right.
 * @param confidences probability of the class each sample was called, 0..1
 */
export function calibration(
  confidences: ArrayLike<number>,
  right: ArrayLike<boolean>,
  binCount = 15,
): Calibration {
  const counts = new Array<number>(binCount).fill(0)
  const sums = new Array<number>(binCount).fill(0)
  const hits = new Array<number>(binCount).fill(0)
  for (let index = 0; index < confidences.length; index++) {
    const confidence = confidences[index] as number
    const bin = Math.min(binCount - 1, Math.max(0, Math.ceil(confidence * binCount) - 1))
    counts[bin] = (counts[bin] as number) + 1
    sums[bin] = (sums[bin] as number) + confidence
    if (right[index]) hits[bin] = (hits[bin] as number) + 1
  }
  let distance = 0
  const bins = counts.map((count, bin): CalibrationBin => {
    const [sum, hit] = [sums[bin] as number, hits[bin] as number]
    distance += Math.abs(sum - hit)
    return {
      from: bin / binCount,
      to: (bin + 1) / binCount,
      count,
      confidence: count === 0 ? null : sum / count,
      accuracy: count === 0 ? null : hit / count,
    }
  })
  return { bins, ece: confidences.length === 0 ? null : distance / confidences.length }
}

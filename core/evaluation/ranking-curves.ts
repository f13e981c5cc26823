/** A curve from left to right; ascending in x, x and y of equal length, 0..1. */
export interface Curve {
  x: number[]
  y: number[]
}

/** How well scores tell the samples of a class from all others, whatever the threshold. */
export interface Ranking {
  /** Area under the ROC curve. */
  auc: number
  /** Mean of the precision at each sample of the class, which no line between the points makes better than it is. */
  averagePrecision: number
  /** Rate of true positives over that of false ones, from (0, 0) to (1, 1). */
  roc: Curve
  /** Precision over recall, from recall 0 (with precision 1, by convention) to 1. */
  precisionRecall: Curve
}

/**
 * Ranks by score; samples of equal score are called together, as a threshold would.
 * @param positives scores of the samples of the class; sorted in place
 * @param negatives scores of all others; sorted in place
 * @returns null when there is no sample of the class, or no other
 */
export function rank(positives: Float32Array, negatives: Float32Array): Ranking | null {
  const [mine, others] = [positives.length, negatives.length]
  if (mine === 0 || others === 0) return null
  positives.sort()
  negatives.sort()
  const roc: Curve = { x: [0], y: [0] }
  const precisionRecall: Curve = { x: [0], y: [1] }
  let [hits, alarms] = [0, 0]
  let [auc, averagePrecision] = [0, 0]
  while (hits < mine || alarms < others) {
    const [hitsBefore, alarmsBefore] = [hits, alarms]
    const threshold = Math.max(
      positives[mine - 1 - hits] ?? Number.NEGATIVE_INFINITY,
      negatives[others - 1 - alarms] ?? Number.NEGATIVE_INFINITY,
    )
    while (hits < mine && positives[mine - 1 - hits] === threshold) hits++
    while (alarms < others && negatives[others - 1 - alarms] === threshold) alarms++
    // Scores that are no number belong nowhere: the ranking ends.
    if (hits === hitsBefore && alarms === alarmsBefore) return null
    auc += ((alarms - alarmsBefore) * (hits + hitsBefore)) / 2
    const precision = hits / (hits + alarms)
    averagePrecision += (hits - hitsBefore) * precision
    roc.x.push(alarms / others)
    roc.y.push(hits / mine)
    precisionRecall.x.push(hits / mine)
    precisionRecall.y.push(precision)
  }
  return { auc: auc / mine / others, averagePrecision: averagePrecision / mine, roc, precisionRecall }
}

/** The points without which the curve would look otherwise: those at least `step` from the last one kept, and the ends. */
export function thinnedCurve({ x, y }: Curve, step: number): Curve {
  const kept: Curve = { x: [], y: [] }
  const keep = (at: number) => {
    kept.x.push(x[at] as number)
    kept.y.push(y[at] as number)
  }
  let last = 0
  for (let at = 0; at < x.length; at++) {
    const far = (values: number[]) => Math.abs((values[at] as number) - (values[last] as number)) >= step
    if (at > 0 && at < x.length - 1 && !far(x) && !far(y)) continue
    // The corner before a jump is part of the jump.
    if (at - 1 > last) keep(at - 1)
    keep(at)
    last = at
  }
  return kept
}

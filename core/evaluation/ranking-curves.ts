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
 * @param step how far apart the points of the curves are at least; 0 keeps all
 * @returns null when there is no sample of the class, or no other
 */
export function rank(positives: Float32Array, negatives: Float32Array, step = 0): Ranking | null {
  const [mine, others] = [positives.length, negatives.length]
  if (mine === 0 || others === 0) return null
  positives.sort()
  negatives.sort()
  const roc = new CurvePen(0, 0, step)
  const precisionRecall = new CurvePen(0, 1, step)
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
    roc.to(alarms / others, hits / mine)
    precisionRecall.to(hits / mine, precision)
  }
  return {
    auc: auc / mine / others,
    averagePrecision: averagePrecision / mine,
    roc: roc.end(),
    precisionRecall: precisionRecall.end(),
  }
}

/** Draws the points without which a curve would look otherwise: those at least `step` from the last one, and the ends. */
export class CurvePen {
  readonly curve: Curve
  private readonly step: number
  /** The last point, while it is not drawn. */
  private skipped: [x: number, y: number] | null = null
  private last: [x: number, y: number]

  constructor(x: number, y: number, step: number) {
    this.curve = { x: [x], y: [y] }
    this.last = [x, y]
    this.step = step
  }

  to(x: number, y: number): void {
    if (Math.abs(x - this.last[0]) < this.step && Math.abs(y - this.last[1]) < this.step) {
      this.skipped = [x, y]
      return
    }
    // The corner before a jump is part of the jump.
    this.end()
    this.draw(x, y)
  }

  /** @returns the curve, with its last point */
  end(): Curve {
    if (this.skipped) this.draw(...this.skipped)
    return this.curve
  }

  private draw(x: number, y: number): void {
    this.curve.x.push(x)
    this.curve.y.push(y)
    this.last = [x, y]
    this.skipped = null
  }
}

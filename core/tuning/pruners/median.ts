import { type Course, cost, type Pruner, type PruningQuestion } from '../trial.ts'

/** Trials that must have come as far before one is given up. */
const startTrials = 4
/** Steps that each trial gets whatever it shows. */
const warmUpSteps = 1

/**
 * Gives a trial up when its best so far is worse than the median of what the others had reached by the same step:
 * Golovin et al., "Google Vizier", KDD 2017 (there by running averages).
 */
export const medianPruner: Pruner = {
  id: 'median',
  title: 'Median',
  description: 'Gives a trial up when it is worse than the median of the others at the same epoch.',
  givesUp({ course, others, direction }) {
    const step = course.at(-1)?.step
    if (step === undefined || course.length <= warmUpSteps) return false
    const best = bestUntil(course, step, direction)
    const reached = others
      .filter((other) => (other.at(-1)?.step ?? -1) >= step)
      .map((other) => bestUntil(other, step, direction))
      .sort((a, b) => a - b)
    if (reached.length < startTrials) return false
    const middle = reached.length >> 1
    const median =
      reached.length % 2 === 1
        ? (reached[middle] ?? 0)
        : ((reached[middle - 1] ?? 0) + (reached[middle] ?? 0)) / 2
    return best > median
  },
}

/** The least cost up to and with a step. */
export function bestUntil(course: Course, step: number, direction: PruningQuestion['direction']): number {
  let best = Number.POSITIVE_INFINITY
  for (const point of course) if (point.step <= step) best = Math.min(best, cost(point.value, direction))
  return best
}

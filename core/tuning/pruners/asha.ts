import type { Pruner } from '../trial.ts'
import { bestUntil } from './median.ts'

/** Of the trials at a rung, one in so many goes on. */
const reduction = 3

/**
 * Asynchronous successive halving: Li et al., "A System for Massively Parallel Hyperparameter Tuning", MLSys 2020. Rungs
 * are 1, 3, 9, 27, ... epochs; a trial that comes to one goes on when it is in the best third of all that came there
 * before it.
 */
export const ashaPruner: Pruner = {
  id: 'asha',
  title: 'ASHA',
  description: `Lets only the best of ${reduction} trials go on at 1, ${reduction}, ${reduction ** 2}, … epochs.`,
  givesUp({ course, others, direction }) {
    const epochs = course.length
    if (epochs === 0 || !isRung(epochs)) return false
    const own = bestUntil(course, Number.POSITIVE_INFINITY, direction)
    const better = others.filter(
      (other) =>
        other.length >= epochs &&
        bestUntil(other.slice(0, epochs), Number.POSITIVE_INFINITY, direction) < own,
    ).length
    const there = others.filter((other) => other.length >= epochs).length + 1
    // With fewer than `reduction` at the rung there is nothing to choose from yet.
    return there >= reduction && better >= Math.floor(there / reduction)
  },
}

function isRung(epochs: number): boolean {
  let rung = 1
  while (rung < epochs) rung *= reduction
  return rung === epochs
}

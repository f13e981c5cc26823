import type { PairedAnswers } from './gate-check.ts'

const shareOf = (right: readonly boolean[]): number =>
  right.length === 0 ? 0 : right.filter(Boolean).length / right.length

/** Accuracies of both, and for each picture 1 where only the candidate is right, -1 where only the champion is. */
export function differenceOf({ actual, candidate, champion }: PairedAnswers): {
  own: number
  champion: number
  differences: Int8Array
} {
  const own = actual.map((label, at) => candidate[at] === label)
  const its = actual.map((label, at) => champion?.[at] === label)
  return {
    own: shareOf(own),
    champion: shareOf(its),
    differences: Int8Array.from(own, (right, at) => Number(right) - Number(its[at])),
  }
}

import type { ParameterRange, SearchSpace, TuningDirection } from '../contract/index.ts'
import { createRandom, type Random } from '../domain/random.ts'
import { toUnit } from './space.ts'
import { cost, type PastTrial } from './trial.ts'

const trees = 64
const smallestLeaf = 2

/** Trials from which on an importance says something. */
export const leastTrials = 4

interface Leaf {
  value: number
  /** Per option: from, to within 0..1. */
  box: readonly (readonly [number, number])[]
}

/**
 * How much of the objective's variance each option explains on its own, as parts of what all of them explain: functional
 * ANOVA over a random forest (Hutter, Hoos and Leyton-Brown, ICML 2014), exact within each tree. Interactions are left
 * out, and the parts are scaled to a sum of 1. A choice counts by its place in the list.
 * @returns by name, the largest first; empty with fewer than 4 ended trials or where all values are equal
 */
export function importances(
  space: SearchSpace,
  past: readonly PastTrial[],
  direction: TuningDirection,
): { name: string; importance: number }[] {
  const names = Object.keys(space).sort()
  const ranges = names.flatMap((name) => space[name] ?? [])
  const known = past.filter(
    ({ status, value }) => status === 'complete' && value !== null && Number.isFinite(value),
  )
  if (known.length < leastTrials) return []
  const points = known.map(({ parameters }) =>
    ranges.map((range, index) => place(range, parameters[names[index] ?? ''])),
  )
  const values = known.map(({ value }) => cost(value ?? 0, direction))
  const sums = names.map(() => 0)
  for (let tree = 0; tree < trees; tree++) {
    const random = createRandom(tree, 'importance')
    const rows = Uint32Array.from({ length: points.length }, () => random.integer(points.length))
    const leaves: Leaf[] = []
    grow(
      points,
      values,
      [...rows],
      ranges.map(() => [0, 1] as const),
      random,
      leaves,
    )
    const total = variance(leaves)
    if (total <= 0) continue
    for (const option of names.keys()) sums[option] = (sums[option] ?? 0) + marginal(leaves, option) / total
  }
  const sum = sums.reduce((a, b) => a + b, 0)
  if (sum <= 0) return []
  return names
    .map((name, index) => ({ name, importance: (sums[index] ?? 0) / sum }))
    .sort((a, b) => b.importance - a.importance)
}

function place(range: ParameterRange, value: string | number | boolean | undefined): number {
  if (range.kind !== 'choice') return toUnit(range, Number(value))
  return (range.choices.indexOf(value ?? '') + 0.5) / range.choices.length
}

function grow(
  points: readonly number[][],
  values: readonly number[],
  rows: number[],
  box: Leaf['box'],
  random: Random,
  leaves: Leaf[],
): void {
  const split = bestSplit(points, values, rows, random)
  if (!split) {
    let sum = 0
    for (const row of rows) sum += values[row] ?? 0
    leaves.push({ value: sum / rows.length, box })
    return
  }
  const { option, at } = split
  const side = (low: boolean) => rows.filter((row) => (points[row]?.[option] ?? 0) < at === low)
  const cut = (from: number, to: number) =>
    box.map((ends, index) => (index === option ? ([from, to] as const) : ends))
  const [from, to] = box[option] ?? [0, 1]
  grow(points, values, side(true), cut(from, at), random, leaves)
  grow(points, values, side(false), cut(at, to), random, leaves)
}

/** The cut that leaves the least sum of squares, over a random half of the options. */
function bestSplit(
  points: readonly number[][],
  values: readonly number[],
  rows: readonly number[],
  random: Random,
): { option: number; at: number } | undefined {
  if (rows.length < 2 * smallestLeaf) return undefined
  const options = random.shuffle([...(points[0] ?? []).keys()])
  const tried = options.slice(0, Math.max(1, Math.ceil(options.length / 2)))
  let best: { option: number; at: number } | undefined
  let bestGain = 1e-12
  for (const option of tried) {
    const sorted = [...rows].sort((a, b) => (points[a]?.[option] ?? 0) - (points[b]?.[option] ?? 0))
    let total = 0
    for (const row of sorted) total += values[row] ?? 0
    let left = 0
    for (let index = 0; index < sorted.length - 1; index++) {
      left += values[sorted[index] ?? 0] ?? 0
      const here = points[sorted[index] ?? 0]?.[option] ?? 0
      const next = points[sorted[index + 1] ?? 0]?.[option] ?? 0
      const count = index + 1
      if (here === next || count < smallestLeaf || sorted.length - count < smallestLeaf) continue
      const right = total - left
      const gain = left ** 2 / count + right ** 2 / (sorted.length - count) - total ** 2 / sorted.length
      if (gain > bestGain) {
        bestGain = gain
        best = { option, at: (here + next) / 2 }
      }
    }
  }
  return best
}

const volume = ({ box }: Leaf, without?: number): number =>
  box.reduce((product, [from, to], index) => (index === without ? product : product * (to - from)), 1)

function variance(leaves: readonly Leaf[]): number {
  let mean = 0
  let square = 0
  for (const leaf of leaves) {
    mean += volume(leaf) * leaf.value
    square += volume(leaf) * leaf.value ** 2
  }
  return square - mean ** 2
}

/** Variance of the tree's mean over all other options, as this one moves. */
function marginal(leaves: readonly Leaf[], option: number): number {
  const cuts = [...new Set(leaves.flatMap(({ box }) => box[option] ?? []))].sort((a, b) => a - b)
  let mean = 0
  let square = 0
  for (let index = 0; index + 1 < cuts.length; index++) {
    const from = cuts[index] ?? 0
    const to = cuts[index + 1] ?? 0
    let value = 0
    for (const leaf of leaves) {
      const [low, high] = leaf.box[option] ?? [0, 1]
      if (low <= from && high >= to) value += volume(leaf, option) * leaf.value
    }
    mean += (to - from) * value
    square += (to - from) * value ** 2
  }
  return Math.max(0, square - mean ** 2)
}

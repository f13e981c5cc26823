import type { Subset } from '../contract/index.ts'
import { createRandom } from '../domain/random.ts'
import { assignGroups, type SplitSample, unitsOf } from './splits/assign-subsets.ts'

export interface SplitItem {
  path: string
  hash: string
  label: string
  group: string | null
  /** The subset that the source itself assigns. */
  given: Subset | null
}

export interface SplitRequest {
  seed: number
  fractions: Record<Subset, number>
}

/** Groups of equal content under one label: they go into one subset together, so that none leaks. */
function copiesOf(items: readonly SplitItem[], indices: readonly number[]): number[][] {
  const units = new Map<string, number[]>()
  for (const index of indices) {
    const hash = items[index]?.hash ?? ''
    const unit = units.get(hash)
    if (unit) unit.push(index)
    else units.set(hash, [index])
  }
  return [...units.values()]
}

function byLabel(
  items: readonly SplitItem[],
  wanted: (item: SplitItem, index: number) => boolean,
): Map<string, number[]> {
  const groups = new Map<string, number[]>()
  for (const [index, item] of items.entries()) {
    if (!wanted(item, index)) continue
    const group = groups.get(item.label)
    if (group) group.push(index)
    else groups.set(item.label, [index])
  }
  return groups
}

/**
 * Fills `subsets` for each label's items: first `validation` and `test` up to their share (rounded), the rest `train`.
 * A label always keeps at least one unit in train.
 */
function assignStratified(
  items: readonly SplitItem[],
  groups: Map<string, number[]>,
  shares: Record<Subset, number>,
  seed: number,
  subsets: (Subset | undefined)[],
): void {
  const assigned = new Map<string, Subset>()
  for (const [label, indices] of groups) {
    const units = createRandom(seed, `split/${label}`).shuffle(copiesOf(items, indices))
    const targets: [Subset, number][] = [
      ['test', Math.round(indices.length * shares.test)],
      ['validation', Math.round(indices.length * shares.validation)],
    ]
    let left = units.length
    for (const unit of units) {
      const hash = items[unit[0] ?? 0]?.hash ?? ''
      const open = left > 1 ? targets.find(([, room]) => room > 0) : undefined
      const subset = assigned.get(hash) ?? open?.[0] ?? 'train'
      assigned.set(hash, subset)
      const target = targets.find(([name]) => name === subset)
      if (target) target[1] -= unit.length
      for (const index of unit) subsets[index] = subset
      left -= 1
    }
  }
}

/** Splits the items at `indices`: grouped where any item has a group, else each class alike. */
function assignPart(
  items: readonly SplitItem[],
  indices: readonly number[],
  shares: Record<Subset, number>,
  seed: number,
  subsets: (Subset | undefined)[],
): void {
  if (items.every(({ group }) => group === null)) {
    const chosen = new Set(indices)
    assignStratified(
      items,
      byLabel(items, (_, index) => chosen.has(index)),
      shares,
      seed,
      subsets,
    )
    return
  }
  const part = indices.flatMap((index) => items[index] ?? [])
  const assigned = assignGroups(part.map(splitSample), shares, seed)
  for (const [at, index] of indices.entries()) subsets[index] = assigned[at]
}

const splitSample = ({ path, hash, label, group }: SplitItem): SplitSample => ({
  path,
  content: hash,
  label,
  group,
})

/**
 * What has no subset of its own goes where something of its unit is: equal content, its group, its file.
 * @param known by position; undefined where nothing is known
 */
export function followUnits(
  items: readonly SplitItem[],
  known: readonly (Subset | undefined)[],
): (Subset | undefined)[] {
  const subsets = [...known]
  if (!known.includes(undefined)) return subsets
  for (const { indices } of unitsOf(items.map(splitSample), true)) {
    const leader = indices.find((index) => known[index] !== undefined)
    if (leader === undefined) continue
    for (const index of indices) subsets[index] ??= known[leader]
  }
  return subsets
}

function normalised({ train, validation, test }: Record<Subset, number>): Record<Subset, number> {
  const sum = train + validation + test
  if (sum === 0) return { train: 1, validation: 0, test: 0 }
  return { train: train / sum, validation: validation / sum, test: test / sum }
}

const positions = (items: readonly SplitItem[], wanted: (index: number) => boolean): number[] =>
  [...items.keys()].filter(wanted)

/**
 * A seeded split; equal on every machine for equal items in equal order: each class alike, or, where items have groups,
 * whole groups. Where the source assigns subsets they are kept; only a missing validation set is then cut from train
 * (when there is a test set to keep apart).
 */
export function splitItems(
  items: readonly SplitItem[],
  { seed, fractions }: SplitRequest,
): { kind: 'stratified' | 'grouped' | 'by-folder'; subsets: Subset[] } {
  const shares = normalised(fractions)
  if (items.every(({ given }) => given === null)) {
    const subsets: (Subset | undefined)[] = []
    assignPart(items, [...items.keys()], shares, seed, subsets)
    const kind = items.some(({ group }) => group !== null) ? 'grouped' : 'stratified'
    return { kind, subsets: items.map((_, index) => subsets[index] ?? 'train') }
  }
  const subsets = followUnits(
    items,
    items.map(({ given }) => given ?? undefined),
  )
  if (subsets.includes('test') && !subsets.includes('validation')) {
    const rest = shares.train + shares.validation
    const validation = rest > 0 ? shares.validation / rest : 0
    const train = positions(items, (index) => items[index]?.given === 'train')
    assignPart(items, train, { train: 1 - validation, validation, test: 0 }, seed, subsets)
  }
  return { kind: 'by-folder', subsets: subsets.map((subset) => subset ?? 'train') }
}

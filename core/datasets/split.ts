import type { Subset } from '../contract/index.ts'
import { createRandom } from '../domain/random.ts'

export interface SplitItem {
  hash: string
  label: string
  /** The subset that the source itself assigns. */
  given: Subset | null
}

export interface SplitRequest {
  seed: number
  fractions: Record<Subset, number>
}

/** Groups of equal content under one label: they go into one subset together, so that none leaks. */
function unitsOf(items: readonly SplitItem[], indices: readonly number[]): number[][] {
  const units = new Map<string, number[]>()
  for (const index of indices) {
    const hash = items[index]?.hash ?? ''
    const unit = units.get(hash)
    if (unit) unit.push(index)
    else units.set(hash, [index])
  }
  return [...units.values()]
}

function byLabel(items: readonly SplitItem[], wanted: (item: SplitItem) => boolean): Map<string, number[]> {
  const groups = new Map<string, number[]>()
  for (const [index, item] of items.entries()) {
    if (!wanted(item)) continue
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
    const units = createRandom(seed, `split/${label}`).shuffle(unitsOf(items, indices))
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

/**
 * A seeded, stratified split; equal on every machine for equal items in equal order. Where the source assigns subsets
 * they are kept; only a missing validation set is then cut from train (when there is a test set to keep apart).
 */
export function splitItems(
  items: readonly SplitItem[],
  { seed, fractions }: SplitRequest,
): { kind: 'stratified' | 'by-folder'; subsets: Subset[] } {
  const subsets: (Subset | undefined)[] = items.map(({ given }) => given ?? undefined)
  if (items.some(({ given }) => given !== null)) {
    const has = (subset: Subset) => items.some(({ given }) => given === subset)
    if (has('test') && !has('validation')) {
      const rest = fractions.train + fractions.validation
      const validation = rest > 0 ? fractions.validation / rest : 0
      const train = byLabel(items, ({ given }) => given === 'train')
      assignStratified(items, train, { train: 1 - validation, validation, test: 0 }, seed, subsets)
    }
    return { kind: 'by-folder', subsets: subsets.map((subset) => subset ?? 'train') }
  }
  const sum = fractions.train + fractions.validation + fractions.test || 1
  const shares = {
    train: fractions.train / sum,
    validation: fractions.validation / sum,
    test: fractions.test / sum,
  }
  assignStratified(
    items,
    byLabel(items, () => true),
    shares,
    seed,
    subsets,
  )
  return { kind: 'stratified', subsets: subsets.map((subset) => subset ?? 'train') }
}

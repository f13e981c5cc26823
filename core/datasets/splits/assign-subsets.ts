import { createHash } from 'node:crypto'
import { GlyphlabError, type SplitRule, type Subset, type SubsetRule } from '../../contract/index.ts'
import { createRandom } from '../../domain/random.ts'
import { groupItems } from '../group-items.ts'
import { linkedUnits } from './units.ts'

export interface SplitSample {
  path: string
  /** Equal for samples of equal content. */
  content: string
  label: string
  group: string | null
}

export interface Assignment {
  /** By position of the sample. */
  subsets: Subset[]
  warnings: string[]
}

interface Unit {
  indices: number[]
  /** How many samples of each class. */
  labels: Map<string, number>
}

type Shares = Record<Subset, number>

const listed = 5
const subsetNames: readonly Subset[] = ['train', 'validation', 'test']

/**
 * What must lie in one subset: equal content; what was made from another sample (its group names that one's path);
 * on request, a group.
 */
export function unitsOf(samples: readonly SplitSample[], keepGroups: boolean): Unit[] {
  const paths = new Set(samples.map(({ path }) => path))
  const units = linkedUnits(samples, ({ path, content, group }) => {
    const keys = [`c ${content}`, `p ${path}`]
    if (group !== null && paths.has(group)) keys.push(`p ${group}`)
    if (group !== null && keepGroups) keys.push(`g ${group}`)
    return keys
  })
  return units.map((indices) => {
    const labels = new Map<string, number>()
    for (const index of indices) {
      const label = samples[index]?.label ?? ''
      labels.set(label, (labels.get(label) ?? 0) + 1)
    }
    return { indices, labels }
  })
}

const firstLabel = ({ labels }: Unit): string => labels.keys().next().value ?? ''

function normalised(fractions: Shares): Shares {
  const sum = fractions.train + fractions.validation + fractions.test
  return { train: fractions.train / sum, validation: fractions.validation / sum, test: fractions.test / sum }
}

/** Fills test and validation with whole units up to their share, rounded; the rest is train, at least one unit. */
function fill(units: readonly Unit[], shares: Shares): Map<Unit, Subset> {
  const total = units.reduce((sum, { indices }) => sum + indices.length, 0)
  const room = { test: Math.round(total * shares.test), validation: Math.round(total * shares.validation) }
  const result = new Map<Unit, Subset>()
  for (const [at, unit] of units.entries()) {
    const size = unit.indices.length
    const last = at === units.length - 1 && ![...result.values()].includes('train')
    // A unit that would overshoot by more than it misses is left to the next.
    const open = last
      ? undefined
      : (['test', 'validation'] as const).find((name) => room[name] * 2 >= size && room[name] > 0)
    if (open) room[open] -= size
    result.set(unit, open ?? 'train')
  }
  return result
}

/** Classes whose samples all lie in one unit: it must stay in train. */
function pinned(units: readonly Unit[]): Set<Unit> {
  const homes = new Map<string, Unit[]>()
  for (const unit of units)
    for (const label of unit.labels.keys()) {
      const known = homes.get(label)
      if (known) known.push(unit)
      else homes.set(label, [unit])
    }
  return new Set([...homes].flatMap(([label, all]) => (label !== '' && all.length === 1 ? all : [])))
}

function assignRandom(units: readonly Unit[], shares: Shares, seed: number): Map<Unit, Subset> {
  const stays = pinned(units)
  const free = createRandom(seed, 'split/random').shuffle(units.filter((unit) => !stays.has(unit)))
  return new Map([...fill(free, shares), ...[...stays].map((unit) => [unit, 'train'] as const)])
}

function assignStratified(units: readonly Unit[], shares: Shares, seed: number): Map<Unit, Subset> {
  const stays = pinned(units)
  const result = new Map<Unit, Subset>([...stays].map((unit) => [unit, 'train'] as const))
  const classes = groupItems(
    units.filter((unit) => !stays.has(unit)),
    firstLabel,
  )
  for (const [label, members] of classes) {
    const shuffled = createRandom(seed, `split/${label}`).shuffle([...members])
    for (const [unit, subset] of fill(shuffled, shares)) result.set(unit, subset)
  }
  return result
}

/** Large groups first, each to the subset whose classes lack most of what the group has. */
function assignGrouped(units: readonly Unit[], shares: Shares, seed: number): Map<Unit, Subset> {
  const stays = pinned(units)
  const totals = new Map<string, number>()
  for (const { labels } of units)
    for (const [label, count] of labels) totals.set(label, (totals.get(label) ?? 0) + count)
  const missing = new Map(
    subsetNames.map((name) => [
      name,
      new Map([...totals].map(([label, count]) => [label, count * shares[name]])),
    ]),
  )
  const place = (unit: Unit, subset: Subset) => {
    const wanted = missing.get(subset)
    for (const [label, count] of unit.labels) wanted?.set(label, (wanted.get(label) ?? 0) - count)
    result.set(unit, subset)
  }
  const result = new Map<Unit, Subset>()
  for (const unit of stays) place(unit, 'train')
  const free = createRandom(seed, 'split/grouped').shuffle(units.filter((unit) => !stays.has(unit)))
  free.sort((a, b) => b.indices.length - a.indices.length)
  for (const unit of free) {
    const lackOf = (subset: Subset) =>
      [...unit.labels].reduce((sum, [label, count]) => {
        const lack = missing.get(subset)?.get(label) ?? 0
        return sum + (lack * count) / Math.max(1, totals.get(label) ?? 1)
      }, 0)
    const open = subsetNames.filter((name) => shares[name] > 0)
    const best = open.reduce((a, b) => (lackOf(b) > lackOf(a) ? b : a))
    place(unit, best)
  }
  return result
}

/**
 * The grouped split of samples that may have no group at all: equal content, one group, and what was made of one file
 * never lie in two subsets. `shares` sum to 1.
 */
export const assignGroups = (samples: readonly SplitSample[], shares: Shares, seed: number): Subset[] =>
  spread(samples, assignGrouped(unitsOf(samples, true), shares, seed))

/** The first 32 bits of sha256(seed, content), as a share of 1. */
function hashShare(seed: number, content: string): number {
  return createHash('sha256').update(`${seed}/${content}`).digest().readUInt32BE(0) / 2 ** 32
}

/** A copy goes where the sample it was made from goes. */
function assignByHash(samples: readonly SplitSample[], shares: Shares, seed: number): Subset[] {
  const contents = new Map(samples.map(({ path, content }) => [path, content]))
  return samples.map(({ content, group }) => {
    const at = hashShare(seed, (group === null ? undefined : contents.get(group)) ?? content)
    if (at < shares.test) return 'test'
    return at < shares.test + shares.validation ? 'validation' : 'train'
  })
}

const usualFolders: Record<Subset, readonly string[]> = {
  train: ['train', 'training'],
  validation: ['val', 'valid', 'validation', 'dev'],
  test: ['test', 'testing'],
}

function assignByFolder(
  samples: readonly SplitSample[],
  { folders }: Extract<SubsetRule, { kind: 'by-folder' }>,
): Subset[] {
  const rules = subsetNames.flatMap((subset) =>
    (folders ? (folders[subset] ?? []) : usualFolders[subset]).map((folder) => ({
      subset,
      start: `${folder.replace(/\/+$/, '').normalize('NFC')}/`,
    })),
  )
  // The longest folder decides: `a/b` before `a`.
  rules.sort((a, b) => b.start.length - a.start.length)
  const elsewhere: string[] = []
  const subsets = samples.map(({ path }): Subset => {
    const compared = folders ? path : path.toLowerCase()
    const rule = rules.find(({ start }) => compared.startsWith(start))
    if (!rule) elsewhere.push(path)
    return rule?.subset ?? 'train'
  })
  if (elsewhere.length > 0)
    throw new GlyphlabError(
      'INVALID_INPUT',
      `${elsewhere.length} of ${samples.length} pictures lie in none of the folders ${rules.map(({ start }) => start).join(', ')} (${elsewhere.slice(0, 2).join(', ')}). Name a folder for each subset, or split in another way.`,
    )
  return subsets
}

function spread(samples: readonly SplitSample[], units: Map<Unit, Subset>): Subset[] {
  const subsets: Subset[] = new Array(samples.length).fill('train')
  for (const [{ indices }, subset] of units) for (const index of indices) subsets[index] = subset
  return subsets
}

const some = (names: readonly string[]): string =>
  `${names
    .slice(0, listed)
    .map((name) => `"${name}"`)
    .join(', ')}${names.length > listed ? ` and ${names.length - listed} more` : ''}`

/** What a person should know of a split: single pictures, classes absent from train, equal content in two subsets. */
function warningsOf(samples: readonly SplitSample[], subsets: readonly Subset[]): string[] {
  const totals = new Map<string, { all: number; train: number }>()
  const homes = new Map<string, Set<Subset>>()
  for (const [index, { label, content }] of samples.entries()) {
    const subset = subsets[index] ?? 'train'
    const home = homes.get(content)
    if (home) home.add(subset)
    else homes.set(content, new Set([subset]))
    if (label === '') continue
    const total = totals.get(label) ?? { all: 0, train: 0 }
    totals.set(label, { all: total.all + 1, train: total.train + (subset === 'train' ? 1 : 0) })
  }
  const single = [...totals].flatMap(([label, { all, train }]) => (all === 1 && train === 1 ? label : []))
  const absent = [...totals].flatMap(([label, { train }]) => (train === 0 ? label : []))
  const leaking = [...homes.values()].filter(({ size }) => size > 1).length
  const warnings: string[] = []
  if (single.length > 0) warnings.push(`With a single picture, which stays in train: ${some(single)}.`)
  if (absent.length > 0) warnings.push(`Not in train, so that no model can learn it: ${some(absent)}.`)
  if (leaking > 0) warnings.push(`Leakage: ${leaking} pictures lie in two subsets.`)
  return warnings
}

/**
 * Gives each sample a subset; equal on every machine for equal samples in equal order.
 * @throws GlyphlabError INVALID_INPUT when the rule can't be followed
 */
export function assignSubsets(samples: readonly SplitSample[], rule: SubsetRule): Assignment {
  const assign = (): Subset[] => {
    if (rule.kind === 'by-folder') return assignByFolder(samples, rule)
    const shares = normalised(rule.fractions)
    if (rule.kind === 'by-hash') return assignByHash(samples, shares, rule.seed)
    if (rule.kind === 'random')
      return spread(samples, assignRandom(unitsOf(samples, false), shares, rule.seed))
    if (rule.kind === 'stratified')
      return spread(samples, assignStratified(unitsOf(samples, false), shares, rule.seed))
    if (samples.every(({ group }) => group === null))
      throw new GlyphlabError(
        'INVALID_INPUT',
        'No picture has a group. Give the pictures of one person or document a group, or split in another way.',
      )
    return spread(samples, assignGrouped(unitsOf(samples, true), shares, rule.seed))
  }
  const subsets = assign()
  return { subsets, warnings: warningsOf(samples, subsets) }
}

/** Deals units into folds, class by class, so that each fold has its part of each class. */
function dealFolds(
  units: readonly Unit[],
  { folds, seed }: Extract<SplitRule, { kind: 'k-fold' }>,
): Map<Unit, number> {
  const stays = pinned(units)
  const free = units.filter((unit) => !stays.has(unit))
  if (free.length < folds)
    throw new GlyphlabError(
      'INVALID_INPUT',
      `${folds} folds need at least as many different pictures (or groups) that are not alone in their class; there are ${free.length}. Take fewer folds.`,
    )
  const dealt = new Map<Unit, number>()
  let next = 0
  for (const [label, members] of groupItems(free, firstLabel))
    for (const unit of createRandom(seed, `fold/${label}`).shuffle([...members]))
      dealt.set(unit, next++ % folds)
  return dealt
}

/** The splits of a rule: one, or one a fold, named `fold 1 of 5`. @throws GlyphlabError INVALID_INPUT */
export function assignSplits(
  samples: readonly SplitSample[],
  rule: SplitRule,
): (Assignment & { name: string })[] {
  if (rule.kind !== 'k-fold') return [{ name: rule.kind, ...assignSubsets(samples, rule) }]
  const units = unitsOf(samples, rule.grouped)
  const fold = dealFolds(units, rule)
  const shares = { train: 1 - rule.validation, validation: rule.validation, test: 0 }
  return Array.from({ length: rule.folds }, (_, index) => {
    const rest = assignStratified(
      units.filter((unit) => fold.get(unit) !== index),
      shares,
      rule.seed + index,
    )
    for (const unit of units) if (fold.get(unit) === index) rest.set(unit, 'test')
    const subsets = spread(samples, rest)
    return { name: `fold ${index + 1} of ${rule.folds}`, subsets, warnings: warningsOf(samples, subsets) }
  })
}

import type { FindingKind, FindingSeverity } from '../../../contract/index.ts'
import type { FindingDraft } from '../../../domain/finding-draft.ts'
import { type CheckedSample, type Evidence, groupBy, grouped, plural } from './finding-draft.ts'

type Groups = readonly (readonly number[])[]

function pick(
  samples: readonly CheckedSample[],
  group: readonly number[],
  property: (sample: CheckedSample) => string | null,
): Set<string> {
  const values = new Set<string>()
  for (const ordinal of group) {
    const sample = samples[ordinal]
    const value = sample ? property(sample) : null
    if (value !== null) values.add(value)
  }
  return values
}

const crossesSubsets = (samples: readonly CheckedSample[], group: readonly number[]): boolean =>
  pick(samples, group, ({ subset }) => subset).size > 1

const hasTwoClasses = (samples: readonly CheckedSample[], group: readonly number[]): boolean =>
  pick(samples, group, ({ label }) => label || null).size > 1

const hasTwoTexts = (samples: readonly CheckedSample[], group: readonly number[]): boolean =>
  pick(samples, group, ({ text }) => text).size > 1

function draft(
  kind: FindingKind,
  severity: FindingSeverity,
  groups: Groups,
  words: (samples: number, groups: number) => { title: string; detail: string },
): FindingDraft[] {
  if (groups.length === 0) return []
  const members = grouped(groups)
  return [{ kind, severity, ...words(members.length, groups.length), groupCount: groups.length, members }]
}

/** Equal and nearly equal pictures, or equal rows: within the set, across its subsets, and under two classes. */
export function duplicateFindings(
  { samples, nearGroups }: Evidence,
  noun: 'picture' | 'row' = 'picture',
): FindingDraft[] {
  const equal = [...groupBy(samples, ({ hash }) => hash).values()].filter((group) => group.length > 1)
  const equalLeaks = equal.filter((group) => crossesSubsets(samples, group))
  const leaking = new Set(equalLeaks.flat())
  const nearLeaks = nearGroups.filter(
    (group) => crossesSubsets(samples, group) && !group.every((ordinal) => leaking.has(ordinal)),
  )
  const conflicts = equal.filter((group) => hasTwoClasses(samples, group) || hasTwoTexts(samples, group))
  const nearConflicts = nearGroups.filter(
    (group) =>
      hasTwoClasses(samples, group) &&
      !conflicts.some((conflict) => conflict.every((ordinal) => group.includes(ordinal))),
  )
  return [
    ...draft('leakage', 'error', equalLeaks, (count, groups) => ({
      title: `${plural(groups, `${noun} lies`, `${noun}s lie`)} in more than one subset`,
      detail: `${plural(count, 'sample')} of equal content: a model is tested on what it was trained on, and its figures are too good.`,
    })),
    ...draft('near-leakage', 'warning', nearLeaks, (count, groups) => ({
      title: `${plural(groups, 'group')} of look-alike pictures across subsets`,
      detail: `${plural(count, 'sample')} look the same but for size, compression or light, and lie in different subsets.`,
    })),
    ...draft('label-conflict', 'error', conflicts, (count, groups) => ({
      title: `${plural(groups, `${noun} has`, `${noun}s have`)} two labels`,
      detail: `${plural(count, 'sample')} of equal content with different classes or texts: at least one of each is wrong.`,
    })),
    ...draft('near-label-conflict', 'warning', nearConflicts, (count, groups) => ({
      title: `${plural(groups, 'group')} of look-alike pictures with different classes`,
      detail: `${plural(count, 'sample')} look the same and are labelled differently.`,
    })),
    ...draft('exact-duplicates', 'warning', equal, (count, groups) => ({
      title: `${plural(count - groups, 'sample repeats', 'samples repeat')} another exactly`,
      detail: `${plural(groups, noun)} under ${plural(count, noun === 'row' ? 'name' : 'path')}: repeated ${noun}s count more than the others.`,
    })),
    ...draft('near-duplicates', 'note', nearGroups, (count, groups) => ({
      title: `${plural(count - groups, 'sample nearly repeats', 'samples nearly repeat')} another`,
      detail: `${plural(groups, 'group')} of ${plural(count, 'sample')} that look the same but for size, compression or light.`,
    })),
  ]
}

/** Samples that repeat another exactly; and exactly or nearly. */
export function countRepeated({ samples, nearGroups }: Evidence): {
  repeated: number
  nearlyRepeated: number
} {
  const unique = new Set(samples.map(({ hash }) => hash)).size
  // A near group holds all copies of its contents: of its contents, one stays.
  const beyondExact = nearGroups.reduce(
    (sum, group) => sum + pick(samples, group, ({ hash }) => hash).size - 1,
    0,
  )
  return { repeated: samples.length - unique, nearlyRepeated: samples.length - unique + beyondExact }
}

/** People of a group (one person's photos, one document's lines) in more than one subset. */
export function groupFindings({ samples }: Evidence): FindingDraft[] {
  const named = new Set(samples.map(({ group }) => group))
  // What a group is named after belongs to it: the first page of a file, the picture that others were made from.
  const groups = [...groupBy(samples, ({ group, path }) => group ?? (named.has(path) ? path : null))].filter(
    ([, group]) => crossesSubsets(samples, group),
  )
  return draft(
    'group-leakage',
    'warning',
    groups.map(([, group]) => group),
    (count, total) => ({
      title: `${plural(total, 'group lies', 'groups lie')} in more than one subset`,
      detail: `${plural(count, 'sample')} of one person, document or original are in different subsets (${groups
        .slice(0, 3)
        .map(([name]) => name)
        .join(', ')}${total > 3 ? ', ...' : ''}).`,
    }),
  )
}

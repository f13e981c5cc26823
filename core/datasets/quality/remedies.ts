import type { FindingKind, LabelledBox, RecipeStep, Remedy, Subset } from '../../contract/index.ts'
import { recipeStep } from '../../contract/index.ts'
import { isEmptyBox, isRepeated } from './findings/boxes.ts'

/** A sample that a finding names, with what its remedies need to know. */
export interface ConcernedSample {
  path: string
  hash: string
  label: string
  subset: Subset
  text: string | null
  boxes: LabelledBox[]
  width: number
  height: number
  group: number | null
  suggestion: string | null
}

/** Where a copy stays when one picture lies in several subsets: what is tested on should not shrink. */
const keptFirst: Subset[] = ['test', 'validation', 'train']

type StepInput = Parameters<typeof recipeStep.parse>[0]

function remedy(id: string, title: string, ...steps: StepInput[]): Remedy[] {
  return steps.length === 0
    ? []
    : [{ id, title, steps: steps.map((step): RecipeStep => recipeStep.parse(step)) }]
}

function dropPaths(id: string, title: string, paths: string[]): Remedy[] {
  return paths.length === 0 ? [] : remedy(id, title, { kind: 'filter', action: 'drop', where: { paths } })
}

const drop = (samples: readonly ConcernedSample[], title = 'Take them out'): Remedy[] =>
  dropPaths(
    'drop',
    title,
    samples.map(({ path }) => path),
  )

function groupsOf(samples: readonly ConcernedSample[]): ConcernedSample[][] {
  const groups = new Map<number, ConcernedSample[]>()
  for (const sample of samples) {
    if (sample.group === null) continue
    const group = groups.get(sample.group)
    if (group) group.push(sample)
    else groups.set(sample.group, [sample])
  }
  return [...groups.values()]
}

/** Of each group, all but one subset's copies go; those of the test set stay before others. */
function dropLeaks(samples: readonly ConcernedSample[]): Remedy[] {
  const paths = groupsOf(samples).flatMap((group) => {
    const kept = keptFirst.find((subset) => group.some((sample) => sample.subset === subset))
    return group.flatMap(({ subset, path }) => (subset === kept ? [] : [path]))
  })
  return dropPaths('drop-leaks', 'Take the copies out of train (a test copy stays)', paths)
}

function deduplicate(samples: readonly ConcernedSample[], keep: 'first' | 'largest'): Remedy[] {
  const groups = groupsOf(samples)
    .filter((group) => new Set(group.map(({ hash }) => hash)).size > 1)
    .map((group) => group.map(({ path }) => path))
  return remedy('deduplicate', `Keep one of each (${keep === 'first' ? 'the first' : 'the largest'})`, {
    kind: 'deduplicate',
    keep,
    prefer: 'test',
    groups,
  })
}

/** Where more than half of a group has one class, the rest gets it. */
function relabelToMajority(samples: readonly ConcernedSample[]): Remedy[] {
  const paths = new Map<string, string[]>()
  for (const group of groupsOf(samples)) {
    const counts = new Map<string, number>()
    for (const { label } of group) if (label !== '') counts.set(label, (counts.get(label) ?? 0) + 1)
    const [majority] = [...counts].sort(([, a], [, b]) => b - a)
    if (!majority || majority[1] * 2 <= group.length) continue
    for (const { path, label } of group)
      if (label !== majority[0]) paths.set(majority[0], [...(paths.get(majority[0]) ?? []), path])
  }
  return relabel('majority', 'Give each the class that most of its copies have', paths)
}

function relabel(id: string, title: string, pathsByLabel: Map<string, string[]>): Remedy[] {
  if (pathsByLabel.size === 0) return []
  return remedy(id, title, {
    kind: 'relabel',
    edits: [...pathsByLabel].map(([label, paths]) => ({ paths, set: { label } })),
  })
}

function edit(
  id: string,
  title: string,
  samples: readonly ConcernedSample[],
  set: (sample: ConcernedSample) => { text: string | null } | { boxes: LabelledBox[] },
): Remedy[] {
  if (samples.length === 0) return []
  return remedy(id, title, {
    kind: 'relabel',
    edits: samples.map((sample) => ({ paths: [sample.path], set: set(sample) })),
  })
}

const labelsOf = (samples: readonly ConcernedSample[]): string[] => [
  ...new Set(samples.map(({ label }) => label)),
]

/** Each spelling that a few use becomes the one that most use. */
function mergeSpellings(samples: readonly ConcernedSample[]): Remedy[] {
  const steps = groupsOf(samples).map((group) => {
    const counts = new Map<string, number>()
    for (const { label } of group) counts.set(label, (counts.get(label) ?? 0) + 1)
    const names = [...counts].sort(([, a], [, b]) => b - a).map(([name]) => name)
    return { kind: 'merge-classes', from: names, into: names[0] ?? '' } as const
  })
  return remedy('merge-spellings', 'Merge them under the spelling that most samples have', ...steps)
}

/** Kinds that a recipe can mend. */
const notMendable: readonly FindingKind[] = [
  'refused',
  'mixed-colour-modes',
  'constant-column',
  'target-leakage',
]
export const isMendable = (kind: FindingKind): boolean => !notMendable.includes(kind)

/** Ways to mend a finding, as recipes: the one that loses least comes first. */
export function remediesFor(kind: FindingKind, samples: readonly ConcernedSample[]): Remedy[] {
  switch (kind) {
    case 'refused':
    case 'mixed-colour-modes':
    case 'constant-column':
    case 'target-leakage':
      return []
    case 'leakage':
      return [...dropLeaks(samples), ...deduplicate(samples, 'first')]
    case 'near-leakage':
      return [...dropLeaks(samples), ...deduplicate(samples, 'largest')]
    case 'group-leakage':
      return remedy('split-groups', 'Split anew, each group in one subset', {
        kind: 'split',
        rule: { kind: 'grouped' },
      })
    case 'label-conflict':
    case 'near-label-conflict':
      return [...relabelToMajority(samples), ...drop(samples, 'Take all of them out')]
    case 'exact-duplicates':
      return deduplicate(samples, 'first')
    case 'near-duplicates':
      return deduplicate(samples, 'largest')
    case 'class-not-in-train':
      return [
        ...remedy('split', 'Split anew, each class alike', { kind: 'split', rule: { kind: 'stratified' } }),
        ...remedy('drop-classes', 'Take these classes out', {
          kind: 'filter',
          action: 'drop',
          where: { labels: labelsOf(samples) },
        }),
      ]
    case 'small-classes':
      return remedy('drop-classes', 'Take these classes out', {
        kind: 'filter',
        action: 'drop',
        where: { labels: labelsOf(samples) },
      })
    case 'class-imbalance':
      return [
        ...remedy('balance-median', 'Balance train to the median class (repeats some, leaves out others)', {
          kind: 'balance',
          to: 'median',
        }),
        ...remedy('balance-smallest', 'Balance train to the smallest class (leaves out others)', {
          kind: 'balance',
          to: 'smallest',
        }),
      ]
    case 'similar-class-names':
      return mergeSpellings(samples)
    case 'text-not-nfc':
      return edit('compose', 'Compose the texts (NFC)', samples, ({ text }) => ({
        text: text?.normalize('NFC') ?? null,
      }))
    case 'box-outside':
      return [
        ...edit('clip', 'Cut the boxes at the edge', samples, ({ boxes }) => ({ boxes })),
        ...drop(samples, 'Take the pictures out'),
      ]
    case 'box-empty':
      return edit('drop-boxes', 'Take these boxes out', samples, ({ boxes }) => ({
        boxes: boxes.filter((box) => !isEmptyBox(box)),
      }))
    case 'box-twice':
      return edit('drop-boxes', 'Keep one of each', samples, ({ boxes }) => ({
        boxes: boxes.filter((box, index) => !isRepeated(box, index, boxes)),
      }))
    case 'label-errors': {
      const paths = new Map<string, string[]>()
      for (const { path, suggestion } of samples)
        if (suggestion !== null) paths.set(suggestion, [...(paths.get(suggestion) ?? []), path])
      return [
        ...drop(samples),
        ...relabel('suggested', 'Give each the suggested class (look at them first)', paths),
      ]
    }
    case 'unlabelled':
    case 'missing-values':
    case 'outliers':
    case 'damaged':
    case 'odd-size':
    case 'odd-aspect':
    case 'blank':
    case 'very-dark':
    case 'very-bright':
    case 'empty-text':
    case 'odd-text-length':
    case 'suspect-characters':
    case 'rare-characters':
      return drop(samples)
  }
}

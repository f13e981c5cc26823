import type { RecipeStep, SampleChange, SampleEdit } from '../contract/index.ts'
import type { Draft } from '../store/draft.ts'

/**
 * The steps that make of a version what its draft shows: classes are renamed and merged in the order in which that was
 * done, then each edited sample gets what it has in the end, then the removed ones go. The same steps given by hand
 * make the same digest.
 * @param names classes of the samples and of the boxes of the version
 * @param pathOf by ordinal
 */
export function draftSteps(
  edits: readonly SampleEdit[],
  draft: Draft,
  names: { samples: ReadonlySet<string>; boxes: ReadonlySet<string> },
  pathOf: (ordinal: number) => string,
): RecipeStep[] {
  return [
    ...classSteps(edits, names),
    ...relabelSteps(draft, pathOf),
    ...(draft.deleted.size === 0
      ? []
      : [
          {
            kind: 'filter' as const,
            action: 'drop' as const,
            where: { paths: [...draft.deleted].sort((a, b) => a - b).map(pathOf) },
          },
        ]),
  ]
}

/** On the version alone: a class that only edits brought forth is not there to be renamed. */
function classSteps(
  edits: readonly SampleEdit[],
  names: { samples: ReadonlySet<string>; boxes: ReadonlySet<string> },
): RecipeStep[] {
  const samples = new Set(names.samples)
  const boxes = new Set(names.boxes)
  const steps: RecipeStep[] = []
  for (const edit of edits) {
    if (edit.kind === 'change' || edit.kind === 'delete') continue
    const [from, into] = edit.kind === 'rename-class' ? [[edit.from], edit.to] : [edit.from, edit.into]
    const there = from.filter((name) => name !== into && (samples.has(name) || boxes.has(name)))
    if (there.length === 0) continue
    const [only] = there
    steps.push(
      edit.kind === 'rename-class' && only !== undefined && !samples.has(into)
        ? { kind: 'rename-class', from: only, to: into }
        : { kind: 'merge-classes', from: there, into },
    )
    for (const name of there) {
      if (samples.delete(name)) samples.add(into)
      if (boxes.delete(name)) boxes.add(into)
    }
  }
  return steps
}

/** Samples with the same change stand together. */
function relabelSteps(draft: Draft, pathOf: (ordinal: number) => string): RecipeStep[] {
  const groups = new Map<string, { paths: string[]; set: SampleChange }>()
  for (const [ordinal, set] of [...draft.changes].sort(([a], [b]) => a - b)) {
    if (draft.deleted.has(ordinal)) continue
    const key = JSON.stringify(Object.entries(set).sort(([a], [b]) => (a < b ? -1 : 1)))
    const group = groups.get(key) ?? { paths: [], set }
    group.paths.push(pathOf(ordinal))
    groups.set(key, group)
  }
  return groups.size === 0 ? [] : [{ kind: 'relabel', map: {}, edits: [...groups.values()] }]
}

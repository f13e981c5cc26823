import type { Annotation, RefusedFile, Subset } from '../../../contract/index.ts'
import type { DraftMember } from '../../../domain/finding-draft.ts'
import type { PictureMeasure } from '../../../domain/picture-measure.ts'

/** A sample as the checks see it; its position in the list is its ordinal. */
export interface CheckedSample extends Annotation {
  path: string
  hash: string
  /** `''`: it has no class. */
  label: string
  subset: Subset
  /** Displayed px. */
  width: number
  height: number
  mediaType: string
}

/** What all checks look at. */
export interface Evidence {
  samples: readonly CheckedSample[]
  /** By ordinal; null for a picture that can't be decoded. */
  measures: readonly (PictureMeasure | null)[]
  /** Ordinals that look the same, groups of two or more contents, copies included. */
  nearGroups: readonly (readonly number[])[]
  refused: readonly RefusedFile[]
  damaged: readonly { ordinal: number; reason: string }[]
}

export const plural = (count: number, noun: string, many = `${noun}s`): string =>
  `${count.toLocaleString('en-US')} ${count === 1 ? noun : many}`

/** `"a", "b" and 3 more`. */
export function listed(names: readonly string[], most = 5): string {
  const quoted = names.slice(0, most).map((name) => `"${name}"`)
  const more = names.length - quoted.length
  if (more > 0) return `${quoted.join(', ')} and ${more} more`
  return quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} and ${quoted.at(-1)}`
}

export const member = (ordinal: number, reason = ''): DraftMember => ({
  ordinal,
  group: null,
  reason,
  suggestion: null,
})

/** Members of groups, numbered in order. */
export const grouped = (groups: readonly (readonly number[])[]): DraftMember[] =>
  groups.flatMap((group, number) =>
    group.map((ordinal) => ({ ordinal, group: number, reason: '', suggestion: null })),
  )

/** Ordinals by key, in order; those without a key are left out. */
export function groupBy<K>(
  samples: readonly CheckedSample[],
  key: (sample: CheckedSample, ordinal: number) => K | null,
): Map<K, number[]> {
  const groups = new Map<K, number[]>()
  for (const [ordinal, sample] of samples.entries()) {
    const of = key(sample, ordinal)
    if (of === null) continue
    const group = groups.get(of)
    if (group) group.push(ordinal)
    else groups.set(of, [ordinal])
  }
  return groups
}

import type { Interval } from './bootstrap.ts'

/** What is known of a sample besides its class. */
export interface SliceFacts {
  group: string | null
  /** Displayed size in px; 0 for the row of a table. */
  width: number
  height: number
  bytes: number
  mediaType: string
}

export interface Slice {
  /** What the samples have in common. */
  by: 'class' | 'group' | 'side' | 'file-size' | 'file-type'
  /** A class, a group, a media type; for the numbers `[from, to]`, both within. */
  value: string | [from: number, to: number]
  samples: number
  right: number
  /** Part that was called rightly, 0..1. */
  accuracy: number
  /** 95 %, by Wilson's score. */
  interval: Interval
}

/** 97.5th percentile of the standard normal. */
const z = 1.959963984540054

/**
 * The interval that holds a share with 95 % (Wilson, 1927): right for few samples, and for shares near 0 and 1, where a
 * bootstrap of a slice that is all right would say "exactly 1".
 */
export function wilsonInterval(right: number, samples: number): Interval {
  const share = right / samples
  const spread = (z * z) / samples
  const centre = (share + spread / 2) / (1 + spread)
  const reach = (z / (1 + spread)) * Math.sqrt((share * (1 - share)) / samples + spread / (4 * samples))
  return [Math.max(0, centre - reach), Math.min(1, centre + reach)]
}

const bandsAtMost = 4
const slicesAtMost = 50

/**
 * How well a classifier did on parts of the samples, the worst class, group and type first, sizes from
 * the smallest on. A kind that all samples share is
 * left out; of groups, types and classes the `slicesAtMost` worst are kept.
 * @param facts of each sample; null where nothing is known of it
 * @param labels class of each sample
 */
export function slicesOf(
  facts: readonly (SliceFacts | null)[],
  labels: readonly string[],
  right: readonly boolean[],
): Slice[] {
  const known = (read: (fact: SliceFacts) => number) =>
    facts.map((fact) => {
      const value = fact && read(fact)
      return value ? value : null
    })
  const byName = (by: Slice['by'], names: readonly (string | null)[]) =>
    slicesBy(
      by,
      names.map((name) => (name === null ? null : { key: name, value: name })),
      right,
    )
  const byBand = (by: Slice['by'], numbers: readonly (number | null)[]) =>
    slicesBy(by, bandOfEach(numbers), right)
  return [
    ...byName('class', labels),
    ...byName(
      'group',
      facts.map((fact) => fact?.group ?? null),
    ),
    ...byBand(
      'side',
      known(({ width, height }) => Math.round(Math.sqrt(width * height))),
    ),
    ...byBand(
      'file-size',
      known(({ bytes }) => bytes),
    ),
    ...byName(
      'file-type',
      facts.map((fact) => fact?.mediaType ?? null),
    ),
  ]
}

interface Member {
  key: string
  value: Slice['value']
}

function slicesBy(by: Slice['by'], members: readonly (Member | null)[], right: readonly boolean[]): Slice[] {
  const found = new Map<string, { value: Slice['value']; samples: number; right: number }>()
  for (const [index, member] of members.entries()) {
    if (!member) continue
    const slice = found.get(member.key) ?? { value: member.value, samples: 0, right: 0 }
    slice.samples++
    if (right[index]) slice.right++
    found.set(member.key, slice)
  }
  if (found.size < 2) return []
  return [...found.values()]
    .map((slice) => ({
      by,
      ...slice,
      accuracy: slice.right / slice.samples,
      interval: wilsonInterval(slice.right, slice.samples),
    }))
    .sort((a, b) =>
      typeof a.value === 'string' || typeof b.value === 'string'
        ? a.accuracy - b.accuracy || b.samples - a.samples
        : a.value[0] - b.value[0],
    )
    .slice(0, slicesAtMost)
}

/** Bands of about equally many samples; equal numbers lie in one band. */
function bandOfEach(numbers: readonly (number | null)[]): (Member | null)[] {
  const sorted = numbers.filter((number) => number !== null).sort((a, b) => a - b)
  const ends = [
    ...new Set(
      Array.from(
        { length: bandsAtMost },
        (_, band) => sorted[Math.ceil(((band + 1) * sorted.length) / bandsAtMost) - 1] ?? 0,
      ),
    ),
  ]
  const bands = ends.map((end, band): Member => {
    const below = ends[band - 1] ?? Number.NEGATIVE_INFINITY
    return { key: String(band), value: [sorted.find((number) => number > below) ?? end, end] }
  })
  return numbers.map((number) =>
    number === null ? null : (bands[ends.findIndex((end) => number <= end)] ?? null),
  )
}

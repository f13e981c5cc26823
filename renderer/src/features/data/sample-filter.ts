import { type Subset, subset as subsetSchema } from '../../../../core/contract/index.ts'

/** What of a version is on view, as its address says. */
export interface SampleFilter {
  labels: string[]
  subset: Subset | null
  /** Name of the split that gives the subsets; null: the version's own. */
  split: string | null
  /** Ordinal of the picture in the large view; null when it is closed. */
  sample: number | null
}

/** Reads the filter from the query of an address; what makes no sense is left out. */
export function readFilter(search: string): SampleFilter {
  const query = new URLSearchParams(search)
  const subset = subsetSchema.safeParse(query.get('subset'))
  const sample = query.get('sample')
  return {
    labels: query.getAll('label'),
    subset: subset.success ? subset.data : null,
    split: query.get('split'),
    sample: sample !== null && /^\d+$/.test(sample) ? Number(sample) : null,
  }
}

/** The query for a filter, with its `?`; empty when nothing is filtered. */
export function writeFilter({ labels, subset, split, sample }: SampleFilter): string {
  const query = new URLSearchParams(labels.map((label) => ['label', label]))
  if (subset !== null) query.set('subset', subset)
  if (split !== null) query.set('split', split)
  if (sample !== null) query.set('sample', String(sample))
  const text = query.toString()
  return text === '' ? '' : `?${text}`
}

/** A click on a label: alone it shows only that one (again: all); with Ctrl or Cmd it is added or taken away. */
export function toggleLabel(labels: readonly string[], label: string, add: boolean): string[] {
  if (add) return labels.includes(label) ? labels.filter((other) => other !== label) : [...labels, label]
  return labels.length === 1 && labels[0] === label ? [] : [label]
}

/** How many samples a filter leaves, from the counts of the version. */
export function countFiltered(
  labels: readonly { label: string; counts: Record<Subset, number>; total: number }[],
  filter: SampleFilter,
): number {
  return labels
    .filter(({ label }) => filter.labels.length === 0 || filter.labels.includes(label))
    .reduce((sum, { counts, total }) => sum + (filter.subset === null ? total : counts[filter.subset]), 0)
}

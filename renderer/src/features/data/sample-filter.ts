import {
  type SampleFilter as ContractFilter,
  type FindingKind,
  findingKind,
  type SampleProperty,
  type Subset,
  sampleFilter,
  sampleProperty,
  subset as subsetSchema,
} from '../../../../core/contract/index.ts'

/** What of a version is on view, as its address says. */
export interface SampleFilter {
  labels: string[]
  /** Classes of which a picture has a box. */
  boxLabels: string[]
  subset: Subset | null
  /** Name of the split that gives the subsets; null: the version's own. */
  split: string | null
  /** Part of a path or transcription; empty for all. */
  search: string
  /** What a model said of them; null: whatever it said. */
  prediction: NonNullable<ContractFilter['prediction']> | null
  /** Id of a selection that was kept; null: all. */
  selection: string | null
  /** What the quality check found; null: not narrowed by it. */
  finding: FindingKind | null
  /** Limits of something measured, both included. */
  within: { property: SampleProperty; min?: number; max?: number } | null
  /** Texts that hold this character; null: any. */
  character: string | null
  sort: ContractFilter['sort']
  descending: boolean
  /** Ordinal of the picture in the large view; null when it is closed. */
  sample: number | null
}

function readPrediction(query: URLSearchParams): SampleFilter['prediction'] {
  const seen = query.get('seen')
  const read = sampleFilter.shape.prediction.safeParse({
    id: query.get('prediction') ?? undefined,
    outcome: query.get('outcome') ?? undefined,
    label: query.get('predicted') ?? undefined,
    seen: seen === null ? undefined : seen === 'yes',
  })
  return read.data ?? null
}

/** `brightness:12..40`, either end may be missing. */
function readWithin(text: string | null): SampleFilter['within'] {
  const [, name, min, max] = /^([a-z-]+):(-?[\d.e+-]*?)\.\.(-?[\d.e+-]*)$/.exec(text ?? '') ?? []
  const property = sampleProperty.safeParse(name)
  if (!property.success) return null
  const limit = (key: 'min' | 'max', value: string | undefined) =>
    value === undefined || value === '' || !Number.isFinite(Number(value)) ? {} : { [key]: Number(value) }
  return { property: property.data, ...limit('min', min), ...limit('max', max) }
}

const writeWithin = ({ property, min, max }: NonNullable<SampleFilter['within']>): string =>
  `${property}:${min ?? ''}..${max ?? ''}`

/** Reads the filter from the query of an address; what makes no sense is left out. */
export function readFilter(search: string): SampleFilter {
  const query = new URLSearchParams(search)
  const subset = subsetSchema.safeParse(query.get('subset'))
  const sample = query.get('sample')
  const finding = findingKind.safeParse(query.get('finding'))
  const sort = sampleFilter.shape.sort.safeParse(query.get('sort') ?? undefined)
  return {
    labels: query.getAll('label'),
    boxLabels: query.getAll('box'),
    subset: subset.success ? subset.data : null,
    split: query.get('split'),
    search: query.get('search') ?? '',
    prediction: readPrediction(query),
    selection: query.get('selection'),
    finding: finding.success ? finding.data : null,
    within: readWithin(query.get('within')),
    character: query.get('character') || null,
    sort: sort.success ? sort.data : 'path',
    descending: query.get('order') === 'descending',
    sample: sample !== null && /^\d+$/.test(sample) ? Number(sample) : null,
  }
}

/** The query for a filter, with its `?`; empty when nothing is filtered. */
export function writeFilter(filter: SampleFilter): string {
  const {
    labels,
    boxLabels,
    subset,
    split,
    search,
    finding,
    within,
    character,
    prediction,
    selection,
    sort,
    descending,
    sample,
  } = filter
  const query = new URLSearchParams(labels.map((label) => ['label', label]))
  for (const label of boxLabels) query.append('box', label)
  if (subset !== null) query.set('subset', subset)
  if (split !== null) query.set('split', split)
  if (search !== '') query.set('search', search)
  if (prediction !== null) {
    query.set('prediction', prediction.id)
    if (prediction.outcome) query.set('outcome', prediction.outcome)
    if (prediction.label !== undefined) query.set('predicted', prediction.label)
    if (prediction.seen !== undefined) query.set('seen', prediction.seen ? 'yes' : 'no')
  }
  if (selection !== null) query.set('selection', selection)
  if (finding !== null) query.set('finding', finding)
  if (within !== null) query.set('within', writeWithin(within))
  if (character !== null) query.set('character', character)
  if (sort !== 'path') query.set('sort', sort)
  if (descending) query.set('order', 'descending')
  if (sample !== null) query.set('sample', String(sample))
  const text = query.toString()
  return text === '' ? '' : `?${text}`
}

/** A click on a label: alone it shows only that one (again: all); with Ctrl or Cmd it is added or taken away. */
export function toggleLabel(labels: readonly string[], label: string, add: boolean): string[] {
  if (add) return labels.includes(label) ? labels.filter((other) => other !== label) : [...labels, label]
  return labels.length === 1 && labels[0] === label ? [] : [label]
}

/** How many samples the classes and the subset of a filter leave, from the counts of the version. */
export function countFiltered(
  labels: readonly { label: string; counts: Record<Subset, number>; total: number }[],
  filter: SampleFilter,
): number {
  return labels
    .filter(({ label }) => filter.labels.length === 0 || filter.labels.includes(label))
    .reduce((sum, { counts, total }) => sum + (filter.subset === null ? total : counts[filter.subset]), 0)
}

import type { FindingKind, SampleFilter, SampleProperty, Subset } from '../contract/index.ts'
import { SampleMemberships } from './sample-memberships.ts'
import type { Store } from './sqlite.ts'

/** Ordinals kept for lists asked for before, all together: 32 MB. */
const keptOrdinals = 8_000_000

const orders: Record<SampleFilter['sort'], string> = {
  path: 's.ordinal',
  label: 's.label',
  pixels: 's.width * s.height',
  bytes: 'b.bytes',
  value: 's.value',
  'text-length': 'length(s.text)',
  finding: 'f.position',
}

/** As the histograms count them: brightness and contrast in whole steps. */
const properties: Record<SampleProperty, string> = {
  side: 'max(s.width, s.height)',
  aspect: 's.width * 1.0 / s.height',
  brightness: 'round(q.brightness)',
  contrast: 'round(q.contrast)',
  'text-length': 'length(s.text)',
}

const pattern = (text: string): string => `%${text.replace(/[\\%_]/g, (letter) => `\\${letter}`)}%`

/** What a filter is asked of: a version, the places of its labels, and the split whose subsets count. */
export interface FilteredVersion {
  rowId: number
  splitId: number
  labels: readonly string[]
  sampleCount: number
}

/**
 * The samples that a filter leaves, as lists of ordinals. A version never changes, so a list is made once: each page,
 * however far down, is then a slice of it.
 */
export class SampleLists {
  private readonly store: Store
  private readonly memberships: SampleMemberships
  /** In the order of their last use. */
  private readonly lists = new Map<string, Uint32Array>()

  constructor(store: Store) {
    this.store = store
    this.memberships = new SampleMemberships(store)
  }

  /** Ordinals in the filter's order; null when it leaves all in the canonical order. */
  get(version: FilteredVersion, filter: SampleFilter): Uint32Array | null {
    const { prediction, selection, ...rest } = filter
    if (prediction === undefined && selection === undefined) return this.getList(version, filter)
    const belongs = this.memberships.test(version.rowId, { prediction, selection })
    const list = this.getList(version, rest) ?? Uint32Array.from({ length: version.sampleCount }, (_, i) => i)
    return belongs ? list.filter(belongs) : list
  }

  private getList(version: FilteredVersion, filter: SampleFilter): Uint32Array | null {
    const { labels, boxLabels, subset, search, sides, within, character, sort, descending } = filter
    const finding = filter.finding === undefined ? undefined : this.findingId(version, filter.finding)
    const narrows = [labels, boxLabels, subset, search, sides, finding, within, character].some(
      (limit) => limit !== undefined,
    )
    if (!narrows && sort === 'path' && !descending) return null
    const key = JSON.stringify([
      version.rowId,
      version.splitId,
      labels,
      boxLabels,
      subset,
      search,
      sides,
      finding,
      within,
      character,
      sort,
      descending,
    ])
    const list = this.lists.get(key) ?? this.read(version, filter, finding)
    this.lists.delete(key)
    this.lists.set(key, list)
    let kept = 0
    for (const each of this.lists.values()) kept += each.length
    for (const [oldest, each] of this.lists) {
      if (kept <= keptOrdinals || oldest === key) break
      this.lists.delete(oldest)
      kept -= each.length
    }
    return list
  }

  /** What `sort` orders by, of every sample of a version, by ordinal; NaN where it lacks the property. */
  keys(rowId: number, sort: SampleFilter['sort']): Float64Array {
    const values = this.store
      .prepare<[number], number | null>(
        `SELECT ${orders[sort]} FROM sample s JOIN blob b ON b.id = s.blob_id WHERE s.version_id = ? ORDER BY s.ordinal`,
      )
      .pluck()
      .all(rowId)
    return Float64Array.from(values, (value) => value ?? Number.NaN)
  }

  /** The row id of a finding of this kind; -1 (which has no members) where the check found none. */
  private findingId(version: FilteredVersion, kind: FindingKind): number {
    const id = this.store
      .prepare<[number, string], number>(
        'SELECT id FROM finding WHERE version_id = ? AND kind = ? AND ready = 1',
      )
      .pluck()
      .get(version.rowId, kind)
    return id ?? -1
  }

  private read(version: FilteredVersion, filter: SampleFilter, finding: number | undefined): Uint32Array {
    const { labels, boxLabels, subset, search, sides, within, character, descending } = filter
    const sort = filter.sort === 'finding' && finding === undefined ? 'path' : filter.sort
    const others = [labels, boxLabels, search, sides, finding, within, character]
    if (subset && sort === 'path' && others.every((limit) => limit === undefined))
      return this.readSubset(version, subset, descending)
    const conditions = ['s.version_id = @version']
    if (labels) {
      const wanted = labels.map((label) => version.labels.indexOf(label)).filter((index) => index >= 0)
      conditions.push(`s.label IN (${wanted.join(',')})`)
    }
    if (boxLabels)
      // A quotation mark within a text of a box has a backslash before it: this is found nowhere but at its label.
      conditions.push(
        `s.boxes IS NOT NULL AND EXISTS (SELECT 1 FROM json_each(@boxLabels) wanted WHERE instr(s.boxes, wanted.value) > 0)`,
      )
    if (search !== undefined)
      conditions.push("(s.path LIKE @search ESCAPE '\\' OR s.text LIKE @search ESCAPE '\\')")
    if (sides) conditions.push('max(s.width, s.height) BETWEEN @least AND @most')
    if (subset) conditions.push('m.subset = @subset')
    if (finding !== undefined) conditions.push('f.finding_id = @finding')
    if (within) conditions.push(`${properties[within.property]} BETWEEN @from AND @to`)
    if (character !== undefined) conditions.push('instr(s.text, @character) > 0')
    const measured = within?.property === 'brightness' || within?.property === 'contrast'
    const from = [
      finding === undefined ? 'sample s' : 'finding_member f CROSS JOIN sample s ON s.ordinal = f.ordinal',
      // Cross joins hold the order: one pass over the samples, one look-up each.
      ...(subset ? ['CROSS JOIN split_member m ON m.split_id = @split AND m.ordinal = s.ordinal'] : []),
      ...(sort === 'bytes' ? ['CROSS JOIN blob b ON b.id = s.blob_id'] : []),
      ...(measured ? ['CROSS JOIN picture_measure q ON q.blob_id = s.blob_id'] : []),
    ].join(' ')
    const direction = descending ? 'DESC' : 'ASC'
    // What lacks the property comes last, whatever the direction.
    const lacking = sort === 'value' || sort === 'text-length' ? `${orders[sort]} IS NULL, ` : ''
    const order = sort === 'path' ? '' : `${lacking}${orders[sort]} ${direction}, `
    return Uint32Array.from(
      this.store
        .prepare<Record<string, unknown>, number>(
          `SELECT s.ordinal FROM ${from} WHERE ${conditions.join(' AND ')}
           ORDER BY ${order}s.ordinal ${sort === 'path' ? direction : 'ASC'}`,
        )
        .pluck()
        .all({
          version: version.rowId,
          split: version.splitId,
          subset,
          boxLabels:
            boxLabels && JSON.stringify(boxLabels.map((label) => `"label":${JSON.stringify(label)}`)),
          search: search === undefined ? undefined : pattern(search),
          least: sides?.min ?? 0,
          most: sides?.max ?? Number.MAX_SAFE_INTEGER,
          finding,
          from: within?.min ?? -Number.MAX_VALUE,
          to: within?.max ?? Number.MAX_VALUE,
          character,
        }),
    )
  }

  /** One pass over the split alone: a third of the time of one over samples and split. */
  private readSubset(version: FilteredVersion, subset: Subset, descending: boolean): Uint32Array {
    return Uint32Array.from(
      this.store
        .prepare<[number, Subset], number>(
          `SELECT ordinal FROM split_member WHERE split_id = ? AND subset = ? ORDER BY ordinal ${descending ? 'DESC' : 'ASC'}`,
        )
        .pluck()
        .all(version.splitId, subset),
    )
  }
}

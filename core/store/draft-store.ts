import {
  type BrowsedSample,
  type DatasetVersion,
  type DraftEdits,
  type DraftState,
  describeEdit,
  GlyphlabError,
  type LabelCount,
  type Sample,
  type SampleEdit,
  type SampleFilter,
  type Subset,
} from '../contract/index.ts'
import type { DatasetStore } from './dataset-store.ts'
import { Draft } from './draft.ts'
import { comparator, holds, mergeSorted, passes } from './draft-list.ts'
import type { EditJournal, JournalEntry } from './edit-journal.ts'
import { defaultSplit, type SplitStore } from './split-store.ts'

const draftsKept = 16
const listsKept = 8
const originalsAtOnce = 2_000

interface OpenDraft {
  rowId: number
  /** It never changes; its report, which may be long, is not kept. */
  version: Pick<DatasetVersion, 'sampleCount' | 'labels' | 'boxLabels' | 'split'>
  done: JournalEntry[]
  undone: JournalEntry[]
  draft: Draft
  /** Filtered lists of this state, by filter. */
  lists: Map<string, Uint32Array | null>
  /** Of this state, by split. */
  counts: Map<string, Counts>
  /** Edited samples as the version has them, by split: an edit asks only for those that are new to it. */
  originals: Map<string, Map<number, Sample>>
  /** Boxes of each class of the version, by split. */
  boxLabels: Map<string, LabelCount[]>
  /** Sort keys of the version, by sort; a finding's are asked for anew. */
  keys: Map<SampleFilter['sort'], Float64Array>
}

type Counts = Pick<DraftState, 'sampleCount' | 'counts' | 'labels' | 'boxLabels'>
type Filter = Partial<SampleFilter>

const isOwn = (split: string | undefined): boolean => split === undefined || split === defaultSplit

/** Counts of classes, as a draft changes them. */
class Tally {
  private readonly counts = new Map<string, LabelCount>()

  constructor(base: readonly LabelCount[], draft: Draft) {
    for (const { label, counts } of base)
      for (const subset of ['train', 'validation', 'test'] as const)
        this.add(draft.nameNow(label), subset, counts[subset])
  }

  add(label: string, subset: Subset, by: number): void {
    const one = this.counts.get(label) ?? { label, counts: { train: 0, validation: 0, test: 0 }, total: 0 }
    one.counts[subset] += by
    one.total += by
    this.counts.set(label, one)
  }

  /** What has no class is left out where nothing is without one. */
  list(): LabelCount[] {
    return [...this.counts.values()].filter(({ label, total }) => label !== '' || total > 0)
  }
}

/** Versions as they would be with their unsaved edits. */
export class DraftStore {
  private readonly datasets: DatasetStore
  private readonly splits: SplitStore
  private readonly journal: EditJournal
  /** In the order of their last use. */
  private readonly open = new Map<string, OpenDraft>()

  constructor(datasets: DatasetStore, splits: SplitStore, journal: EditJournal) {
    this.datasets = datasets
    this.splits = splits
    this.journal = journal
  }

  private facts(uid: string): OpenDraft['version'] {
    const { sampleCount, labels, boxLabels, split } = this.datasets.brief(uid)
    return { sampleCount, labels, boxLabels, split }
  }

  private of(uid: string): OpenDraft {
    const rowId = this.datasets.rowId(uid)
    const known = this.open.get(uid)
    const { done, undone } = known ?? this.journal.read(rowId)
    const opened: OpenDraft = known ?? {
      rowId,
      version: this.facts(uid),
      done,
      undone,
      draft: new Draft(done.map(({ edit }) => edit)),
      lists: new Map(),
      counts: new Map(),
      originals: new Map(),
      boxLabels: new Map(),
      keys: new Map(),
    }
    this.open.delete(uid)
    this.open.set(uid, opened)
    const [oldest] = this.open.keys()
    if (this.open.size > draftsKept && oldest !== undefined) this.open.delete(oldest)
    return opened
  }

  /** Adds an edit; it is on the disk when this returns. @throws GlyphlabError INVALID_INPUT for samples or classes that are not there */
  edit(uid: string, edit: SampleEdit): void {
    const opened = this.of(uid)
    if (edit.kind === 'change' || edit.kind === 'delete') {
      const { sampleCount } = opened.version
      const gone = edit.ordinals.find(
        (ordinal) => ordinal >= sampleCount || opened.draft.deleted.has(ordinal),
      )
      if (gone !== undefined)
        throw new GlyphlabError('INVALID_INPUT', `There is no picture ${gone} in this version and its draft.`)
    }
    const entry = this.journal.add(opened.rowId, edit)
    opened.done.push(entry)
    opened.undone = []
    opened.draft.apply(edit)
    opened.lists.clear()
    opened.counts.clear()
  }

  /** Takes the newest edit back; false when there is none. */
  undo(uid: string): boolean {
    const opened = this.of(uid)
    const last = opened.done.at(-1)
    if (!last) return false
    this.journal.mark(opened.rowId, last.sequence, true)
    opened.done.pop()
    opened.undone.unshift(last)
    opened.draft = new Draft(opened.done.map(({ edit }) => edit))
    opened.lists.clear()
    opened.counts.clear()
    return true
  }

  /** Does the edit that was undone last again; false when there is none. */
  redo(uid: string): boolean {
    const opened = this.of(uid)
    const [next] = opened.undone
    if (!next) return false
    this.journal.mark(opened.rowId, next.sequence, false)
    opened.undone.shift()
    opened.done.push(next)
    opened.draft.apply(next.edit)
    opened.lists.clear()
    opened.counts.clear()
    return true
  }

  /** The sequence of the newest edit that counts; 0 when there is none. */
  lastSequence(uid: string): number {
    return this.of(uid).done.at(-1)?.sequence ?? 0
  }

  /** Forgets the edits up to a sequence, and the undone ones. @returns how many counted */
  forget(uid: string, upTo: number): number {
    const { rowId, done } = this.of(uid)
    this.journal.forget(rowId, upTo)
    this.open.delete(uid)
    return done.filter(({ sequence }) => sequence <= upTo).length
  }

  /** The draft itself and the edited samples as the version has them, for a recipe. */
  edits(uid: string): {
    done: readonly SampleEdit[]
    draft: Draft
    originals: ReadonlyMap<number, Sample>
  } {
    const opened = this.of(uid)
    const { done, draft } = opened
    return { done: done.map(({ edit }) => edit), draft, originals: this.originals(uid, opened) }
  }

  private wordsOf(uid: string, entries: readonly JournalEntry[]): string[] {
    const alone = entries.flatMap(({ edit }) =>
      'ordinals' in edit && edit.ordinals.length === 1 ? edit.ordinals : [],
    )
    const named = alone.length === 0 ? new Map<number, Sample>() : this.datasets.samplesAt(uid, alone)
    return entries.map(({ edit }) => {
      if (!('ordinals' in edit)) return describeEdit(edit, '')
      const [first = 0] = edit.ordinals
      const what = edit.ordinals.length === 1 ? named.get(first)?.path : undefined
      return describeEdit(edit, what ?? `${edit.ordinals.length} pictures`)
    })
  }

  state(uid: string, split?: string): DraftState {
    const opened = this.of(uid)
    const { done, undone } = opened
    const last = done.at(-1)
    const [next] = undone
    const [undo = null] = last ? this.wordsOf(uid, [last]) : []
    const [redo = null] = next ? this.wordsOf(uid, [next]) : []
    const key = split ?? defaultSplit
    const counts = opened.counts.get(key) ?? this.count(uid, opened, split)
    opened.counts.set(key, counts)
    return { versionId: uid, count: done.length, undo, redo, ...counts }
  }

  /** The state, and a page of the edits, newest first. */
  list(uid: string, split: string | undefined, offset: number, limit: number): DraftEdits {
    const { done, undone } = this.of(uid)
    const all = [...done, ...undone].reverse()
    const page = all.slice(offset, offset + limit)
    const words = this.wordsOf(uid, page)
    const edits = page.map(({ sequence, at }, index) => ({
      sequence,
      at,
      words: words[index] ?? '',
      undone: offset + index < undone.length,
    }))
    return { ...this.state(uid, split), edits, total: all.length }
  }

  /**
   * Reads what the edited samples were, in pieces, so that other requests come in between: what is asked of a draft
   * afterwards is answered from memory. Needed after edits of many samples; the rest can do without.
   */
  async prepare(uid: string, split: string = defaultSplit): Promise<void> {
    for (;;) {
      const opened = this.of(uid)
      const { changes, deleted } = opened.draft
      const known = opened.originals.get(split) ?? new Map<number, Sample>()
      opened.originals.set(split, known)
      const missing: number[] = []
      for (const edited of [changes.keys(), deleted])
        for (const ordinal of edited) {
          if (missing.length === originalsAtOnce) break
          if (!known.has(ordinal)) missing.push(ordinal)
        }
      if (missing.length < originalsAtOnce) return
      for (const [ordinal, sample] of this.datasets.samplesAt(uid, missing, split)) known.set(ordinal, sample)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  /** Edited samples as the version has them. */
  private originals(uid: string, opened: OpenDraft, split: string = defaultSplit): Map<number, Sample> {
    const known = opened.originals.get(split) ?? new Map<number, Sample>()
    opened.originals.set(split, known)
    const { changes, deleted } = opened.draft
    const missing = [...changes.keys(), ...deleted].filter((ordinal) => !known.has(ordinal))
    if (missing.length > 0)
      for (const [ordinal, sample] of this.datasets.samplesAt(uid, missing, split)) known.set(ordinal, sample)
    return known
  }

  private count(uid: string, opened: OpenDraft, split: string | undefined): Counts {
    const { draft, version } = opened
    const base =
      split === undefined ? { labels: version.labels, ...version.split } : this.splits.get(uid, split)
    const counts = { ...base.counts }
    const ofBoxes = opened.boxLabels.get(split ?? defaultSplit) ?? this.datasets.boxLabels(uid, split)
    opened.boxLabels.set(split ?? defaultSplit, ofBoxes)
    const labels = new Tally(base.labels, draft)
    const boxLabels = new Tally(ofBoxes, draft)
    const take = (original: Sample) => {
      labels.add(draft.nameNow(original.label), original.subset, -1)
      for (const { label } of original.boxes) boxLabels.add(draft.nameNow(label), original.subset, -1)
      counts[original.subset] -= 1
    }
    const originals = this.originals(uid, opened, split)
    for (const ordinal of draft.deleted) {
      const original = originals.get(ordinal)
      if (original) take(original)
    }
    for (const [ordinal, change] of draft.changes) {
      const original = originals.get(ordinal)
      if (!original || draft.deleted.has(ordinal)) continue
      take(original)
      const subset = (isOwn(split) ? change.subset : undefined) ?? original.subset
      labels.add(change.label ?? draft.nameNow(original.label), subset, 1)
      for (const { label } of change.boxes ?? original.boxes)
        boxLabels.add(change.boxes ? label : draft.nameNow(label), subset, 1)
      counts[subset] += 1
    }
    return {
      sampleCount: version.sampleCount - draft.deleted.size,
      counts,
      labels: labels.list(),
      boxLabels: boxLabels.list(),
    }
  }

  /** The ordinals that `filter` leaves, in its order; null: all samples of the version in the canonical order. */
  private ordinals(uid: string, filter: Filter): Uint32Array | null {
    const opened = this.of(uid)
    if (opened.draft.empty) return this.datasets.ordinals(uid, filter)
    const key = JSON.stringify(filter)
    const known = opened.lists.get(key)
    if (known !== undefined) return known
    const list = this.makeList(uid, opened, filter)
    // The next check, prediction or selection may hold others.
    if ([filter.finding, filter.prediction, filter.selection].some((limit) => limit !== undefined))
      return list
    const [oldest] = opened.lists.keys()
    if (opened.lists.size >= listsKept && oldest !== undefined) opened.lists.delete(oldest)
    opened.lists.set(key, list)
    return list
  }

  private makeList(uid: string, opened: OpenDraft, filter: Filter): Uint32Array | null {
    const { draft } = opened
    const { labels, boxLabels, subset: _, search: __, character: ___, within, ...rest } = filter
    const byLength = within?.property === 'text-length'
    const steady = within && !byLength ? { ...rest, within } : rest
    const { version } = opened
    const names = version.labels.map(({ label }) => label)
    const before = (wanted: readonly string[], known: readonly string[]) => {
      const set = new Set(wanted)
      return known.filter((name) => set.has(draft.nameNow(name)))
    }
    const boxNames = version.boxLabels.map(({ label }) => label)
    const asItWas = {
      ...filter,
      ...(labels && { labels: before(labels, names) }),
      ...(boxLabels && { boxLabels: before(boxLabels, boxNames) }),
    }
    const base = this.datasets.ordinals(uid, asItWas)
    const { sort = 'path', descending = false } = filter
    const narrows =
      byLength ||
      [labels, boxLabels, filter.subset, filter.search, filter.character].some((limit) => limit !== undefined)
    const resorted =
      (sort === 'label' && (draft.renamed.size > 0 || draft.changes.size > 0)) ||
      ((sort === 'value' || sort === 'text-length') && draft.changes.size > 0)
    if (!narrows && !resorted && draft.deleted.size === 0) return base

    const whole = base ?? Uint32Array.from({ length: version.sampleCount }, (_each, ordinal) => ordinal)
    const kept = whole.filter((ordinal) => !draft.deleted.has(ordinal) && !draft.changes.has(ordinal))
    const allowed = this.datasets.ordinals(uid, { ...steady, sort: 'path', descending: false })
    const now = new Map<number, BrowsedSample>()
    const originals = this.originals(uid, opened, filter.split)
    for (const ordinal of draft.changes.keys()) {
      const original = originals.get(ordinal)
      if (!original || draft.deleted.has(ordinal) || (allowed && !holds(allowed, ordinal))) continue
      const sample = draft.sample(original, isOwn(filter.split))
      if (passes(sample, filter)) now.set(ordinal, sample)
    }
    const compare = comparator(this.keyOf(uid, opened, filter, names, now), descending)
    const added = Uint32Array.from(now.keys()).sort(compare)
    // Renamed classes stand elsewhere in the order of classes.
    return mergeSorted(sort === 'label' && draft.renamed.size > 0 ? kept.sort(compare) : kept, added, compare)
  }

  /** What a sort orders by, with the edits. */
  private keyOf(
    uid: string,
    opened: OpenDraft,
    { sort = 'path', finding }: Filter,
    names: readonly string[],
    now: ReadonlyMap<number, BrowsedSample>,
  ): (ordinal: number) => number {
    if (sort === 'path' || (sort === 'finding' && finding === undefined)) return (ordinal) => ordinal
    if (sort === 'finding') {
      const places = new Map<number, number>()
      for (const ordinal of this.datasets.ordinals(uid, { finding, sort }) ?? [])
        places.set(ordinal, places.size)
      return (ordinal) => places.get(ordinal) ?? Number.NaN
    }
    const keys = opened.keys.get(sort) ?? this.datasets.sortKeys(uid, sort)
    opened.keys.set(sort, keys)
    const before = (ordinal: number): number => keys[ordinal] ?? Number.NaN
    if (sort === 'value')
      return (ordinal) => {
        const sample = now.get(ordinal)
        return sample ? (sample.value ?? Number.NaN) : before(ordinal)
      }
    if (sort === 'text-length')
      return (ordinal) => {
        const sample = now.get(ordinal)
        if (!sample) return before(ordinal)
        return sample.text === null ? Number.NaN : [...sample.text].length
      }
    if (sort !== 'label') return before
    const ranks = new Map<string, number>()
    const rankOf = (name: string): number => {
      const rank = ranks.get(name) ?? ranks.size
      ranks.set(name, rank)
      return rank
    }
    const places = names.map((name) => rankOf(opened.draft.nameNow(name)))
    return (ordinal) => {
      const sample = now.get(ordinal)
      return sample ? rankOf(sample.label) : (places[before(ordinal)] ?? Number.NaN)
    }
  }

  samples(
    uid: string,
    filter: Filter,
    offset: number,
    limit: number,
  ): { total: number; items: BrowsedSample[] } {
    const { draft } = this.of(uid)
    const page = this.page(uid, filter, offset, limit)
    const found = this.datasets.samplesAt(uid, page.ordinals, filter.split)
    const items = page.ordinals.flatMap((ordinal) => {
      const sample = found.get(ordinal)
      return sample ? [draft.sample(sample, isOwn(filter.split))] : []
    })
    return { total: page.total, items }
  }

  /** A part of the filtered list. */
  page(uid: string, filter: Filter, offset: number, limit: number): { total: number; ordinals: number[] } {
    const list = this.ordinals(uid, filter)
    if (list) return { total: list.length, ordinals: [...list.subarray(offset, offset + limit)] }
    const total = this.of(uid).version.sampleCount
    const length = Math.max(0, Math.min(limit, total - offset))
    return { total, ordinals: Array.from({ length }, (_, index) => offset + index) }
  }

  /** Where a sample stands in the filtered list; null when it is not in it. */
  position(uid: string, filter: Filter, ordinal: number): number | null {
    const list = this.ordinals(uid, filter)
    if (!list) return ordinal < this.of(uid).version.sampleCount ? ordinal : null
    const at = list.indexOf(ordinal)
    return at < 0 ? null : at
  }
}

import type { Statement } from 'better-sqlite3'
import type { DatasetVersion, Sample, SampleDifference, VersionDiff } from '../contract/index.ts'
import type { DatasetStore } from './dataset-store.ts'
import type { Store } from './sqlite.ts'

/** Ordinals in both versions; null where the sample is not there. */
type Pair = readonly [from: number | null, to: number | null]

interface Difference {
  pairs: Record<SampleDifference, Pair[]>
  unchanged: number
}

const kinds: readonly SampleDifference[] = ['added', 'removed', 'relabelled', 'changed', 'moved']
const keptDifferences = 4

interface LoneRow {
  ordinal: number
  blobId: number
  label: string
}

type Row = [
  ordinal: number,
  path: string,
  blobId: number,
  label: number,
  text: string | null,
  value: number | null,
  group: string | null,
  boxes: string | null,
]

const rowsAtOnce = 5_000

/** The order of versions: by UTF-8 bytes. */
const comparePaths = (a: string, b: string): number =>
  a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b))

/** Whether text, value, group and boxes are the same. */
const sameAnnotation = (a: Row, b: Row): boolean =>
  a[4] === b[4] && a[5] === b[5] && a[6] === b[6] && a[7] === b[7]

/** Same content and class under another path: taken out of `removed` and `added`, first with first. */
function matchMoved(removed: readonly LoneRow[], added: readonly LoneRow[]): Pair[] {
  const keyOf = ({ blobId, label }: LoneRow) => `${blobId} ${label}`
  const waiting = new Map<string, number[]>()
  for (const row of removed) {
    const queue = waiting.get(keyOf(row))
    if (queue) queue.push(row.ordinal)
    else waiting.set(keyOf(row), [row.ordinal])
  }
  for (const queue of waiting.values()) queue.reverse()
  return added.flatMap((row): Pair[] => {
    const from = waiting.get(keyOf(row))?.pop()
    return from === undefined ? [] : [[from, row.ordinal]]
  })
}

/** What differs between two versions. They never change, so that an answer found once is kept for its next page. */
export class VersionDiffs {
  private readonly store: Store
  private readonly datasets: DatasetStore
  private readonly known = new Map<string, Promise<Difference>>()

  constructor(store: Store, datasets: DatasetStore) {
    this.store = store
    this.datasets = datasets
  }

  private find(fromUid: string, toUid: string): Promise<Difference> {
    const key = `${fromUid} ${toUid}`
    const known = this.known.get(key)
    if (known) return known
    const found = this.compare(fromUid, toUid)
    found.catch(() => this.known.delete(key))
    this.known.set(key, found)
    const [oldest] = this.known.keys()
    if (this.known.size > keptDifferences && oldest !== undefined) this.known.delete(oldest)
    return found
  }

  /** The samples of a version by path, in pieces: other requests come in between. */
  private async *rows(uid: string): AsyncGenerator<Row> {
    const id = this.datasets.rowId(uid)
    const read = this.store
      .prepare<[number, number, number], Row>(
        `SELECT ordinal, path, blob_id, label, text, value, group_name, boxes FROM sample
         WHERE version_id = ? AND ordinal >= ? AND ordinal < ? ORDER BY ordinal`,
      )
      .raw() as Statement<[number, number, number], Row>
    for (let start = 0; ; start += rowsAtOnce) {
      const rows = read.all(id, start, start + rowsAtOnce)
      yield* rows
      if (rows.length < rowsAtOnce) return
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  /** Both versions are in the order of paths, so that one pass over both finds everything. */
  private async compare(fromUid: string, toUid: string): Promise<Difference> {
    const [from, to] = [this.datasets.version(fromUid), this.datasets.version(toUid)]
    const labelOf = ({ labels }: DatasetVersion, [, , , label]: Row) => labels[label]?.label ?? ''
    const removed: LoneRow[] = []
    const added: LoneRow[] = []
    const relabelled: Pair[] = []
    const changed: Pair[] = []
    const [left, right] = [this.rows(fromUid), this.rows(toUid)]
    let [a, b] = [await left.next(), await right.next()]
    while (!a.done || !b.done) {
      const order = a.done ? 1 : b.done ? -1 : comparePaths(a.value[1], b.value[1])
      if (order < 0 && !a.done) {
        removed.push({ ordinal: a.value[0], blobId: a.value[2], label: labelOf(from, a.value) })
        a = await left.next()
      } else if (order > 0 && !b.done) {
        added.push({ ordinal: b.value[0], blobId: b.value[2], label: labelOf(to, b.value) })
        b = await right.next()
      } else if (!a.done && !b.done) {
        if (a.value[2] !== b.value[2]) changed.push([a.value[0], b.value[0]])
        else if (labelOf(from, a.value) !== labelOf(to, b.value) || !sameAnnotation(a.value, b.value))
          relabelled.push([a.value[0], b.value[0]])
        a = await left.next()
        b = await right.next()
      }
    }
    const moved = matchMoved(removed, added)
    const gone = new Set(moved.map(([ordinal]) => ordinal))
    const come = new Set(moved.map(([, ordinal]) => ordinal))
    return {
      pairs: {
        added: added.flatMap(({ ordinal }): Pair[] => (come.has(ordinal) ? [] : [[null, ordinal]])),
        removed: removed.flatMap(({ ordinal }): Pair[] => (gone.has(ordinal) ? [] : [[ordinal, null]])),
        relabelled,
        changed,
        moved,
      },
      unchanged: from.sampleCount - removed.length - relabelled.length - changed.length,
    }
  }

  /** @throws GlyphlabError NOT_FOUND */
  async page(request: {
    fromVersionId: string
    toVersionId: string
    change?: SampleDifference | undefined
    offset: number
    limit: number
  }): Promise<VersionDiff> {
    const { fromVersionId, toVersionId, change, offset, limit } = request
    const { pairs, unchanged } = await this.find(fromVersionId, toVersionId)
    const wanted = change === undefined ? kinds : [change]
    const items: VersionDiff['items'] = []
    let position = 0
    for (const kind of wanted) {
      const list = pairs[kind]
      const start = Math.max(0, offset - position)
      const page = list.slice(start, start + limit - items.length)
      position += list.length
      const from = this.datasets.samplesAt(
        fromVersionId,
        page.map(([ordinal]) => ordinal),
      )
      const to = this.datasets.samplesAt(
        toVersionId,
        page.map(([, ordinal]) => ordinal),
      )
      const at = (samples: Map<number, Sample>, ordinal: number | null) =>
        ordinal === null ? null : (samples.get(ordinal) ?? null)
      for (const [a, b] of page) items.push({ change: kind, from: at(from, a), to: at(to, b) })
      if (items.length >= limit) break
    }
    const counts = {
      added: pairs.added.length,
      removed: pairs.removed.length,
      relabelled: pairs.relabelled.length,
      changed: pairs.changed.length,
      moved: pairs.moved.length,
    }
    return {
      counts,
      unchanged,
      total: wanted.reduce((sum, kind) => sum + counts[kind], 0),
      items,
    }
  }
}

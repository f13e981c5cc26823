import { randomUUID } from 'node:crypto'
import type { BlobLocation } from '../blobs/blob-files.ts'
import {
  type Annotation,
  type Dataset,
  type DatasetVersion,
  type DeletedDataset,
  GlyphlabError,
  type ImportReport,
  type LabelCount,
  type LabelledBox,
  type Sample,
  type SampleFilter,
  type SplitKind,
  type Subset,
  type TableColumn,
  type TableFacts,
} from '../contract/index.ts'
import { type BlobPlace, type BlobStore, placeColumns } from './blob-store.ts'
import type { Reserve } from './reserve.ts'
import { type FilteredVersion, SampleLists } from './sample-lists.ts'
import type { Store } from './sqlite.ts'

/** A version without what only its own page shows: its report may name every file of an import. */
interface BriefRow {
  id: number
  uid: string
  dataset_id: string
  dataset_name: string
  number: number
  digest: string
  sample_count: number
  bytes: number
  labels: string
  box_labels: string
  table_facts: string | null
  split_id: number
  split_name: string
  split_kind: SplitKind
  split_seed: number
  split_fractions: string
  split_counts: string
}

interface VersionRow extends BriefRow {
  importer: string
  location: string
  report: string
  created_at: number
  parents: string
  recipe: string | null
  tags: string
  note: string
}

export interface NewSample extends Annotation {
  path: string
  blobId: number
  /** Index into the version's labels. */
  label: number
  subset: Subset
  width: number
  height: number
  mediaType: string
}

export interface VersionFacts {
  digest: string
  sampleCount: number
  bytes: number
  labels: LabelCount[]
  report: ImportReport
  split: DatasetVersion['split']
  /** Of a version whose samples are rows; none for pictures. */
  table?: VersionTable | null
}

export interface VersionTable {
  target: TableFacts['target']
  columns: TableColumn[]
}

const briefColumns = `v.id, v.uid, v.dataset_id, v.number, v.digest, v.sample_count, v.bytes, v.labels, v.box_labels, v.table_facts,
  d.name AS dataset_name, s.id AS split_id, s.name AS split_name, s.kind AS split_kind, s.seed AS split_seed,
  s.fractions AS split_fractions, s.counts AS split_counts`
const fullColumns = `${briefColumns}, v.importer, v.location, v.report, v.created_at, v.parents, v.recipe, v.tags, v.note`
const fromVersions = `
  FROM dataset_version v JOIN dataset d ON d.id = v.dataset_id JOIN split s ON s.version_id = v.id AND s.name = 'default'
  WHERE v.ready = 1 AND d.deleted_at IS NULL`
const selectBrief = `SELECT ${briefColumns} ${fromVersions}`
const selectVersion = `SELECT ${fullColumns} ${fromVersions}`

/** What lists and pages need of a version. */
export type VersionBrief = Pick<
  DatasetVersion,
  | 'id'
  | 'datasetId'
  | 'datasetName'
  | 'number'
  | 'digest'
  | 'sampleCount'
  | 'bytes'
  | 'labels'
  | 'boxLabels'
  | 'table'
  | 'split'
>

function toBrief(row: BriefRow): VersionBrief {
  return {
    id: row.uid,
    datasetId: row.dataset_id,
    datasetName: row.dataset_name,
    number: row.number,
    digest: row.digest,
    sampleCount: row.sample_count,
    bytes: row.bytes,
    labels: JSON.parse(row.labels) as LabelCount[],
    boxLabels: JSON.parse(row.box_labels) as LabelCount[],
    table: row.table_facts === null ? null : (JSON.parse(row.table_facts) as TableFacts),
    split: {
      name: row.split_name,
      kind: row.split_kind,
      seed: row.split_seed,
      fractions: JSON.parse(row.split_fractions) as Record<Subset, number>,
      counts: JSON.parse(row.split_counts) as Record<Subset, number>,
    },
  }
}

function toVersion(row: VersionRow): DatasetVersion {
  return {
    ...toBrief(row),
    source: { importer: row.importer, location: row.location },
    parents: JSON.parse(row.parents) as string[],
    recipe: row.recipe === null ? null : (JSON.parse(row.recipe) as Record<string, unknown>),
    tags: JSON.parse(row.tags) as string[],
    note: row.note,
    report: JSON.parse(row.report) as ImportReport,
    createdAt: row.created_at,
  }
}

interface SampleRow {
  ordinal: number
  path: string
  hash: string
  bytes: number
  label: number
  width: number
  height: number
  media_type: string
  subset: Subset
  text: string | null
  value: number | null
  group_name: string | null
  boxes: string | null
}

/** How long a deleted dataset can be restored. */
const keptMs = 30 * 24 * 60 * 60 * 1000

const wholeVersion: SampleFilter = { sort: 'path', descending: false }

const labelNames = (row: BriefRow): string[] =>
  (JSON.parse(row.labels) as LabelCount[]).map(({ label }) => label)

const filtered = (row: BriefRow, splitId: number): FilteredVersion => ({
  rowId: row.id,
  splitId,
  labels: labelNames(row),
  sampleCount: row.sample_count,
})

const sampleColumns = `s.ordinal, s.path, b.hash, b.bytes, s.label, s.width, s.height, s.media_type, m.subset,
  s.text, s.value, s.group_name, s.boxes`

function toSample(
  { media_type, label, group_name, boxes, ...rest }: SampleRow,
  names: readonly string[],
): Sample {
  return {
    ...rest,
    group: group_name,
    boxes: boxes === null ? [] : (JSON.parse(boxes) as LabelledBox[]),
    label: names[label] ?? '',
    mediaType: media_type,
  }
}

const { compare: naturalOrder } = new Intl.Collator('en', { numeric: true })

/** A version being written. Its rows are invisible until `finish`; what never finishes is removed on the next start. */
export class VersionWriter {
  private readonly store: Store
  private readonly versionId: number
  private readonly splitId: number
  private ordinal = 0
  private readonly boxes = new Map<string, LabelCount>()
  readonly uid: string

  constructor(store: Store, versionId: number, splitId: number, uid: string) {
    this.store = store
    this.versionId = versionId
    this.splitId = splitId
    this.uid = uid
  }

  /** Samples come in canonical order (by path). */
  append(samples: readonly NewSample[]): void {
    const insert = this.store.prepare(
      'INSERT INTO sample (version_id, ordinal, path, blob_id, label, width, height, media_type, text, value, group_name, boxes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    )
    const member = this.store.prepare('INSERT INTO split_member (split_id, ordinal, subset) VALUES (?, ?, ?)')
    this.store.transaction(() => {
      for (const sample of samples) {
        insert.run(
          this.versionId,
          this.ordinal,
          sample.path,
          sample.blobId,
          sample.label,
          sample.width,
          sample.height,
          sample.mediaType,
          sample.text,
          sample.value,
          sample.group,
          sample.boxes.length > 0 ? JSON.stringify(sample.boxes) : null,
        )
        member.run(this.splitId, this.ordinal, sample.subset)
        this.ordinal += 1
        for (const { label } of sample.boxes) this.countBox(label, sample.subset)
      }
    })()
  }

  private countBox(label: string, subset: Subset): void {
    const count = this.boxes.get(label) ?? {
      label,
      counts: { train: 0, validation: 0, test: 0 },
      total: 0,
    }
    count.counts[subset] += 1
    count.total += 1
    this.boxes.set(label, count)
  }

  finish(facts: VersionFacts): void {
    this.store.transaction(() => {
      this.store
        .prepare(
          'UPDATE dataset_version SET ready = 1, digest = ?, sample_count = ?, bytes = ?, labels = ?, box_labels = ?, report = ? WHERE id = ?',
        )
        .run(
          facts.digest,
          facts.sampleCount,
          facts.bytes,
          JSON.stringify(facts.labels),
          JSON.stringify([...this.boxes.values()].sort((a, b) => naturalOrder(a.label, b.label))),
          JSON.stringify(facts.report),
          this.versionId,
        )
      if (facts.table) this.addTable(facts.table)
      this.store
        .prepare('UPDATE split SET kind = ?, seed = ?, fractions = ?, counts = ? WHERE id = ?')
        .run(
          facts.split.kind,
          facts.split.seed,
          JSON.stringify(facts.split.fractions),
          JSON.stringify(facts.split.counts),
          this.splitId,
        )
    })()
  }

  private addTable({ target, columns }: VersionTable): void {
    const facts: TableFacts = { target, columnCount: columns.length }
    this.store
      .prepare('UPDATE dataset_version SET table_facts = ? WHERE id = ?')
      .run(JSON.stringify(facts), this.versionId)
    this.store
      .prepare('INSERT INTO version_columns (version_id, columns) VALUES (?, ?)')
      .run(this.versionId, JSON.stringify(columns))
  }
}

export class DatasetStore {
  private readonly store: Store
  private readonly blobs: BlobStore
  private readonly reserve: Reserve
  private readonly lists: SampleLists

  constructor(store: Store, blobs: BlobStore, reserve: Reserve) {
    this.store = store
    this.blobs = blobs
    this.reserve = reserve
    this.lists = new SampleLists(store)
  }

  /** On start: removes what a process that died left half-written. */
  removeUnfinished(): void {
    this.store.prepare('DELETE FROM split WHERE ready = 0').run()
    this.store.prepare('DELETE FROM finding WHERE ready = 0').run()
    this.removeUnfinishedVersions()
  }

  private removeUnfinishedVersions(): void {
    this.store.transaction(() => {
      this.store.prepare('DELETE FROM dataset_version WHERE ready = 0').run()
      this.removeEmptyDatasets()
    })()
  }

  private removeEmptyDatasets(): void {
    this.store.prepare('DELETE FROM dataset WHERE id NOT IN (SELECT dataset_id FROM dataset_version)').run()
  }

  /** Begins a new version of the dataset `name`, which is made if it does not exist. */
  beginVersion(
    name: string,
    importer: string,
    location: string,
    origin: Pick<DatasetVersion, 'parents' | 'recipe' | 'note'> = { parents: [], recipe: null, note: '' },
  ): VersionWriter {
    return this.store.transaction(() => {
      const known = this.store
        .prepare<[string], { id: string }>('SELECT id FROM dataset WHERE name = ?')
        .get(name)
      const datasetId = known?.id ?? randomUUID()
      if (!known)
        this.store
          .prepare('INSERT INTO dataset (id, name, created_at) VALUES (?, ?, ?)')
          .run(datasetId, name, Date.now())
      const number =
        (this.store
          .prepare<[string], { n: number | null }>(
            'SELECT max(number) AS n FROM dataset_version WHERE dataset_id = ?',
          )
          .get(datasetId)?.n ?? 0) + 1
      const uid = randomUUID()
      const versionId = Number(
        this.store
          .prepare(
            'INSERT INTO dataset_version (uid, dataset_id, number, importer, location, created_at, parents, recipe, note) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
          )
          .run(
            uid,
            datasetId,
            number,
            importer,
            location,
            Date.now(),
            JSON.stringify(origin.parents),
            origin.recipe === null ? null : JSON.stringify(origin.recipe),
            origin.note,
          ).lastInsertRowid,
      )
      const splitId = Number(
        this.store
          .prepare(
            "INSERT INTO split (version_id, name, kind, seed, fractions, counts) VALUES (?, 'default', '', 0, '{}', '{}')",
          )
          .run(versionId).lastInsertRowid,
      )
      return new VersionWriter(this.store, versionId, splitId, uid)
    })()
  }

  /** Removes an unfinished version; those that other jobs are writing stay. */
  discard(versionUid: string): void {
    this.reserve.use(() =>
      this.store.transaction(() => {
        this.store.prepare('DELETE FROM dataset_version WHERE uid = ? AND ready = 0').run(versionUid)
        this.removeEmptyDatasets()
      })(),
    )
  }

  list(): Dataset[] {
    const versions = this.store.prepare<[], BriefRow>(`${selectBrief} ORDER BY v.number DESC`).all()
    const datasets = this.store
      .prepare<[], { id: string; name: string; created_at: number }>(
        'SELECT * FROM dataset WHERE deleted_at IS NULL ORDER BY created_at DESC',
      )
      .all()
    return datasets.flatMap(({ id, name, created_at }) => {
      const own = versions.filter((version) => version.dataset_id === id)
      const newest = own[0]
      if (!newest) return []
      const latest = {
        versionId: newest.uid,
        number: newest.number,
        digest: newest.digest,
        sampleCount: newest.sample_count,
        bytes: newest.bytes,
        labelCount: (JSON.parse(newest.labels) as LabelCount[]).length,
      }
      return [{ id, name, createdAt: created_at, versionCount: own.length, latest }]
    })
  }

  versions(datasetId: string): DatasetVersion[] {
    return this.store
      .prepare<[string], VersionRow>(`${selectVersion} AND v.dataset_id = ? ORDER BY v.number DESC`)
      .all(datasetId)
      .map(toVersion)
  }

  private row(uid: string): BriefRow {
    const row = this.store.prepare<[string], BriefRow>(`${selectBrief} AND v.uid = ?`).get(uid)
    if (!row) throw new GlyphlabError('NOT_FOUND', `There is no dataset version ${uid}.`)
    return row
  }

  /** @throws GlyphlabError NOT_FOUND */
  brief(uid: string): VersionBrief {
    return toBrief(this.row(uid))
  }

  /** With its report, which may be long: what is asked for often takes `brief`. @throws GlyphlabError NOT_FOUND */
  version(uid: string): DatasetVersion {
    const row = this.store.prepare<[string], VersionRow>(`${selectVersion} AND v.uid = ?`).get(uid)
    if (!row) throw new GlyphlabError('NOT_FOUND', `There is no dataset version ${uid}.`)
    return toVersion(row)
  }

  /** By `name` (the newest version) or `name@3`. @throws GlyphlabError NOT_FOUND */
  namedVersion(reference: string): DatasetVersion {
    const [, name = reference, number] = /^(.*)@(\d+)$/s.exec(reference) ?? []
    const row = this.store
      .prepare<{ name: string; number: number | null }, VersionRow>(
        `${selectVersion} AND d.name = @name AND (@number IS NULL OR v.number = @number) ORDER BY v.number DESC LIMIT 1`,
      )
      .get({ name, number: number === undefined ? null : Number(number) })
    if (row) return toVersion(row)
    const known = this.store.prepare('SELECT 1 FROM dataset WHERE name = ?').get(name) !== undefined
    throw new GlyphlabError(
      'NOT_FOUND',
      known
        ? `The dataset "${name}" has no version ${number}. See its versions with: glyphlab datasets lineage ${name}`
        : `There is no dataset named "${name}". See them with: glyphlab datasets list`,
    )
  }

  /** The row id of a version. @throws GlyphlabError NOT_FOUND */
  rowId(uid: string): number {
    const id = this.store
      .prepare<[string], number>(
        `SELECT v.id FROM dataset_version v JOIN dataset d ON d.id = v.dataset_id
         WHERE v.uid = ? AND v.ready = 1 AND d.deleted_at IS NULL`,
      )
      .pluck()
      .get(uid)
    if (id !== undefined) return id
    throw new GlyphlabError('NOT_FOUND', `There is no dataset version ${uid}.`)
  }

  /** The columns of a table version; none for one of pictures. @throws GlyphlabError NOT_FOUND */
  columns(uid: string): TableColumn[] {
    const columns = this.store
      .prepare<[number], string>('SELECT columns FROM version_columns WHERE version_id = ?')
      .pluck()
      .get(this.rowId(uid))
    return columns === undefined ? [] : (JSON.parse(columns) as TableColumn[])
  }

  annotate(uid: string, change: { tags?: readonly string[] | undefined; note?: string | undefined }): void {
    const { id } = this.row(uid)
    this.store
      .prepare('UPDATE dataset_version SET tags = coalesce(?, tags), note = coalesce(?, note) WHERE id = ?')
      .run(
        change.tags === undefined ? null : JSON.stringify([...new Set(change.tags)]),
        change.note ?? null,
        id,
      )
  }

  /** The row id of a split of a version; of its own when `name` is left out. @throws GlyphlabError NOT_FOUND */
  private splitId(row: BriefRow, name?: string): number {
    if (name === undefined) return row.split_id
    const split = this.store
      .prepare<[number, string], { id: number }>(
        'SELECT id FROM split WHERE version_id = ? AND name = ? AND ready = 1',
      )
      .get(row.id, name)
    if (split) return split.id
    throw new GlyphlabError(
      'NOT_FOUND',
      `Version ${row.number} of "${row.dataset_name}" has no split "${name}". Add it, or choose another.`,
    )
  }

  /** A page of the samples that `filter` leaves, in its order. */
  samples(
    uid: string,
    filter: Partial<SampleFilter>,
    offset: number,
    limit: number,
  ): { total: number; items: Sample[] } {
    const row = this.row(uid)
    const { total, ordinals } = this.page(uid, filter, offset, limit)
    return { total, items: this.at(row, this.splitId(row, filter.split), ordinals) }
  }

  /** The ordinals of a page of the samples that `filter` leaves. */
  page(
    uid: string,
    filter: Partial<SampleFilter>,
    offset: number,
    limit: number,
  ): { total: number; ordinals: number[] } {
    const list = this.ordinals(uid, filter)
    if (list) return { total: list.length, ordinals: [...list.subarray(offset, offset + limit)] }
    const total = this.row(uid).sample_count
    const length = Math.max(0, Math.min(limit, total - offset))
    return { total, ordinals: Array.from({ length }, (_, index) => offset + index) }
  }

  /** Boxes of each class by the subsets of a split. @throws GlyphlabError NOT_FOUND */
  boxLabels(uid: string, split?: string): LabelCount[] {
    const row = this.row(uid)
    const own = JSON.parse(row.box_labels) as LabelCount[]
    const splitId = this.splitId(row, split)
    if (splitId === row.split_id || own.length === 0) return own
    const counts = this.store
      .prepare<[number, number], { label: string; subset: Subset; n: number }>(
        `SELECT json_extract(box.value, '$.label') AS label, m.subset, count(*) AS n FROM sample s
         CROSS JOIN split_member m ON m.split_id = ? AND m.ordinal = s.ordinal CROSS JOIN json_each(s.boxes) box
         WHERE s.version_id = ? AND s.boxes IS NOT NULL GROUP BY 1, 2`,
      )
      .all(splitId, row.id)
    return own.map(({ label, total }) => {
      const of = (subset: Subset) =>
        counts.find((one) => one.label === label && one.subset === subset)?.n ?? 0
      return { label, total, counts: { train: of('train'), validation: of('validation'), test: of('test') } }
    })
  }

  /** Where a sample stands among those that `filter` leaves; null when it is not among them. */
  position(uid: string, filter: Partial<SampleFilter>, ordinal: number): number | null {
    const row = this.row(uid)
    const list = this.lists.get(filtered(row, this.splitId(row, filter.split)), {
      ...wholeVersion,
      ...filter,
    })
    const position = list ? list.indexOf(ordinal) : ordinal < row.sample_count ? ordinal : -1
    return position < 0 ? null : position
  }

  /** Samples in the order of `ordinals`. Cross joins keep SQLite from going through the whole version for a few rows. */
  private at(row: BriefRow, splitId: number, ordinals: readonly number[]): Sample[] {
    const names = labelNames(row)
    return this.store
      .prepare<Record<string, unknown>, SampleRow>(
        `SELECT ${sampleColumns}
         FROM json_each(@ordinals) page CROSS JOIN sample s ON s.version_id = @version AND s.ordinal = page.value
         CROSS JOIN blob b ON b.id = s.blob_id CROSS JOIN split_member m ON m.split_id = @split AND m.ordinal = s.ordinal`,
      )
      .all({ version: row.id, split: splitId, ordinals: JSON.stringify(ordinals) })
      .map((sample) => toSample(sample, names))
  }

  /** The ordinals of the samples that `filter` leaves, in its order; null: all of them in the canonical order. */
  ordinals(uid: string, filter: Partial<SampleFilter>): Uint32Array | null {
    const row = this.row(uid)
    return this.lists.get(filtered(row, this.splitId(row, filter.split)), { ...wholeVersion, ...filter })
  }

  /** What `sort` orders by, of every sample, by ordinal; NaN where it lacks the property. */
  sortKeys(uid: string, sort: SampleFilter['sort']): Float64Array {
    return this.lists.keys(this.row(uid).id, sort)
  }

  /** Samples by their ordinals, with the subsets of a split; nulls are passed over. */
  samplesAt(uid: string, ordinals: readonly (number | null)[], split?: string): Map<number, Sample> {
    const row = this.row(uid)
    const wanted = ordinals.filter((ordinal) => ordinal !== null)
    return new Map(this.at(row, this.splitId(row, split), wanted).map((sample) => [sample.ordinal, sample]))
  }

  /** Ordinal, place of the class, subset and value of up to `limit` samples from `from` on. @throws GlyphlabError NOT_FOUND */
  properties(
    uid: string,
    split: string | undefined,
    from: number,
    limit: number,
  ): [number, number, Subset, number | null][] {
    const row = this.row(uid)
    return this.store
      .prepare<[number, number, number, number], [number, number, Subset, number | null]>(
        `SELECT s.ordinal, s.label, m.subset, s.value FROM sample s
         CROSS JOIN split_member m ON m.split_id = ? AND m.ordinal = s.ordinal
         WHERE s.version_id = ? AND s.ordinal >= ? AND s.ordinal < ?`,
      )
      .raw()
      .all(this.splitId(row, split), row.id, from, from + limit)
  }

  /** Up to `limit` samples from `offset` on, each with the place of its bytes. */
  stored(uid: string, offset: number, limit: number): (Sample & { location: BlobLocation })[] {
    const row = this.row(uid)
    const names = labelNames(row)
    return this.store
      .prepare<[number, number, number, number], SampleRow & BlobPlace>(
        `SELECT ${sampleColumns}, ${placeColumns} FROM sample s JOIN blob b ON b.id = s.blob_id
         JOIN split_member m ON m.split_id = ? AND m.ordinal = s.ordinal
         WHERE s.version_id = ? AND s.ordinal >= ? AND s.ordinal < ? ORDER BY s.ordinal`,
      )
      .all(row.split_id, row.id, offset, offset + limit)
      .map(({ pack, offset: start, reference, modified_ms, ...sample }) => ({
        ...toSample(sample, names),
        location: this.blobs.place({
          hash: sample.hash,
          bytes: sample.bytes,
          pack,
          offset: start,
          reference,
          modified_ms,
        }),
      }))
  }

  /** Every sample with the place of its bytes, in canonical order: what a training reads. */
  *locations(
    uid: string,
    split?: string,
  ): Generator<{
    path: string
    hash: string
    label: number
    subset: Subset
    width: number
    height: number
    text: string | null
    value: number | null
    location: BlobLocation
  }> {
    const row = this.row(uid)
    const rows = this.store
      .prepare<
        [number, number],
        BlobPlace & {
          path: string
          label: number
          width: number
          height: number
          text: string | null
          value: number | null
          subset: Subset
        }
      >(
        `SELECT s.path, b.hash, b.bytes, ${placeColumns}, s.label, s.width, s.height, s.text, s.value, m.subset
         FROM sample s JOIN blob b ON b.id = s.blob_id JOIN split_member m ON m.split_id = ? AND m.ordinal = s.ordinal
         WHERE s.version_id = ? ORDER BY s.ordinal`,
      )
      .iterate(this.splitId(row, split), row.id)
    for (const { path, hash, label, subset, width, height, text, value, ...place } of rows) {
      yield {
        path,
        hash,
        label,
        subset,
        width,
        height,
        text,
        value,
        location: this.blobs.place({ hash, ...place }),
      }
    }
  }

  /** Samples from `from` on, in canonical order, with all they carry and the place of their bytes: what an export reads. */
  annotatedSamples(
    uid: string,
    from: number,
    limit: number,
  ): (Omit<Sample, 'ordinal' | 'bytes' | 'mediaType'> & { location: BlobLocation })[] {
    const row = this.row(uid)
    const labels = labelNames(row)
    return this.store
      .prepare<
        [number, number, number, number],
        BlobPlace & {
          path: string
          label: number
          width: number
          height: number
          subset: Subset
          text: string | null
          value: number | null
          group_name: string | null
          boxes: string | null
        }
      >(
        `SELECT s.path, b.hash, b.bytes, ${placeColumns}, s.label, s.width, s.height, m.subset, s.text, s.value,
           s.group_name, s.boxes
         FROM sample s JOIN blob b ON b.id = s.blob_id JOIN split_member m ON m.split_id = ? AND m.ordinal = s.ordinal
         WHERE s.version_id = ? AND s.ordinal >= ? ORDER BY s.ordinal LIMIT ?`,
      )
      .all(row.split_id, row.id, from, limit)
      .map(({ bytes, pack, offset, reference, modified_ms, label, group_name, boxes, ...rest }) => ({
        ...rest,
        label: labels[label] ?? '',
        group: group_name,
        boxes: boxes === null ? [] : (JSON.parse(boxes) as LabelledBox[]),
        location: this.blobs.place({ hash: rest.hash, bytes, pack, offset, reference, modified_ms }),
      }))
  }

  /** Puts a dataset into the trash, and frees its name. @throws GlyphlabError NOT_FOUND */
  delete(datasetId: string): void {
    const moved = this.store
      .prepare(
        `UPDATE dataset SET deleted_at = ?, deleted_name = name, name = name || '@' || id
         WHERE id = ? AND deleted_at IS NULL`,
      )
      .run(Date.now(), datasetId)
    if (moved.changes === 0) throw new GlyphlabError('NOT_FOUND', `There is no dataset ${datasetId}.`)
  }

  /** The trash, what was deleted last first. */
  deleted(): DeletedDataset[] {
    return this.store
      .prepare<[], Omit<DeletedDataset, 'keptUntil'>>(
        `SELECT d.id, d.deleted_name AS name, d.deleted_at AS deletedAt, count(v.id) AS versionCount,
           coalesce((SELECT sample_count FROM dataset_version n WHERE n.dataset_id = d.id AND n.ready = 1
             ORDER BY n.number DESC LIMIT 1), 0) AS sampleCount
         FROM dataset d LEFT JOIN dataset_version v ON v.dataset_id = d.id AND v.ready = 1
         WHERE d.deleted_at IS NOT NULL GROUP BY d.id ORDER BY d.deleted_at DESC, d.rowid DESC`,
      )
      .all()
      .map((dataset) => ({ ...dataset, keptUntil: dataset.deletedAt + keptMs }))
  }

  /** @throws GlyphlabError NOT_FOUND when it is not in the trash */
  deletedOne(datasetId: string): DeletedDataset {
    const dataset = this.deleted().find(({ id }) => id === datasetId)
    if (dataset) return dataset
    throw new GlyphlabError('NOT_FOUND', `There is no dataset ${datasetId} among the deleted ones.`)
  }

  /** Takes a dataset out of the trash. @throws GlyphlabError NOT_FOUND; CONFLICT when its name is taken by now */
  restore(datasetId: string, name = this.deletedOne(datasetId).name): void {
    const taken = this.store.prepare('SELECT 1 FROM dataset WHERE name = ?').get(name)
    if (taken)
      throw new GlyphlabError(
        'CONFLICT',
        `There is another dataset named "${name}" by now. Restore this one under another name.`,
      )
    const moved = this.store
      .prepare(
        `UPDATE dataset SET name = ?, deleted_at = NULL, deleted_name = NULL WHERE id = ? AND deleted_at IS NOT NULL`,
      )
      .run(name, datasetId)
    if (moved.changes === 0)
      throw new GlyphlabError('NOT_FOUND', `There is no dataset ${datasetId} among the deleted ones.`)
  }

  /** Removes a dataset from the trash for good. @throws GlyphlabError NOT_FOUND */
  purge(datasetId: string): void {
    this.deletedOne(datasetId)
    this.store.prepare('DELETE FROM dataset WHERE id = ?').run(datasetId)
  }
}

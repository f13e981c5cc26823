import type { Statement } from 'better-sqlite3'
import {
  type BlobFiles,
  type BlobLocation,
  holdsContent,
  type Prepared,
  type StoredBlob,
} from '../blobs/blob-files.ts'
import { GlyphlabError } from '../contract/index.ts'
import type { Reserve } from './reserve.ts'
import type { Store } from './sqlite.ts'

interface BlobRow {
  id: number
  hash: string
  bytes: number
  pack: string | null
  offset: number | null
  /** The owner's file, which is never ours to change or remove; NULL: the content lies in the data folder. */
  reference: string | null
  modified_ms: number | null
}

/** Where the content of a row of table `blob` lies. */
export type BlobPlace = Omit<BlobRow, 'id'>
/** The columns of `BlobPlace` besides hash and bytes, of table `b`. */
export const placeColumns = 'b.pack, b.offset, b.reference, b.modified_ms'

/** Hashes that a job relies on before anything refers to them: never collected until `release`. */
export interface KeptBlobs {
  add(hash: string): void
  release(): void
}

/** The index of the content-addressed files. */
const goneError = (hash: string) =>
  new GlyphlabError('NOT_FOUND', `The stored file ${hash} is gone. Import the source again.`)

export class BlobStore {
  private readonly store: Store
  private readonly reserve: Reserve
  private readonly kept = new Set<Set<string>>()
  readonly files: BlobFiles
  /** Told of content that was damaged and has been stored again: what hangs on the old file is made anew. */
  onMended: (hash: string) => void = () => {}
  // Asked for each picture of an import: preparing them anew would take longer than asking.
  private readonly find: Statement<[string], BlobRow>
  private readonly insert: Statement<[Omit<BlobRow, 'id'>]>
  private readonly move: Statement<[Omit<BlobRow, 'bytes' | 'id'>]>

  constructor(store: Store, files: BlobFiles, reserve: Reserve) {
    this.store = store
    this.files = files
    this.reserve = reserve
    this.find = store.prepare('SELECT * FROM blob WHERE hash = ?')
    this.insert = store.prepare(
      `INSERT INTO blob (hash, bytes, pack, offset, reference, modified_ms)
       VALUES (@hash, @bytes, @pack, @offset, @reference, @modified_ms)`,
    )
    this.move = store.prepare(
      `UPDATE blob SET pack = @pack, offset = @offset, reference = @reference, modified_ms = @modified_ms WHERE hash = @hash`,
    )
  }

  /** Keeps the collection away from what a job is told is there, or stores, until something refers to it. */
  keep(): KeptBlobs {
    const hashes = new Set<string>()
    this.kept.add(hashes)
    return {
      add: (hash) => hashes.add(hash),
      release: () => this.kept.delete(hashes),
    }
  }

  private row(hash: string): BlobRow | undefined {
    return this.find.get(hash)
  }

  /**
   * Registers a blob whose file exists; returns its row id. Known content keeps its first place, but for a reference: a
   * copy is surer, and another reference is newer.
   */
  add(blob: StoredBlob): number {
    const known = this.row(blob.hash)
    if (known && known.reference === null) return known.id
    const { hash, bytes } = blob
    const place = {
      hash,
      pack: 'pack' in blob ? blob.pack : null,
      offset: 'pack' in blob ? blob.offset : null,
      reference: 'reference' in blob ? blob.reference : null,
      modified_ms: 'reference' in blob ? blob.modifiedMs : null,
    }
    if (!known) return Number(this.insert.run({ ...place, bytes }).lastInsertRowid)
    this.move.run(place)
    return known.id
  }

  /** Whether the data folder itself holds the content. */
  holds(hash: string): boolean {
    return this.row(hash)?.reference === null
  }

  /** The row id of a stored blob. @throws GlyphlabError NOT_FOUND */
  idOf(hash: string): number {
    const row = this.row(hash)
    if (!row) throw goneError(hash)
    return row.id
  }

  async addFile(source: string): Promise<{ id: number; hash: string; bytes: number }> {
    return this.keepPrepared(await this.files.prepareFile(source))
  }

  async addStream(source: AsyncIterable<Uint8Array>): Promise<{ id: number; hash: string; bytes: number }> {
    return this.keepPrepared(await this.files.prepareStream(source))
  }

  async addBytes(content: Uint8Array): Promise<{ id: number; hash: string; bytes: number }> {
    return this.keepPrepared(await this.files.prepareBytes(content))
  }

  /** Content that is known already is compared with what is stored of it: where that was damaged, it is whole again. */
  private async keepPrepared(prepared: Prepared): Promise<{ id: number; hash: string; bytes: number }> {
    const { hash } = prepared
    const known = this.locate(hash)
    const damaged = known !== undefined && !known.reference && !(await holdsContent(known, hash))
    // Placed and registered in one turn: a collection comes before both, or after both.
    const stored = damaged ? this.files.replace(prepared) : this.files.place(prepared)
    const id = this.add(stored)
    if (damaged) {
      this.move.run({ hash, pack: null, offset: null, reference: null, modified_ms: null })
      this.onMended(hash)
    }
    return { id, ...stored }
  }

  locate(hash: string): BlobLocation | undefined {
    const row = this.row(hash)
    return row && this.place(row)
  }

  /** @throws GlyphlabError NOT_FOUND */
  requireLocation(hash: string): BlobLocation {
    const location = this.locate(hash)
    if (location) return location
    throw goneError(hash)
  }

  /** The place of a row of table `blob` that was read along with something else. */
  place(row: BlobPlace): BlobLocation {
    if (row.reference !== null)
      return {
        file: row.reference,
        offset: 0,
        length: row.bytes,
        reference: { hash: row.hash, modifiedMs: row.modified_ms ?? 0 },
      }
    return row.pack === null
      ? { file: this.files.loosePath(row.hash), offset: 0, length: row.bytes }
      : { file: this.files.packPath(row.pack), offset: row.offset ?? 0, length: row.bytes }
  }

  /** Of the content that lies in the data folder. */
  totalBytes(): number {
    const sum = 'SELECT coalesce(sum(bytes), 0) FROM blob WHERE reference IS NULL'
    return this.store.prepare<[], number>(sum).pluck().get() ?? 0
  }

  /**
   * Frees what nothing refers to and no job relies on: single files at once, a pack when none of its blobs is used.
   * Returns the bytes freed.
   */
  async collectGarbage(): Promise<number> {
    // After whatever this turn still does: who has just stored a blob refers to it in the same turn.
    await new Promise((resolve) => setImmediate(resolve))
    const unused = this.unused(null)
    const forget = this.store.prepare('DELETE FROM blob WHERE id = ?')
    this.reserve.use(() =>
      this.store.transaction(() => {
        for (const row of unused) forget.run(row.id)
      })(),
    )
    // In the same turn as the rows: who finds no row afterwards finds no file either, and writes it anew.
    for (const row of unused) if (row.pack === null && row.reference === null) this.files.remove(row.hash)
    const packs = new Set(unused.flatMap(({ pack }) => pack ?? []))
    for (const pack of packs) await this.files.removePack(pack)
    // Jobs that write packs keep what they write: without one, a pack that is not registered never will be.
    if (this.kept.size === 0) await this.removeUnknownPacks()
    return this.stored(unused)
  }

  /**
   * Removes packs of which nothing is registered: their writers died between a pack's name and its rows. Call only while
   * nothing writes.
   */
  async removeUnknownPacks(): Promise<void> {
    const known = this.store.prepare('SELECT 1 FROM blob WHERE pack = ? LIMIT 1')
    for (const pack of this.files.packs()) if (!known.get(pack)) await this.files.removePack(pack)
  }

  /** Bytes in the data folder that nothing would need if a dataset were gone. */
  onlyOf(datasetId: string): number {
    return this.stored(this.unused(datasetId))
  }

  /** What `collectGarbage` would free now. */
  unusedBytes(): number {
    return this.stored(this.unused(null))
  }

  /** Of these, what lies in the data folder: a referenced file is its owner's. */
  private stored(rows: readonly BlobRow[]): number {
    return rows.reduce((sum, row) => sum + (row.reference === null ? row.bytes : 0), 0)
  }

  /** @param without a dataset that is taken to be gone already */
  private unused(without: string | null): BlobRow[] {
    const rows = this.store
      .prepare<{ without: string | null }, BlobRow>(
        `WITH used(id) AS (
           SELECT blob_id FROM sample WHERE @without IS NULL
             OR version_id NOT IN (SELECT id FROM dataset_version WHERE dataset_id = @without)
           UNION SELECT blob_id FROM artifact
           UNION SELECT blob_id FROM logged_model_artifact
           UNION SELECT blob_id FROM served_input
           UNION SELECT blob_id FROM page WHERE blob_id IS NOT NULL
           UNION SELECT original_blob_id FROM page WHERE original_blob_id IS NOT NULL
           UNION SELECT p.value FROM word_change c, json_each(c.change, '$.pictures') p WHERE c.kind IN ('turn', 'crop')
           UNION SELECT b.id FROM model_version m, json_each(m.manifest, '$.files') f JOIN blob b ON b.hash = f.value ->> 'hash'
           UNION SELECT b.id FROM run r, json_each(r.model, '$.files') f JOIN blob b ON b.hash = f.value ->> 'hash' WHERE r.model IS NOT NULL
         ), live_pack(pack) AS (SELECT DISTINCT pack FROM blob WHERE pack IS NOT NULL AND id IN used)
         SELECT * FROM blob WHERE id NOT IN used AND (pack IS NULL OR pack NOT IN live_pack)`,
      )
      .all({ without })
    const isKept = ({ hash }: BlobRow) => [...this.kept].some((hashes) => hashes.has(hash))
    const keptPacks = new Set(rows.filter(isKept).map(({ pack }) => pack))
    return rows.filter((row) => (row.pack === null ? !isKept(row) : !keptPacks.has(row.pack)))
  }

  /** Removes what a process that has ended wrote and nobody registered: half-written files, its pack, single files. */
  async removeUnregistered(writer: string): Promise<void> {
    const known = this.store.prepare('SELECT 1 FROM blob WHERE pack = ? LIMIT 1').get(writer)
    if (!known) await this.files.removePack(writer)
    for (const hash of this.files.written(writer)) if (!this.holds(hash)) this.files.remove(hash)
    await this.files.removeIncoming(writer)
  }
}

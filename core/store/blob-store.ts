import type { BlobFiles, BlobLocation, PackedBlob } from '../blobs/blob-files.ts'
import { GlyphlabError } from '../contract/index.ts'
import type { Store } from './sqlite.ts'

interface BlobRow {
  id: number
  hash: string
  bytes: number
  pack: string | null
  offset: number | null
}

/** The index of the content-addressed files. */
export class BlobStore {
  private readonly store: Store
  readonly files: BlobFiles

  constructor(store: Store, files: BlobFiles) {
    this.store = store
    this.files = files
  }

  private row(hash: string): BlobRow | undefined {
    return this.store.prepare<[string], BlobRow>('SELECT * FROM blob WHERE hash = ?').get(hash)
  }

  /** Registers a blob whose file exists; returns its row id. Known content keeps its first place. */
  add(blob: { hash: string; bytes: number } | PackedBlob): number {
    const known = this.row(blob.hash)
    if (known) return known.id
    const packed = 'pack' in blob ? blob : { pack: null, offset: null }
    return Number(
      this.store
        .prepare('INSERT INTO blob (hash, bytes, pack, offset) VALUES (?, ?, ?, ?)')
        .run(blob.hash, blob.bytes, packed.pack, packed.offset).lastInsertRowid,
    )
  }

  /** The row id of a stored blob. @throws GlyphlabError NOT_FOUND */
  idOf(hash: string): number {
    const row = this.row(hash)
    if (!row)
      throw new GlyphlabError('NOT_FOUND', `The stored file ${hash} is gone. Import the source again.`)
    return row.id
  }

  async addFile(source: string): Promise<{ id: number; hash: string; bytes: number }> {
    const stored = await this.files.putFile(source)
    return { id: this.add(stored), ...stored }
  }

  async addBytes(content: Uint8Array): Promise<{ id: number; hash: string; bytes: number }> {
    const stored = await this.files.putBytes(content)
    return { id: this.add(stored), ...stored }
  }

  locate(hash: string): BlobLocation | undefined {
    const row = this.row(hash)
    return row && this.place(row)
  }

  /** The place of a row of table `blob` that was read along with something else. */
  place(row: Pick<BlobRow, 'hash' | 'bytes' | 'pack' | 'offset'>): BlobLocation {
    return row.pack === null
      ? { file: this.files.loosePath(row.hash), offset: 0, length: row.bytes }
      : { file: this.files.packPath(row.pack), offset: row.offset ?? 0, length: row.bytes }
  }

  totalBytes(): number {
    return (
      this.store.prepare<[], { n: number }>('SELECT coalesce(sum(bytes), 0) AS n FROM blob').get()?.n ?? 0
    )
  }

  /**
   * Frees what nothing refers to: single files at once, a pack when none of its blobs is used.
   * Returns the bytes freed.
   */
  async collectGarbage(): Promise<number> {
    const unused = this.store
      .prepare<[], BlobRow>(
        `WITH used(id) AS (
           SELECT blob_id FROM sample UNION SELECT blob_id FROM artifact
           UNION SELECT blob_id FROM page WHERE blob_id IS NOT NULL
           UNION SELECT b.id FROM model_version m, json_each(m.manifest, '$.files') f JOIN blob b ON b.hash = f.value ->> 'hash'
           UNION SELECT b.id FROM run r, json_each(r.model, '$.files') f JOIN blob b ON b.hash = f.value ->> 'hash' WHERE r.model IS NOT NULL
         ), live_pack(pack) AS (SELECT DISTINCT pack FROM blob WHERE pack IS NOT NULL AND id IN used)
         SELECT * FROM blob WHERE id NOT IN used AND (pack IS NULL OR pack NOT IN live_pack)`,
      )
      .all()
    const forget = this.store.prepare('DELETE FROM blob WHERE id = ?')
    this.store.transaction(() => {
      for (const row of unused) forget.run(row.id)
    })()
    const packs = new Set<string>()
    for (const row of unused) {
      if (row.pack === null) await this.files.remove(row.hash)
      else packs.add(row.pack)
    }
    for (const pack of packs) await this.files.removePack(pack)
    return unused.reduce((sum, row) => sum + row.bytes, 0)
  }
}

import type { RunArtifact } from '../contract/index.ts'
import type { Store } from './sqlite.ts'

export interface StoredArtifact {
  path: string
  hash: string
  bytes: number
}

const owners = {
  artifact: 'run_id',
  logged_model_artifact: 'model_id',
} as const

/** The files of runs or of logged models, by the row id of whose they are. Paths have no leading slash. */
export class ArtifactStore {
  private readonly store: Store
  private readonly table: keyof typeof owners
  private readonly owner: string

  constructor(store: Store, table: keyof typeof owners) {
    this.store = store
    this.table = table
    this.owner = owners[table]
  }

  put(owner: number, path: string, blobId: number): void {
    this.store
      .prepare(
        `INSERT INTO ${this.table} (${this.owner}, path, blob_id) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET blob_id = excluded.blob_id`,
      )
      .run(owner, path, blobId)
  }

  find(owner: number, path: string): StoredArtifact | undefined {
    return this.store
      .prepare<[number, string], StoredArtifact>(
        `SELECT a.path, b.hash, b.bytes FROM ${this.table} a JOIN blob b ON b.id = a.blob_id
         WHERE a.${this.owner} = ? AND a.path = ?`,
      )
      .get(owner, path)
  }

  /** Every file in a folder and the folders in it; '' is the root. */
  below(owner: number, folder: string): StoredArtifact[] {
    const prefix = folder === '' ? '' : `${folder}/`
    return this.store
      .prepare<{ owner: number; prefix: string; end: string }, StoredArtifact>(
        `SELECT a.path, b.hash, b.bytes FROM ${this.table} a JOIN blob b ON b.id = a.blob_id
         WHERE a.${this.owner} = @owner AND a.path >= @prefix AND a.path < @end ORDER BY a.path`,
      )
      .all({ owner, prefix, end: `${prefix}\u{10ffff}` })
  }

  /** What lies in a folder, one level deep: folders first, by name. */
  list(owner: number, folder: string): RunArtifact[] {
    const depth = folder === '' ? 0 : folder.length + 1
    const found = new Map<string, RunArtifact>()
    for (const { path, hash, bytes } of this.below(owner, folder)) {
      const slash = path.indexOf('/', depth)
      const name = slash < 0 ? path : path.slice(0, slash)
      const known = found.get(name)
      if (known) known.bytes += bytes
      else found.set(name, { path: name, isFolder: slash >= 0, bytes, hash: slash < 0 ? hash : null })
    }
    return [...found.values()].sort(
      (a, b) => Number(b.isFolder) - Number(a.isFolder) || (a.path < b.path ? -1 : 1),
    )
  }

  /** Removes a file, or a folder with all that is in it. Returns how many files. */
  remove(owner: number, path: string): number {
    const prefix = path === '' ? '' : `${path}/`
    return this.store
      .prepare(
        `DELETE FROM ${this.table} WHERE ${this.owner} = @owner AND (path = @path OR (path >= @prefix AND path < @end))`,
      )
      .run({ owner, path, prefix, end: `${prefix}\u{10ffff}` }).changes
  }
}

import { randomUUID } from 'node:crypto'
import { GlyphlabError, type PageWatch, type ReadingOptions } from '../contract/index.ts'
import type { Store } from './sqlite.ts'

interface WatchRow {
  id: number
  uid: string
  path: string
  recursive: 0 | 1
  options: string
  created_at: number
  looked_at: number | null
  existing: 0 | 1
  taken_at: number | null
  files: number
  problem: string | null
}

/** A file with what tells it from another one of its name. */
export interface StampedFile {
  path: string
  stamp: string
}

const toWatch = (row: WatchRow): PageWatch => ({
  id: row.uid,
  path: row.path,
  recursive: row.recursive === 1,
  options: JSON.parse(row.options) as ReadingOptions,
  createdAt: row.created_at,
  takenAt: row.taken_at,
  files: row.files,
  problem: row.problem,
})

export class PageWatchStore {
  private readonly store: Store

  constructor(store: Store) {
    this.store = store
  }

  list(): PageWatch[] {
    return this.store.prepare<[], WatchRow>('SELECT * FROM page_watch ORDER BY id').all().map(toWatch)
  }

  /** @throws GlyphlabError NOT_FOUND */
  get(id: string): PageWatch {
    return toWatch(this.row(id))
  }

  /** A path that is watched keeps its id and what was taken from it. */
  put(watch: { path: string; recursive: boolean; options: ReadingOptions; existing: boolean }): PageWatch {
    const { uid } = this.store
      .prepare<Record<string, unknown>, { uid: string }>(
        `INSERT INTO page_watch (uid, path, recursive, options, existing, created_at)
         VALUES (@uid, @path, @recursive, @options, @existing, @now)
         ON CONFLICT (path) DO UPDATE SET recursive = excluded.recursive, options = excluded.options RETURNING uid`,
      )
      .get({
        uid: randomUUID(),
        path: watch.path,
        recursive: watch.recursive ? 1 : 0,
        options: JSON.stringify(watch.options),
        existing: watch.existing ? 1 : 0,
        now: Date.now(),
      }) as { uid: string }
    return this.get(uid)
  }

  /**
   * Those that were not seen before, or are others now. What is there at the first look is only noted, unless it is to
   * be read too.
   */
  fresh(id: string, files: readonly StampedFile[]): StampedFile[] {
    return this.store.transaction(() => {
      const row = this.row(id)
      if (row.looked_at === null) {
        this.store.prepare('UPDATE page_watch SET looked_at = ? WHERE id = ?').run(Date.now(), row.id)
        if (row.existing === 0) this.note(row.id, files)
      }
      const known = new Map(
        this.store
          .prepare<[number], StampedFile>('SELECT path, stamp FROM watched_file WHERE watch_id = ?')
          .all(row.id)
          .map(({ path, stamp }) => [path, stamp]),
      )
      return files.filter(({ path, stamp }) => known.get(path) !== stamp)
    })()
  }

  /** Their pages are made: they are not read again. */
  taken(id: string, files: readonly StampedFile[]): void {
    const row = this.row(id)
    this.note(row.id, files)
    this.store
      .prepare('UPDATE page_watch SET taken_at = ?, files = files + ?, problem = NULL WHERE id = ?')
      .run(Date.now(), files.length, row.id)
  }

  setProblem(id: string, problem: string | null): void {
    this.store.prepare('UPDATE page_watch SET problem = ? WHERE uid = ?').run(problem, id)
  }

  remove(id: string): void {
    this.store.prepare('DELETE FROM page_watch WHERE uid = ?').run(id)
  }

  private note(row: number, files: readonly StampedFile[]): void {
    const insert = this.store.prepare(
      'INSERT OR REPLACE INTO watched_file (watch_id, path, stamp) VALUES (?, ?, ?)',
    )
    for (const { path, stamp } of files) insert.run(row, path, stamp)
  }

  private row(id: string): WatchRow {
    const row = this.store.prepare<[string], WatchRow>('SELECT * FROM page_watch WHERE uid = ?').get(id)
    if (!row)
      throw new GlyphlabError('NOT_FOUND', `There is no watched folder ${id}. It is no longer watched.`)
    return row
  }
}

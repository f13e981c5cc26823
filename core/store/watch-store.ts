import { randomUUID } from 'node:crypto'
import { GlyphlabError } from '../contract/index.ts'
import type { Store } from './sqlite.ts'

/** A source of runs that is kept live. */
export interface StoredWatch {
  id: string
  path: string
  kind: string | null
  experiment: string | null
  createdAt: number
  importedAt: number | null
  runs: number
  problem: string | null
}

const select = `SELECT uid AS id, path, kind, experiment, created_at AS createdAt, imported_at AS importedAt, runs, problem
  FROM run_watch`

export class WatchStore {
  private readonly store: Store

  constructor(store: Store) {
    this.store = store
  }

  list(): StoredWatch[] {
    return this.store.prepare<[], StoredWatch>(`${select} ORDER BY id`).all()
  }

  /** @throws GlyphlabError NOT_FOUND */
  get(id: string): StoredWatch {
    const watch = this.store.prepare<[string], StoredWatch>(`${select} WHERE uid = ?`).get(id)
    if (!watch)
      throw new GlyphlabError('NOT_FOUND', `There is no watched folder ${id}. It is no longer watched.`)
    return watch
  }

  /** A path that is watched keeps its id. */
  put(watch: { path: string; kind: string | null; experiment: string | null }): StoredWatch {
    const { uid } = this.store
      .prepare<Record<string, unknown>, { uid: string }>(
        `INSERT INTO run_watch (uid, path, kind, experiment, created_at) VALUES (@uid, @path, @kind, @experiment, @now)
         ON CONFLICT (path) DO UPDATE SET kind = excluded.kind, experiment = excluded.experiment RETURNING uid`,
      )
      .get({ ...watch, uid: randomUUID(), now: Date.now() }) as { uid: string }
    return this.get(uid)
  }

  imported(id: string, runs: number): void {
    this.store
      .prepare('UPDATE run_watch SET imported_at = ?, runs = ?, problem = NULL WHERE uid = ?')
      .run(Date.now(), runs, id)
  }

  failed(id: string, problem: string): void {
    this.store.prepare('UPDATE run_watch SET problem = ? WHERE uid = ?').run(problem, id)
  }

  remove(id: string): void {
    this.store.prepare('DELETE FROM run_watch WHERE uid = ?').run(id)
  }
}

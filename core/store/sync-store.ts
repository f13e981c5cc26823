import { randomUUID } from 'node:crypto'
import { GlyphlabError } from '../contract/index.ts'
import type { AuditStore } from './audit-store.ts'
import type { Store } from './sqlite.ts'

/** A server that gets the runs. */
interface StoredSync {
  id: string
  url: string
  /** Null: the runs of all. */
  experiment: string | null
  createdAt: number
  sentAt: number | null
  /** How many runs it has. */
  runs: number
  problem: string | null
}

const select = `SELECT s.uid AS id, s.url, nullif(s.experiment, '') AS experiment, s.created_at AS createdAt,
  s.sent_at AS sentAt, s.problem, (SELECT count(*) FROM run_sync_sent t WHERE t.sync_id = s.id) AS runs FROM run_sync s`

export class SyncStore {
  private readonly store: Store
  private readonly audit: AuditStore

  constructor(store: Store, audit: AuditStore) {
    this.store = store
    this.audit = audit
  }

  list(): StoredSync[] {
    return this.store.prepare<[], StoredSync>(`${select} ORDER BY s.id`).all()
  }

  /** @throws GlyphlabError NOT_FOUND */
  get(id: string): StoredSync {
    const sync = this.store.prepare<[string], StoredSync>(`${select} WHERE s.uid = ?`).get(id)
    if (!sync) throw new GlyphlabError('NOT_FOUND', `There is no server ${id} that gets the runs.`)
    return sync
  }

  /** What is there already keeps its id. */
  put(url: string, experiment: string | null): StoredSync {
    const row = { uid: randomUUID(), url, experiment: experiment ?? '', now: Date.now() }
    return this.store.transaction(() => {
      const { uid } = this.store
        .prepare<Record<string, unknown>, { uid: string }>(
          `INSERT INTO run_sync (uid, url, experiment, created_at) VALUES (@uid, @url, @experiment, @now)
           ON CONFLICT (url, experiment) DO UPDATE SET problem = NULL RETURNING uid`,
        )
        .get(row) as { uid: string }
      if (uid === row.uid) this.audit.append('runs.syncBegun', url, { experiment })
      return this.get(uid)
    })()
  }

  remove(id: string): void {
    const { url, experiment } = this.get(id)
    this.store.transaction(() => {
      this.store.prepare('DELETE FROM run_sync WHERE uid = ?').run(id)
      this.audit.append('runs.syncEnded', url, { experiment })
    })()
  }

  /** Row ids of the runs that the server should have: not those that were deleted before it got them. */
  runsOf(id: string): number[] {
    return this.store
      .prepare<[string], number>(
        `SELECT r.id FROM run_sync s JOIN run r JOIN experiment e ON e.id = r.experiment_id
         LEFT JOIN run_sync_sent t ON t.sync_id = s.id AND t.run_id = r.id
         WHERE s.uid = ? AND s.experiment IN ('', e.name) AND (r.lifecycle = 'active' OR t.run_id IS NOT NULL)
         ORDER BY r.id`,
      )
      .pluck()
      .all(id)
  }

  /** What the server has of these runs, by row id. */
  prints(id: string): Map<number, string> {
    const rows = this.store
      .prepare<[string], [number, string]>(
        'SELECT t.run_id, t.print FROM run_sync_sent t JOIN run_sync s ON s.id = t.sync_id WHERE s.uid = ?',
      )
      .raw()
      .all(id)
    return new Map(rows)
  }

  sent(id: string, prints: readonly { run: number; print: string }[]): void {
    const insert = this.store.prepare(
      `INSERT INTO run_sync_sent (sync_id, run_id, print)
       SELECT s.id, r.id, @print FROM run_sync s JOIN run r ON r.id = @run WHERE s.uid = @id
       ON CONFLICT DO UPDATE SET print = excluded.print`,
    )
    this.store.transaction(() => {
      for (const one of prints) insert.run({ ...one, id })
      this.store.prepare('UPDATE run_sync SET sent_at = ?, problem = NULL WHERE uid = ?').run(Date.now(), id)
    })()
  }

  failed(id: string, problem: string): void {
    this.store.prepare('UPDATE run_sync SET problem = ? WHERE uid = ?').run(problem, id)
  }
}

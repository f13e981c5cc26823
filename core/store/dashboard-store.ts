import { randomUUID } from 'node:crypto'
import { type Dashboard, GlyphlabError } from '../contract/index.ts'
import type { AuditStore } from './audit-store.ts'
import type { Store } from './sqlite.ts'

const columns = 'uid AS id, name, query, created_at AS createdAt, updated_at AS updatedAt'

/** Boards of charts under a name. Each change is in the audit log. */
export class DashboardStore {
  private readonly store: Store
  private readonly audit: AuditStore

  constructor(store: Store, audit: AuditStore) {
    this.store = store
    this.audit = audit
  }

  /** By name. */
  list(): Dashboard[] {
    return this.store
      .prepare<[], Dashboard>(`SELECT ${columns} FROM dashboard ORDER BY name COLLATE NOCASE, name`)
      .all()
  }

  /** The board of this id or name. @throws GlyphlabError NOT_FOUND */
  get(idOrName: string): Dashboard {
    const found = this.store
      .prepare<[string, string], Dashboard>(`SELECT ${columns} FROM dashboard WHERE uid = ? OR name = ?`)
      .get(idOrName, idOrName)
    if (!found)
      throw new GlyphlabError(
        'NOT_FOUND',
        `There is no dashboard "${idOrName}". "glyphlab dashboards list" names those that there are.`,
      )
    return found
  }

  /** Keeps a board; one of that name is replaced. */
  save(name: string, query: string): Dashboard {
    const now = Date.now()
    this.store.transaction(() => {
      this.store
        .prepare(
          `INSERT INTO dashboard (uid, name, query, created_at, updated_at) VALUES (@uid, @name, @query, @now, @now)
           ON CONFLICT (name) DO UPDATE SET query = excluded.query, updated_at = excluded.updated_at`,
        )
        .run({ uid: randomUUID().replaceAll('-', ''), name, query, now })
      this.audit.append('dashboard.saved', name, { query })
    })()
    return this.get(name)
  }

  /** @throws GlyphlabError NOT_FOUND */
  delete(idOrName: string): void {
    const { id, name, query } = this.get(idOrName)
    this.store.transaction(() => {
      this.store.prepare('DELETE FROM dashboard WHERE uid = ?').run(id)
      this.audit.append('dashboard.deleted', name, { query })
    })()
  }
}

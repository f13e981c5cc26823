import type { CellValue, FoundRun } from '../contract/index.ts'
import type { Store } from './sqlite.ts'

/** A search as statements over `run r`: what `core/tracking/search` makes of an expression. */
export interface RunQuery {
  where: string
  order: string
  /** What the order joins. */
  joins: string
  bound: Record<string, string | number>
  /** Ids of experiments; undefined: all of them. */
  experiments: readonly number[] | undefined
  lifecycle: 'active' | 'deleted' | 'all'
}

export interface RunColumns {
  joins: string
  values: readonly string[]
  bound: Record<string, string | number>
}

interface HeadRow {
  id: number
  uid: string
  name: string
  experiment: string
  status: FoundRun['status']
  lifecycle: FoundRun['lifecycle']
  startTime: number | null
  endTime: number | null
  user: string
  alerts: number
  parent: string | null
}

/** Finds runs by compiled searches. */
export class RunFinder {
  private readonly store: Store

  constructor(store: Store) {
    this.store = store
  }

  private condition({ where, experiments, lifecycle, bound }: RunQuery): {
    sql: string
    bound: Record<string, string | number>
  } {
    const inExperiments =
      experiments === undefined ? '' : 'AND r.experiment_id IN (SELECT value FROM json_each(@experiments))'
    const inLife = lifecycle === 'all' ? '' : 'AND r.lifecycle = @lifecycle'
    return {
      sql: `${where} ${inExperiments} ${inLife} AND r.id <= @newest`,
      bound: {
        ...bound,
        ...(experiments === undefined ? {} : { experiments: JSON.stringify(experiments) }),
        ...(lifecycle === 'all' ? {} : { lifecycle }),
      },
    }
  }

  /** The row id of the newest run: pages that begin with it stay as they are while runs come in. */
  newest(): number {
    return this.store.prepare<[], { id: number | null }>('SELECT max(id) AS id FROM run').get()?.id ?? 0
  }

  count(query: RunQuery, newest: number): number {
    const { sql, bound } = this.condition(query)
    return (
      this.store
        .prepare<Record<string, unknown>, { n: number }>(`SELECT count(*) AS n FROM run r WHERE ${sql}`)
        .get({ ...bound, newest })?.n ?? 0
    )
  }

  /** Row ids, in order. */
  find(query: RunQuery, page: { newest: number; offset: number; limit: number }): number[] {
    const { sql, bound } = this.condition(query)
    return this.store
      .prepare<Record<string, unknown>, number>(
        `SELECT r.id FROM run r ${query.joins} WHERE ${sql} ORDER BY ${query.order} LIMIT @limit OFFSET @offset`,
      )
      .pluck()
      .all({ ...bound, ...page })
  }

  /** All runs that are found, in order. */
  findAll(query: RunQuery): { id: number; uid: string; parent: number | null }[] {
    const { sql, bound } = this.condition(query)
    return this.store
      .prepare<Record<string, unknown>, { id: number; uid: string; parent: number | null }>(
        `SELECT r.id, r.uid, r.parent_id AS parent FROM run r ${query.joins} WHERE ${sql} ORDER BY ${query.order}`,
      )
      .all({ ...bound, newest: this.newest() })
  }

  /** Row ids in the order of the uids; what is gone is left out. */
  idsOf(uids: readonly string[]): number[] {
    return this.store
      .prepare<[string], number>(
        'SELECT r.id FROM json_each(?) j JOIN run r ON r.uid = j.value ORDER BY j.key',
      )
      .pluck()
      .all(JSON.stringify(uids))
  }

  /** Heads and columns of the runs of these row ids, in that order. */
  read(ids: readonly number[], columns: RunColumns): FoundRun[] {
    const heads = this.store
      .prepare<[string], HeadRow>(
        `SELECT r.id, r.uid, r.name, e.name AS experiment, r.status, r.lifecycle, r.start_time AS startTime,
           r.end_time AS endTime, r.user, p.uid AS parent,
           (SELECT count(*) FROM run_alert a WHERE a.run_id = r.id) AS alerts
         FROM json_each(?) j JOIN run r ON r.id = j.value JOIN experiment e ON e.id = r.experiment_id
           LEFT JOIN run p ON p.id = r.parent_id ORDER BY j.key`,
      )
      .all(JSON.stringify(ids))
    const cells =
      columns.values.length === 0
        ? []
        : this.store
            .prepare<Record<string, unknown>, (string | number | null)[]>(
              `SELECT ${columns.values.join(', ')} FROM json_each(@ids) j JOIN run r ON r.id = j.value ${columns.joins}
               ORDER BY j.key`,
            )
            .raw()
            .all({ ...columns.bound, ids: JSON.stringify(ids) })
    return heads.map(({ id: _, uid, parent, ...head }, index) => ({
      id: uid,
      ...head,
      parentId: parent,
      values: (cells[index] ?? []) as CellValue[],
    }))
  }

  /** The keys in use, in alphabetical order. */
  keys(table: 'param' | 'tag'): string[] {
    // Steps from key to key along the index: there are few keys, and very many rows.
    return this.store
      .prepare<[], string>(
        `WITH RECURSIVE k(key) AS (
           SELECT min(key) FROM ${table}
           UNION ALL SELECT (SELECT min(t.key) FROM ${table} t WHERE t.key > k.key) FROM k WHERE k.key IS NOT NULL)
         SELECT key FROM k WHERE key IS NOT NULL`,
      )
      .pluck()
      .all()
  }

  /** Some of the values that a column has, the most frequent first. */
  values(columns: RunColumns, limit: number): (string | number)[] {
    return this.store
      .prepare<Record<string, unknown>, string | number>(
        `SELECT v FROM (SELECT ${columns.values[0]} AS v FROM run r ${columns.joins} WHERE r.lifecycle = 'active')
         WHERE v IS NOT NULL GROUP BY v ORDER BY count(*) DESC, v LIMIT @limit`,
      )
      .pluck()
      .all({ ...columns.bound, limit })
  }
}

import type { Store } from './sqlite.ts'

interface Reading {
  name: string
  /** JSON */
  labels: string
  /** ms since 1970 */
  at: number
  value: number
}

interface StoredSeries {
  name: string
  labels: Record<string, string>
  /** By time. */
  readings: { at: number; value: number }[]
}

/** What services counted, brought home; it goes with the log of the service. */
export class ServedMetricStore {
  private readonly store: Store

  constructor(store: Store) {
    this.store = store
  }

  /** @returns how many of them were new */
  add(logId: number, readings: readonly Reading[]): number {
    const make = this.store.prepare(
      'INSERT OR IGNORE INTO served_series (log_id, name, labels) VALUES (?, ?, ?)',
    )
    const find = this.store
      .prepare<[number, string, string], number>(
        'SELECT id FROM served_series WHERE log_id = ? AND name = ? AND labels = ?',
      )
      .pluck()
    const insert = this.store.prepare(
      'INSERT OR IGNORE INTO served_reading (series_id, at, value) VALUES (?, ?, ?)',
    )
    return this.store.transaction(() => {
      let added = 0
      for (const { name, labels, at, value } of readings) {
        make.run(logId, name, labels)
        added += insert.run(find.get(logId, name, labels), at, value).changes
      }
      return added
    })()
  }

  /** First and last moment; null where nothing was imported. */
  span(logId: number): { from: number; to: number } | null {
    const row = this.store
      .prepare<[number], { from: number | null; to: number | null }>(
        `SELECT min(r.at) AS "from", max(r.at) AS "to" FROM served_series s JOIN served_reading r ON r.series_id = s.id
         WHERE s.log_id = ?`,
      )
      .get(logId)
    return row && row.from !== null && row.to !== null ? { from: row.from, to: row.to } : null
  }

  *series(logId: number): Generator<StoredSeries> {
    const all = this.store
      .prepare<[number], { id: number; name: string; labels: string }>(
        'SELECT id, name, labels FROM served_series WHERE log_id = ? ORDER BY name, labels',
      )
      .all(logId)
    const find = this.store.prepare<[number], { at: number; value: number }>(
      'SELECT at, value FROM served_reading WHERE series_id = ? ORDER BY at',
    )
    for (const { id, name, labels } of all)
      yield { name, labels: JSON.parse(labels) as Record<string, string>, readings: find.all(id) }
  }
}

import type { StoredBlob } from '../blobs/blob-files.ts'
import { GlyphlabError, type ServedInput, type ServedLog } from '../contract/index.ts'
import type { PredictionRecord } from '../domain/prediction-record.ts'
import { type TrainingProfile, trainingProfile } from '../domain/training-profile.ts'
import type { BlobStore } from './blob-store.ts'
import type { Store } from './sqlite.ts'

const rowsAtOnce = 10_000

/** A prediction as far as it is summed up. */
export interface ServedRow {
  id: number
  at: number
  model: string
  version: string
  outcome: PredictionRecord['outcome']
  label: string | null
  confidence: number | null
  latencyMs: number
  width: number | null
  height: number | null
  brightness: number | null
  contrast: number | null
}

interface InputRow {
  hash: string
  at: number
  version: string
  label: string | null
  confidence: number
  probabilities: string
}

/** The prediction logs of services that were brought home. */
export class ServedLogStore {
  private readonly store: Store
  private readonly blobs: BlobStore

  constructor(store: Store, blobs: BlobStore) {
    this.store = store
    this.blobs = blobs
  }

  list(): ServedLog[] {
    return this.store
      .prepare<[], ServedLog>(
        `SELECT l.name, l.updated_at AS updatedAt,
           (SELECT count(*) FROM served_prediction p WHERE p.log_id = l.id) AS predictions,
           (SELECT count(*) FROM served_input i WHERE i.log_id = l.id) AS inputs,
           (SELECT count(*) FROM served_series s JOIN served_reading r ON r.series_id = s.id WHERE s.log_id = l.id) AS readings,
           (SELECT min(at) FROM served_prediction p WHERE p.log_id = l.id) AS firstAt,
           (SELECT max(at) FROM served_prediction p WHERE p.log_id = l.id) AS lastAt
         FROM served_log l ORDER BY l.updated_at DESC, l.name`,
      )
      .all()
  }

  /** Makes the log when there is none of that name. @returns its row id */
  open(name: string): number {
    this.store
      .prepare(
        `INSERT INTO served_log (name, updated_at) VALUES (@name, @now)
         ON CONFLICT (name) DO UPDATE SET updated_at = @now`,
      )
      .run({ name, now: Date.now() })
    return this.rowId(name)
  }

  /** @throws GlyphlabError NOT_FOUND */
  rowId(name: string): number {
    const id = this.store
      .prepare<[string], number>('SELECT id FROM served_log WHERE name = ?')
      .pluck()
      .get(name)
    if (id !== undefined) return id
    throw new GlyphlabError(
      'NOT_FOUND',
      `There is no imported log "${name}". Import one with "glyphlab deploy import-log".`,
    )
  }

  /** @returns how many of them were new */
  add(logId: number, records: readonly PredictionRecord[]): number {
    const insert = this.store.prepare(
      `INSERT OR IGNORE INTO served_prediction (log_id, uid, at, model, version, outcome, label, confidence, latency_ms,
         width, height, brightness, contrast, input_hash, probabilities)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    return this.store.transaction(() => {
      let added = 0
      for (const record of records) {
        const { input } = record
        added += insert.run(
          logId,
          record.id,
          Date.parse(record.time),
          record.model,
          record.version,
          record.outcome,
          record.label,
          record.confidence,
          record.latency_ms,
          input?.width ?? null,
          input?.height ?? null,
          input?.brightness ?? null,
          input?.contrast ?? null,
          input?.sha256 ?? null,
          JSON.stringify(record.probabilities),
        ).changes
      }
      return added
    })()
  }

  setProfile(logId: number, profile: TrainingProfile): void {
    this.store
      .prepare('INSERT OR REPLACE INTO served_profile (log_id, version, profile) VALUES (?, ?, ?)')
      .run(logId, String(profile.version), JSON.stringify(profile))
  }

  profiles(logId: number): TrainingProfile[] {
    return this.store
      .prepare<[number], string>('SELECT profile FROM served_profile WHERE log_id = ?')
      .pluck()
      .all(logId)
      .map((text) => trainingProfile.parse(JSON.parse(text)))
  }

  /** Of these kept pictures, those that are not stored; the others belong to the log from now on. */
  keepKnown(logId: number, hashes: readonly string[]): string[] {
    return this.store.transaction(() =>
      hashes.filter((hash) => {
        if (!this.blobs.holds(hash)) return true
        this.linkInput(logId, this.blobs.idOf(hash))
        return false
      }),
    )()
  }

  /** Takes pictures whose files are in their place. */
  addInputs(logId: number, stored: readonly StoredBlob[]): void {
    this.store.transaction(() => {
      for (const blob of stored) this.linkInput(logId, this.blobs.add(blob))
    })()
  }

  private linkInput(logId: number, blobId: number): void {
    this.store
      .prepare('INSERT OR IGNORE INTO served_input (log_id, blob_id) VALUES (?, ?)')
      .run(logId, blobId)
  }

  /** All predictions in the order of time, in pieces. */
  *rows(logId: number): Generator<ServedRow[]> {
    const find = this.store.prepare<{ logId: number; at: number; id: number; limit: number }, ServedRow>(
      `SELECT id, at, model, version, outcome, label, confidence, latency_ms AS latencyMs, width, height, brightness, contrast
       FROM served_prediction WHERE log_id = @logId AND (at, id) > (@at, @id) ORDER BY at, id LIMIT @limit`,
    )
    let last = { at: Number.MIN_SAFE_INTEGER, id: 0 }
    for (;;) {
      const rows = find.all({ logId, at: last.at, id: last.id, limit: rowsAtOnce })
      const end = rows.at(-1)
      if (!end) return
      last = end
      yield rows
    }
  }

  /** First and last moment; null for an empty log. */
  span(logId: number): { from: number; to: number } | null {
    const row = this.store
      .prepare<[number], { from: number | null; to: number | null }>(
        'SELECT min(at) AS "from", max(at) AS "to" FROM served_prediction WHERE log_id = ?',
      )
      .get(logId)
    return row && row.from !== null && row.to !== null ? { from: row.from, to: row.to } : null
  }

  /** Kept pictures by their least sure answer, the least sure first. */
  queue(
    logId: number,
    below: number,
    offset: number,
    limit: number,
  ): { total: number; items: ServedInput[] } {
    const found = `FROM served_input i JOIN blob b ON b.id = i.blob_id
      JOIN served_prediction p ON p.log_id = i.log_id AND p.input_hash = b.hash
      WHERE i.log_id = @logId AND p.outcome = 'success' AND p.confidence IS NOT NULL
      GROUP BY b.id HAVING min(p.confidence) < @below`
    const total = this.store
      .prepare<{ logId: number; below: number }, number>(
        `SELECT count(*) FROM (SELECT min(p.confidence) ${found})`,
      )
      .pluck()
      .get({ logId, below })
    // The other columns are those of the row with the minimum: sqlite.org/lang_select.html#bareagg
    const rows = this.store
      .prepare<{ logId: number; below: number; offset: number; limit: number }, InputRow>(
        `SELECT b.hash, p.at, p.version, p.label, min(p.confidence) AS confidence, p.probabilities ${found}
         ORDER BY confidence, b.hash LIMIT @limit OFFSET @offset`,
      )
      .all({ logId, below, offset, limit })
    const items = rows.map(({ probabilities, ...row }) => ({
      ...row,
      probabilities: JSON.parse(probabilities) as ServedInput['probabilities'],
    }))
    return { total: total ?? 0, items }
  }

  /** @throws GlyphlabError NOT_FOUND */
  delete(name: string): void {
    this.store.prepare('DELETE FROM served_log WHERE id = ?').run(this.rowId(name))
  }
}

import { GlyphlabError, type PurgedRuns } from '../contract/index.ts'
import type { AuditStore } from './audit-store.ts'
import type { BlobStore } from './blob-store.ts'
import { durably, type Store } from './sqlite.ts'

class TakenBack extends Error {}

/** Removes deleted runs for good. */
export class RunPurge {
  private readonly store: Store
  private readonly blobs: BlobStore
  private readonly audit: AuditStore

  constructor(store: Store, blobs: BlobStore, audit: AuditStore) {
    this.store = store
    this.blobs = blobs
    this.audit = audit
  }

  /** The ids of every deleted run. */
  deleted(): string[] {
    return this.store
      .prepare<[], string>("SELECT uid FROM run WHERE lifecycle = 'deleted' ORDER BY id")
      .pluck()
      .all()
  }

  /** What a purge would free; nothing changes. */
  preview(uids: readonly string[]): PurgedRuns {
    let freed: PurgedRuns = { runs: 0, points: 0, bytes: 0 }
    try {
      this.store.transaction(() => {
        const before = this.blobs.unusedBytes()
        const removed = this.remove(uids)
        freed = { ...removed, bytes: this.blobs.unusedBytes() - before }
        throw new TakenBack()
      })()
    } catch (cause) {
      if (!(cause instanceof TakenBack)) throw cause
    }
    return freed
  }

  /** @throws GlyphlabError CONFLICT, naming it, when a run is not deleted, or a registered model is made of its files */
  async purge(uids: readonly string[]): Promise<PurgedRuns> {
    const removed = durably(this.store, () => {
      const counts = this.remove(uids)
      for (const uid of uids) this.audit.append('run.purged', uid, {})
      return counts
    })
    return { ...removed, bytes: await this.blobs.collectGarbage() }
  }

  private remove(uids: readonly string[]): { runs: number; points: number } {
    const list = JSON.stringify(uids)
    const kept = this.store
      .prepare<[string], { name: string }>(
        "SELECT name FROM run WHERE uid IN (SELECT value FROM json_each(?)) AND lifecycle <> 'deleted' LIMIT 1",
      )
      .get(list)
    if (kept)
      throw new GlyphlabError(
        'CONFLICT',
        `The run "${kept.name}" is not deleted. Delete it before it is purged.`,
      )
    const registered = this.store
      .prepare<[string], { model: string; version: number; run: string }>(
        `SELECT m.name AS model, v.version, r.name AS run FROM mlflow_version v
           JOIN registered_model m ON m.id = v.model_id JOIN run r ON r.uid = v.run_uid
         WHERE v.run_uid IN (SELECT value FROM json_each(?)) LIMIT 1`,
      )
      .get(list)
    if (registered)
      throw new GlyphlabError(
        'CONFLICT',
        `${registered.model}/${registered.version} is made of files of the run "${registered.run}". Delete that version first.`,
      )
    const where = 'IN (SELECT id FROM run WHERE uid IN (SELECT value FROM json_each(?)))'
    const points =
      this.store
        .prepare<[string], { n: number | null }>(
          `SELECT sum(count) AS n FROM latest_metric WHERE run_id ${where}`,
        )
        .get(list)?.n ?? 0
    this.store.prepare(`UPDATE run SET parent_id = NULL WHERE parent_id ${where}`).run(list)
    this.store
      .prepare('DELETE FROM logged_model WHERE source_run_uid IN (SELECT value FROM json_each(?))')
      .run(list)
    const { changes } = this.store
      .prepare('DELETE FROM run WHERE uid IN (SELECT value FROM json_each(?))')
      .run(list)
    return { runs: changes, points }
  }
}

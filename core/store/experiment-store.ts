import { type Experiment, GlyphlabError } from '../contract/index.ts'
import type { Store } from './sqlite.ts'

interface ExperimentRow {
  id: number
  name: string
  lifecycle: 'active' | 'deleted'
  artifact_location: string | null
  created_at: number
  updated_at: number
}

export class ExperimentStore {
  private readonly store: Store

  constructor(store: Store) {
    this.store = store
  }

  /** The id of the experiment of that name, which is made where there is none; a deleted one comes back. */
  idOf(name: string): number {
    const row = this.rowOf(name)
    if (!row) return this.create(name, {}, null)
    if (row.lifecycle === 'deleted') this.setLifecycle(row.id, 'active')
    return row.id
  }

  private rowOf(name: string): ExperimentRow | undefined {
    return this.store.prepare<[string], ExperimentRow>('SELECT * FROM experiment WHERE name = ?').get(name)
  }

  /** @throws GlyphlabError CONFLICT when there is one of that name, deleted or not */
  create(name: string, tags: Record<string, string>, artifactLocation: string | null): number {
    if (this.rowOf(name))
      throw new GlyphlabError('CONFLICT', `There is an experiment named "${name}" already.`)
    const now = Date.now()
    return this.store.transaction(() => {
      const id = Number(
        this.store
          .prepare(
            `INSERT INTO experiment (id, name, created_at, updated_at, artifact_location)
             VALUES ((SELECT coalesce(max(id), 0) + 1 FROM experiment), ?, ?, ?, ?)`,
          )
          .run(name, now, now, artifactLocation).lastInsertRowid,
      )
      this.setTags(id, tags)
      return id
    })()
  }

  find(id: number): Experiment | undefined {
    const row = this.store.prepare<[number], ExperimentRow>('SELECT * FROM experiment WHERE id = ?').get(id)
    return row && this.toExperiment(row)
  }

  findByName(name: string): Experiment | undefined {
    const row = this.rowOf(name)
    return row && this.toExperiment(row)
  }

  /** @throws GlyphlabError NOT_FOUND */
  get(id: number): Experiment {
    const found = this.find(id)
    if (!found) throw new GlyphlabError('NOT_FOUND', `There is no experiment with the id ${id}.`)
    return found
  }

  list(lifecycle: 'active' | 'deleted' | 'all'): Experiment[] {
    return this.store
      .prepare<{ lifecycle: string }, ExperimentRow>(
        "SELECT * FROM experiment WHERE @lifecycle IN ('all', lifecycle) ORDER BY created_at DESC, id DESC",
      )
      .all({ lifecycle })
      .map((row) => this.toExperiment(row))
  }

  private toExperiment(row: ExperimentRow): Experiment {
    const tags = this.store
      .prepare<[number], { key: string; value: string }>(
        'SELECT key, value FROM experiment_tag WHERE experiment_id = ? ORDER BY key',
      )
      .all(row.id)
    const runs =
      this.store
        .prepare<[number], { n: number }>(
          "SELECT count(*) AS n FROM run WHERE experiment_id = ? AND lifecycle = 'active'",
        )
        .get(row.id)?.n ?? 0
    return {
      id: row.id,
      name: row.name,
      lifecycle: row.lifecycle,
      artifactLocation: row.artifact_location,
      tags: Object.fromEntries(tags.map(({ key, value }) => [key, value])),
      runs,
      createdAt: row.created_at,
      updatedAt: row.updated_at,
    }
  }

  /** @throws GlyphlabError CONFLICT when another one has that name */
  rename(id: number, name: string): void {
    const other = this.rowOf(name)
    if (other && other.id !== id)
      throw new GlyphlabError('CONFLICT', `There is an experiment named "${name}" already.`)
    this.store
      .prepare('UPDATE experiment SET name = ?, updated_at = ? WHERE id = ?')
      .run(name, Date.now(), id)
  }

  setTags(id: number, tags: Record<string, string | null>): void {
    const set = this.store.prepare(
      'INSERT INTO experiment_tag (experiment_id, key, value) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
    )
    const remove = this.store.prepare('DELETE FROM experiment_tag WHERE experiment_id = ? AND key = ?')
    this.store.transaction(() => {
      for (const [key, value] of Object.entries(tags)) {
        if (value === null) remove.run(id, key)
        else set.run(id, key, value)
      }
    })()
  }

  /** Takes its runs along. */
  setLifecycle(id: number, lifecycle: 'active' | 'deleted'): void {
    const now = Date.now()
    this.store.transaction(() => {
      this.store
        .prepare('UPDATE experiment SET lifecycle = ?, updated_at = ? WHERE id = ?')
        .run(lifecycle, now, id)
      this.store
        .prepare('UPDATE run SET lifecycle = ?, deleted_at = ? WHERE experiment_id = ?')
        .run(lifecycle, lifecycle === 'deleted' ? now : null, id)
    })()
  }
}

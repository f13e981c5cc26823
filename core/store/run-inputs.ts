import type { RunInput } from '../contract/index.ts'
import type { Store } from './sqlite.ts'

interface InputRow {
  run_id: number
  name: string
  digest: string
  source_type: string
  source: string
  schema: string | null
  profile: string | null
  tags: string
}

export interface RunModelUse {
  modelId: string
  step: number
}

/** What runs read and made, by the row ids of `run`. */
export class RunInputs {
  private readonly store: Store

  constructor(store: Store) {
    this.store = store
  }

  /** A dataset of a name and digest is stored once an experiment. What a run has already keeps its tags. */
  addDatasets(run: number, inputs: readonly RunInput[]): void {
    const find = this.store.prepare<[number, string, string], { id: number }>(
      'SELECT id FROM logged_dataset WHERE experiment_id = ? AND name = ? AND digest = ?',
    )
    const insert = this.store.prepare(
      'INSERT INTO logged_dataset (experiment_id, name, digest, source_type, source, schema, profile) VALUES (?, ?, ?, ?, ?, ?, ?)',
    )
    const link = this.store.prepare(
      'INSERT INTO run_input (run_id, dataset_id, tags) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    )
    this.store.transaction(() => {
      const experiment =
        this.store
          .prepare<[number], { experiment_id: number }>('SELECT experiment_id FROM run WHERE id = ?')
          .get(run)?.experiment_id ?? 0
      for (const { name, digest, sourceType, source, schema, profile, tags } of inputs) {
        const id =
          find.get(experiment, name, digest)?.id ??
          insert.run(experiment, name, digest, sourceType, source, schema, profile).lastInsertRowid
        link.run(run, id, JSON.stringify(tags))
      }
    })()
  }

  datasetsOf(runs: readonly number[]): Map<number, RunInput[]> {
    const found = new Map<number, RunInput[]>()
    const rows = this.store
      .prepare<[string], InputRow>(
        `SELECT i.run_id, d.name, d.digest, d.source_type, d.source, d.schema, d.profile, i.tags
         FROM run_input i JOIN logged_dataset d ON d.id = i.dataset_id
         WHERE i.run_id IN (SELECT value FROM json_each(?)) ORDER BY i.run_id, d.id`,
      )
      .all(JSON.stringify(runs))
    for (const { run_id, source_type, tags, ...row } of rows) {
      const inputs = found.get(run_id) ?? []
      inputs.push({ ...row, sourceType: source_type, tags: JSON.parse(tags) as Record<string, string> })
      found.set(run_id, inputs)
    }
    return found
  }

  addModels(run: number, direction: 'input' | 'output', models: readonly RunModelUse[]): void {
    const insert = this.store.prepare(
      'INSERT INTO run_model (run_id, direction, model_uid, step) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
    )
    this.store.transaction(() => {
      for (const { modelId, step } of models) insert.run(run, direction, modelId, step)
    })()
  }

  modelsOf(runs: readonly number[], direction: 'input' | 'output'): Map<number, RunModelUse[]> {
    const found = new Map<number, RunModelUse[]>()
    const rows = this.store
      .prepare<[string, string], { run_id: number; model_uid: string; step: number }>(
        `SELECT run_id, model_uid, step FROM run_model
         WHERE run_id IN (SELECT value FROM json_each(?)) AND direction = ? ORDER BY run_id, step, model_uid`,
      )
      .all(JSON.stringify(runs), direction)
    for (const { run_id, model_uid, step } of rows) {
      const uses = found.get(run_id) ?? []
      uses.push({ modelId: model_uid, step })
      found.set(run_id, uses)
    }
    return found
  }
}

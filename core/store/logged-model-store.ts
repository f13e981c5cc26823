import { randomUUID } from 'node:crypto'
import type { MetricPoint } from '../contract/index.ts'
import { ArtifactStore } from './artifact-store.ts'
import { fromColumn, toColumn } from './metric-store.ts'
import type { Store } from './sqlite.ts'

export type LoggedModelStatus = 'PENDING' | 'READY' | 'UPLOAD_FAILED'

/** A model that an MLflow client logged: a folder of artifacts of its own, with params, tags and metrics. */
export interface LoggedModel {
  id: number
  uid: string
  experimentId: number
  name: string
  modelType: string | null
  sourceRunId: string | null
  status: LoggedModelStatus
  lifecycle: 'active' | 'deleted'
  params: Record<string, string>
  tags: Record<string, string>
  metrics: LoggedModelMetric[]
  createdAt: number
  updatedAt: number
}

export interface LoggedModelMetric extends MetricPoint {
  runId: string
  datasetName: string
  datasetDigest: string
}

interface LoggedModelRow {
  id: number
  uid: string
  experiment_id: number
  name: string
  model_type: string | null
  source_run_uid: string | null
  status: LoggedModelStatus
  lifecycle: 'active' | 'deleted'
  params: string
  tags: string
  created_at: number
  updated_at: number
}

interface MetricRow {
  key: string
  run_uid: string
  dataset_name: string
  dataset_digest: string
  step: number
  timestamp: number
  value: number | null
}

export class LoggedModelStore {
  private readonly store: Store
  readonly artifacts: ArtifactStore

  constructor(store: Store) {
    this.store = store
    this.artifacts = new ArtifactStore(store, 'logged_model_artifact')
  }

  create(model: {
    experimentId: number
    name: string
    modelType: string | null
    sourceRunId: string | null
    params: Record<string, string>
    tags: Record<string, string>
  }): string {
    const uid = `m-${randomUUID().replaceAll('-', '')}`
    const now = Date.now()
    this.store
      .prepare(
        `INSERT INTO logged_model (uid, experiment_id, name, model_type, source_run_uid, status, params, tags, created_at, updated_at)
         VALUES (?, ?, ?, ?, ?, 'PENDING', ?, ?, ?, ?)`,
      )
      .run(
        uid,
        model.experimentId,
        model.name,
        model.modelType,
        model.sourceRunId,
        JSON.stringify(model.params),
        JSON.stringify(model.tags),
        now,
        now,
      )
    return uid
  }

  find(uid: string): LoggedModel | undefined {
    const row = this.store
      .prepare<[string], LoggedModelRow>('SELECT * FROM logged_model WHERE uid = ?')
      .get(uid)
    return row && this.toModel(row)
  }

  /** Those of some experiments that are not deleted, the newest first. */
  list(experiments: readonly number[]): LoggedModel[] {
    return this.store
      .prepare<[string], LoggedModelRow>(
        `SELECT * FROM logged_model WHERE experiment_id IN (SELECT value FROM json_each(?)) AND lifecycle = 'active'
         ORDER BY created_at DESC, id DESC`,
      )
      .all(JSON.stringify(experiments))
      .map((row) => this.toModel(row))
  }

  update(
    uid: string,
    facts: {
      status?: LoggedModelStatus
      lifecycle?: 'active' | 'deleted'
      params?: Record<string, string>
      tags?: Record<string, string>
    },
  ): void {
    this.store
      .prepare(
        `UPDATE logged_model SET status = coalesce(@status, status), lifecycle = coalesce(@lifecycle, lifecycle),
           params = coalesce(@params, params), tags = coalesce(@tags, tags), updated_at = @now WHERE uid = @uid`,
      )
      .run({
        uid,
        status: facts.status ?? null,
        lifecycle: facts.lifecycle ?? null,
        params: facts.params ? JSON.stringify(facts.params) : null,
        tags: facts.tags ? JSON.stringify(facts.tags) : null,
        now: Date.now(),
      })
  }

  logMetrics(uid: string, metrics: readonly LoggedModelMetric[]): void {
    const insert = this.store.prepare(
      `INSERT INTO logged_model_metric (model_id, key, run_uid, dataset_name, dataset_digest, step, timestamp, value)
       VALUES ((SELECT id FROM logged_model WHERE uid = ?), ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET value = excluded.value`,
    )
    for (const { key, runId, datasetName, datasetDigest, step, timestamp, value } of metrics)
      insert.run(uid, key, runId, datasetName, datasetDigest, step, timestamp, toColumn(value))
  }

  private toModel(row: LoggedModelRow): LoggedModel {
    const metrics = this.store
      .prepare<[number], MetricRow>('SELECT * FROM logged_model_metric WHERE model_id = ?')
      .all(row.id)
    return {
      id: row.id,
      uid: row.uid,
      experimentId: row.experiment_id,
      name: row.name,
      modelType: row.model_type,
      sourceRunId: row.source_run_uid,
      status: row.status,
      lifecycle: row.lifecycle,
      params: JSON.parse(row.params) as Record<string, string>,
      tags: JSON.parse(row.tags) as Record<string, string>,
      metrics: metrics.map((metric) => ({
        key: metric.key,
        value: fromColumn(metric.value),
        step: metric.step,
        timestamp: metric.timestamp,
        runId: metric.run_uid,
        datasetName: metric.dataset_name,
        datasetDigest: metric.dataset_digest,
      })),
      createdAt: row.created_at,
      updatedAt: row.updated_at,
    }
  }
}

import { randomUUID } from 'node:crypto'
import {
  GlyphlabError,
  type LatestMetric,
  type MetricPoint,
  type Run,
  type RunStatus,
  type Series,
} from '../contract/index.ts'
import { thinSeries } from '../domain/metric-series.ts'
import type { ModelManifest } from '../domain/model-manifest.ts'
import type { Reserve } from './reserve.ts'
import type { Store } from './sqlite.ts'
import { Unsaved } from './unsaved.ts'

interface RunRow {
  id: number
  uid: string
  experiment: string
  name: string
  status: RunStatus
  lifecycle: 'active' | 'deleted'
  start_time: number | null
  end_time: number | null
  dataset_version_uid: string | null
  dataset_label: string | null
  job_id: string | null
  model: string | null
}

const selectRun = 'SELECT r.*, e.name AS experiment FROM run r JOIN experiment e ON e.id = r.experiment_id'

/** SQLite has no NaN: it is stored as NULL. */
const toColumn = (value: number): number | null => (Number.isNaN(value) ? null : value)
const fromColumn = (value: number | null): number => value ?? Number.NaN

export class RunStore {
  private readonly store: Store
  private readonly keyIds = new Map<string, number>()

  private readonly ends: Unsaved<{ status: RunStatus; end_time: number }>

  constructor(store: Store, reserve: Reserve) {
    this.store = store
    this.ends = new Unsaved((uid, { status, end_time }) =>
      reserve.use(() =>
        this.store
          .prepare('UPDATE run SET status = ?, end_time = ? WHERE uid = ?')
          .run(status, end_time, uid),
      ),
    )
  }

  /** Call before the database is closed. */
  close(): void {
    this.ends.close()
  }

  private experimentId(name: string): number {
    this.store
      .prepare('INSERT INTO experiment (name, created_at) VALUES (?, ?) ON CONFLICT DO NOTHING')
      .run(name, Date.now())
    return (
      this.store.prepare<[string], { id: number }>('SELECT id FROM experiment WHERE name = ?').get(name)
        ?.id ?? 0
    )
  }

  create(run: { experiment: string; name: string; datasetVersionId: string; datasetLabel: string }): string {
    const uid = randomUUID().replaceAll('-', '')
    this.store.transaction(() => {
      this.store
        .prepare(
          "INSERT INTO run (uid, experiment_id, name, status, dataset_version_uid, dataset_label) VALUES (?, ?, ?, 'SCHEDULED', ?, ?)",
        )
        .run(uid, this.experimentId(run.experiment), run.name, run.datasetVersionId, run.datasetLabel)
    })()
    return uid
  }

  setJob(uid: string, jobId: string): void {
    this.store.prepare('UPDATE run SET job_id = ? WHERE uid = ?').run(jobId, uid)
  }

  /** Begins (again): what an earlier attempt logged is removed, so that its points don't mix with the new ones. */
  start(uid: string): void {
    const { id } = this.row(uid)
    this.store.transaction(() => {
      for (const table of ['param', 'metric', 'latest_metric', 'artifact'])
        this.store.prepare(`DELETE FROM ${table} WHERE run_id = ?`).run(id)
      this.store
        .prepare(
          "UPDATE run SET status = 'RUNNING', start_time = ?, end_time = NULL, model = NULL WHERE id = ?",
        )
        .run(Date.now(), id)
    })()
    this.ends.forget(uid)
  }

  /** Goes on: what was logged stays, until `forgetAfter` says where the training begins. */
  resume(uid: string): void {
    const { id } = this.row(uid)
    this.store
      .prepare(
        "UPDATE run SET status = 'RUNNING', start_time = coalesce(start_time, ?), end_time = NULL, model = NULL WHERE id = ?",
      )
      .run(Date.now(), id)
    this.ends.forget(uid)
  }

  /** Removes the points of later steps, so that those of a resumed training take their place. */
  forgetAfter(uid: string, step: number): void {
    const { id } = this.row(uid)
    this.store.transaction(() => {
      this.store.prepare('DELETE FROM metric WHERE run_id = ? AND step > ?').run(id, step)
      this.store.prepare('DELETE FROM latest_metric WHERE run_id = ?').run(id)
      this.store
        .prepare(
          `INSERT INTO latest_metric (run_id, key_id, value, step, minimum, maximum, count)
           SELECT m.run_id, m.key_id,
             (SELECT l.value FROM metric l WHERE l.run_id = m.run_id AND l.key_id = m.key_id
               ORDER BY l.step DESC, l.sequence DESC LIMIT 1),
             max(m.step), min(m.value), max(m.value), count(*)
           FROM metric m WHERE m.run_id = ? GROUP BY m.key_id`,
        )
        .run(id)
    })()
  }

  /** Never throws for want of space: the end is shown, and stored as soon as there is room. */
  end(uid: string, status: 'FINISHED' | 'FAILED' | 'KILLED'): void {
    this.ends.save(uid, { status, end_time: Date.now() })
  }

  /** On start: what runs or waits without a job that does, since its end could not be stored. */
  endAbandoned(): void {
    const rows = this.store
      .prepare<[], { uid: string }>(
        `SELECT uid FROM run WHERE status IN ('SCHEDULED', 'RUNNING')
           AND job_id IN (SELECT id FROM job WHERE status NOT IN ('queued', 'running'))`,
      )
      .all()
    for (const { uid } of rows) this.end(uid, 'KILLED')
  }

  private row(uid: string): RunRow {
    const row = this.store.prepare<[string], RunRow>(`${selectRun} WHERE r.uid = ?`).get(uid)
    if (!row) throw new GlyphlabError('NOT_FOUND', `There is no run ${uid}.`)
    return { ...row, ...this.ends.get(uid) }
  }

  /** The run whose id begins with `prefix`, when there is just one. @throws GlyphlabError NOT_FOUND | INVALID_INPUT */
  resolve(prefix: string): string {
    const rows = this.store
      .prepare<{ prefix: string }, { uid: string }>(
        "SELECT uid FROM run WHERE uid >= @prefix AND uid < @prefix || 'g' LIMIT 2",
      )
      .all({ prefix })
    if (rows.length > 1)
      throw new GlyphlabError('INVALID_INPUT', `Several runs begin with ${prefix}: give more of the id.`)
    if (!rows[0]) throw new GlyphlabError('NOT_FOUND', `There is no run ${prefix}.`)
    return rows[0].uid
  }

  get(uid: string): Run {
    return this.toRun(this.row(uid))
  }

  private toRun(row: RunRow): Run {
    const pairs = (table: 'param' | 'tag') =>
      Object.fromEntries(
        this.store
          .prepare<[number], { key: string; value: string }>(
            `SELECT key, value FROM ${table} WHERE run_id = ? ORDER BY key`,
          )
          .all(row.id)
          .map(({ key, value }) => [key, value]),
      )
    const metrics = this.store
      .prepare<
        [number],
        {
          name: string
          value: number | null
          step: number
          minimum: number | null
          maximum: number | null
          count: number
        }
      >(
        'SELECT k.name, l.value, l.step, l.minimum, l.maximum, l.count FROM latest_metric l JOIN metric_key k ON k.id = l.key_id WHERE l.run_id = ? ORDER BY k.name',
      )
      .all(row.id)
      .map(({ name, value, step, minimum, maximum, count }): [string, LatestMetric] => [
        name,
        { value: fromColumn(value), step, min: fromColumn(minimum), max: fromColumn(maximum), count },
      ])
    const artifacts = this.store
      .prepare<[number], { path: string; hash: string; bytes: number }>(
        'SELECT a.path, b.hash, b.bytes FROM artifact a JOIN blob b ON b.id = a.blob_id WHERE a.run_id = ? ORDER BY a.path',
      )
      .all(row.id)
    return {
      id: row.uid,
      experiment: row.experiment,
      name: row.name,
      status: row.status,
      lifecycle: row.lifecycle,
      startTime: row.start_time,
      endTime: row.end_time,
      datasetVersionId: row.dataset_version_uid,
      datasetLabel: row.dataset_label,
      jobId: row.job_id,
      params: pairs('param'),
      metrics: Object.fromEntries(metrics),
      tags: pairs('tag'),
      artifacts,
      hasModel: row.model !== null,
    }
  }

  list(filter: {
    experiment?: string | undefined
    lifecycle: 'active' | 'deleted'
    offset: number
    limit: number
  }): { total: number; items: Run[] } {
    const where = `WHERE r.lifecycle = @lifecycle ${filter.experiment === undefined ? '' : 'AND e.name = @experiment'}`
    const bound = {
      lifecycle: filter.lifecycle,
      experiment: filter.experiment,
      limit: filter.limit,
      offset: filter.offset,
    }
    const total =
      this.store
        .prepare<Record<string, unknown>, { n: number }>(
          `SELECT count(*) AS n FROM run r JOIN experiment e ON e.id = r.experiment_id ${where}`,
        )
        .get(bound)?.n ?? 0
    const rows = this.store
      .prepare<Record<string, unknown>, RunRow>(
        `${selectRun} ${where} ORDER BY r.id DESC LIMIT @limit OFFSET @offset`,
      )
      .all(bound)
    return { total, items: rows.map((row) => this.toRun({ ...row, ...this.ends.get(row.uid) })) }
  }

  setParams(uid: string, params: Record<string, string>): void {
    this.setPairs('param', uid, params)
  }

  setTags(uid: string, tags: Record<string, string>): void {
    this.setPairs('tag', uid, tags)
  }

  private setPairs(table: 'param' | 'tag', uid: string, pairs: Record<string, string>): void {
    const { id } = this.row(uid)
    const insert = this.store.prepare(
      `INSERT INTO ${table} (run_id, key, value) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value`,
    )
    this.store.transaction(() => {
      for (const [key, value] of Object.entries(pairs)) insert.run(id, key, value)
    })()
  }

  private keyId(name: string): number {
    const known = this.keyIds.get(name)
    if (known !== undefined) return known
    this.store.prepare('INSERT INTO metric_key (name) VALUES (?) ON CONFLICT DO NOTHING').run(name)
    const id =
      this.store.prepare<[string], { id: number }>('SELECT id FROM metric_key WHERE name = ?').get(name)
        ?.id ?? 0
    this.keyIds.set(name, id)
    return id
  }

  /** Adds a batch of points, whole or not at all. Equal steps are kept. */
  logMetrics(uid: string, points: readonly MetricPoint[]): void {
    const { id } = this.row(uid)
    for (const key of new Set(points.map((point) => point.key))) this.keyId(key)
    const insert = this.store.prepare(
      `INSERT INTO metric (run_id, key_id, step, sequence, value, timestamp) VALUES (@run, @key, @step,
        (SELECT coalesce(max(sequence) + 1, 0) FROM metric WHERE run_id = @run AND key_id = @key AND step = @step), @value, @timestamp)`,
    )
    const latest = this.store.prepare(
      `INSERT INTO latest_metric (run_id, key_id, value, step, minimum, maximum, count) VALUES (@run, @key, @value, @step, @value, @value, 1)
       ON CONFLICT DO UPDATE SET
         value = CASE WHEN excluded.step >= step THEN excluded.value ELSE value END,
         step = max(step, excluded.step),
         minimum = CASE WHEN minimum IS NULL OR excluded.minimum < minimum THEN coalesce(excluded.minimum, minimum) ELSE minimum END,
         maximum = CASE WHEN maximum IS NULL OR excluded.maximum > maximum THEN coalesce(excluded.maximum, maximum) ELSE maximum END,
         count = count + 1`,
    )
    this.store.transaction(() => {
      for (const { key, value, step, timestamp } of points) {
        const keyId = this.keyId(key)
        const row = { run: id, key: keyId, step, value: toColumn(value), timestamp }
        insert.run(row)
        latest.run(row)
      }
    })()
  }

  /** Series in step order, thinned to first, last, min and max a bucket where they hold more than `maxPoints`. */
  series(uids: readonly string[], keys: readonly string[], maxPoints: number): Series[] {
    const read = this.store
      .prepare<[number, string], [number, number | null, number]>(
        'SELECT m.step, m.value, m.timestamp FROM metric m JOIN metric_key k ON k.id = m.key_id WHERE m.run_id = ? AND k.name = ? ORDER BY m.step, m.sequence',
      )
      .raw()
    return uids.flatMap((uid) => {
      const { id } = this.row(uid)
      const epochs = read.all(id, 'epoch')
      return keys.flatMap((key) => {
        const rows = read.all(id, key)
        if (rows.length === 0) return []
        const points = rows.map(([step, value, timestamp]) => ({ step, value: fromColumn(value), timestamp }))
        const kept = thinSeries(points, maxPoints)
        return [
          {
            runId: uid,
            key,
            steps: kept.map((point) => point.step),
            values: kept.map((point) => point.value),
            timestamps: kept.map((point) => point.timestamp),
            epochs: kept.map((point) => epochAt(epochs, point.step)),
            total: rows.length,
          },
        ]
      })
    })
  }

  addArtifact(uid: string, path: string, blobId: number): void {
    const { id } = this.row(uid)
    this.store
      .prepare(
        'INSERT INTO artifact (run_id, path, blob_id) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET blob_id = excluded.blob_id',
      )
      .run(id, path, blobId)
  }

  setModel(uid: string, manifest: ModelManifest): void {
    this.store.prepare('UPDATE run SET model = ? WHERE uid = ?').run(JSON.stringify(manifest), uid)
  }

  model(uid: string): ModelManifest | null {
    const { model } = this.row(uid)
    return model === null ? null : (JSON.parse(model) as ModelManifest)
  }

  rename(uid: string, name: string): void {
    this.store.prepare('UPDATE run SET name = ? WHERE uid = ?').run(name, uid)
  }

  setLifecycle(uids: readonly string[], lifecycle: 'active' | 'deleted'): number {
    const update = this.store.prepare(
      'UPDATE run SET lifecycle = @lifecycle WHERE uid = @uid AND lifecycle <> @lifecycle',
    )
    return this.store.transaction(() =>
      uids.reduce((sum, uid) => sum + update.run({ lifecycle, uid }).changes, 0),
    )()
  }
}

/** The epoch a step lies in: the value of metric `epoch` at the last step logged up to it. */
function epochAt(epochs: readonly [number, number | null, number][], step: number): number | null {
  let low = 0
  let high = epochs.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((epochs[middle]?.[0] ?? Number.POSITIVE_INFINITY) < step) low = middle + 1
    else high = middle
  }
  const end = epochs[low]
  if (!end) return null
  const previous = epochs[low - 1]
  const [fromStep, fromEpoch] = previous ? [previous[0], previous[1] ?? 0] : [0, 0]
  const toEpoch = end[1] ?? 0
  return end[0] === fromStep
    ? toEpoch
    : fromEpoch + ((step - fromStep) / (end[0] - fromStep)) * (toEpoch - fromEpoch)
}

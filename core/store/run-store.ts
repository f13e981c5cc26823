import { randomUUID } from 'node:crypto'
import type { Statement } from 'better-sqlite3'
import { GlyphlabError, type MetricPoint, type Run, type RunStatus, type Series } from '../contract/index.ts'
import type { ModelManifest } from '../domain/model-manifest.ts'
import { parentTag } from '../domain/run-tags.ts'
import { ExperimentStore } from './experiment-store.ts'
import { MetricStore, type SeriesColumns } from './metric-store.ts'
import type { Reserve } from './reserve.ts'
import { RunFinder } from './run-finder.ts'
import { RunInputs } from './run-inputs.ts'
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
  parent: string | null
  user: string
  environment: string | null
  model: string | null
}

const selectRun = `SELECT r.*, e.name AS experiment, p.uid AS parent FROM run r
  JOIN experiment e ON e.id = r.experiment_id LEFT JOIN run p ON p.id = r.parent_id`

/** Of a run that was given up for its silence: when it was last heard of. */
const silentTag = 'glyphlab.silentSince'
/** Signs of life that may fail to come from who has promised them. */
const missedHeartbeats = 5
/** How long who has promised none may be silent: yesterday's runs don't run. */
const longestSilence = 24 * 3_600_000

export class RunStore {
  private readonly store: Store
  readonly metrics: MetricStore
  readonly experiments: ExperimentStore
  readonly inputs: RunInputs
  readonly finder: RunFinder
  private readonly findId: Statement<[string], { id: number; lifecycle: 'active' | 'deleted' }>
  private readonly touched = new Map<string, number>()
  private readonly ends: Unsaved<{ status: RunStatus; end_time: number }>

  constructor(store: Store, reserve: Reserve) {
    this.store = store
    this.metrics = new MetricStore(store)
    this.experiments = new ExperimentStore(store)
    this.inputs = new RunInputs(store)
    this.finder = new RunFinder(store)
    this.findId = store.prepare('SELECT id, lifecycle FROM run WHERE uid = ?')
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

  create(run: {
    experiment: string
    name: string
    datasetVersionId?: string | null
    datasetLabel?: string | null
  }): string {
    return this.store.transaction(() =>
      this.insert({
        experimentId: this.experiments.idOf(run.experiment),
        name: run.name,
        status: 'SCHEDULED',
        startTime: null,
        user: '',
        datasetVersionId: run.datasetVersionId ?? null,
        datasetLabel: run.datasetLabel ?? null,
      }),
    )()
  }

  /** A run that somebody logs from outside; it is RUNNING at once. Call within a transaction with what else it has. */
  begin(run: {
    experimentId: number
    name: string
    startTime: number
    user: string
    /** 32 hexadecimal digits that no run has yet; without them they are drawn. */
    id?: string | undefined
  }): string {
    return this.insert({ ...run, status: 'RUNNING', datasetVersionId: null, datasetLabel: null })
  }

  private insert({
    id = randomUUID().replaceAll('-', ''),
    ...run
  }: {
    id?: string | undefined
    experimentId: number
    name: string
    status: RunStatus
    startTime: number | null
    user: string
    datasetVersionId: string | null
    datasetLabel: string | null
  }): string {
    this.store
      .prepare(
        `INSERT INTO run (uid, experiment_id, name, status, start_time, user, dataset_version_uid, dataset_label, heartbeat_at)
         VALUES (@uid, @experimentId, @name, @status, @startTime, @user, @datasetVersionId, @datasetLabel, @now)`,
      )
      .run({ ...run, uid: id, now: Date.now() })
    return id
  }

  setJob(uid: string, jobId: string): void {
    this.store.prepare('UPDATE run SET job_id = ? WHERE uid = ?').run(jobId, uid)
  }

  /** Begins (again): what an earlier attempt logged is removed, so that its points don't mix with the new ones. */
  start(uid: string): void {
    const { id } = this.row(uid)
    this.store.transaction(() => {
      for (const table of [
        'param',
        'metric',
        'latest_metric',
        'series_overview',
        'artifact',
        'run_input',
        'run_alert',
      ])
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
    this.store.transaction(() => this.metrics.forgetAfter(id, step))()
  }

  /** Never throws for want of space: the end is shown, and stored as soon as there is room. */
  end(uid: string, status: 'FINISHED' | 'FAILED' | 'KILLED'): void {
    this.ends.save(uid, { status, end_time: Date.now() })
    this.metrics.prepareOverviewsSoon(this.idOf(uid))
  }

  /** What whoever logs a run from outside says of it. An end time of null leaves it open. */
  update(uid: string, facts: { status?: RunStatus; endTime?: number | null; name?: string }): void {
    this.store
      .prepare(
        'UPDATE run SET status = coalesce(@status, status), end_time = coalesce(@endTime, end_time), name = coalesce(@name, name) WHERE uid = @uid',
      )
      .run({ uid, status: facts.status ?? null, endTime: facts.endTime ?? null, name: facts.name ?? null })
    this.ends.forget(uid)
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
    const [run] = this.toRuns([this.row(uid)])
    if (!run) throw new GlyphlabError('NOT_FOUND', `There is no run ${uid}.`)
    return run
  }

  /** The row id, for what is logged often. @throws GlyphlabError NOT_FOUND */
  idOf(uid: string): number {
    const row = this.findId.get(uid)
    if (!row) throw new GlyphlabError('NOT_FOUND', `There is no run ${uid}.`)
    return row.id
  }

  /** The row id and whether the run is deleted; undefined where there is none. */
  head(uid: string): { id: number; lifecycle: 'active' | 'deleted' } | undefined {
    return this.findId.get(uid)
  }

  paramsOf(id: number): Record<string, string> {
    return this.pairsOf('param', JSON.stringify([id])).get(id) ?? {}
  }

  tagsOf(id: number): Record<string, string> {
    return this.pairsOf('tag', JSON.stringify([id])).get(id) ?? {}
  }

  /** Whether a job of this engine is training it. */
  isTraining(id: number): boolean {
    return (
      this.store
        .prepare("SELECT 1 FROM run WHERE id = ? AND status = 'RUNNING' AND job_id IS NOT NULL")
        .get(id) !== undefined
    )
  }

  /** Whether a job of this engine is training a run of that experiment. */
  hasTraining(experiment: number): boolean {
    return (
      this.store
        .prepare("SELECT 1 FROM run WHERE experiment_id = ? AND status = 'RUNNING' AND job_id IS NOT NULL")
        .get(experiment) !== undefined
    )
  }

  setEnvironment(uid: string, environment: Record<string, unknown>): void {
    this.store.prepare('UPDATE run SET environment = ? WHERE uid = ?').run(JSON.stringify(environment), uid)
  }

  /** Notes a sign of life of whoever logs the run, at most every ten seconds. One that was given up runs again. */
  touch(uid: string, every?: number): void {
    const now = Date.now()
    if (every === undefined && now - (this.touched.get(uid) ?? 0) < 10_000) return
    this.touched.set(uid, now)
    this.store
      .prepare(
        'UPDATE run SET heartbeat_at = @now, heartbeat_every = coalesce(@every, heartbeat_every) WHERE uid = @uid',
      )
      .run({ uid, now, every: every ?? null })
    const given = this.store
      .prepare(
        "DELETE FROM tag WHERE key = ? AND run_id = (SELECT id FROM run WHERE uid = ? AND status = 'KILLED')",
      )
      .run(silentTag, uid)
    if (given.changes > 0)
      this.store.prepare("UPDATE run SET status = 'RUNNING', end_time = NULL WHERE uid = ?").run(uid)
  }

  /** Whether a run that was imported was still running where it came from. */
  hasOpenImports(): boolean {
    return (
      this.store
        .prepare(
          "SELECT 1 FROM run WHERE status = 'RUNNING' AND job_id IS NULL AND heartbeat_at IS NULL LIMIT 1",
        )
        .get() !== undefined
    )
  }

  /** Ends runs from outside that have been silent for too long; returns which. */
  endSilent(now: number = Date.now()): string[] {
    const silent = this.store
      .prepare<
        { now: number; missed: number; longest: number },
        { id: number; uid: string; heartbeat_at: number }
      >(
        `SELECT id, uid, heartbeat_at FROM run WHERE status = 'RUNNING' AND job_id IS NULL
           AND heartbeat_at < @now - coalesce(heartbeat_every * @missed, @longest)`,
      )
      .all({ now, missed: missedHeartbeats, longest: longestSilence })
    this.store.transaction(() => {
      for (const { id, uid, heartbeat_at } of silent) {
        this.store
          .prepare("UPDATE run SET status = 'KILLED', end_time = ? WHERE id = ?")
          .run(heartbeat_at, id)
        this.setTags(uid, { [silentTag]: new Date(heartbeat_at).toISOString() })
        this.touched.delete(uid)
      }
    })()
    return silent.map(({ uid }) => uid)
  }

  /** The runs of these row ids, in that order. */
  byIds(ids: readonly number[]): Run[] {
    const rows = new Map(
      this.store
        .prepare<[string], RunRow>(`${selectRun} WHERE r.id IN (SELECT value FROM json_each(?))`)
        .all(JSON.stringify(ids))
        .map((row) => [row.id, { ...row, ...this.ends.get(row.uid) }]),
    )
    return this.toRuns(ids.flatMap((id) => rows.get(id) ?? []))
  }

  private pairsOf(table: 'param' | 'tag', ids: string): Map<number, Record<string, string>> {
    const found = new Map<number, Record<string, string>>()
    const rows = this.store
      .prepare<[string], [number, string, string]>(
        `SELECT run_id, key, value FROM ${table} WHERE run_id IN (SELECT value FROM json_each(?))`,
      )
      .raw()
      .iterate(ids)
    for (const [run, key, value] of rows) {
      // A key may be called "__proto__".
      const pairs = found.get(run) ?? (Object.create(null) as Record<string, string>)
      if (!found.has(run)) found.set(run, pairs)
      pairs[key] = value
    }
    return found
  }

  private toRuns(rows: readonly RunRow[]): Run[] {
    const numbers = rows.map(({ id }) => id)
    const ids = JSON.stringify(numbers)
    const params = this.pairsOf('param', ids)
    const tags = this.pairsOf('tag', ids)
    const metrics = this.metrics.latestOf(numbers)
    const artifacts = new Map<number, Run['artifacts']>(numbers.map((id) => [id, []]))
    const stored = this.store
      .prepare<[string], [number, string, string, number]>(
        `SELECT a.run_id, a.path, b.hash, b.bytes FROM artifact a JOIN blob b ON b.id = a.blob_id
         WHERE a.run_id IN (SELECT value FROM json_each(?)) ORDER BY a.run_id, a.path`,
      )
      .raw()
      .iterate(ids)
    for (const [run, path, hash, bytes] of stored) artifacts.get(run)?.push({ path, hash, bytes })
    return rows.map((row) => ({
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
      parentId: row.parent,
      user: row.user,
      environment: row.environment === null ? null : (JSON.parse(row.environment) as Run['environment']),
      params: params.get(row.id) ?? {},
      metrics: Object.fromEntries(
        (metrics.get(row.id) ?? [])
          .sort((a, b) => (a.key < b.key ? -1 : 1))
          .map(({ key, ...metric }) => [key, metric]),
      ),
      tags: tags.get(row.id) ?? {},
      artifacts: artifacts.get(row.id) ?? [],
      hasModel: row.model !== null,
    }))
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
    return { total, items: this.toRuns(rows.map((row) => ({ ...row, ...this.ends.get(row.uid) }))) }
  }

  setParams(uid: string, params: Record<string, string>): void {
    this.setPairs('param', uid, params)
  }

  /** A value of null removes the tag. The parent is the run that the tag of MLflow's clients names. */
  setTags(uid: string, tags: Record<string, string | null>): void {
    const set = Object.entries(tags).filter((pair): pair is [string, string] => pair[1] !== null)
    this.store.transaction(() => {
      this.setPairs('tag', uid, Object.fromEntries(set))
      const { id } = this.row(uid)
      const remove = this.store.prepare('DELETE FROM tag WHERE run_id = ? AND key = ?')
      for (const [key, value] of Object.entries(tags)) if (value === null) remove.run(id, key)
      if (parentTag in tags)
        this.store
          .prepare('UPDATE run SET parent_id = (SELECT id FROM run WHERE uid = ?) WHERE id = ?')
          .run(tags[parentTag], id)
    })()
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

  /** Adds a batch of points, whole or not at all. Equal steps are kept. */
  logMetrics(uid: string, points: readonly MetricPoint[]): void {
    const id = this.idOf(uid)
    this.store.transaction(() => this.metrics.log(id, points))()
  }

  /** Series in step order, thinned to first, last, min and max a bucket where they hold more than `maxPoints`. */
  series(uids: readonly string[], keys: readonly string[], maxPoints: number): Series[] {
    return uids.flatMap((uid) => {
      const id = this.idOf(uid)
      const epochs = this.metrics.series(id, 'epoch')
      return keys.flatMap((key) => {
        const { steps, values, timestamps, total } = this.metrics.thinned(id, key, maxPoints)
        if (total === 0) return []
        return [
          {
            runId: uid,
            key,
            steps: [...steps],
            values: [...values],
            timestamps: [...timestamps],
            epochs: Array.from(steps, (step) => epochAt(epochs, step)),
            total,
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
      'UPDATE run SET lifecycle = @lifecycle, deleted_at = @deletedAt WHERE uid = @uid AND lifecycle <> @lifecycle',
    )
    const deletedAt = lifecycle === 'deleted' ? Date.now() : null
    return this.store.transaction(() =>
      uids.reduce((sum, uid) => sum + update.run({ lifecycle, uid, deletedAt }).changes, 0),
    )()
  }
}

/** The epoch a step lies in: the value of metric `epoch` at the last step logged up to it. */
function epochAt(epochs: SeriesColumns, step: number): number | null {
  const { steps, values } = epochs
  let low = 0
  let high = steps.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((steps[middle] ?? Number.POSITIVE_INFINITY) < step) low = middle + 1
    else high = middle
  }
  const [toStep, toEpoch] = [steps[low], values[low]]
  if (toStep === undefined || toEpoch === undefined) return null
  const [fromStep, fromEpoch] = [steps[low - 1] ?? 0, values[low - 1] ?? 0]
  return toStep === fromStep
    ? toEpoch
    : fromEpoch + ((step - fromStep) / (toStep - fromStep)) * (toEpoch - fromEpoch)
}

import type { MetricPoint, RunInput, RunStatus } from '../contract/index.ts'
import type { RunStore } from './run-store.ts'
import type { Store } from './sqlite.ts'

interface ImportedRun {
  id: string
  experiment: string
  name: string
  status: RunStatus
  lifecycle: 'active' | 'deleted'
  startTime: number | null
  endTime: number | null
  user: string
  environment: Record<string, unknown> | null
}

/**
 * Runs that others logged, as they come from an import. Coming a second time they add only what is new; what a person
 * has changed here stays, and so does a run that was deleted here. Call within a transaction, one import at a time.
 */
export class RunImports {
  private readonly store: Store
  private readonly runs: RunStore
  /** Row ids of the runs that take what comes; `isOpen`: they were running when they came last. */
  private readonly taking = new Map<string, { id: number; isOpen: boolean }>()
  /** How many points a key had when its first ones came. */
  private readonly counts = new Map<string, number>()

  constructor(store: Store, runs: RunStore) {
    this.store = store
    this.runs = runs
  }

  /** Returns whether the run is new here. */
  begin(run: ImportedRun): boolean {
    const known = this.runs.head(run.id)
    if (known?.lifecycle === 'deleted') return false
    if (!known) {
      // No sign of life is expected of it: nobody gives it up for its silence.
      const { lastInsertRowid } = this.store
        .prepare(
          `INSERT INTO run (uid, experiment_id, name, status, lifecycle, deleted_at, start_time, end_time, user, environment)
           VALUES (@id, @experimentId, @name, @status, @lifecycle, @deletedAt, @startTime, @endTime, @user, @environment)`,
        )
        .run({
          ...run,
          experimentId: this.runs.experiments.idOf(run.experiment),
          deletedAt: run.lifecycle === 'deleted' ? Date.now() : null,
          environment: run.environment === null ? null : JSON.stringify(run.environment),
        })
      this.taking.set(run.id, { id: Number(lastInsertRowid), isOpen: true })
      return true
    }
    const isOpen =
      this.store
        .prepare("SELECT 1 FROM run WHERE id = ? AND job_id IS NULL AND status IN ('RUNNING', 'SCHEDULED')")
        .get(known.id) !== undefined
    if (isOpen)
      this.store
        .prepare(
          'UPDATE run SET status = @status, start_time = coalesce(@startTime, start_time), end_time = @endTime WHERE id = @row',
        )
        .run({ status: run.status, startTime: run.startTime, endTime: run.endTime, row: known.id })
    this.taking.set(run.id, { id: known.id, isOpen })
    return false
  }

  /** Adds pairs; those that are there change only while the run runs. */
  addPairs(table: 'param' | 'tag', uid: string, pairs: Record<string, string>): void {
    const run = this.taking.get(uid)
    if (!run) return
    const insert = this.store.prepare(
      `INSERT INTO ${table} (run_id, key, value) VALUES (?, ?, ?) ON CONFLICT DO ${
        run.isOpen ? 'UPDATE SET value = excluded.value' : 'NOTHING'
      }`,
    )
    for (const [key, value] of Object.entries(pairs)) insert.run(run.id, key, value)
  }

  /**
   * Adds points of a key in their source's order.
   * @param from how many points of the key came before these: of a source that has only grown, those that are here are
   *   passed over without looking at each
   */
  addPoints(uid: string, key: string, from: number, points: readonly MetricPoint[]): void {
    const run = this.taking.get(uid)
    if (!run) return
    const name = `${run.id} ${key}`
    const known = this.counts.get(name) ?? this.countOf(run.id, key)
    this.counts.set(name, known)
    const before = Math.min(known - from, points.length)
    const last = points[before - 1]
    const isGrown = last !== undefined && this.holds(run.id, key, last)
    this.runs.metrics.log(run.id, isGrown ? points.slice(before) : points)
  }

  private countOf(run: number, key: string): number {
    const id = this.runs.metrics.findKey(key)
    return (
      this.store
        .prepare<[number, number], number>('SELECT count FROM latest_metric WHERE run_id = ? AND key_id = ?')
        .pluck()
        .get(run, id ?? -1) ?? 0
    )
  }

  private holds(run: number, key: string, { step, value, timestamp }: MetricPoint): boolean {
    return (
      this.store
        .prepare(
          'SELECT 1 FROM metric WHERE run_id = ? AND key_id = ? AND step = ? AND timestamp = ? AND value IS ? LIMIT 1',
        )
        .get(
          run,
          this.runs.metrics.findKey(key) ?? -1,
          step,
          timestamp,
          Number.isNaN(value) ? null : value,
        ) !== undefined
    )
  }

  addInputs(uid: string, inputs: readonly RunInput[]): void {
    const run = this.taking.get(uid)
    if (run) this.runs.inputs.addDatasets(run.id, inputs)
  }

  addArtifact(uid: string, path: string, blobId: number): void {
    const run = this.taking.get(uid)
    if (run)
      this.store
        .prepare(
          'INSERT INTO artifact (run_id, path, blob_id) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET blob_id = excluded.blob_id',
        )
        .run(run.id, path, blobId)
  }

  /** What a run that was exported from here says of its environment, as JSON. */
  setEnvironment(uid: string, environment: string): void {
    const run = this.taking.get(uid)
    if (run)
      this.store
        .prepare('UPDATE run SET environment = ? WHERE id = ? AND environment IS NULL AND json_valid(?)')
        .run(environment, run.id, environment)
  }

  /** Adds the tags that an experiment has not got yet. */
  tagExperiment(name: string, tags: Record<string, string>): void {
    const experiment = this.runs.experiments.findByName(name)
    if (experiment) this.runs.experiments.setTags(experiment.id, { ...tags, ...experiment.tags })
  }

  /** All of the run has come. */
  end(uid: string): void {
    const run = this.taking.get(uid)
    if (!run) return
    this.runs.metrics.prepareOverviewsSoon(run.id)
    this.taking.delete(uid)
  }

  /** Gives runs their parents, which may have come later than they did. */
  linkParents(uids: readonly string[]): void {
    this.store
      .prepare(
        `UPDATE run SET parent_id = (
           SELECT p.id FROM tag t JOIN run p ON p.uid = t.value
           WHERE t.run_id = run.id AND t.key = 'mlflow.parentRunId' AND p.id <> run.id)
         WHERE parent_id IS NULL AND uid IN (SELECT value FROM json_each(?))`,
      )
      .run(JSON.stringify(uids))
  }
}

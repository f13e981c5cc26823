import { randomUUID } from 'node:crypto'
import { type AlertRule, GlyphlabError, type RunAlert } from '../contract/index.ts'
import type { AuditStore } from './audit-store.ts'
import { fromColumn } from './metric-store.ts'
import type { Store } from './sqlite.ts'

/** A rule with its row id, as a run is judged by it. */
export type JudgedRule = Pick<AlertRule, 'kind' | 'metric' | 'bound' | 'goal'> & { rowId: number; id: string }

/** A run as it is judged: a silent one is judged by its last sign of life. */
export interface JudgedRun {
  id: number
  uid: string
  running: boolean
  /** Null: nobody logs it from outside. */
  heardAt: number | null
}

const selectRule = `SELECT a.uid AS id, e.name AS experiment, a.kind, a.metric, a.bound, a.goal, a.created_at AS createdAt,
    (SELECT count(*) FROM run_alert r WHERE r.rule_id = a.id) AS runs
  FROM alert_rule a JOIN experiment e ON e.id = a.experiment_id`

const selectAlert = `SELECT rule.uid AS ruleId, r.uid AS runId, r.name AS run, e.name AS experiment, a.at, a.message
  FROM run_alert a JOIN alert_rule rule ON rule.id = a.rule_id JOIN run r ON r.id = a.run_id
    JOIN experiment e ON e.id = r.experiment_id`

/** Rules on runs, and who has broken them. Each change of the rules is in the audit log. */
export class AlertStore {
  private readonly store: Store
  private readonly audit: AuditStore

  constructor(store: Store, audit: AuditStore) {
    this.store = store
    this.audit = audit
  }

  rules(experimentId?: number): AlertRule[] {
    const where = experimentId === undefined ? '' : 'WHERE a.experiment_id = @experimentId'
    return this.store
      .prepare<Record<string, unknown>, AlertRule>(`${selectRule} ${where} ORDER BY a.id`)
      .all({ experimentId })
  }

  /** @throws GlyphlabError NOT_FOUND */
  rule(uid: string): AlertRule {
    const rule = this.store.prepare<[string], AlertRule>(`${selectRule} WHERE a.uid = ?`).get(uid)
    if (!rule)
      throw new GlyphlabError(
        'NOT_FOUND',
        `There is no rule ${uid}. "glyphlab runs alerts rules" names those that there are.`,
      )
    return rule
  }

  hasRules(): boolean {
    return this.store.prepare('SELECT 1 FROM alert_rule LIMIT 1').get() !== undefined
  }

  add(experimentId: number, rule: Pick<AlertRule, 'kind' | 'metric' | 'bound' | 'goal'>): AlertRule {
    const uid = randomUUID().slice(0, 8)
    const now = Date.now()
    return this.store.transaction(() => {
      this.store
        .prepare(
          `INSERT INTO alert_rule (uid, experiment_id, kind, metric, bound, goal, created_at)
           VALUES (@uid, @experimentId, @kind, @metric, @bound, @goal, @now)`,
        )
        .run({ ...rule, uid, experimentId, now })
      const added = this.rule(uid)
      this.audit.append('alert.added', uid, { experiment: added.experiment, ...rule })
      return added
    })()
  }

  /** What runs have broken of it goes too. @throws GlyphlabError NOT_FOUND */
  remove(uid: string): void {
    const { experiment, kind, metric, bound, goal } = this.rule(uid)
    this.store.transaction(() => {
      this.store.prepare('DELETE FROM alert_rule WHERE uid = ?').run(uid)
      this.audit.append('alert.removed', uid, { experiment, kind, metric, bound, goal })
    })()
  }

  /** The alerts of these runs, or of an experiment, or all; the newest first. */
  alerts(of: { runId?: number; experimentId?: number; limit: number }): RunAlert[] {
    const where = [
      "r.lifecycle = 'active'",
      ...(of.runId === undefined ? [] : ['a.run_id = @runId']),
      ...(of.experimentId === undefined ? [] : ['r.experiment_id = @experimentId']),
    ]
    return this.store
      .prepare<Record<string, unknown>, RunAlert>(
        `${selectAlert} WHERE ${where.join(' AND ')} ORDER BY a.at DESC, a.run_id DESC LIMIT @limit`,
      )
      .all({ ...of })
  }

  judged(runUid: string): JudgedRun | undefined {
    return this.store
      .prepare<[string], Omit<JudgedRun, 'running'> & { running: number }>(
        `SELECT id, uid, status = 'RUNNING' AS running,
           CASE WHEN job_id IS NULL THEN heartbeat_at END AS heardAt FROM run WHERE uid = ?`,
      )
      .all(runUid)
      .map((run) => ({ ...run, running: run.running === 1 }))[0]
  }

  /** The ids of the runs that have a rule: of an experiment, or those that run. */
  runsToJudge(experimentId?: number): string[] {
    const which = experimentId === undefined ? "r.status = 'RUNNING'" : 'r.experiment_id = @experimentId'
    return this.store
      .prepare<Record<string, unknown>, string>(
        `SELECT r.uid FROM run r WHERE r.lifecycle = 'active' AND ${which}
           AND r.experiment_id IN (SELECT experiment_id FROM alert_rule) ORDER BY r.id`,
      )
      .pluck()
      .all({ experimentId })
  }

  /** The rules that a run has not broken yet. */
  unbroken(run: number): JudgedRule[] {
    return this.store
      .prepare<{ run: number }, JudgedRule>(
        `SELECT a.id AS rowId, a.uid AS id, a.kind, a.metric, a.bound, a.goal FROM alert_rule a
         WHERE a.experiment_id = (SELECT experiment_id FROM run WHERE id = @run)
           AND NOT EXISTS (SELECT 1 FROM run_alert b WHERE b.run_id = @run AND b.rule_id = a.id)`,
      )
      .all({ run })
  }

  /** The points of a metric from a step on, in step order. */
  *pointsFrom(run: number, metric: string, step: number): Iterable<[step: number, value: number]> {
    const rows = this.store
      .prepare<[number, string, number], [number, number | null]>(
        `SELECT step, value FROM metric WHERE run_id = ? AND key_id = (SELECT id FROM metric_key WHERE name = ?)
           AND step >= ? ORDER BY step, sequence`,
      )
      .raw()
      .iterate(run, metric, step)
    for (const [at, value] of rows) yield [at, fromColumn(value)]
  }

  /** Returns false where it is known already. */
  break(run: number, rule: number, message: string): boolean {
    return (
      this.store
        .prepare(
          'INSERT INTO run_alert (run_id, rule_id, at, message) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
        )
        .run(run, rule, Date.now(), message).changes > 0
    )
  }
}

import { randomUUID } from 'node:crypto'
import {
  type ErrorBody,
  GlyphlabError,
  type Job,
  type JobKind,
  type JobProgress,
  type JobStatus,
} from '../contract/index.ts'
import type { Reserve } from './reserve.ts'
import type { Store } from './sqlite.ts'
import { Unsaved } from './unsaved.ts'

interface JobRow {
  id: string
  kind: JobKind
  title: string
  input: string
  status: JobStatus
  attempt: number
  progress: string
  error: string | null
  result: string | null
  run_uid: string | null
  created_at: number
  started_at: number | null
  finished_at: number | null
}

const waiting: JobProgress = { value: 0, message: 'Waiting', rate: null, rateUnit: null, remainingMs: null }

function toJob(row: JobRow): Job {
  return {
    id: row.id,
    kind: row.kind,
    title: row.title,
    status: row.status,
    attempt: row.attempt,
    progress: JSON.parse(row.progress) as JobProgress,
    error: row.error === null ? null : (JSON.parse(row.error) as ErrorBody),
    result: row.result === null ? null : (JSON.parse(row.result) as Record<string, unknown>),
    runId: row.run_uid,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    retryable: ['failed', 'cancelled', 'interrupted', 'paused'].includes(row.status),
    pausable: isPausable(row.kind, row.status),
  }
}

/** Readings are kept page by page, so that they can be held between pages. */
const isPausable = (kind: JobKind, status: JobStatus): boolean =>
  (kind === 'ocr' || kind === 'pages-compare') && (status === 'queued' || status === 'running')

export class JobStore {
  private readonly store: Store
  private readonly ends: Unsaved<Job>

  constructor(store: Store, reserve: Reserve) {
    this.store = store
    this.ends = new Unsaved((id, job) => reserve.use(() => this.writeEnd(id, job)))
  }

  /** Call before the database is closed. */
  close(): void {
    this.ends.close()
  }

  create(kind: JobKind, title: string, input: unknown, runId: string | null = null): Job {
    const id = randomUUID()
    this.store
      .prepare(
        'INSERT INTO job (id, kind, title, input, status, progress, run_uid, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      )
      .run(id, kind, title, JSON.stringify(input), 'queued', JSON.stringify(waiting), runId, Date.now())
    return this.get(id)
  }

  /** @throws GlyphlabError NOT_FOUND */
  get(id: string): Job {
    const row = this.store.prepare<[string], JobRow>('SELECT * FROM job WHERE id = ?').get(id)
    if (!row) throw new GlyphlabError('NOT_FOUND', `There is no job ${id}.`)
    return this.ends.get(id) ?? toJob(row)
  }

  input(id: string): unknown {
    const row = this.store.prepare<[string], { input: string }>('SELECT input FROM job WHERE id = ?').get(id)
    return row ? JSON.parse(row.input) : undefined
  }

  list(limit: number): Job[] {
    return this.store
      .prepare<[number], JobRow>('SELECT * FROM job ORDER BY sequence DESC LIMIT ?')
      .all(limit)
      .map((row) => this.ends.get(row.id) ?? toJob(row))
  }

  queued(): Job[] {
    return this.store
      .prepare<[], JobRow>("SELECT * FROM job WHERE status = 'queued' ORDER BY sequence")
      .all()
      .filter(({ id }) => !this.ends.has(id))
      .map(toJob)
  }

  /** How many wait or run. */
  count(status: 'queued' | 'running'): number {
    return this.store
      .prepare<[string], { id: string }>('SELECT id FROM job WHERE status = ?')
      .all(status)
      .filter(({ id }) => !this.ends.has(id)).length
  }

  start(id: string): Job {
    this.store
      .prepare(
        `UPDATE job SET status = 'running', attempt = attempt + 1, started_at = ?, finished_at = NULL, error = NULL,
         result = NULL, progress = ? WHERE id = ?`,
      )
      .run(Date.now(), JSON.stringify({ ...waiting, message: 'Starting' }), id)
    return this.get(id)
  }

  requeue(id: string): Job {
    this.store
      .prepare("UPDATE job SET status = 'queued', error = NULL, progress = ? WHERE id = ?")
      .run(JSON.stringify(waiting), id)
    this.ends.forget(id)
    return this.get(id)
  }

  progress(id: string, progress: JobProgress): Job {
    this.store.prepare('UPDATE job SET progress = ? WHERE id = ?').run(JSON.stringify(progress), id)
    return this.get(id)
  }

  /** Never throws for want of space: the end is shown, and stored as soon as there is room. */
  end(
    id: string,
    outcome:
      | { status: 'succeeded'; result: Record<string, unknown> }
      | { status: 'failed' | 'cancelled' | 'interrupted'; error: ErrorBody }
      | { status: 'paused' },
  ): Job {
    const current = this.get(id)
    const done = outcome.status === 'succeeded'
    const job: Job = {
      ...current,
      status: outcome.status,
      error: 'error' in outcome ? outcome.error : null,
      result: done ? outcome.result : null,
      progress: done ? { ...current.progress, value: 1, message: 'Done', remainingMs: 0 } : current.progress,
      finishedAt: outcome.status === 'paused' ? null : Date.now(),
      retryable: !done,
      pausable: false,
    }
    this.ends.save(id, job)
    return job
  }

  private writeEnd(id: string, { status, error, result, progress, finishedAt }: Job): void {
    this.store
      .prepare('UPDATE job SET status = ?, error = ?, result = ?, progress = ?, finished_at = ? WHERE id = ?')
      .run(
        status,
        error && JSON.stringify(error),
        result && JSON.stringify(result),
        JSON.stringify(progress),
        finishedAt,
        id,
      )
  }

  /** On start: every job that was running when its process died. */
  interruptRunning(): Job[] {
    const rows = this.store.prepare<[], JobRow>("SELECT * FROM job WHERE status = 'running'").all()
    return rows.map((row) =>
      this.end(row.id, {
        status: 'interrupted',
        error: {
          code: 'CANCELLED',
          message:
            'The engine stopped while this was running. What was done is kept; start it again to finish it.',
        },
      }),
    )
  }

  log(id: string, line: string): void {
    this.store.prepare('INSERT INTO job_log (job_id, at, line) VALUES (?, ?, ?)').run(id, Date.now(), line)
  }

  logLines(id: string): string[] {
    return this.store
      .prepare<[string], { at: number; line: string }>(
        'SELECT at, line FROM job_log WHERE job_id = ? ORDER BY id DESC LIMIT 2000',
      )
      .all(id)
      .reverse()
      .map(({ at, line }) => `${new Date(at).toISOString()} ${line}`)
  }
}

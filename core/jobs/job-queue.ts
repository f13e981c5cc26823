import { GlyphlabError, type Job, type JobKind, type JobProgress } from '../contract/index.ts'
import { storageError } from '../domain/disk-full.ts'
import type { JobStore } from '../store/job-store.ts'

export interface JobContext {
  job: Job
  /** As it was given to `add`; parsed by the handler. */
  input: unknown
  /** Aborted by `cancel`, and when the engine closes. */
  signal: AbortSignal
  /** Aborted by `stop`: end early and keep what is good. */
  stopSignal: AbortSignal
  /** Aborted by `pause`: finish what is in work, keep it, and throw `JobPaused` when something is left. */
  pauseSignal: AbortSignal
  progress(progress: JobProgress): void
  log(line: string): void
}

/** Thrown by a handler that was asked to pause and has work left. */
export class JobPaused extends Error {
  override readonly name = 'JobPaused'
}

export interface JobHandler {
  kind: JobKind
  /** Jobs of this kind that may run side by side. */
  atOnce: number
  /** Resolves with the ids of what was made. A GlyphlabError becomes the job's error. */
  run(context: JobContext): Promise<Record<string, unknown>>
  /** Called when the job failed, was cancelled, or was found interrupted on start. */
  onUnfinished?(job: Job): void
}

const eventIntervalMs = 100
const storeIntervalMs = 1_000

interface ActiveJob {
  abort: AbortController
  stop: AbortController
  pause: AbortController
  done: Promise<void>
}

/** Runs persisted jobs: what is queued survives a restart, what was running is shown as interrupted. */
export class JobQueue {
  private readonly store: JobStore
  private readonly handlers: Map<JobKind, JobHandler>
  private readonly onChange: (job: Job, ended: boolean) => void
  private readonly logError: (message: string, cause: unknown) => void
  private readonly active = new Map<string, ActiveJob>()
  private closing = false

  constructor(
    store: JobStore,
    handlers: readonly JobHandler[],
    hooks: {
      onChange: (job: Job, ended: boolean) => void
      logError: (message: string, cause: unknown) => void
    },
  ) {
    this.store = store
    this.handlers = new Map(handlers.map((handler) => [handler.kind, handler]))
    this.onChange = hooks.onChange
    this.logError = hooks.logError
  }

  /** Marks what a dead process left running, then begins what is queued. */
  open(): void {
    for (const job of this.store.interruptRunning()) this.tellUnfinished(job)
    this.next()
  }

  add(kind: JobKind, title: string, input: unknown, runId: string | null = null): Job {
    const job = this.store.create(kind, title, input, runId)
    // Not at once: the caller first stores the job's id where it belongs, and may have to take all of it back.
    setImmediate(() => {
      if (this.closing) return
      if (this.store.queued().some(({ id }) => id === job.id)) this.onChange(job, false)
      this.next()
    })
    return job
  }

  retry(id: string): Job {
    const job = this.store.get(id)
    if (!job.retryable)
      throw new GlyphlabError(
        'CONFLICT',
        `"${job.title}" is ${job.status}: only what is paused, failed, was cancelled or was interrupted can start again.`,
      )
    return this.again(id)
  }

  /** Starts a job that has ended once more, with the input it had: one that succeeded may have more to do. */
  again(id: string): Job {
    const queued = this.store.requeue(id)
    this.onChange(queued, false)
    setImmediate(() => this.next())
    return queued
  }

  cancel(id: string): Job {
    const job = this.store.get(id)
    if (job.status === 'queued' || job.status === 'paused')
      return this.finish(job, { code: 'CANCELLED', message: 'Cancelled. What was done before is kept.' })
    this.active.get(id)?.abort.abort()
    return job
  }

  /** Holds a job; it is `paused` once what is in work is done. @throws GlyphlabError CONFLICT when it can't be held */
  pause(id: string): Job {
    const job = this.store.get(id)
    if (!job.pausable)
      throw new GlyphlabError('CONFLICT', `"${job.title}" is ${job.status} and can't be paused.`)
    const active = this.active.get(id)
    if (!active) return this.hold(job)
    active.pause.abort()
    return job
  }

  stop(id: string): void {
    this.active.get(id)?.stop.abort()
  }

  /** Resolves when the job has ended, in whatever way. */
  async settled(id: string): Promise<Job> {
    for (;;) {
      const job = this.store.get(id)
      if (job.status !== 'queued' && job.status !== 'running') return job
      await (this.active.get(id)?.done ?? new Promise((resolve) => setTimeout(resolve, 20)))
    }
  }

  async idle(): Promise<void> {
    while (this.active.size > 0 || this.store.count('queued') > 0) {
      await Promise.race([
        ...[...this.active.values()].map(({ done }) => done),
        new Promise((resolve) => setTimeout(resolve, 50)),
      ])
    }
  }

  get isClosing(): boolean {
    return this.closing
  }

  /** Ends what runs (it becomes interrupted) and starts nothing new. */
  async close(): Promise<void> {
    this.closing = true
    for (const { abort } of this.active.values()) abort.abort()
    await Promise.all([...this.active.values()].map(({ done }) => done))
  }

  private next(): void {
    if (this.closing) return
    for (const job of this.store.queued()) {
      const handler = this.handlers.get(job.kind)
      const running = [...this.active.keys()].filter((id) => this.store.get(id).kind === job.kind).length
      if (handler && running < handler.atOnce && !this.active.has(job.id)) this.start(job.id, handler)
    }
  }

  private start(id: string, handler: JobHandler): void {
    const abort = new AbortController()
    const stop = new AbortController()
    const pause = new AbortController()
    let job: Job
    try {
      job = this.store.start(id)
    } catch (cause) {
      this.fail(this.store.get(id), cause)
      return
    }
    this.onChange(job, false)
    const done = this.run(job, handler, {
      signal: abort.signal,
      stopSignal: stop.signal,
      pauseSignal: pause.signal,
    }).finally(() => {
      this.active.delete(id)
      this.next()
    })
    this.active.set(id, { abort, stop, pause, done })
  }

  private async run(
    job: Job,
    handler: JobHandler,
    signals: Pick<JobContext, 'signal' | 'stopSignal' | 'pauseSignal'>,
  ): Promise<void> {
    let lastEvent = 0
    let lastStored = 0
    const progress = (value: JobProgress) => {
      const now = Date.now()
      if (now - lastEvent < eventIntervalMs) return
      lastEvent = now
      if (now - lastStored >= storeIntervalMs) {
        lastStored = now
        // What it shows is in the event too: no reason to end the work.
        this.attempt(() => this.store.progress(job.id, value))
      }
      this.onChange({ ...job, progress: value }, false)
    }
    try {
      const result = await handler.run({
        job,
        input: this.store.input(job.id),
        ...signals,
        progress,
        log: (line) => this.attempt(() => this.store.log(job.id, line)),
      })
      this.onChange(this.store.end(job.id, { status: 'succeeded', result }), true)
    } catch (cause) {
      if (cause instanceof JobPaused) this.hold(this.store.get(job.id))
      else this.fail(job, cause)
    }
  }

  private hold(job: Job): Job {
    const held = this.store.end(job.id, { status: 'paused' })
    this.onChange(held, true)
    return held
  }

  /** A write whose loss harms nobody. */
  private attempt(write: () => void): void {
    try {
      write()
    } catch (cause) {
      this.logError('a line of a job could not be stored', cause)
    }
  }

  private tellUnfinished(job: Job): void {
    try {
      this.handlers.get(job.kind)?.onUnfinished?.(job)
    } catch (cause) {
      this.logError(`the end of job ${job.id} (${job.kind}) could not be recorded everywhere`, cause)
    }
  }

  private fail(job: Job, cause: unknown): void {
    if (!(cause instanceof GlyphlabError)) this.logError(`job ${job.id} (${job.kind}) failed`, cause)
    const known = storageError(cause)
    const error =
      known instanceof GlyphlabError
        ? known.toBody()
        : ({
            code: 'INTERNAL',
            message: `"${job.title}" failed: ${cause instanceof Error ? cause.message : cause}`,
          } as const)
    this.attempt(() => this.store.log(job.id, error.message))
    const cancelled = error.code === 'CANCELLED'
    const status = cancelled ? (this.closing ? 'interrupted' : 'cancelled') : 'failed'
    const message =
      status === 'interrupted'
        ? 'The engine was closed while this was running. What was done is kept; start it again to finish it.'
        : error.message
    const ended = this.store.end(job.id, { status, error: { ...error, message } })
    this.tellUnfinished(ended)
    this.onChange(ended, true)
  }

  private finish(job: Job, error: { code: 'CANCELLED'; message: string }): Job {
    const ended = this.store.end(job.id, { status: 'cancelled', error })
    this.tellUnfinished(ended)
    this.onChange(ended, true)
    return ended
  }
}

import type { ChildProcess } from 'node:child_process'
import { forkWorker } from './worker-process.ts'

/** What follows a job, like showing what it made, comes before the start of the next process. */
const restMs = 1_000
/** So long after the last sign that it will be needed, a process that waits is ended. */
const keptMs = 10 * 60_000

/**
 * Keeps one worker process started, its code loaded, so that a job need not wait for that. At most one waits; it is
 * handed to one job and ends with it.
 */
export class SpareWorker {
  private readonly workerFile: string
  private waiting: ChildProcess | undefined
  private idle: NodeJS.Timeout | undefined
  private wanted = false

  constructor(workerFile: string) {
    this.workerFile = workerFile
  }

  /** A sign that a job may come soon. From the first one on, whoever takes the process leaves a new one behind. */
  prepare(): void {
    this.wanted = true
    clearTimeout(this.idle)
    this.idle = setTimeout(() => this.end(), keptMs).unref()
    if (this.waiting) return
    const child = forkWorker(this.workerFile)
    child.once('exit', () => {
      if (this.waiting === child) this.waiting = undefined
    })
    // It couldn't be started: the job starts its own, and says why if that fails too.
    child.once('error', () => {
      if (this.waiting === child) this.waiting = undefined
    })
    child.send({ type: 'prepare' })
    this.waiting = child
  }

  /** The id of the process that waits. */
  get pid(): number | undefined {
    return this.waiting?.pid
  }

  /** The process that waits, now the caller's; undefined when none does. */
  take(): ChildProcess | undefined {
    const child = this.waiting
    this.waiting = undefined
    const isAlive = child?.connected === true && child.exitCode === null && child.signalCode === null
    return isAlive ? child : undefined
  }

  /** A job is over: another one may follow. */
  replace(): void {
    setTimeout(() => {
      if (this.wanted) this.prepare()
    }, restMs).unref()
  }

  private end(): void {
    this.waiting?.kill('SIGKILL')
    this.waiting = undefined
  }

  close(): void {
    this.wanted = false
    clearTimeout(this.idle)
    this.end()
  }
}

import { GlyphlabError } from '../contract/index.ts'
import { Refusal } from './refusal.ts'

export interface WorkQueue {
  readonly running: number
  readonly waiting: number
  /**
   * Runs `work` when a place is free. A caller that gave up (`signal`) while waiting is dropped.
   * @throws Refusal 429 when the queue is full; GlyphlabError TIMED_OUT when waiting and working took longer than
   * `timeLimitMs` (the work itself keeps its place until it ends), CANCELLED when the caller gave up
   */
  run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>
}

export interface WorkQueueOptions {
  concurrency: number
  /** Callers that may wait; the next one is refused. */
  limit: number
  timeLimitMs: number
}

interface Waiter {
  start(): void
}

export function createWorkQueue({ concurrency, limit, timeLimitMs }: WorkQueueOptions): WorkQueue {
  const waiters: Waiter[] = []
  let running = 0

  function release(): void {
    running -= 1
    waiters.shift()?.start()
  }

  function place(signal: AbortSignal): Promise<void> {
    if (running < concurrency) {
      running += 1
      return Promise.resolve()
    }
    if (waiters.length >= limit) {
      const message = `All ${limit} places in the queue are taken. Try again in a moment.`
      throw new Refusal(429, 'UNAVAILABLE', message, { 'Retry-After': '1' })
    }
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        start() {
          running += 1
          signal.removeEventListener('abort', giveUp)
          resolve()
        },
      }
      const giveUp = () => {
        waiters.splice(waiters.indexOf(waiter), 1)
        reject(signal.reason)
      }
      signal.addEventListener('abort', giveUp, { once: true })
      waiters.push(waiter)
    })
  }

  return {
    get running() {
      return running
    },
    get waiting() {
      return waiters.length
    },
    async run(work, signal) {
      if (signal.aborted) throw gaveUp()
      const late = new GlyphlabError(
        'TIMED_OUT',
        `No answer within ${timeLimitMs / 1000} s. Try again later.`,
      )
      const abandon = new AbortController()
      const onAbort = () => abandon.abort(gaveUp())
      const timer = setTimeout(() => abandon.abort(late), timeLimitMs)
      signal.addEventListener('abort', onAbort, { once: true })
      try {
        await place(abandon.signal)
        const result = work().finally(release)
        return await Promise.race([result, rejectionOf(abandon.signal)])
      } finally {
        clearTimeout(timer)
        signal.removeEventListener('abort', onAbort)
      }
    },
  }
}

function gaveUp(): GlyphlabError {
  return new GlyphlabError('CANCELLED', 'The client closed the connection.')
}

function rejectionOf(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

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

interface Caller {
  start(): void
}

export function createWorkQueue({ concurrency, limit, timeLimitMs }: WorkQueueOptions): WorkQueue {
  const waiting = new Set<Caller>()
  let running = 0

  function release(): void {
    running -= 1
    const [next] = waiting
    if (!next) return
    waiting.delete(next)
    next.start()
  }

  return {
    get running() {
      return running
    },
    get waiting() {
      return waiting.size
    },
    run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
      return new Promise<T>((resolve, reject) => {
        const caller: Caller = {
          start() {
            running += 1
            const begun = (async () => work())()
            begun.finally(release).then((value) => {
              settle()
              resolve(value)
            }, fail)
          },
        }
        const settle = () => {
          clearTimeout(timer)
          signal.removeEventListener('abort', giveUp)
          waiting.delete(caller)
        }
        const fail = (cause: unknown) => {
          settle()
          reject(cause)
        }
        const giveUp = () => fail(gaveUp())
        const timer = setTimeout(() => fail(tooLate(timeLimitMs)), timeLimitMs)
        if (signal.aborted) return giveUp()
        signal.addEventListener('abort', giveUp)
        if (running < concurrency) return caller.start()
        if (waiting.size >= limit) return fail(full(limit))
        waiting.add(caller)
      })
    },
  }
}

/** A number of places that callers take in the order in which they come. */
export interface Places {
  run<T>(work: () => Promise<T>): Promise<T>
}

export function createPlaces(count: number): Places {
  const waiting: (() => void)[] = []
  let free = count
  return {
    async run(work) {
      if (free > 0) free -= 1
      else await new Promise<void>((resolve) => waiting.push(resolve))
      try {
        return await work()
      } finally {
        const next = waiting.shift()
        if (next) next()
        else free += 1
      }
    },
  }
}

function gaveUp(): GlyphlabError {
  return new GlyphlabError('CANCELLED', 'The client closed the connection.')
}

function tooLate(timeLimitMs: number): GlyphlabError {
  return new GlyphlabError('TIMED_OUT', `No answer within ${timeLimitMs / 1000} s. Try again later.`)
}

function full(limit: number): Refusal {
  const message = `All ${limit} places in the queue are taken. Try again in a moment.`
  return new Refusal(429, 'UNAVAILABLE', message, { 'Retry-After': '1' })
}

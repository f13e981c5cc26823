import { writeSync } from 'node:fs'

export type LogLevel = 'info' | 'warn' | 'error'

/** Writes one event with its fields. */
export type Log = (level: LogLevel, message: string, fields?: Record<string, unknown>) => void

/** One JSON object a line: `time` (ISO 8601), `level`, `message`, and the event's own fields. */
export function createLog(write: (line: string, level: LogLevel) => void): Log {
  return (level, message, fields = {}) =>
    write(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...fields })}\n`, level)
}

export interface BufferedLines {
  /** Written with others within `everyMs`, an error at once. */
  write(line: string, level: LogLevel): void
  /** Writes what waits. */
  flush(): void
}

const waitMs = 1
const pause = new Int32Array(new SharedArrayBuffer(4))

/**
 * Writes to standard output and returns when all of it is written. `process.stdout` queues what a full pipe does not
 * take, and an exit loses the queue. Waits for a reader that is slower.
 */
export function writeOut(text: string): void {
  const bytes = Buffer.from(text)
  for (let written = 0; written < bytes.length; )
    try {
      written += writeSync(1, bytes, written)
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EAGAIN') throw cause
      Atomics.wait(pause, 0, 0, waitMs)
    }
}

const everyMs = 50
const mostWaiting = 64 * 1024

/**
 * Gathers lines, so that a server under load makes one system call for many requests. What waits is written when the
 * process exits, in whatever way it does so itself: `write` must be synchronous then, as `writeOut` is.
 */
export function bufferLines(write: (text: string) => void): BufferedLines {
  let waiting = ''
  let timer: NodeJS.Timeout | null = null

  function flush(): void {
    if (timer) clearTimeout(timer)
    timer = null
    const text = waiting
    waiting = ''
    if (text !== '') write(text)
  }

  process.on('exit', flush)
  return {
    write(line, level) {
      waiting += line
      if (level === 'error' || waiting.length >= mostWaiting) flush()
      else timer ??= setTimeout(flush, everyMs).unref()
    },
    flush,
  }
}

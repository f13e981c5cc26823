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

const everyMs = 50
const mostWaiting = 64 * 1024

/**
 * Gathers lines, so that a server under load makes one system call for many requests. What waits is written when the
 * process exits, in whatever way it does so itself: `write` must be synchronous then, as stdout is for files and pipes.
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

import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** Calls `take` with each line that is not blank. */
export function followLines(stream: Readable | null, take: (line: string) => void): void {
  if (stream) createInterface({ input: stream }).on('line', (line) => line.trim() !== '' && take(line))
}

interface LogLine {
  level?: string
  message?: string
  port?: number
}

/** A line of the inference server's log; empty where it is none. */
export function parsedLine(line: string): LogLine {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}

/** What a line complains of, in the server's words; null where it does not. */
export function complaintIn(line: string): string | null {
  const { level, message } = parsedLine(line)
  return level === undefined || level === 'error' ? (message ?? line) : null
}

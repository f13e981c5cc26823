export type LogLevel = 'info' | 'warn' | 'error'

/** Writes one event with its fields. */
export type Log = (level: LogLevel, message: string, fields?: Record<string, unknown>) => void

/** One JSON object a line: `time` (ISO 8601), `level`, `message`, and the event's own fields. */
export function createLog(write: (line: string) => void): Log {
  return (level, message, fields = {}) =>
    write(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...fields })}\n`)
}

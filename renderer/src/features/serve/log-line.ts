const unshown = new Set(['time', 'level', 'message'])

/** A line of a server's log, JSON, as a person reads it: time, level, message, and the rest as `name=value`. */
export function readableLine(line: string): string {
  let fields: Record<string, unknown>
  try {
    fields = Object(JSON.parse(line))
  } catch {
    return line
  }
  const { time, level, message } = fields
  if (typeof message !== 'string') return line
  const clock = typeof time === 'string' ? new Date(time).toTimeString().slice(0, 8) : ''
  const rest = Object.entries(fields)
    .filter(([name, value]) => !unshown.has(name) && value !== null)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  const word = level === 'info' ? '' : String(level).toUpperCase()
  return [clock, word, message, ...rest].filter((part) => part !== '').join(' ')
}

/** The counters of a server that are shown live, as read from its `/metrics`. */
export interface ServerCounters {
  /** ms since 1970 */
  at: number
  requests: number
  failures: number
  refused: number
  /** Upper bounds in s, ascending, with the number of predictions up to each; the last bound is infinite. */
  durations: { bound: number; count: number }[]
  drift: Record<string, number>
}

const line = /^(\w+)(?:\{(.*)\})? (\S+)$/
const label = /(\w+)="((?:[^"\\]|\\.)*)"/g

/** Reads the Prometheus text format, as far as this server writes it. */
export function readCounters(text: string, at: number): ServerCounters {
  const counters: ServerCounters = { at, requests: 0, failures: 0, refused: 0, durations: [], drift: {} }
  const counts = new Map<number, number>()
  for (const row of text.split('\n')) {
    const [, name, labelText = '', valueText] = line.exec(row) ?? []
    const labels = Object.fromEntries([...labelText.matchAll(label)].map(([, key, value]) => [key, value]))
    const value = Number(valueText)
    if (name === 'glyphlab_predictions_total') {
      counters.requests += value
      if (labels['outcome'] === 'failure') counters.failures += value
      if (labels['outcome'] === 'refused') counters.refused += value
    } else if (name === 'glyphlab_prediction_duration_seconds_bucket') {
      const bound = labels['le'] === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels['le'])
      counts.set(bound, (counts.get(bound) ?? 0) + value)
    } else if (name === 'glyphlab_drift_psi') {
      const statistic = labels['statistic'] ?? ''
      counters.drift[statistic] = Math.max(counters.drift[statistic] ?? 0, value)
    }
  }
  counters.durations = [...counts]
    .map(([bound, count]) => ({ bound, count }))
    .sort((a, b) => a.bound - b.bound)
  return counters
}

/**
 * The time in ms within which a share of the predictions between two readings was answered, interpolated within its bucket
 * as Prometheus does; null where there was none.
 */
export function percentileMs(
  before: ServerCounters | null,
  after: ServerCounters,
  share: number,
): number | null {
  const known = new Map(before?.durations.map(({ bound, count }) => [bound, count]))
  const buckets = after.durations.map(({ bound, count }) => ({
    bound,
    count: count - (known.get(bound) ?? 0),
  }))
  const total = buckets.at(-1)?.count ?? 0
  if (total <= 0) return null
  const wanted = total * share
  let low = { bound: 0, count: 0 }
  for (const bucket of buckets) {
    if (bucket.count >= wanted) {
      if (!Number.isFinite(bucket.bound)) return low.bound * 1000
      const within = bucket.count === low.count ? 1 : (wanted - low.count) / (bucket.count - low.count)
      return (low.bound + (bucket.bound - low.bound) * within) * 1000
    }
    low = bucket
  }
  return low.bound * 1000
}

import type { ServedCounts, ServedMetrics } from '../contract/index.ts'
import { percentileMs } from './server-metrics.ts'
import type { Services } from './services.ts'

const stretches = 60

/** Adds up what counters grew by. */
class Growth {
  private readonly outcomes = new Map<string, number>()
  private readonly buckets = new Map<number, number>()

  count(outcome: string, by: number): void {
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + by)
  }

  observe(bound: number, by: number): void {
    this.buckets.set(bound, (this.buckets.get(bound) ?? 0) + by)
  }

  counts(): ServedCounts {
    const durations = [...this.buckets]
      .map(([bound, count]) => ({ bound, count }))
      .sort((a, b) => a.bound - b.bound)
    const after = { at: 0, requests: 0, failures: 0, refused: 0, durations, drift: {} }
    const of = (outcome: string) => Math.round(this.outcomes.get(outcome) ?? 0)
    return {
      predictions: Math.round([...this.outcomes.values()].reduce((sum, count) => sum + count, 0)),
      failures: of('failure'),
      refused: of('refused'),
      p50Ms: percentileMs(null, after, 0.5),
      p95Ms: percentileMs(null, after, 0.95),
    }
  }
}

function growthOf<K>(growths: Map<K, Growth>, key: K): Growth {
  const known = growths.get(key) ?? new Growth()
  growths.set(key, known)
  return known
}

const placeOf = (labels: Readonly<Record<string, string>>): string =>
  JSON.stringify([labels['job'] ?? '', labels['instance'] ?? ''])

/** ms of a stretch, of which each holds a reading: a multiple of the usual time between two of them, or a little more. */
function stretchOf(moments: readonly number[]): number {
  const gaps = moments.slice(1).map((at, index) => at - (moments[index] ?? at))
  const usual = Math.max(1_000, gaps.sort((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? 0)
  const span = (moments.at(-1) ?? 0) - (moments[0] ?? 0)
  return usual * Math.max(1, Math.ceil(span / stretches / usual))
}

/** The first reading of each replica. */
function beginnings(all: readonly { labels: Record<string, string>; readings: { at: number }[] }[]) {
  const begun = new Map<string, number>()
  for (const {
    labels,
    readings: [first],
  } of all) {
    const place = placeOf(labels)
    if (first) begun.set(place, Math.min(begun.get(place) ?? first.at, first.at))
  }
  return begun
}

/**
 * What the imported metrics of a service say, summed over its replicas; null where none were imported. A counter that falls
 * began anew at 0 with its process, and a series that comes later than others of its replica began at 0; what a replica had at
 * its first reading is not known to be of this time, and is left out.
 */
export function metricsSummary(
  { servedMetrics }: Pick<Services, 'servedMetrics'>,
  logId: number,
  only: string | undefined,
): ServedMetrics | null {
  const span = servedMetrics.span(logId)
  if (!span) return null
  const { from, to } = span
  const all = [...servedMetrics.series(logId)]
  const moments = [...new Set(all.flatMap(({ readings }) => readings.map(({ at }) => at)))].sort(
    (a, b) => a - b,
  )
  const stretchMs = stretchOf(moments)
  // The server of a model has no series of OCR; the one of OCR counts each reading under both names.
  const prefix = all.some(({ name }) => name === 'glyphlab_predictions_total') ? 'glyphlab' : 'ocr'
  const begun = beginnings(all)
  const total = new Growth()
  const versions = new Map<string, Growth>()
  const models = new Map<string, string>()
  const traffic = new Map<number, Growth>()
  const drift: ServedMetrics['drift'] = []
  for (const { name, labels, readings } of all) {
    const version = labels['version'] ?? ''
    models.set(version, labels['model'] ?? '')
    if (name === 'glyphlab_drift_psi') {
      if (only !== undefined && version !== only) continue
      const last = readings.at(-1)
      const most = readings.reduce((max, { value }) => Math.max(max, value), 0)
      const statistic = labels['statistic'] ?? ''
      if (last) drift.push({ statistic, version, instance: labels['instance'] ?? '', psi: last.value, most })
      continue
    }
    const counts = name === `${prefix}_predictions_total`
    if (!counts && name !== `${prefix}_prediction_duration_seconds_bucket`) continue
    const bound = labels['le'] === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels['le'])
    for (const [index, { at, value }] of readings.entries()) {
      const before = readings[index - 1]?.value ?? ((begun.get(placeOf(labels)) ?? at) < at ? 0 : null)
      if (before === null) continue
      const by = value < before ? value : value - before
      const stretch = Math.max(0, Math.ceil((at - from) / stretchMs) - 1)
      const ofAll = only === undefined || version === only ? [total, growthOf(traffic, stretch)] : []
      for (const growth of [...ofAll, growthOf(versions, version)]) {
        if (counts) growth.count(labels['outcome'] ?? '', by)
        else growth.observe(bound, by)
      }
    }
  }
  const count = Math.max(1, Math.ceil((to - from) / stretchMs))
  return {
    ...total.counts(),
    ...{ from, to, readings: moments.length, stretchMs },
    versions: [...versions].map(([version, growth]) => ({
      version,
      model: models.get(version) ?? '',
      ...growth.counts(),
    })),
    traffic: Array.from({ length: count }, (_, index) => ({
      at: from + index * stretchMs,
      ...(traffic.get(index) ?? new Growth()).counts(),
    })),
    drift: drift.sort((a, b) => b.psi - a.psi),
  }
}

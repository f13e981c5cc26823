import type { ServedCounts, ServedDrift, ServedSummary } from '../contract/index.ts'
import { stabilityIndex } from '../domain/population-stability.ts'
import { binOf, profileStatistics } from '../domain/training-profile.ts'
import type { ServedRow } from '../store/served-log-store.ts'
import { metricsSummary } from './metrics-summary.ts'
import type { Services } from './services.ts'

const stretches = 60
const confidenceBins = 20

/** Adds up predictions; latencies are kept, 4 bytes each, for exact percentiles. */
class Tally {
  private predictions = 0
  private failures = 0
  private refused = 0
  private readonly latencies: number[] = []

  add({ outcome, latencyMs }: ServedRow): void {
    this.predictions += 1
    if (outcome === 'failure') this.failures += 1
    if (outcome === 'refused') this.refused += 1
    if (outcome === 'success') this.latencies.push(latencyMs)
  }

  counts(): ServedCounts {
    const sorted = Float64Array.from(this.latencies).sort()
    const at = (share: number) =>
      sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null
    const { predictions, failures, refused } = this
    return { predictions, failures, refused, p50Ms: at(0.5), p95Ms: at(0.95) }
  }
}

function tallyOf<K>(tallies: Map<K, Tally>, key: K): Tally {
  const known = tallies.get(key) ?? new Tally()
  tallies.set(key, known)
  return known
}

/** What a service did, and how its inputs lie against training. @throws GlyphlabError NOT_FOUND */
export async function summaryOf(
  services: Services,
  name: string,
  only: string | undefined,
): Promise<ServedSummary> {
  const { servedLogs } = services
  const logId = servedLogs.rowId(name)
  const profiles = new Map(servedLogs.profiles(logId).map((profile) => [String(profile.version), profile]))
  const { from, to } = servedLogs.span(logId) ?? { from: 0, to: 0 }
  const stretchMs = Math.max(1_000, Math.ceil((to - from + 1) / stretches))
  const total = new Tally()
  const versions = new Map<string, Tally>()
  const models = new Map<string, string>()
  const traffic = new Map<number, Tally>()
  const labels = new Map<string, number>()
  const confidence = new Array<number>(confidenceBins).fill(0)
  const seen = new Map<string, number[]>()

  const takeAnswer = (row: ServedRow) => {
    if (row.label !== null) labels.set(row.label, (labels.get(row.label) ?? 0) + 1)
    if (row.confidence !== null) {
      const bin = Math.max(0, Math.min(confidenceBins - 1, Math.floor(row.confidence * confidenceBins)))
      confidence[bin] = (confidence[bin] ?? 0) + 1
    }
    for (const statistic of profileStatistics) {
      const [profile, value] = [profiles.get(row.version)?.statistics[statistic], row[statistic]]
      if (!profile || value === null) continue
      const key = JSON.stringify([row.version, statistic])
      const counts = seen.get(key) ?? profile.counts.map(() => 0)
      const bin = binOf(profile.edges, value)
      counts[bin] = (counts[bin] ?? 0) + 1
      seen.set(key, counts)
    }
  }
  for (const rows of servedLogs.rows(logId)) {
    for (const row of rows) {
      tallyOf(versions, row.version).add(row)
      models.set(row.version, row.model)
      if (only !== undefined && row.version !== only) continue
      total.add(row)
      tallyOf(traffic, Math.floor((row.at - from) / stretchMs)).add(row)
      if (row.outcome === 'success') takeAnswer(row)
    }
    // Let the window's other requests in between.
    await new Promise((resolve) => setImmediate(resolve))
  }

  const drift = [...seen].map(([key, counts]): ServedDrift => {
    const [version, statistic] = JSON.parse(key) as [string, ServedDrift['statistic']]
    const training = profiles.get(version)?.statistics[statistic]?.counts ?? []
    const predictions = counts.reduce((sum, count) => sum + count, 0)
    return { version, statistic, predictions, psi: stabilityIndex(training, counts) }
  })
  const stretchCount = to === 0 ? 0 : Math.floor((to - from) / stretchMs) + 1
  return {
    name,
    ...total.counts(),
    versions: [...versions].map(([version, tally]) => ({
      version,
      model: models.get(version) ?? '',
      ...tally.counts(),
    })),
    traffic: Array.from({ length: stretchCount }, (_, i) => ({
      at: from + i * stretchMs,
      ...(traffic.get(i) ?? new Tally()).counts(),
    })),
    stretchMs,
    confidence,
    labels: [...labels].map(([label, count]) => ({ label, count })).sort((a, b) => b.count - a.count),
    drift: drift.sort((a, b) => b.psi - a.psi),
    profiled: profiles.size > 0,
    metrics: metricsSummary(services, logId, only),
  }
}

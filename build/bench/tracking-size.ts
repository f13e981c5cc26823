/** Part of the full size that is created, logged and fetched: 1 is 1,000 runs, 1,000,000 points, 100 runs x 10,000 steps. */
export const scale = Number(process.env['GLYPHLAB_BENCH_SCALE'] ?? '0.1')

export const size = {
  createdRuns: Math.max(10, Math.round(1_000 * scale)),
  points: Math.max(10_000, Math.round(1_000_000 * scale)),
  searchedRuns: 10_000,
  searches: 10,
  fetchedRuns: Math.max(1, Math.round(100 * scale)),
  steps: 10_000,
}

/** No measurement takes longer: whoever is slow does a smaller share, and rates are compared. */
export const limitSeconds = Math.max(15, Math.round(600 * scale))

/** Of everything that is logged: ms since 1970. */
export const begin = 1_700_000_000_000
/** Points in one request, the most that MLflow takes. */
export const batch = 1_000

/** One thing that was done `count` times (runs, points, searches) in so many seconds; or why it could not be done. */
export type Measured = { count: number; seconds: number; perSecond: number } | { failed: string }

/** By what was done. */
export type Measurements = Record<string, Measured>

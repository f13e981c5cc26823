import { stabilityIndex } from '../domain/population-stability.ts'
import {
  binOf,
  type ProfileBins,
  type ProfileStatistic,
  profileStatistics,
  type TrainingProfile,
} from '../domain/training-profile.ts'

interface Window {
  profile: ProfileBins
  /** Bins of the last predictions, the oldest at `next` once it is full. */
  seen: Uint8Array
  next: number
  total: number
  counts: number[]
}

export interface DriftReading {
  model: string
  version: string
  statistic: ProfileStatistic
  psi: number
}

export interface DriftOptions {
  /** Predictions that are compared with training. */
  window: number
  /** Nothing is said of fewer. */
  minimum: number
}

/** Compares the last predictions of each version with the profile of its training. */
export class DriftWatch {
  readonly #options: DriftOptions
  readonly #windows = new Map<string, { model: string; statistics: Map<ProfileStatistic, Window> }>()

  constructor(profiles: readonly TrainingProfile[], options: DriftOptions) {
    this.#options = options
    for (const { model, version, statistics } of profiles) {
      const windows = new Map<ProfileStatistic, Window>()
      for (const name of profileStatistics) {
        const profile = statistics[name]
        if (!profile) continue
        const seen = new Uint8Array(options.window)
        windows.set(name, { profile, seen, next: 0, total: 0, counts: profile.counts.map(() => 0) })
      }
      this.#windows.set(String(version), { model, statistics: windows })
    }
  }

  watches(version: string): boolean {
    return this.#windows.has(version)
  }

  observe(version: string, values: Partial<Record<ProfileStatistic, number | null>>): void {
    for (const [name, window] of this.#windows.get(version)?.statistics ?? []) {
      const value = values[name]
      if (value === undefined || value === null) continue
      const { counts, seen, next } = window
      if (window.total >= seen.length) {
        const oldest = seen[next] ?? 0
        counts[oldest] = (counts[oldest] ?? 0) - 1
      }
      const bin = binOf(window.profile.edges, value)
      counts[bin] = (counts[bin] ?? 0) + 1
      seen[next] = bin
      window.next = (next + 1) % seen.length
      window.total += 1
    }
  }

  /** Population stability index of each statistic of which enough was seen. */
  readings(): DriftReading[] {
    return [...this.#windows].flatMap(([version, { model, statistics }]) =>
      [...statistics]
        .filter(([, { total }]) => total >= this.#options.minimum)
        .map(([statistic, { profile, counts }]) => ({
          model,
          version,
          statistic,
          psi: stabilityIndex(profile.counts, counts),
        })),
    )
  }
}

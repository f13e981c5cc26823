import type { PairedTest, Run, RunStatistics } from '../../contract/index.ts'
import { holm, pairedPermutationTest } from './permutation-test.ts'

export interface StatisticsQuestion {
  metric: string
  /** Which value of a run counts. */
  value: 'last' | 'min' | 'max'
  lowerIsBetter: boolean
  /** `params.lr`, `tags.team`. */
  groupBy: string
  /** Runs of two groups that have this in common are a pair: the seed. */
  pairBy: string
}

type Pairs = Pick<Run, 'params' | 'tags'>

function fieldOf(run: Pairs, field: string): string | undefined {
  const at = field.indexOf('.')
  return (field.slice(0, at) === 'tags' ? run.tags : run.params)[field.slice(at + 1)]
}

const finite = (value: number | undefined): value is number => value !== undefined && Number.isFinite(value)
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

/** Numbers by size, words by the alphabet. */
const inOrder = (a: string, b: string) => {
  const [left, right] = [Number(a), Number(b)]
  return Number.isNaN(left) || Number.isNaN(right)
    ? a.localeCompare(b, 'en', { numeric: true })
    : left - right
}

/**
 * The groups of runs by the value of a field, each with mean, deviation and best, and a paired test of each two of them
 * over the runs that have the same seed. Runs without the field to group by are in no group; a run whose metric is not
 * finite counts in no mean and no pair.
 */
export function statisticsOf(runs: readonly Run[], question: StatisticsQuestion): RunStatistics {
  const { metric, value, lowerIsBetter, groupBy, pairBy } = question
  const measured = (run: Run) => {
    const latest = run.metrics[metric]
    return value === 'last' ? latest?.value : latest?.[value]
  }
  const members = new Map<string, Run[]>()
  for (const run of runs) {
    const name = fieldOf(run, groupBy)
    if (name === undefined) continue
    members.set(name, [...(members.get(name) ?? []), run])
  }
  const names = [...members.keys()].sort(inOrder)
  const groups = names.map((name) => {
    const own = members.get(name) ?? []
    const counted = own.flatMap((run) => {
      const found = measured(run)
      return finite(found) ? [{ run, found }] : []
    })
    const values = counted.map(({ found }) => found)
    const average = mean(values)
    const best = counted.reduce<(typeof counted)[number] | null>(
      (before, one) =>
        before === null || (lowerIsBetter ? one.found < before.found : one.found > before.found)
          ? one
          : before,
      null,
    )
    return {
      name,
      runIds: own.map(({ id }) => id),
      count: values.length,
      mean: average,
      deviation: Math.sqrt(values.reduce((sum, one) => sum + (one - average) ** 2, 0) / (values.length - 1)),
      bestRunId: best?.run.id ?? null,
      best: best?.found ?? Number.NaN,
    }
  })

  // A value to pair by that stands twice in a group says nothing of which run is meant.
  const bySeed = names.map((name) => {
    const seeds = new Map<string, { value: number; runs: number }>()
    for (const run of members.get(name) ?? []) {
      const seed = fieldOf(run, pairBy)
      const found = measured(run)
      if (seed === undefined || !finite(found)) continue
      seeds.set(seed, { value: found, runs: (seeds.get(seed)?.runs ?? 0) + 1 })
    }
    return new Map(
      [...seeds].filter(([, { runs: count }]) => count === 1).map(([seed, one]) => [seed, one.value]),
    )
  })
  const paired = names.map(() => new Set<string>())
  const tests: PairedTest[] = []
  for (const [left, first] of names.entries())
    for (let right = left + 1; right < names.length; right++) {
      const differences: number[] = []
      for (const [seed, one] of bySeed[left] ?? []) {
        const other = bySeed[right]?.get(seed)
        if (other === undefined) continue
        differences.push(one - other)
        paired[left]?.add(seed)
        paired[right]?.add(seed)
      }
      if (differences.length === 0) continue
      tests.push({
        first,
        second: names[right] ?? '',
        pairs: differences.length,
        difference: mean(differences),
        ...pairedPermutationTest(differences),
        adjusted: Number.NaN,
      })
    }
  const adjusted = holm(tests.map(({ p }) => p))
  const inPairs = paired.reduce((sum, seeds) => sum + seeds.size, 0)
  return {
    groups,
    tests: tests.map((test, index) => ({ ...test, adjusted: adjusted[index] ?? Number.NaN })),
    unpaired: groups.reduce((sum, { runIds }) => sum + runIds.length, 0) - inPairs,
  }
}

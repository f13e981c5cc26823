import { type SearchSpace, searchSpace } from '../../core/contract/index.ts'
import { gridSampler } from '../../core/tuning/samplers/grid.ts'
import { randomSampler } from '../../core/tuning/samplers/random.ts'
import { tpeSampler } from '../../core/tuning/samplers/tpe.ts'
import type { PastTrial, Sampler, TrialParameters } from '../../core/tuning/trial.ts'

interface Benchmark {
  space: SearchSpace
  /** Least value there is. */
  optimum: number
  value(parameters: TrialParameters): number
}

const float = (low: number, high: number) => ({ kind: 'float' as const, low, high, log: false })

/** Dixon and Szego, "The global optimization problem: an introduction", 1978; as given by Surjanovic and Bingham. */
const branin: Benchmark = {
  space: searchSpace.parse({ x: float(-5, 10), y: float(0, 15) }),
  optimum: 0.397887,
  value({ x, y }) {
    const a = Number(x)
    const b = Number(y)
    const curve = b - (5.1 / (4 * Math.PI ** 2)) * a ** 2 + (5 / Math.PI) * a - 6
    return curve ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(a) + 10
  },
}

const hartmannWeights = [1, 1.2, 3, 3.2]
const hartmannScales = [
  [10, 3, 17, 3.5, 1.7, 8],
  [0.05, 10, 17, 0.1, 8, 14],
  [3, 3.5, 1.7, 10, 17, 8],
  [17, 8, 0.05, 10, 0.1, 14],
]
const hartmannCentres = [
  [1312, 1696, 5569, 124, 8283, 5886],
  [2329, 4135, 8307, 3736, 1004, 9991],
  [2348, 1451, 3522, 2883, 3047, 6650],
  [4047, 8828, 8732, 5743, 1091, 381],
]

const hartmann6: Benchmark = {
  space: searchSpace.parse(
    Object.fromEntries(Array.from({ length: 6 }, (_, index) => [`x${index}`, float(0, 1)])),
  ),
  optimum: -3.32237,
  value: (parameters) =>
    -hartmannWeights.reduce((sum, weight, row) => {
      let distance = 0
      for (let column = 0; column < 6; column++) {
        const centre = (hartmannCentres[row]?.[column] ?? 0) / 10_000
        distance += (hartmannScales[row]?.[column] ?? 0) * (Number(parameters[`x${column}`]) - centre) ** 2
      }
      return sum + weight * Math.exp(-distance)
    }, 0),
}

const seeds = Array.from({ length: 20 }, (_, index) => index)
const trials = 100

/** The least value after all trials. */
function search(sampler: Sampler, { space, value }: Benchmark, seed: number): number {
  const past: PastTrial[] = []
  let best = Number.POSITIVE_INFINITY
  for (let number = 0; number < trials; number++) {
    const parameters = sampler.ask({ space, direction: 'minimize', seed, number, past })
    if (!parameters) break
    const reached = value(parameters)
    past.push({ parameters, status: 'complete', value: reached })
    best = Math.min(best, reached)
  }
  return best
}

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2
}

/** How far from the optimum each sampler comes, over 20 seeds of 100 trials. */
export async function tuningBench(): Promise<object> {
  const figures: Record<string, object> = {}
  for (const [name, benchmark] of Object.entries({ branin, hartmann6 })) {
    const gaps = (sampler: Sampler) =>
      seeds.map((seed) => search(sampler, benchmark, seed) - benchmark.optimum)
    const start = performance.now()
    const tpe = gaps(tpeSampler)
    const msPerTrial = (performance.now() - start) / (seeds.length * trials)
    const random = gaps(randomSampler)
    figures[name] = {
      medianGap: {
        tpe: median(tpe),
        random: median(random),
        grid: search(gridSampler, benchmark, 0) - benchmark.optimum,
      },
      seedsWonByTpe: seeds.filter((seed) => (tpe[seed] ?? 0) < (random[seed] ?? 0)).length,
      seeds: seeds.length,
      trials,
      msPerTrial,
    }
  }
  return figures
}

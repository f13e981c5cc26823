import type { ParameterRange, ParameterValue } from '../../contract/index.ts'
import { createRandom, type Random } from '../../domain/random.ts'
import { fromUnit, toUnit } from '../space.ts'
import { cost, type PastTrial, type Sampler } from '../trial.ts'
import { drawAll } from './random.ts'

/** Trials that are drawn at random before there is something to learn from. */
const startTrials = 10
const candidates = 24

/** How many of the ended trials count as good. */
const goodOf = (trials: number): number => Math.min(25, Math.ceil(0.1 * trials))

/**
 * Tree-structured Parzen estimator: Bergstra et al., "Algorithms for Hyper-Parameter Optimization", NeurIPS 2011; with
 * the choices (prior, bandwidths, weights) of Watanabe, "Tree-Structured Parzen Estimator: Understanding Its Algorithm
 * Components", 2023, in its multivariate form: a candidate is a good trial, moved in all its options at once, so that
 * options that belong together stay together.
 */
export const tpeSampler: Sampler = {
  id: 'tpe',
  title: 'TPE',
  description: 'Learns from the trials before it where good values lie, and looks there more often.',
  ask(question) {
    const { space, past, direction, seed, number } = question
    const known = past.filter(({ status, value }) => status === 'complete' && value !== null)
    if (known.length < startTrials) return drawAll(question)
    const ranked = [...known].sort((a, b) => cost(a.value ?? 0, direction) - cost(b.value ?? 0, direction))
    const good = ranked.slice(0, goodOf(ranked.length))
    // What was given up, failed or still runs is nowhere to go: candidates keep away from it.
    const rest = [...ranked.slice(good.length), ...past.filter((trial) => !known.includes(trial))]
    const names = Object.keys(space).sort()
    const ranges = names.flatMap((name) => space[name] ?? [])
    const below = new Mixture(names, ranges, good)
    const above = new Mixture(names, ranges, rest)
    const random = createRandom(seed, `trial ${number}`)
    let best: Point = []
    let bestScore = Number.NEGATIVE_INFINITY
    for (let index = 0; index < candidates; index++) {
      const point = below.draw(random)
      const score = below.logDensity(point) - above.logDensity(point)
      if (score > bestScore) [best, bestScore] = [point, score]
    }
    return Object.fromEntries(names.map((name, index) => [name, valueAt(ranges[index], best[index] ?? 0)]))
  },
}

/** Per option: a number's place in 0..1, or a choice's index. */
type Point = number[]

const valueAt = (range: ParameterRange | undefined, at: number): ParameterValue => {
  if (!range) return ''
  return range.kind === 'choice' ? (range.choices[at] ?? '') : fromUnit(range, at)
}

const placeOf = (range: ParameterRange, value: ParameterValue | undefined): number =>
  range.kind === 'choice' ? Math.max(0, range.choices.indexOf(value ?? '')) : toUnit(range, Number(value))

/**
 * Density over points: one component a trial, and a flat prior as one more. A number's component is a normal distribution
 * cut to 0..1, a choice's gives its own value more weight than the others.
 */
class Mixture {
  private readonly ranges: readonly ParameterRange[]
  private readonly points: Point[]
  /** By option, then by point. */
  private readonly widths: number[][]

  constructor(names: readonly string[], ranges: readonly ParameterRange[], trials: readonly PastTrial[]) {
    this.ranges = ranges
    this.points = trials.map(({ parameters }) =>
      ranges.map((range, index) => placeOf(range, parameters[names[index] ?? ''])),
    )
    this.widths = ranges.map((_, index) => widthsOf(this.points.map((point) => point[index] ?? 0)))
  }

  private choiceWeight(choices: number): number {
    const count = this.points.length
    return (count + 1 / choices) / (count + 1)
  }

  draw(random: Random): Point {
    // The prior is the component after the last.
    const component = random.integer(this.points.length + 1)
    const point = this.points[component]
    return this.ranges.map((range, index) => {
      const at = point?.[index]
      if (range.kind === 'choice') {
        const own = this.choiceWeight(range.choices.length)
        return at === undefined || random.next() > own ? random.integer(range.choices.length) : at
      }
      if (at === undefined) return random.next()
      return drawNormal(random, at, this.widths[index]?.[component] ?? 1)
    })
  }

  logDensity(point: Point): number {
    const logs = this.points.map((centre, component) => {
      let sum = 0
      for (const [index, range] of this.ranges.entries()) {
        const at = point[index] ?? 0
        const middle = centre[index] ?? 0
        if (range.kind === 'choice') {
          const choices = range.choices.length
          const own = this.choiceWeight(choices)
          const other = (1 - own) / choices
          sum += Math.log(at === middle ? own + other : Math.max(other, Number.MIN_VALUE))
        } else {
          sum += logNormal(at, middle, this.widths[index]?.[component] ?? 1)
        }
      }
      return sum
    })
    let prior = 0
    for (const range of this.ranges) if (range.kind === 'choice') prior -= Math.log(range.choices.length)
    logs.push(prior)
    const largest = Math.max(...logs)
    let total = 0
    for (const log of logs) total += Math.exp(log - largest)
    return largest + Math.log(total / logs.length)
  }
}

/**
 * Of each point, how far its component reaches: to the farther of its two neighbours, never so narrow that a search stays
 * in one place.
 */
function widthsOf(places: readonly number[]): number[] {
  const order = [...places.keys()].sort((a, b) => (places[a] ?? 0) - (places[b] ?? 0))
  const narrowest = 1 / Math.min(100, places.length + 2)
  const widths = places.map(() => 1)
  for (const [rank, component] of order.entries()) {
    const at = places[component] ?? 0
    const left = places[order[rank - 1] ?? -1]
    const right = places[order[rank + 1] ?? -1]
    // The ends of the range are no neighbours, unless there is no other.
    const gaps = [left, right].flatMap((other) => (other === undefined ? [] : [Math.abs(at - other)]))
    const reach = gaps.length === 0 ? Math.max(at, 1 - at) : Math.max(...gaps)
    widths[component] = Math.min(1, Math.max(narrowest, reach))
  }
  return widths
}

/** Of a normal distribution cut to 0..1, by rejection; its middle lies in 0..1, so that more than a third is kept. */
function drawNormal(random: Random, middle: number, width: number): number {
  for (;;) {
    const radius = Math.sqrt(-2 * Math.log(1 - random.next()))
    const at = middle + width * radius * Math.cos(2 * Math.PI * random.next())
    if (at >= 0 && at <= 1) return at
  }
}

function logNormal(at: number, middle: number, width: number): number {
  const z = (at - middle) / width
  const inside = normalBelow((1 - middle) / width) - normalBelow(-middle / width)
  return -0.5 * z * z - Math.log(width * Math.sqrt(2 * Math.PI) * inside)
}

/** Of the standard normal distribution: Abramowitz and Stegun 7.1.26, to 1.5e-7. */
function normalBelow(z: number): number {
  const x = Math.abs(z) / Math.SQRT2
  const t = 1 / (1 + 0.3275911 * x)
  const series =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
  const half = 0.5 * (1 - series * Math.exp(-x * x))
  return z >= 0 ? 0.5 + half : 0.5 - half
}

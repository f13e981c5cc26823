import type { Random } from '../domain/random.ts'
import type { Neighbours } from './neighbours.ts'

/** The curve 1 / (1 + a d^2b) for a least distance of 0.1 and a spread of 1, as umap-learn fits it. */
const a = 1.5769434603113077
const b = 0.8950608779109733
const negatives = 5
const longestStep = 4
const widthAtFirst = 10
const manyPoints = 10_000

interface Edges {
  heads: Int32Array
  tails: Int32Array
  /** Every how many epochs an edge is drawn together. */
  periods: Float64Array
}

/** Epochs as in umap-learn: fewer where there are many points. */
export const epochsFor = (points: number): number => (points <= manyPoints ? 500 : 200)

/**
 * Lays points out in a plane so that neighbours stay neighbours: UMAP (McInnes, Healy, Melville 2018), begun from the
 * first two principal components. The same neighbours, start and random numbers give the same places.
 * @param start `[points, startWidth]` (principal components, the largest first)
 * @returns `[points, 2]`
 */
export async function umap(
  neighbours: Neighbours,
  start: Float32Array,
  startWidth: number,
  random: Random,
  pause: (share: number) => Promise<void>,
): Promise<Float32Array> {
  const count = start.length / startWidth
  const epochs = epochsFor(count)
  const places = firstPlaces(start, startWidth, random)
  const edges = edgesOf(neighbours, count, epochs)
  const next = Float64Array.from(edges.periods)
  for (let epoch = 0; epoch < epochs; epoch++) {
    drawTogether(places, edges, next, epoch, 1 - epoch / epochs, count, random)
    await pause((epoch + 1) / epochs)
  }
  return places
}

function firstPlaces(start: Float32Array, width: number, random: Random): Float32Array {
  const count = start.length / width
  const places = new Float32Array(count * 2)
  let largest = 0
  for (let point = 0; point < count; point++)
    for (let d = 0; d < Math.min(2, width); d++) {
      const value = start[point * width + d] as number
      places[point * 2 + d] = value
      largest = Math.max(largest, Math.abs(value))
    }
  const scale = largest > 0 ? widthAtFirst / largest : 1
  // Equal pictures must be able to part.
  for (let at = 0; at < places.length; at++)
    places[at] = (places[at] as number) * scale + (random.next() - 0.5) * 1e-3
  return places
}

/** The fuzzy graph: how surely two points are neighbours, seen from either of them. */
function edgesOf({ k, indices, distances }: Neighbours, count: number, epochs: number): Edges {
  const weights = new Float64Array(indices.length)
  for (let point = 0; point < count; point++) smoothWeights(distances, point * k, k, weights)
  const heads: number[] = []
  const tails: number[] = []
  const strengths: number[] = []
  let strongest = 0
  for (let at = 0; at < indices.length; at++) {
    const point = Math.floor(at / k)
    const other = indices[at] as number
    if (other < 0) continue
    const back = indices.subarray(other * k, other * k + k).indexOf(point)
    if (back >= 0 && other < point) continue // came with the other's
    const there = weights[at] as number
    const here = back < 0 ? 0 : (weights[other * k + back] as number)
    const strength = there + here - there * here
    strongest = Math.max(strongest, strength)
    heads.push(point, other)
    tails.push(other, point)
    strengths.push(strength, strength)
  }
  const kept = strengths.flatMap((strength, at) => (strength >= strongest / epochs ? at : []))
  return {
    heads: Int32Array.from(kept, (at) => heads[at] as number),
    tails: Int32Array.from(kept, (at) => tails[at] as number),
    periods: Float64Array.from(kept, (at) => strongest / (strengths[at] as number)),
  }
}

/** Weights that fall from 1 at the nearest neighbour and sum to log2(k). */
function smoothWeights(distances: Float32Array, base: number, k: number, weights: Float64Array): void {
  const target = Math.log2(k + 1)
  let nearest = 0
  let mean = 0
  for (let at = base; at < base + k; at++) {
    const distance = distances[at] as number
    if (nearest === 0 && distance > 0) nearest = distance
    mean += distance / k
  }
  let [low, high, sigma] = [0, Number.POSITIVE_INFINITY, 1]
  for (let round = 0; round < 64; round++) {
    let sum = 0
    for (let at = base; at < base + k; at++)
      sum += Math.exp(-Math.max(0, (distances[at] as number) - nearest) / sigma)
    if (Math.abs(sum - target) < 1e-5) break
    if (sum > target) {
      high = sigma
      sigma = (low + high) / 2
    } else {
      low = sigma
      sigma = high === Number.POSITIVE_INFINITY ? sigma * 2 : (low + high) / 2
    }
  }
  sigma = Math.max(sigma, 1e-3 * mean, Number.MIN_VALUE)
  for (let at = base; at < base + k; at++)
    weights[at] = Math.exp(-Math.max(0, (distances[at] as number) - nearest) / sigma)
}

/** Below this, and beyond `farthest`, a force is computed; between, read from a table: a power takes most of the time. */
const closest = 1 / 64
const fine = 4_096
const coarse = 16
const farthest = 1_024

/** A force by squared distance, to within 0.3 % of `force`. */
function tabulated(force: (squared: number) => number): (squared: number) => number {
  const near = Float64Array.from({ length: fine + 2 }, (_, at) => force(Math.max(at / fine, closest / 2)))
  const far = Float64Array.from({ length: farthest * coarse + 2 }, (_, at) =>
    force(Math.max(at / coarse, 0.5)),
  )
  return (squared) => {
    if (squared < closest || squared >= farthest) return force(squared)
    const table = squared < 1 ? near : far
    const place = squared * (squared < 1 ? fine : coarse)
    const at = Math.floor(place)
    const before = table[at] as number
    return before + ((table[at + 1] as number) - before) * (place - at)
  }
}

const pullAt = tabulated((squared) => {
  const power = squared ** b
  return (-2 * a * b * power) / (squared * (a * power + 1))
})
const pushAt = tabulated((squared) => (2 * b) / ((0.001 + squared) * (a * squared ** b + 1)))

const limited = (step: number): number => Math.min(longestStep, Math.max(-longestStep, step))

/** One epoch: the edges whose turn it is pull their ends together; points met by chance are pushed away. */
function drawTogether(
  places: Float32Array,
  { heads, tails, periods }: Edges,
  next: Float64Array,
  epoch: number,
  rate: number,
  count: number,
  random: Random,
): void {
  for (let edge = 0; edge < heads.length; edge++) {
    if ((next[edge] as number) > epoch) continue
    next[edge] = (next[edge] as number) + (periods[edge] as number)
    const head = (heads[edge] as number) * 2
    const tail = (tails[edge] as number) * 2
    let x = places[head] as number
    let y = places[head + 1] as number
    let dx = x - (places[tail] as number)
    let dy = y - (places[tail + 1] as number)
    let squared = dx * dx + dy * dy
    if (squared > 0) {
      const pull = pullAt(squared)
      const stepX = limited(pull * dx) * rate
      const stepY = limited(pull * dy) * rate
      x += stepX
      y += stepY
      places[tail] = (places[tail] as number) - stepX
      places[tail + 1] = (places[tail + 1] as number) - stepY
    }
    for (let n = 0; n < negatives; n++) {
      const other = random.integer(count) * 2
      if (other === head) continue
      dx = x - (places[other] as number)
      dy = y - (places[other + 1] as number)
      squared = dx * dx + dy * dy
      if (squared > 0) {
        const push = pushAt(squared)
        x += limited(push * dx) * rate
        y += limited(push * dy) * rate
      }
    }
    places[head] = x
    places[head + 1] = y
  }
}

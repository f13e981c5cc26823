import type { Random } from '../domain/random.ts'

const trees = 8
const leafSize = 32
const mostCandidates = 20
const mostRounds = 12
/** The search ends when a round improves fewer than this share of all neighbours. */
const enoughImproved = 0.002
const pointsBetweenPauses = 2_000

export interface Neighbours {
  /** How many of each point. */
  k: number
  /** `[points, k]`, nearest first; a point is not its own neighbour. */
  indices: Int32Array
  /** `[points, k]`, Euclidean. */
  distances: Float32Array
}

interface Plane {
  normal: Float64Array
  offset: number
}

/** A flat `[points, width]` table with its squared distances. */
class Points {
  readonly count: number
  private readonly values: Float32Array
  private readonly width: number

  constructor(values: Float32Array, width: number) {
    this.values = values
    this.width = width
    this.count = values.length / width
  }

  squared(a: number, b: number): number {
    const { values, width } = this
    let sum = 0
    const [from, to] = [a * width, b * width]
    for (let d = 0; d < width; d++) {
      const difference = (values[from + d] as number) - (values[to + d] as number)
      sum += difference * difference
    }
    return sum
  }

  /** The plane halfway between two of the points. */
  private plane(ids: Int32Array, random: Random): Plane {
    const { values, width } = this
    const left = (ids[random.integer(ids.length)] as number) * width
    const right = (ids[random.integer(ids.length)] as number) * width
    const normal = new Float64Array(width)
    let offset = 0
    for (let d = 0; d < width; d++) {
      const [a, b] = [values[left + d] as number, values[right + d] as number]
      normal[d] = a - b
      offset -= ((a - b) * (a + b)) / 2
    }
    return { normal, offset }
  }

  /** On which side of a plane a point lies: positive, negative, or on it. */
  margin({ normal, offset }: Plane, id: number): number {
    const { values, width } = this
    let margin = offset
    const start = id * width
    for (let d = 0; d < width; d++) margin += (normal[d] as number) * (values[start + d] as number)
    return margin
  }

  /** Divides points by a plane; in halves where that tells nothing apart. */
  divide(ids: Int32Array, random: Random): { plane: Plane; sides: [Int32Array, Int32Array] } {
    const plane = this.plane(ids, random)
    const sides = ids.map((id) => {
      const margin = this.margin(plane, id)
      return margin > 0 ? 0 : margin < 0 ? 1 : random.integer(2)
    })
    const first = ids.filter((_, at) => sides[at] === 0)
    const second = ids.filter((_, at) => sides[at] === 1)
    if (first.length > 0 && second.length > 0) return { plane, sides: [first, second] }
    return { plane, sides: [ids.subarray(0, ids.length >> 1), ids.subarray(ids.length >> 1)] }
  }
}

/** The `k` best neighbours of each point so far, as max-heaps side by side. */
class Heaps {
  readonly k: number
  readonly indices: Int32Array
  readonly distances: Float32Array
  /** 1: has not taken part in a join yet. */
  readonly fresh: Uint8Array

  constructor(points: number, k: number) {
    this.k = k
    this.indices = new Int32Array(points * k).fill(-1)
    this.distances = new Float32Array(points * k).fill(Number.POSITIVE_INFINITY)
    this.fresh = new Uint8Array(points * k)
  }

  worst(point: number): number {
    return this.distances[point * this.k] as number
  }

  /** Whether it was better than the worst, and new. */
  push(point: number, distance: number, other: number): boolean {
    const { k, indices, distances, fresh } = this
    const base = point * k
    if (distance >= (distances[base] as number)) return false
    for (let at = base; at < base + k; at++) if (indices[at] === other) return false
    let place = 0
    for (;;) {
      const left = 2 * place + 1
      if (left >= k) break
      const right = left + 1
      const larger =
        right < k && (distances[base + right] as number) > (distances[base + left] as number) ? right : left
      if (distance >= (distances[base + larger] as number)) break
      indices[base + place] = indices[base + larger] as number
      distances[base + place] = distances[base + larger] as number
      fresh[base + place] = fresh[base + larger] as number
      place = larger
    }
    indices[base + place] = other
    distances[base + place] = distance
    fresh[base + place] = 1
    return true
  }

  sorted(): Neighbours {
    const { k } = this
    const indices = new Int32Array(this.indices.length)
    const distances = new Float32Array(this.distances.length)
    for (let base = 0; base < indices.length; base += k) {
      const order = Array.from({ length: k }, (_, at) => base + at).sort(
        (a, b) =>
          (this.distances[a] as number) - (this.distances[b] as number) ||
          (this.indices[a] as number) - (this.indices[b] as number),
      )
      for (const [at, from] of order.entries()) {
        indices[base + at] = this.indices[from] as number
        distances[base + at] = Math.sqrt(this.distances[from] as number)
      }
    }
    return { k, indices, distances }
  }
}

/** The leaves of one tree of random planes. */
function leavesOf(points: Points, random: Random): Int32Array[] {
  const leaves: Int32Array[] = []
  const waiting: Int32Array[] = [Int32Array.from({ length: points.count }, (_, index) => index)]
  for (let ids = waiting.pop(); ids; ids = waiting.pop()) {
    if (ids.length <= leafSize) leaves.push(ids)
    else waiting.push(...points.divide(ids, random).sides)
  }
  return leaves
}

/**
 * The nearest neighbours of each point, nearly all of them right: exact for few points, else a forest of random planes
 * improved by NN-descent (Dong, Charikar, Li 2011).
 * @param values `[points, width]`
 * @param k neighbours of each; less than there are points
 */
export async function nearestNeighbours(
  values: Float32Array,
  width: number,
  k: number,
  random: Random,
  pause: (share: number) => Promise<void>,
): Promise<Neighbours> {
  const points = new Points(values, width)
  const heaps = new Heaps(points.count, k)
  const consider = (a: number, b: number): number => {
    const distance = points.squared(a, b)
    return Number(heaps.push(a, distance, b)) + Number(heaps.push(b, distance, a))
  }
  if (points.count <= 2_000) {
    for (let a = 0; a < points.count; a++) for (let b = a + 1; b < points.count; b++) consider(a, b)
    await pause(1)
    return heaps.sorted()
  }
  for (let tree = 0; tree < trees; tree++) {
    for (const leaf of leavesOf(points, random))
      for (let a = 0; a < leaf.length; a++)
        for (let b = a + 1; b < leaf.length; b++) consider(leaf[a] as number, leaf[b] as number)
    await pause((0.2 * (tree + 1)) / trees)
  }
  for (let round = 0; round < mostRounds; round++) {
    const improved = await joinCandidates(heaps, points, random, consider, (share) =>
      pause(0.2 + (0.8 * (round + share)) / mostRounds),
    )
    if (improved < enoughImproved * points.count * k) break
  }
  await pause(1)
  return heaps.sorted()
}

/** Who knows whom: up to `mostCandidates` fresh and as many known neighbours of each point, in both directions. */
class Candidates {
  readonly ids: Int32Array
  readonly counts: Int32Array
  private readonly seen: Int32Array

  constructor(points: number) {
    this.ids = new Int32Array(points * mostCandidates)
    this.counts = new Int32Array(points)
    this.seen = new Int32Array(points)
  }

  /** A reservoir: each of those offered is kept with the same chance. */
  offer(point: number, other: number, random: Random): void {
    const seen = this.seen[point] as number
    this.seen[point] = seen + 1
    const count = this.counts[point] as number
    if (count < mostCandidates) {
      this.ids[point * mostCandidates + count] = other
      this.counts[point] = count + 1
      return
    }
    const place = random.integer(seen + 1)
    if (place < mostCandidates) this.ids[point * mostCandidates + place] = other
  }

  has(point: number, other: number): boolean {
    const base = point * mostCandidates
    const end = base + (this.counts[point] as number)
    for (let at = base; at < end; at++) if (this.ids[at] === other) return true
    return false
  }
}

/** One round: neighbours of a point may be neighbours of one another. Returns how many neighbours it improved. */
async function joinCandidates(
  heaps: Heaps,
  points: Points,
  random: Random,
  consider: (a: number, b: number) => number,
  pause: (share: number) => Promise<void>,
): Promise<number> {
  const fresh = new Candidates(points.count)
  const known = new Candidates(points.count)
  for (let point = 0; point < points.count; point++) {
    for (let at = point * heaps.k; at < (point + 1) * heaps.k; at++) {
      const other = heaps.indices[at] as number
      if (other < 0) continue
      const into = heaps.fresh[at] === 1 ? fresh : known
      into.offer(point, other, random)
      into.offer(other, point, random)
    }
  }
  for (let point = 0; point < points.count; point++)
    for (let at = point * heaps.k; at < (point + 1) * heaps.k; at++)
      if (heaps.fresh[at] === 1 && fresh.has(point, heaps.indices[at] as number)) heaps.fresh[at] = 0

  let improved = 0
  for (let point = 0; point < points.count; point++) {
    const base = point * mostCandidates
    const freshEnd = base + (fresh.counts[point] as number)
    const knownEnd = base + (known.counts[point] as number)
    for (let at = base; at < freshEnd; at++) {
      const a = fresh.ids[at] as number
      for (let other = at + 1; other < freshEnd; other++) {
        const b = fresh.ids[other] as number
        if (a !== b) improved += consider(a, b)
      }
      for (let other = base; other < knownEnd; other++) {
        const b = known.ids[other] as number
        if (a !== b) improved += consider(a, b)
      }
    }
    if (point % pointsBetweenPauses === 0) await pause(point / points.count)
  }
  return improved
}

type Tree = Int32Array | { plane: Plane; children: [Tree, Tree] }

function growTree(points: Points, ids: Int32Array, random: Random): Tree {
  if (ids.length <= leafSize) return ids
  const { plane, sides } = points.divide(ids, random)
  return {
    plane,
    children: [growTree(points, sides[0], random), growTree(points, sides[1], random)],
  }
}

/**
 * A look-up of near neighbours among some rows of a table, by a forest of random planes.
 * @param chosen rows that may be answers
 * @returns asked with any row of the table: up to `k` places in `chosen`, nearest first
 */
export function nearestAmong(
  values: Float32Array,
  width: number,
  chosen: Uint32Array,
  k: number,
  random: Random,
): (row: number) => { at: number; squared: number }[] {
  const points = new Points(values, width)
  const placeOf = new Map([...chosen].map((row, at) => [row, at]))
  const forest = Array.from({ length: trees }, () => growTree(points, Int32Array.from(chosen), random))
  return (row) => {
    const near = new Set<number>()
    for (let tree of forest) {
      while (!(tree instanceof Int32Array)) tree = tree.children[points.margin(tree.plane, row) > 0 ? 0 : 1]
      for (const id of tree) near.add(id)
    }
    return [...near]
      .map((id) => ({ at: placeOf.get(id) ?? 0, squared: points.squared(row, id) }))
      .sort((a, b) => a.squared - b.squared || a.at - b.at)
      .slice(0, k)
  }
}

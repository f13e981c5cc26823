import type { Random } from '../domain/random.ts'
import { nearestAmong } from './neighbours.ts'

/**
 * Places the rows that were not laid out at the mean of their nearest neighbours that were, nearer ones weighing more.
 * @param scores `[rows, width]`
 * @param chosen rows that were laid out, ascending
 * @param places `[chosen, 2]`
 * @returns `[rows, 2]`
 */
export async function placeAmong(
  scores: Float32Array,
  width: number,
  chosen: Uint32Array,
  places: Float32Array,
  k: number,
  random: Random,
  pause: (share: number) => Promise<void>,
): Promise<Float32Array> {
  const count = scores.length / width
  const coordinates = new Float32Array(count * 2).fill(Number.NaN)
  for (const [at, row] of chosen.entries()) coordinates.set(places.subarray(at * 2, at * 2 + 2), row * 2)
  const nearest = nearestAmong(scores, width, chosen, k, random)
  for (let row = 0; row < count; row++) {
    if (!Number.isNaN(coordinates[row * 2])) continue
    let [x, y, total] = [0, 0, 0]
    for (const { at, squared } of nearest(row)) {
      const weight = 1 / (1e-6 + squared)
      x += weight * (places[at * 2] as number)
      y += weight * (places[at * 2 + 1] as number)
      total += weight
    }
    coordinates[row * 2] = x / total
    coordinates[row * 2 + 1] = y / total
    if (row % 1_000 === 0) await pause(row / count)
  }
  return coordinates
}

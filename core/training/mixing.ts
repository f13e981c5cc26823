import { createRandom, type Random } from '../domain/random.ts'
import type { Batch } from './classifier-learner.ts'

/**
 * Mixes each picture of a batch with the next one (mixup, Zhang et al., 2018): the parts follow Beta(alpha, alpha), and
 * the smaller part is the other picture's.
 * @param stream names the draw, so that the same batch is mixed alike each time
 */
export function mixPictures(batch: Batch, alpha: number, seed: number, stream: string): Batch {
  const { size, inputs, labels } = batch
  if (size < 2) return batch
  const random = createRandom(seed, stream)
  const values = inputs.length / size
  const mixed = new Float32Array(inputs.length)
  const parts = new Float32Array(size)
  const others = new Uint32Array(size)
  for (let row = 0; row < size; row++) {
    const other = (row + 1) % size
    const one = gamma(random, alpha)
    const part = one / (one + gamma(random, alpha))
    // Both shapes may underflow to zero.
    parts[row] = Number.isFinite(part) ? Math.min(part, 1 - part) : 0
    others[row] = labels[other] as number
    const share = parts[row] as number
    for (let at = 0; at < values; at++) {
      mixed[row * values + at] =
        (inputs[row * values + at] as number) * (1 - share) + (inputs[other * values + at] as number) * share
    }
  }
  return { size, inputs: mixed, labels, mixed: { labels: others, parts } }
}

/** Gamma(shape, 1) by Marsaglia and Tsang (2000). */
function gamma(random: Random, shape: number): number {
  if (shape < 1) return gamma(random, shape + 1) * (1 - random.next()) ** (1 / shape)
  const d = shape - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const normal = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next())
    const v = (1 + c * normal) ** 3
    if (v > 0 && Math.log(1 - random.next()) < 0.5 * normal * normal + d - d * v + d * Math.log(v))
      return d * v
  }
}

import type { TrainingOptions } from '../contract/index.ts'
import { createRandom, type Random } from '../domain/random.ts'

/** Artifact of a run that trained on lines: the width of each sample's line, px; 0 for one that was not trained on. */
export const lineWidthsFile = 'line-widths.json'

/** Puts the shuffled samples of an epoch into the order in which batches are cut from them. */
export type BatchOrder = (shuffled: Uint32Array, batchSize: number, random: Random) => Uint32Array

/**
 * The training samples in the order of an epoch: it follows from the seed and the epoch alone, so that the batch of any
 * step can be told long after.
 * @param samples indices of the training samples, in canonical order
 * @param epoch 1-based
 */
export function orderOfEpoch(
  samples: Uint32Array,
  { seed, batchSize }: Pick<TrainingOptions, 'seed' | 'batchSize'>,
  epoch: number,
  order: BatchOrder = (shuffled) => shuffled,
): Uint32Array {
  const random = createRandom(seed, `order of samples in epoch ${epoch}`)
  return order(random.shuffle(Uint32Array.from(samples)), batchSize, random)
}

/**
 * An order in which each batch holds lines of like widths: shuffled lines are sorted by width in stretches of many
 * batches, whose batches are shuffled again. A last, smaller batch stays last.
 */
export function orderByWidth(widthOf: (index: number) => number): BatchOrder {
  return (shuffled, batchSize, random) => {
    const stretch = batchSize * 16
    const batches: number[][] = []
    for (let start = 0; start < shuffled.length; start += stretch) {
      const lines = Array.from(shuffled.subarray(start, start + stretch)).sort(
        (a, b) => widthOf(a) - widthOf(b) || a - b,
      )
      for (let at = 0; at < lines.length; at += batchSize) batches.push(lines.slice(at, at + batchSize))
    }
    const whole = batches.filter(({ length }) => length === batchSize)
    const rest = batches.filter(({ length }) => length < batchSize)
    return Uint32Array.from([...random.shuffle(whole), ...rest].flat())
  }
}

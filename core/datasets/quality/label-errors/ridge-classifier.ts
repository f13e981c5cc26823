import { createRandom, type Random } from '../../../domain/random.ts'

/** Standard normal, by Box and Muller. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next())
}

/** The median squared distance between rows, from a thousand pairs. */
function medianDistance(inputs: Float32Array, features: number, random: Random): number {
  const rows = inputs.length / features
  const distances = Float64Array.from({ length: 1_000 }, () => {
    const [a, b] = [random.integer(rows) * features, random.integer(rows) * features]
    let sum = 0
    for (let f = 0; f < features; f++) sum += ((inputs[a + f] as number) - (inputs[b + f] as number)) ** 2
    return sum
  }).sort()
  return distances[500] || 1
}

/**
 * Random Fourier features: their inner products come near a Gaussian kernel somewhat wider than the median distance (Rahimi and
 * Recht, "Random Features for Large-Scale Kernel Machines", NIPS 2007).
 * @param inputs `[rows, features]`
 * @returns `[rows, 2 * pairs]`: cosines and sines
 */
export async function randomFourierFeatures(
  inputs: Float32Array,
  features: number,
  pairs: number,
  seed: number,
  onProgress: (share: number) => Promise<void>,
): Promise<Float32Array> {
  const rows = inputs.length / features
  const random = createRandom(seed, 'label-errors/features')
  const scale = 0.6 / Math.sqrt(medianDistance(inputs, features, random))
  const directions = Float32Array.from(
    { length: pairs * features },
    () => normal(random) * Math.SQRT2 * scale,
  )
  const out = new Float32Array(rows * 2 * pairs)
  const norm = 1 / Math.sqrt(pairs)
  for (let row = 0; row < rows; row++) {
    const from = row * features
    for (let pair = 0; pair < pairs; pair++) {
      const direction = pair * features
      let sum = 0
      for (let f = 0; f < features; f++)
        sum += (inputs[from + f] as number) * (directions[direction + f] as number)
      out[row * 2 * pairs + 2 * pair] = Math.cos(sum) * norm
      out[row * 2 * pairs + 2 * pair + 1] = Math.sin(sum) * norm
    }
    if (row % 256 === 255) await onProgress((row + 1) / rows)
  }
  return out
}

/** Sums that a least-squares fit is made from; those of parts of the samples add up. */
export interface NormalEquations {
  /** `[width, width]`, the lower triangle. */
  gram: Float64Array
  /** `[width, classes]` */
  targets: Float64Array
}

/** Adds one row with its class (as 1 against 0) to the sums. */
export function addRow(
  { gram, targets }: NormalEquations,
  inputs: Float32Array,
  row: number,
  width: number,
  label: number,
  classes: number,
): void {
  const from = row * width
  for (let i = 0; i < width; i++) {
    const value = inputs[from + i] as number
    const to = i * width
    for (let j = 0; j <= i; j++)
      gram[to + j] = (gram[to + j] as number) + value * (inputs[from + j] as number)
    targets[i * classes + label] = (targets[i * classes + label] as number) + value
  }
}

/**
 * Ridge regression: solves `(gram + penalty I) weights = targets` by Cholesky's decomposition.
 * @returns `[width, classes]`
 */
export function solveRidge(
  { gram, targets }: NormalEquations,
  width: number,
  classes: number,
  penalty: number,
): Float64Array {
  const lower = gram.slice()
  for (let i = 0; i < width; i++) {
    const row = i * width
    lower[row + i] = (lower[row + i] as number) + penalty
    for (let j = 0; j <= i; j++) {
      const other = j * width
      let sum = lower[row + j] as number
      for (let k = 0; k < j; k++) sum -= (lower[row + k] as number) * (lower[other + k] as number)
      lower[row + j] = i === j ? Math.sqrt(Math.max(sum, 1e-12)) : sum / (lower[other + j] as number)
    }
  }
  const weights = targets.slice()
  for (let k = 0; k < classes; k++) {
    for (let i = 0; i < width; i++) {
      let sum = weights[i * classes + k] as number
      for (let j = 0; j < i; j++)
        sum -= (lower[i * width + j] as number) * (weights[j * classes + k] as number)
      weights[i * classes + k] = sum / (lower[i * width + i] as number)
    }
    for (let i = width - 1; i >= 0; i--) {
      let sum = weights[i * classes + k] as number
      for (let j = i + 1; j < width; j++)
        sum -= (lower[j * width + i] as number) * (weights[j * classes + k] as number)
      weights[i * classes + k] = sum / (lower[i * width + i] as number)
    }
  }
  return weights
}

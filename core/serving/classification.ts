import { GlyphlabError } from '../contract/index.ts'
import type { Classification } from '../domain/bundle.ts'
import type { ServedClassifier } from './served-model.ts'

/**
 * The likeliest label with all probabilities. `model` stands in the error.
 * @throws GlyphlabError DAMAGED when a probability is not a number
 */
export function classificationOf(
  labels: readonly string[],
  probabilities: readonly number[],
  model: string,
  picture: string,
): Classification {
  if (!probabilities.every(Number.isFinite)) {
    throw new GlyphlabError(
      'DAMAGED',
      `${model}: the model's answer for ${picture} holds values that are not numbers. Register the run's model again, or train it again.`,
    )
  }
  const label = labels[probabilities.indexOf(Math.max(...probabilities))]
  if (label === undefined) throw new Error(`${model} has no label for its answer`)
  return { label, probabilities: [...probabilities] }
}

/** What the model takes for these pixels (`[height, width, channels]`, 0..255). */
export function scaledPixels({ input }: ServedClassifier, pixels: Uint8Array): Float32Array {
  const { scale, offset } = input
  const values = new Float32Array(pixels.length)
  for (let i = 0; i < pixels.length; i += 1) values[i] = (pixels[i] ?? 0) * scale + offset
  return values
}

/** Classifies one picture. @throws GlyphlabError UNREADABLE_FILE, DAMAGED */
export async function classifyPicture(
  model: ServedClassifier,
  bytes: Buffer,
  name: string,
): Promise<Classification> {
  const values = scaledPixels(model, await model.pixels(bytes, name))
  return classificationOf(model.labels, Array.from(await model.infer(values)), model.name, name)
}

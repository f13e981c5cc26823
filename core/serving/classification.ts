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

/** Classifies one picture. @throws GlyphlabError UNREADABLE_FILE, DAMAGED */
export async function classifyPicture(
  model: ServedClassifier,
  bytes: Buffer,
  name: string,
): Promise<Classification> {
  const values = model.valuesOf(await model.pixels(bytes, name))
  return classificationOf(model.labels, Array.from(await model.infer(values)), model.name, name)
}

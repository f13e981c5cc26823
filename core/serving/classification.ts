import { GlyphlabError } from '../contract/index.ts'
import type { Classification } from '../domain/bundle.ts'
import { modelRemedy } from '../domain/model-manifest.ts'
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
      `${model}: the model's answer for ${picture} holds values that are not numbers. ${modelRemedy}`,
    )
  }
  const label = labels[probabilities.indexOf(Math.max(...probabilities))]
  if (label === undefined) throw new Error(`${model} has no label for its answer`)
  return { label, probabilities: [...probabilities] }
}

/**
 * Classifies one picture. `by`: the model itself, or what stands before it (a gate for decoding, batches).
 * @throws GlyphlabError UNREADABLE_FILE, DAMAGED
 */
export async function classifyPicture(
  model: ServedClassifier,
  bytes: Buffer,
  name: string,
  by: Pick<ServedClassifier, 'pixels' | 'infer'> = model,
): Promise<Classification> {
  const values = model.valuesOf(await by.pixels(bytes, name))
  return classificationOf(model.labels, Array.from(await by.infer(values)), model.name, name)
}

import { z } from 'zod'

/** What a training keeps of its classifier's answers, beside the numbers that follow from them. */
export const predictionsFile = 'predictions.json'

const storedSubset = z.object({
  /** Of the samples within the dataset version. */
  paths: z.array(z.string()),
  /** sha256 of their pictures, where it is known. */
  hashes: z.array(z.string().nullable()),
  /** Index into the labels. */
  actual: z.array(z.number().int()),
  /** float32, little-endian, `[samples, labels]`, in base64: every bit of them, in a third of the bytes of digits. */
  probabilities: z.base64(),
})

export const storedPredictions = z.object({
  labels: z.array(z.string()),
  test: storedSubset.optional(),
  validation: storedSubset.optional(),
})
export type StoredPredictions = z.infer<typeof storedPredictions>

/** Packs for `probabilities`. */
export function packProbabilities(values: Float32Array): string {
  const bytes = Buffer.alloc(values.length * 4)
  for (let at = 0; at < values.length; at++) bytes.writeFloatLE(values[at] as number, at * 4)
  return bytes.toString('base64')
}

/** The inverse of `packProbabilities`. */
export function unpackProbabilities(text: string): Float32Array {
  const bytes = Buffer.from(text, 'base64')
  return Float32Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(at * 4))
}

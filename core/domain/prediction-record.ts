import { z } from 'zod'
import { sha256 } from '../contract/index.ts'

export const predictionOutcomes = ['success', 'refused', 'failure', 'cancelled'] as const

/** One line of a server's prediction log. */
export const predictionRecord = z.object({
  /** Unique; a line that is read twice counts once. */
  id: z.string().min(1),
  /** ISO 8601, UTC */
  time: z.iso.datetime(),
  request_id: z.string(),
  model: z.string(),
  version: z.union([z.number(), z.string()]).transform(String),
  outcome: z.enum(predictionOutcomes),
  /** Why there is no answer. */
  error: z.string().nullable(),
  label: z.string().nullable(),
  /** Characters read. */
  text_length: z.number().int().nullable(),
  /** 0..1 */
  confidence: z.number().nullable(),
  /** The likeliest first, at most five. */
  probabilities: z.array(z.object({ label: z.string(), probability: z.number() })),
  /** From the complete request to the answer. */
  latency_ms: z.number(),
  cached: z.boolean(),
  /** The picture; null for a tensor. Sizes in px, grey values 0..255; null where they were not measured. */
  input: z
    .object({
      sha256,
      bytes: z.number().int(),
      width: z.number().nullable(),
      height: z.number().nullable(),
      brightness: z.number().nullable(),
      contrast: z.number().nullable(),
    })
    .nullable(),
  /** The API key's public part. */
  key: z.string().nullable(),
})
export type PredictionRecord = z.infer<typeof predictionRecord>

/** Beside the log: kept pictures, each named by its digest. */
export const keptInputsDirectory = 'inputs'

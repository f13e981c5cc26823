import { z } from 'zod'
import { timestamp } from './entities.ts'

/** A model: a registered version (`name@alias`, `name/3`, `name`), or what a run has learnt. */
export const modelSource = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('model'), reference: z.string().min(1) }),
  z.object({ kind: z.literal('run'), runId: z.string().min(1) }),
])
export type ModelSource = z.infer<typeof modelSource>

/** What a map is made of: the pictures themselves, or what a model makes of them before its last layer. */
export const mapSource = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('pixels') }),
  ...modelSource.options,
])
export type MapSource = z.infer<typeof mapSource>

export const datasetMap = z.object({
  id: z.string(),
  versionId: z.string(),
  source: mapSource,
  /** "Pixels" or the model's name. */
  title: z.string(),
  seed: z.number().int(),
  neighbours: z.number().int(),
  /** Samples laid out by UMAP; the others, of a very large version, stand among their nearest neighbours. */
  laidOut: z.number().int(),
  sampleCount: z.number().int(),
  seconds: z.number(),
  createdAt: timestamp,
})
export type DatasetMap = z.infer<typeof datasetMap>

/** Numbers of all samples, by ordinal: little-endian, in base64. */
const packed = z.string()

/** What points are coloured by. */
export const samplePoints = z.object({
  labels: z.array(z.string()),
  /** Uint16: place in `labels`. */
  classes: packed,
  /** Uint8: 0 train, 1 validation, 2 test. */
  subsets: packed,
  /** Float32, NaN where a sample has none; null when no sample has a value. */
  values: packed.nullable(),
})
export type SamplePoints = z.infer<typeof samplePoints>

/** A wrong prediction with at least this probability is confidently wrong. */
export const confidentFrom = 0.9

export const predictionOutcome = z.enum(['right', 'wrong', 'confident-wrong'])
export type PredictionOutcome = z.infer<typeof predictionOutcome>

/** A model's answers for every sample of a version. */
export const datasetPrediction = z.object({
  id: z.string(),
  versionId: z.string(),
  source: modelSource,
  title: z.string(),
  /** sha256 of the model's manifest. */
  digest: z.string(),
  /** The model's labels. */
  labels: z.array(z.string()),
  /** Samples by outcome; `confidentWrong` are among `wrong`, samples without a class in neither. */
  right: z.number().int(),
  wrong: z.number().int(),
  confidentWrong: z.number().int(),
  /** Samples that the model was trained on. Null when the version it was trained on is gone. */
  seen: z.number().int().nullable(),
  createdAt: timestamp,
})
export type DatasetPrediction = z.infer<typeof datasetPrediction>

/** What one model says of one sample. */
export const samplePrediction = z.object({
  predictionId: z.string(),
  title: z.string(),
  label: z.string(),
  /** 0..1 */
  confidence: z.number(),
  /** Null: the sample has no class. */
  outcome: predictionOutcome.nullable(),
  /** The model was trained on it; null: not known. */
  seen: z.boolean().nullable(),
})
export type SamplePrediction = z.infer<typeof samplePrediction>

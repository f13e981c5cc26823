import { z } from 'zod'
import { imagePreprocessing, type ModelFormat, modelKind, modelSignature, sha256 } from '../contract/index.ts'

/**
 * `glyphlab-model.json`: what a model version is. It lies beside the files it names, in the app's registry, in a
 * run's work directory and in every bundle.
 */
export const modelManifest = z.object({
  format: z.literal('glyphlab-model/1'),
  kind: modelKind,
  labels: z.array(z.string()).min(1),
  signature: modelSignature,
  preprocessing: imagePreprocessing,
  /** `model.json` and `weights.bin`, or `model.onnx`, with digests that are verified at each load. */
  files: z.array(z.object({ path: z.string(), hash: sha256, bytes: z.number().int() })),
  /** Null: trained elsewhere. */
  runId: z.string().nullable(),
  datasetDigest: z.string().nullable(),
})
export type ModelManifest = z.infer<typeof modelManifest>

export const modelManifestFile = 'glyphlab-model.json'

/** The file of a version that is an ONNX model. */
export const onnxFile = 'model.onnx'

export const formatOf = ({ files }: Pick<ModelManifest, 'files'>): ModelFormat =>
  files.some(({ path }) => path === onnxFile) ? 'onnx' : 'tfjs'

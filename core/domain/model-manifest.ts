import { z } from 'zod'
import {
  GlyphlabError,
  type ImagePreprocessing,
  type ModelFormat,
  modelKind,
  modelPreprocessing,
  modelSignature,
  sha256,
} from '../contract/index.ts'

/**
 * `glyphlab-model.json`: what a model version is. It lies beside the files it names, in the app's registry, in a
 * run's work directory and in every bundle.
 */
export const modelManifest = z.object({
  format: z.literal('glyphlab-model/1'),
  kind: modelKind,
  labels: z.array(z.string()).min(1),
  signature: modelSignature,
  preprocessing: modelPreprocessing,
  /** `model.json` and `weights.bin`, or `model.onnx`, with digests that are verified at each load. */
  files: z.array(z.object({ path: z.string(), hash: sha256, bytes: z.number().int() })),
  /** An input that the model was made for: a picture, or a request with a row. `path` is one of `files`. */
  inputExample: z.object({ path: z.string(), name: z.string() }).optional(),
  /** Null: trained elsewhere. */
  runId: z.string().nullable(),
  datasetDigest: z.string().nullable(),
})
export type ModelManifest = z.infer<typeof modelManifest>

export interface PictureManifest extends ModelManifest {
  preprocessing: ImagePreprocessing
}

export const modelManifestFile = 'glyphlab-model.json'

/** How pictures are prepared for a model. @throws GlyphlabError UNSUPPORTED for a model of tables */
export function picturePreprocessing({
  preprocessing,
}: Pick<ModelManifest, 'preprocessing'>): ImagePreprocessing {
  if (!('columns' in preprocessing)) return preprocessing
  throw new GlyphlabError(
    'UNSUPPORTED',
    `This model predicts "${preprocessing.target.name}" from the rows of a table, not from pictures. Ask it with: glyphlab models predict MODEL FILE.csv`,
  )
}

/** The manifest of a model of pictures. @throws GlyphlabError UNSUPPORTED for a model of tables */
export const pictureManifest = (manifest: ModelManifest): PictureManifest => ({
  ...manifest,
  preprocessing: picturePreprocessing(manifest),
})

/** A version's input example with its digest; null: it has none. */
export function exampleOf({ files, inputExample }: Pick<ModelManifest, 'files' | 'inputExample'>) {
  const file = files.find(({ path }) => path === inputExample?.path)
  return inputExample && file ? { ...file, name: inputExample.name } : null
}

/** The file of a version that is an ONNX model. */
export const onnxFile = 'model.onnx'

export const formatOf = ({ files }: Pick<ModelManifest, 'files'>): ModelFormat =>
  files.some(({ path }) => path === onnxFile) ? 'onnx' : 'tfjs'

/** What helps when a file of a version was changed: whatever is stored of it again becomes whole. */
export const modelRemedy = 'Import the model again from its file, or train it again.'

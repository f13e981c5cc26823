import { z } from 'zod'
import { inferenceEngine, ocrReading, rowPrediction, sha256 } from '../contract/index.ts'

/** What a classifier says of one picture: `probabilities` are float32 values in the order of the model's labels. */
export const classification = z.object({ label: z.string(), probabilities: z.array(z.number()) })
export type Classification = z.infer<typeof classification>

/** What a server can answer with. */
export const servedKind = z.enum([
  'image-classifier',
  'line-recogniser',
  'table-classifier',
  'table-regressor',
  'ocr',
])
export type ServedKind = z.infer<typeof servedKind>

/** The longest time for an answer where no other is set, in s: a page of text takes seconds, and may wait for others. */
export const answerSeconds = (kind: ServedKind): number => (kind === 'ocr' ? 120 : 30)

/** Where a server of a kind is asked. */
export function predictionPath(kind: ServedKind): string {
  if (kind === 'ocr') return '/v1/ocr'
  return kind === 'line-recogniser' ? '/v1/read' : '/v1/predict'
}

/** Whether a server of a kind is asked with rows of a table, as JSON, and not with pictures. */
export const asksWithRows = (kind: ServedKind): boolean =>
  kind === 'table-classifier' || kind === 'table-regressor'

/** The description of a bundle: `manifest.json` at its root. */
export const bundleManifest = z.object({
  format: z.literal('glyphlab-bundle/1'),
  /** Ids of the deploy targets whose files are in it. */
  targets: z.array(z.string()).default(['docker']),
  kind: servedKind,
  /** The registered model's name, or `ocr`. */
  name: z.string(),
  /** The model's version number, or the OCR engine's name and version. */
  version: z.union([z.number().int(), z.string()]),
  /** The model version's digest, or one over the language data. */
  digest: sha256,
  /** What answers for a model; absent: the one that the model's format has. */
  engine: inferenceEngine.optional(),
  /** Further versions that the server loads beside it, each in its `versionDirectory`. */
  versions: z
    .array(z.object({ version: z.number().int(), digest: sha256, engine: inferenceEngine.optional() }))
    .optional(),
  /** What the vendored native parts run on; `any` when the image's build installs them. */
  platform: z.enum(['linux/amd64', 'linux/arm64', 'any']),
  /** ISO 8601, UTC */
  created: z.string(),
  /** Every file but the manifest itself and its signature; paths with forward slashes from the bundle's root. */
  files: z.array(z.object({ path: z.string(), sha256, bytes: z.number().int() })),
})
export type BundleManifest = z.infer<typeof bundleManifest>

/** Inputs with the app's own answers (`golden/expected.json`): a server is ready only when it gives the same. */
export const goldenAnswers = z.discriminatedUnion('kind', [
  z.object({
    format: z.literal('glyphlab-golden/1'),
    kind: z.literal('image-classifier'),
    items: z.array(z.object({ file: z.string(), name: z.string(), prediction: classification })).min(1),
  }),
  z.object({
    format: z.literal('glyphlab-golden/1'),
    kind: z.literal('line-recogniser'),
    items: z.array(z.object({ file: z.string(), name: z.string(), text: z.string() })).min(1),
  }),
  z.object({
    format: z.literal('glyphlab-golden/1'),
    kind: z.enum(['table-classifier', 'table-regressor']),
    /** Each file is a request: JSON `{"rows": [...]}`. */
    items: z.array(z.object({ file: z.string(), name: z.string(), rows: z.array(rowPrediction) })).min(1),
  }),
  z.object({
    format: z.literal('glyphlab-golden/1'),
    kind: z.literal('ocr'),
    items: z.array(z.object({ file: z.string(), name: z.string(), reading: ocrReading })).min(1),
  }),
])
export type GoldenAnswers = z.infer<typeof goldenAnswers>

export const bundleManifestFile = 'manifest.json'
/** Ed25519 over the manifest's bytes, base64. */
export const bundleSignatureFile = 'manifest.json.sig'
/** The public half of the key that signed it: SPKI, PEM. */
export const bundleKeyFile = 'signing-key.pem'
export const goldenDirectory = 'golden'
export const goldenAnswersFile = 'expected.json'
export const modelDirectory = 'model'
export const languageDirectory = 'tessdata'

/** Where a further version's `model/` and `golden/` lie, from the bundle's root. */
export const versionDirectory = (version: number): string => `versions/${version}`

import { z } from 'zod'
import {
  blankPlace,
  type ImagePreprocessing,
  imagePreprocessing,
  inputLayout,
  modelKind,
  outputValues,
  sha256,
} from '../../contract/index.ts'
import type { ModelManifest } from '../../domain/model-manifest.ts'

/** What Glyphlab knows of a model beyond its graph, as `metadata_props` tell it. */
export interface OnnxKnowledge {
  kind?: ModelManifest['kind'] | undefined
  labels?: string[] | undefined
  preprocessing?: ImagePreprocessing | undefined
  layout?: z.infer<typeof inputLayout> | undefined
  values?: z.infer<typeof outputValues> | undefined
  blank?: z.infer<typeof blankPlace> | undefined
  datasetDigest?: string | undefined
}

const prefix = 'glyphlab.'

/**
 * The `metadata_props` of an exported version: labels (or alphabet) and preprocessing in JSON, the rest as plain words.
 * @param digest of the model version
 */
export function onnxProperties(manifest: ModelManifest, digest: string): Record<string, string> {
  const { kind, labels, preprocessing, signature, runId, datasetDigest } = manifest
  const known = {
    kind,
    labels: JSON.stringify(labels),
    preprocessing: JSON.stringify(preprocessing),
    layout: 'columns' in preprocessing ? undefined : (signature.input.layout ?? 'nhwc'),
    values: kind === 'table-regressor' ? undefined : (signature.output.values ?? 'probabilities'),
    blank: kind === 'line-recogniser' ? (signature.output.blank ?? 'last') : undefined,
    run_id: runId ?? undefined,
    dataset_digest: datasetDigest ?? undefined,
    digest,
  }
  return Object.fromEntries(
    Object.entries(known).flatMap(([key, value]) => (value === undefined ? [] : [[prefix + key, value]])),
  )
}

export const hasOnnxProperties = (properties: Readonly<Record<string, string>>): boolean =>
  properties[`${prefix}kind`] !== undefined

/** What the `metadata_props` of a file tell. What is not in a known form is left out, as if it were not there. */
export function readOnnxProperties(properties: Readonly<Record<string, string>>): OnnxKnowledge {
  const read = <T>(key: string, schema: z.ZodType<T>, parse: (text: string) => unknown): T | undefined => {
    const text = properties[prefix + key]
    if (text === undefined) return undefined
    try {
      return schema.safeParse(parse(text)).data
    } catch {
      return undefined
    }
  }
  const word = <T>(key: string, schema: z.ZodType<T>) => read(key, schema, (text) => text)
  const json = <T>(key: string, schema: z.ZodType<T>) => read(key, schema, JSON.parse)
  return {
    kind: word('kind', modelKind),
    labels: json('labels', z.array(z.string()).min(1)),
    preprocessing: json('preprocessing', imagePreprocessing),
    layout: word('layout', inputLayout),
    values: word('values', outputValues),
    blank: word('blank', blankPlace),
    datasetDigest: word('dataset_digest', sha256),
  }
}

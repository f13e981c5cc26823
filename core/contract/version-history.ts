import { z } from 'zod'
import { labelCount, runStatus, sample, splitKind, subset, timestamp } from './entities.ts'
import { recipeStep } from './recipes.ts'

/** A named way to divide a version; the one named `default` came with it. Its digest knows nothing of splits. */
export const versionSplit = z.object({
  name: z.string(),
  kind: splitKind,
  seed: z.number().int(),
  fractions: z.record(subset, z.number()),
  counts: z.record(subset, z.number().int()),
  labels: z.array(labelCount),
  /** A class with one picture, a class absent from train ... */
  warnings: z.array(z.string()),
})
export type VersionSplit = z.infer<typeof versionSplit>

/** What a recipe would make, without making a picture. */
export const recipePreview = z.object({
  sampleCount: z.number().int(),
  labels: z.array(labelCount),
  counts: z.record(subset, z.number().int()),
  /** Pictures that have to be drawn anew. */
  newPictures: z.number().int(),
  /** False where a later step looks at the content of pictures that are not made yet. */
  exact: z.boolean(),
  warnings: z.array(z.string()),
})
export type RecipePreview = z.infer<typeof recipePreview>

/**
 * `relabelled`: class, text, value, group or boxes differ; `changed`: the content differs (and perhaps those too);
 * `moved`: the same content and class under another path.
 */
export const sampleDifference = z.enum(['added', 'removed', 'relabelled', 'changed', 'moved'])
export type SampleDifference = z.infer<typeof sampleDifference>

export const versionDiff = z.object({
  counts: z.record(sampleDifference, z.number().int()),
  unchanged: z.number().int(),
  /** Of the kind that was asked for. */
  total: z.number().int(),
  items: z.array(z.object({ change: sampleDifference, from: sample.nullable(), to: sample.nullable() })),
})
export type VersionDiff = z.infer<typeof versionDiff>

export const lineageVersion = z.object({
  id: z.string(),
  datasetId: z.string(),
  datasetName: z.string(),
  number: z.number().int(),
  digest: z.string(),
  sampleCount: z.number().int(),
  labelCount: z.number().int(),
  createdAt: timestamp,
  tags: z.array(z.string()),
  note: z.string(),
  source: z.object({ importer: z.string(), location: z.string() }),
  /** A parent that is not among the versions was deleted. */
  parents: z.array(z.string()),
  /** Empty for an import. */
  steps: z.array(recipeStep),
})
export type LineageVersion = z.infer<typeof lineageVersion>

/** Ancestors and descendants of a version with itself, oldest first, and what was trained on any of them. */
export const versionLineage = z.object({
  versions: z.array(lineageVersion),
  runs: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      status: runStatus,
      versionId: z.string(),
      split: z.string().nullable(),
    }),
  ),
  models: z.array(
    z.object({
      model: z.string(),
      version: z.number().int(),
      aliases: z.array(z.string()),
      runId: z.string(),
    }),
  ),
})
export type VersionLineage = z.infer<typeof versionLineage>

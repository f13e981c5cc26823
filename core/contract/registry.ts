import { z } from 'zod'
import { deploymentPlace, localDeploymentState } from './deployments.ts'
import { sample, sha256, subset, timestamp } from './entities.ts'

// ---- gates

/** One option of a gate: the window draws its form from these. `dataset`: `name@3`; '' is what the version was trained on. */
export const gateField = z.object({
  key: z.string(),
  title: z.string(),
  help: z.string(),
  kind: z.enum(['number', 'integer', 'text', 'choice', 'dataset']),
  default: z.union([z.number(), z.string()]),
  min: z.number().optional(),
  max: z.number().optional(),
  choices: z.array(z.string()).optional(),
})
export type GateField = z.infer<typeof gateField>

export const gateKind = z.object({
  id: z.string(),
  title: z.string(),
  description: z.string(),
  fields: z.array(gateField),
})
export type GateKind = z.infer<typeof gateKind>

export const gateOptions = z.record(z.string(), z.union([z.number(), z.string()]))
export type GateOptions = z.infer<typeof gateOptions>

/** A gate with its options; what is left out is the gate's default. */
export const gateRule = z.object({ gate: z.string(), options: gateOptions.default({}) })
export type GateRule = z.infer<typeof gateRule>

export const gateRules = z.array(gateRule).max(50)

export const gateResult = z.object({
  rule: gateRule,
  /** The rule in words: "test_accuracy is at least 0.95". */
  words: z.string(),
  passed: z.boolean(),
  /** What was found; for a gate that failed, why. */
  message: z.string(),
  /** By name: accuracies and differences 0..1, times in ms, sizes in bytes. */
  figures: z.record(z.string(), z.number()),
})
export type GateResult = z.infer<typeof gateResult>

/** The rules of one alias of a model, each in words. */
export const aliasGates = z.object({
  alias: z.string(),
  rules: z.array(z.object({ rule: gateRule, words: z.string() })),
})
export type AliasGates = z.infer<typeof aliasGates>

/** How a version does beside the one that has the alias, on the same pictures. */
export const versionComparison = z.object({
  datasetVersionId: z.string(),
  /** "Signs v1" */
  datasetLabel: z.string(),
  subset,
  sampleCount: z.number().int(),
  /** Of rows; else, and where it is not there, of pictures. */
  table: z.boolean().optional(),
  /** 0..1 */
  championAccuracy: z.number(),
  accuracy: z.number(),
  /** 95 % of the difference of the accuracies, by a paired bootstrap; null over no samples. */
  interval: z.tuple([z.number(), z.number()]).nullable(),
  /** Wrong before and right now; right before and wrong now; wrong both times, in another way. */
  fixed: z.number().int(),
  broken: z.number().int(),
  otherwise: z.number().int(),
  /** Of these samples, how many each was trained on; null where that is not known. */
  seen: z.object({ champion: z.number().int().nullable(), candidate: z.number().int().nullable() }),
})
export type VersionComparison = z.infer<typeof versionComparison>

/** What a check of a version against an alias' gates found. */
export const gateReport = z.object({
  model: z.string(),
  alias: z.string(),
  version: z.number().int(),
  /** The version that had the alias when it was checked; null: none. */
  champion: z.number().int().nullable(),
  checkedAt: timestamp,
  passed: z.boolean(),
  /** False: the rules or the version that has the alias are others by now, and it has to be checked again. */
  current: z.boolean(),
  results: z.array(gateResult),
  comparison: versionComparison.nullable(),
  /** Why there is no comparison; null where there is one. */
  comparisonProblem: z.string().nullable(),
})
export type GateReport = z.infer<typeof gateReport>

export const flipKind = z.enum(['broken', 'fixed', 'otherwise'])
export type FlipKind = z.infer<typeof flipKind>

const answer = z.object({ label: z.string(), confidence: z.number() })

/** A picture of which the two versions say different things. */
export const flippedSample = z.object({ sample, kind: flipKind, champion: answer, candidate: answer })
export type FlippedSample = z.infer<typeof flippedSample>

// ---- aliases

/** `override`: in spite of gates that it did not pass. `rollback`: back to where it was. */
export const aliasMoveKind = z.enum(['moved', 'removed', 'override', 'rollback'])
export type AliasMoveKind = z.infer<typeof aliasMoveKind>

export const aliasMove = z.object({
  id: z.number().int(),
  alias: z.string(),
  /** Null: it was nowhere before. */
  from: z.number().int().nullable(),
  /** Null: it was removed. */
  to: z.number().int().nullable(),
  at: timestamp,
  kind: aliasMoveKind,
  reason: z.string(),
  /** The account that asked for it; '' where that was not kept. */
  by: z.string(),
  /** What the gates said; null: there were none, or they did not count. */
  gates: z.array(gateResult).nullable(),
  /** Of an override: the key's fingerprint, and whether what is recorded is what was signed. */
  signature: z.object({ key: sha256, valid: z.boolean() }).nullable(),
})
export type AliasMove = z.infer<typeof aliasMove>

export const moveReason = z.string().trim().max(2_000)
export const overrideReason = moveReason.min(1, 'an override needs a reason')

// ---- records of a version

export const modelCard = z.object({
  /** Markdown. */
  text: z.string(),
  /** Null: it was generated from the record just now, and nobody has edited it. */
  editedAt: timestamp.nullable(),
})
export type ModelCard = z.infer<typeof modelCard>

/** What people say of a version; MLflow's clients see the same. */
export const versionFacts = z.object({
  description: z.string(),
  tags: z.record(z.string(), z.string()),
})
export type VersionFacts = z.infer<typeof versionFacts>

/** Where a version comes from and where it went; the newest export first. */
export const modelLineage = z.object({
  dataset: z.object({ id: z.string().nullable(), label: z.string() }).nullable(),
  run: z.object({ id: z.string(), name: z.string() }).nullable(),
  importedFrom: z.string().nullable(),
  exports: z.array(
    z.object({
      kind: z.enum(['bundle', 'file']),
      /** The deploy target of a bundle, the format of a file. */
      form: z.string(),
      path: z.string(),
      at: timestamp,
    }),
  ),
  /** What serves it on this machine; the one that was started last first. */
  deployments: z.array(
    z.object({
      id: z.string(),
      /** As it was asked for: `digits@champion`. */
      reference: z.string(),
      place: deploymentPlace,
      state: localDeploymentState,
      at: timestamp,
    }),
  ),
})
export type ModelLineage = z.infer<typeof modelLineage>

import { z } from 'zod'
import { sample, timestamp } from './entities.ts'
import { findingKind } from './finding-kind.ts'
import { recipeStep } from './recipes.ts'

/** `error`: figures measured on this set are wrong; `warning`: worth a look; `note`: good to know. */
export const findingSeverity = z.enum(['error', 'warning', 'note'])
export type FindingSeverity = z.infer<typeof findingSeverity>

export const finding = z.object({
  kind: findingKind,
  severity: findingSeverity,
  /** In the user's words, with the counts: "12 pictures lie in train and in test". */
  title: z.string(),
  /** Why it matters, and what stands out: names of classes, characters, files. */
  detail: z.string(),
  /** Samples concerned; 0 for what never became a sample. */
  sampleCount: z.number().int(),
  /** Groups of samples that belong together (duplicates of one another); 0 where there are none. */
  groupCount: z.number().int(),
  /** The first few, to be shown small. */
  examples: z.array(sample),
  /** Whether `datasets.remedies` has something for it. */
  mendable: z.boolean(),
})
export type Finding = z.infer<typeof finding>

export const findingMember = z.object({
  sample,
  /** Members of one group follow one another; null where there are none. */
  group: z.number().int().nullable(),
  /** What is wrong with this one; `''` where the finding says it all. */
  reason: z.string(),
  /** The class that it probably has, for a probable label error. */
  suggestion: z.string().nullable(),
})
export type FindingMember = z.infer<typeof findingMember>

export const remedy = z.object({
  id: z.string(),
  title: z.string(),
  /** A recipe for `datasets.preview` and `datasets.transform`. */
  steps: z.array(recipeStep),
})
export type Remedy = z.infer<typeof remedy>

/** Values in ascending order with how many samples have each. */
export const distribution = z.array(z.tuple([z.number(), z.number().int()]))
export type Distribution = z.infer<typeof distribution>

export const qualityFacts = z.object({
  classes: z.array(z.tuple([z.string(), z.number().int()])),
  /** Displayed px. */
  width: distribution,
  height: distribution,
  /** Of the longer side, px. */
  side: distribution,
  /** Width by height, rounded to three digits. */
  aspect: distribution,
  /** Mean grey value of a picture, 0..255. */
  brightness: distribution,
  /** Standard deviation of a picture's grey values. */
  contrast: distribution,
  /** Characters of a transcription, by code point; empty where there are none. */
  textLength: distribution,
  /** By count; at most 5,000. */
  characters: z.array(z.tuple([z.string(), z.number().int()])),
  colourModes: z.record(z.string(), z.number().int()),
  mediaTypes: z.record(z.string(), z.number().int()),
  /** Samples that repeat another: exactly, and exactly or nearly. */
  repeated: z.number().int(),
  nearlyRepeated: z.number().int(),
})
export type QualityFacts = z.infer<typeof qualityFacts>

// ---- rules

const blocking = z.boolean().default(false)
const percent = z.number().min(0).max(100)
const side = z.number().int().min(1)

/** `blocking`: a version that breaks it can't be trained on. */
export const qualityRule = z.discriminatedUnion('kind', [
  /** Each class has at least so many samples, in all or in one subset. */
  z.object({
    kind: z.literal('min-per-class'),
    count: z.number().int().min(1),
    subset: z.enum(['train', 'validation', 'test']).optional(),
    blocking,
  }),
  /** The largest class has at most so many times the samples of the smallest. */
  z.object({ kind: z.literal('max-imbalance'), factor: z.number().min(1), blocking }),
  /** No picture lies in two subsets; with `near`, nothing that looks the same does. */
  z.object({ kind: z.literal('no-leakage'), near: z.boolean().default(false), blocking }),
  z.object({ kind: z.literal('no-label-conflict'), near: z.boolean().default(false), blocking }),
  /** Samples that repeat another, exactly or nearly, of all samples. */
  z.object({ kind: z.literal('max-near-duplicates'), percent, blocking }),
  z.object({ kind: z.literal('max-refused'), percent, blocking }),
  z.object({
    kind: z.literal('sizes'),
    minWidth: side.optional(),
    maxWidth: side.optional(),
    minHeight: side.optional(),
    maxHeight: side.optional(),
    blocking,
  }),
  /** Exactly these classes. */
  z.object({ kind: z.literal('classes'), names: z.array(z.string()).min(1), blocking }),
  z.object({ kind: z.literal('no-unlabelled'), blocking }),
  /** Transcriptions hold no other characters. */
  z.object({ kind: z.literal('characters'), allowed: z.string().min(1), blocking }),
  z.object({ kind: z.literal('no-empty-text'), blocking }),
])
export type QualityRule = z.infer<typeof qualityRule>
export type QualityRuleInput = z.input<typeof qualityRule>

export const qualityRules = z.array(qualityRule).max(50)

export const ruleResult = z.object({
  rule: qualityRule,
  holds: z.boolean(),
  /** The rule in words: "Each class has at least 50 pictures". */
  words: z.string(),
  /** What breaks it, and what to do; `''` when it holds. */
  problem: z.string(),
  /** Whose pictures to look at. */
  finding: findingKind.nullable(),
})
export type RuleResult = z.infer<typeof ruleResult>

/** What is known of a version's quality. `checkedAt` null: it has not been looked at yet. */
export const versionQuality = z.object({
  versionId: z.string(),
  checkedAt: timestamp.nullable(),
  /** Worst first. */
  findings: z.array(finding),
  facts: qualityFacts.nullable(),
  /** Of the rules that the dataset has now; empty before the first check. */
  rules: z.array(ruleResult),
  /** When probable label errors were last looked for. */
  labelErrorsAt: timestamp.nullable(),
  /** Jobs that wait or run for this version. */
  jobs: z.array(z.string()),
})
export type VersionQuality = z.infer<typeof versionQuality>

// ---- drift

export const driftMeasure = z.object({
  name: z.enum([
    'classes',
    'width',
    'height',
    'aspect',
    'brightness',
    'contrast',
    'text-length',
    'characters',
  ]),
  title: z.string(),
  /** Population stability index: below 0.1 little, above 0.25 much has changed. */
  stability: z.number(),
  /** Largest distance between the two cumulative shares (Kolmogorov and Smirnov), 0..1; null for classes and characters. */
  distance: z.number().nullable(),
  /** Chi-square of the counts; null for what is measured. */
  chiSquare: z.number().nullable(),
  /** Probability of a difference at least so large by chance. */
  pValue: z.number(),
  verdict: z.enum(['same', 'little', 'much']),
  /** What changed, in words. */
  words: z.string(),
})
export type DriftMeasure = z.infer<typeof driftMeasure>

export const versionDrift = z.object({
  newClasses: z.array(z.string()),
  lostClasses: z.array(z.string()),
  newCharacters: z.array(z.string()),
  lostCharacters: z.array(z.string()),
  /** Share of each class in both, 0..1, the largest change first. */
  shares: z.array(z.object({ label: z.string(), from: z.number(), to: z.number() })),
  measures: z.array(driftMeasure),
})
export type VersionDrift = z.infer<typeof versionDrift>

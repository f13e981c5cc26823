import { z } from 'zod'
import { subset } from './entities.ts'

/** From left to right; x and y of equal length, 0..1. */
const curve = z.object({ x: z.array(z.number()), y: z.array(z.number()) })
const interval = z.tuple([z.number(), z.number()])

/** How well scores tell the samples of a class from all others, whatever the threshold. */
const ranking = z.object({
  /** Area under the ROC curve, 0..1. */
  auc: z.number(),
  averagePrecision: z.number(),
  /** Rate of true positives over that of false ones. */
  roc: curve,
  precisionRecall: curve,
})

const slice = z.object({
  /** What the samples have in common. `side` is the root of a picture's area, in px. */
  by: z.enum(['class', 'group', 'side', 'file-size', 'file-type']),
  /** A class, a group, a media type; px or bytes from and to, both within. */
  value: z.union([z.string(), z.tuple([z.number(), z.number()])]),
  samples: z.number().int(),
  right: z.number().int(),
  accuracy: z.number(),
  /** 95 %, by Wilson's score. */
  interval,
})

/** What follows from a classifier's stored answers to one subset. */
export const runEvaluation = z.object({
  runId: z.string(),
  subset,
  /** Those whose answers the run has. */
  subsets: z.array(subset),
  samples: z.number().int(),
  labels: z.array(z.string()),
  /** Each class against all others; null where one of both has no samples. */
  classes: z.array(z.object({ label: z.string(), support: z.number().int(), ranking: ranking.nullable() })),
  /** Every pair of sample and class is one that is right or not. Null where there are too many. */
  micro: ranking.nullable(),
  /** Mean over the classes that have a ranking. */
  macro: z.object({ auc: z.number().nullable(), averagePrecision: z.number().nullable() }),
  calibration: z.object({
    /** Confidence from (exclusive, but for 0) and to (inclusive), 0..1. */
    bins: z.array(
      z.object({
        from: z.number(),
        to: z.number(),
        count: z.number().int(),
        confidence: z.number().nullable(),
        accuracy: z.number().nullable(),
      }),
    ),
    /** Expected calibration error, 0..1. */
    ece: z.number().nullable(),
  }),
  errorCount: z.number().int(),
  /** The surest first. */
  errors: z.array(
    z.object({
      path: z.string(),
      /** sha256 of its picture; null for the row of a table. */
      hash: z.string().nullable(),
      actual: z.string(),
      predicted: z.string(),
      /** Probability of the class it was called, and of the one it is, 0..1. */
      confidence: z.number(),
      actualConfidence: z.number(),
    }),
  ),
  slices: z.array(slice),
})
export type RunEvaluation = z.infer<typeof runEvaluation>

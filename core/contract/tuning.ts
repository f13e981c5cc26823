import { z } from 'zod'

/** What a value is taken from. `log`: by its order of magnitude, so that 0.001 to 0.01 counts as much as 0.01 to 0.1. */
export const parameterRange = z.discriminatedUnion('kind', [
  z
    .object({ kind: z.literal('float'), low: z.number(), high: z.number(), log: z.boolean().default(false) })
    .refine(({ low, high }) => low < high, 'low must be less than high')
    .refine(({ low, log }) => !log || low > 0, 'a logarithmic range starts above 0'),
  z
    .object({
      kind: z.literal('integer'),
      low: z.number().int(),
      high: z.number().int(),
      log: z.boolean().default(false),
    })
    .refine(({ low, high }) => low < high, 'low must be less than high')
    .refine(({ low, log }) => !log || low > 0, 'a logarithmic range starts above 0'),
  z.object({
    kind: z.literal('choice'),
    choices: z
      .array(z.union([z.string(), z.number(), z.boolean()]))
      .min(2)
      .max(100),
  }),
])
export type ParameterRange = z.infer<typeof parameterRange>

export const parameterValue = z.union([z.string(), z.number(), z.boolean()])
export type ParameterValue = z.infer<typeof parameterValue>

/** A range for each option that is tuned; what is not named keeps its value. */
export const searchSpace = z
  .record(z.string(), parameterRange)
  .refine((space) => Object.keys(space).length > 0, 'a search needs one option or more')
export type SearchSpace = z.infer<typeof searchSpace>

export const tuningDirection = z.enum(['minimize', 'maximize'])
export type TuningDirection = z.infer<typeof tuningDirection>

export const trialStatus = z.enum(['running', 'complete', 'pruned', 'failed'])
export type TrialStatus = z.infer<typeof trialStatus>

export const trial = z.object({
  /** From 0, in the order in which they began. */
  number: z.number().int(),
  parameters: z.record(z.string(), parameterValue),
  status: trialStatus,
  /** The objective's best over the trial's epochs so far; null before its first, or where it is NaN throughout. */
  value: z.number().nullable(),
  epochs: z.number().int(),
  runId: z.string(),
})
export type Trial = z.infer<typeof trial>

/**
 * `paused`: no new trials begin, those that ran came to their ends. `interrupted` and `failed` say why in the job.
 * All but `finished` can go on (`tuning.resume`).
 */
export const studyStatus = z.enum(['running', 'paused', 'finished', 'cancelled', 'interrupted', 'failed'])

export const study = z.object({
  id: z.string(),
  name: z.string(),
  status: studyStatus,
  jobId: z.string(),
  /** The parent of the trials' runs; its history has the best value after each trial. */
  runId: z.string(),
  datasetVersionId: z.string(),
  datasetLabel: z.string(),
  split: z.string().nullable(),
  preset: z.string(),
  space: searchSpace,
  sampler: z.string(),
  pruner: z.string(),
  /** Key of the metric that is made small or large; logged each epoch. */
  objective: z.string(),
  direction: tuningDirection,
  /** At most so many; a grid may end before. */
  trials: z.number().int(),
  /** At most so many side by side. */
  parallel: z.number().int(),
  seed: z.number().int(),
  createdAt: z.number().int(),
  counts: z.object({
    running: z.number().int(),
    complete: z.number().int(),
    pruned: z.number().int(),
    failed: z.number().int(),
  }),
  best: trial.nullable(),
})
export type Study = z.infer<typeof study>

export const tuningPlugin = z.object({ id: z.string(), title: z.string(), description: z.string() })

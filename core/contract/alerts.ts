import { z } from 'zod'
import { timestamp } from './entities.ts'

/** `stalled`: no improvement over so many steps. `silent`: no sign of life for so many minutes while it runs. */
export const alertKind = z.enum(['not-finite', 'above', 'below', 'stalled', 'silent'])
export type AlertKind = z.infer<typeof alertKind>

/** What the runs of an experiment should not do. */
export const alertRule = z.object({
  id: z.string(),
  experiment: z.string(),
  kind: alertKind,
  /** Null: the rule is about the run itself (`silent`). */
  metric: z.string().nullable(),
  /** The number, the steps or the minutes; 0 for `not-finite`. */
  bound: z.number(),
  /** Of `stalled`: what an improvement is. */
  goal: z.enum(['min', 'max']).nullable(),
  createdAt: timestamp,
  /** How many runs have broken it. */
  runs: z.number().int(),
})
export type AlertRule = z.infer<typeof alertRule>

/** What the rule is broken by, in the user's words. */
export function alertRuleText({
  kind,
  metric,
  bound,
  goal,
}: Pick<AlertRule, 'kind' | 'metric' | 'bound' | 'goal'>): string {
  switch (kind) {
    case 'not-finite':
      return `${metric} is NaN or infinite`
    case 'above':
    case 'below':
      return `${metric} is ${kind} ${bound}`
    case 'stalled':
      return `${metric} gets no ${goal === 'min' ? 'smaller' : 'larger'} over ${bound} steps`
    case 'silent':
      return `nothing is heard for ${bound} minutes`
  }
}

/** A run that has broken a rule. It stays on record, also when the metric recovers. */
export const runAlert = z.object({
  ruleId: z.string(),
  runId: z.string(),
  run: z.string(),
  experiment: z.string(),
  at: timestamp,
  /** In the user's words: `loss is NaN at step 12.` */
  message: z.string(),
})
export type RunAlert = z.infer<typeof runAlert>

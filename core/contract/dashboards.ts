import { z } from 'zod'
import { timestamp } from './entities.ts'

/** A board of charts under a name. */
export const dashboard = z.object({
  id: z.string(),
  name: z.string(),
  /** What stands after the `?` in the address of the compare page: runs, charts, axes. */
  query: z.string(),
  createdAt: timestamp,
  updatedAt: timestamp,
})
export type Dashboard = z.infer<typeof dashboard>

/** What a test of two groups over equal pairs found. */
export const pairedTest = z.object({
  first: z.string(),
  second: z.string(),
  /** How many pairs both have. */
  pairs: z.number().int(),
  /** Mean of first less second. */
  difference: z.number(),
  /** Two-sided; NaN without a pair. */
  p: z.number(),
  /** Corrected for the number of tests (Holm). */
  adjusted: z.number(),
  /** `exact`: every assignment of signs was counted; `sampled`: 100,000 of them. */
  method: z.enum(['exact', 'sampled']),
})
export type PairedTest = z.infer<typeof pairedTest>

export const runStatistics = z.object({
  groups: z.array(
    z.object({
      name: z.string(),
      runIds: z.array(z.string()),
      /** Runs that have a finite value. */
      count: z.number().int(),
      mean: z.number(),
      /** Sample standard deviation; NaN for one run. */
      deviation: z.number(),
      bestRunId: z.string().nullable(),
      best: z.number(),
    }),
  ),
  tests: z.array(pairedTest),
  /** Runs without a partner, or beside another one with the same value to pair by: they are in no pair. */
  unpaired: z.number().int(),
})
export type RunStatistics = z.infer<typeof runStatistics>

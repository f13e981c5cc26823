import { z } from 'zod'

const versionId = z.union([z.string().min(1), z.number()]).transform(String)

/** How requests are shared among the loaded versions. */
export const trafficPolicy = z.strictObject({
  /** The first is the primary one: it answers what others fail at, and health speaks of it. Weights are relative. */
  versions: z.array(z.strictObject({ version: versionId, weight: z.number().min(0).max(1e6) })).min(1),
  /** What keeps a caller at one version: nothing, its API key, or a header. */
  sticky: z.enum(['none', 'key', 'header']).default('none'),
  header: z.string().min(1).default('x-session-id'),
  /** A version that gets a copy of the requests, whose answers are only compared. */
  shadow: versionId.nullable().default(null),
  /** A version whose weight goes to 0 by itself when it passes a bound. */
  canary: z
    .strictObject({
      version: versionId,
      maxErrorRate: z.number().min(0).max(1).default(0.05),
      maxP95Ms: z.number().positive().nullable().default(null),
      /** Beside the primary version in the same time: so many times its error rate, and its 95th percentile. */
      maxErrorRatio: z.number().min(1).nullable().default(null),
      maxP95Ratio: z.number().min(1).nullable().default(null),
      /** Of the canary, and of the primary for what is compared with it. */
      minRequests: z.number().int().min(1).default(50),
      windowSeconds: z.number().positive().default(60),
    })
    .nullable()
    .default(null),
})
export type TrafficPolicy = z.infer<typeof trafficPolicy>

export function everythingTo(version: string): TrafficPolicy {
  return trafficPolicy.parse({ versions: [{ version, weight: 1 }] })
}

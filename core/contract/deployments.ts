import { z } from 'zod'
import { timestamp } from './entities.ts'

/**
 * preparing -> starting -> ready -> stopping -> stopped. `failed`: it could not be prepared or ended by itself too often; it
 * is not started again. A server that ends by itself is `starting` again, with one more restart.
 */
export const localDeploymentState = z.enum([
  'preparing',
  'starting',
  'ready',
  'stopping',
  'stopped',
  'failed',
])
export type LocalDeploymentState = z.infer<typeof localDeploymentState>

/** A process of this app, which ends with it; or a container of the Docker engine, which goes on without it. */
export const deploymentPlace = z.enum(['process', 'container'])
export type DeploymentPlace = z.infer<typeof deploymentPlace>

/** Whether a Docker engine on this machine answers; `message` says which, or what to do. */
export const dockerState = z.object({
  available: z.boolean(),
  version: z.string().nullable(),
  message: z.string(),
})
export type DockerState = z.infer<typeof dockerState>

/** Which pictures a server keeps beside its prediction log. */
export const keptInputs = z.enum(['none', 'low-confidence', 'all'])
export type KeptInputs = z.infer<typeof keptInputs>

/** Of the server that runs now; over the last minute where it says so. */
export const liveNumbers = z.object({
  requests: z.number().int(),
  /** Failures of the server itself, and pictures that it refused. */
  failures: z.number().int(),
  refused: z.number().int(),
  /** Over the last minute; percentiles are null where nothing was asked. */
  requestsPerSecond: z.number(),
  p50Ms: z.number().nullable(),
  p95Ms: z.number().nullable(),
  /** Population stability index against training, by statistic; empty until enough was asked. */
  drift: z.record(z.string(), z.number()),
})
export type LiveNumbers = z.infer<typeof liveNumbers>

/** A server that this app runs on this machine. */
export const localDeployment = z.object({
  id: z.string(),
  /** What it serves, as it was asked for: `digits@champion`, `ocr`. */
  reference: z.string(),
  name: z.string(),
  version: z.string().nullable(),
  state: localDeploymentState,
  place: deploymentPlace.default('process'),
  /** The job that builds its image and runs it; null for a process. */
  jobId: z.string().nullable().default(null),
  /** The image that was built, and the id of the container that runs. */
  image: z.string().nullable().default(null),
  container: z.string().nullable().default(null),
  /** What it is doing, or why it ended. */
  message: z.string(),
  /** `http://127.0.0.1:8080`; null while it has none. */
  address: z.string().nullable(),
  /** Whether callers need a key. */
  keysWanted: z.boolean(),
  keptInputs,
  startedAt: timestamp,
  restarts: z.number().int(),
  /** The last time it ended by itself. */
  lastError: z.string().nullable(),
  /** Where its prediction log is. */
  logDirectory: z.string(),
  numbers: liveNumbers.nullable(),
})
export type LocalDeployment = z.infer<typeof localDeployment>

export const localDeploymentDetails = z.object({
  /** The newest last. */
  log: z.array(z.string()),
  /** A point each few seconds of the last minutes. */
  series: z.array(z.object({ at: timestamp, requestsPerSecond: z.number(), p95Ms: z.number().nullable() })),
})
export type LocalDeploymentDetails = z.infer<typeof localDeploymentDetails>

// ---- the prediction log of a service, brought home

/** A service whose prediction log was imported. */
export const servedLog = z.object({
  name: z.string(),
  predictions: z.number().int(),
  /** Pictures that the service kept and that are stored here. */
  inputs: z.number().int(),
  /** Values of its metrics that were imported. */
  readings: z.number().int(),
  firstAt: timestamp.nullable(),
  lastAt: timestamp.nullable(),
  updatedAt: timestamp,
})
export type ServedLog = z.infer<typeof servedLog>

/** Numbers of a stretch of time, or of a version. Percentiles are those of answers; null where there is none. */
const servedCounts = z.object({
  predictions: z.number().int(),
  /** Failures of the service itself, and pictures that it refused. */
  failures: z.number().int(),
  refused: z.number().int(),
  p50Ms: z.number().nullable(),
  p95Ms: z.number().nullable(),
})
export type ServedCounts = z.infer<typeof servedCounts>

export const servedDrift = z.object({
  statistic: z.enum(['width', 'height', 'brightness', 'contrast', 'confidence']),
  version: z.string(),
  predictions: z.number().int(),
  /** Population stability index against training; above 0.1 a little, above 0.25 much. */
  psi: z.number(),
})
export type ServedDrift = z.infer<typeof servedDrift>

const servedVersion = servedCounts.extend({ version: z.string(), model: z.string() })

/** What the imported metrics of a service say: what its counters grew by between readings, summed over its replicas. */
export const servedMetrics = servedCounts.extend({
  from: timestamp,
  to: timestamp,
  /** Moments at which it was read. */
  readings: z.number().int(),
  stretchMs: z.number(),
  versions: z.array(servedVersion),
  /** In equal stretches, from the first reading to the last. */
  traffic: z.array(servedCounts.extend({ at: timestamp })),
  /** As the service itself measured it: at the last reading, and the most that was read. */
  drift: z.array(
    z.object({
      statistic: z.string(),
      version: z.string(),
      instance: z.string(),
      psi: z.number(),
      most: z.number(),
    }),
  ),
})
export type ServedMetrics = z.infer<typeof servedMetrics>

export const servedSummary = servedCounts.extend({
  name: z.string(),
  /** Where the log speaks of any. */
  versions: z.array(servedVersion),
  /** In equal stretches, from the first prediction to the last. */
  traffic: z.array(servedCounts.extend({ at: timestamp })),
  stretchMs: z.number(),
  /** Answers by confidence, in 20 equal bins of 0..1. */
  confidence: z.array(z.number().int()),
  labels: z.array(z.object({ label: z.string(), count: z.number().int() })),
  drift: z.array(servedDrift),
  /** Whether a training profile came with the log. */
  profiled: z.boolean(),
  /** Null where only its prediction log was imported. */
  metrics: servedMetrics.nullable(),
})
export type ServedSummary = z.infer<typeof servedSummary>

/** A kept picture, with the service's least sure answer to it. */
export const servedInput = z.object({
  hash: z.string(),
  at: timestamp,
  version: z.string(),
  label: z.string().nullable(),
  confidence: z.number(),
  probabilities: z.array(z.object({ label: z.string(), probability: z.number() })),
})
export type ServedInput = z.infer<typeof servedInput>

/** A line of a log that could not be taken. */
export const brokenLine = z.object({ file: z.string(), line: z.number().int(), reason: z.string() })
export type BrokenLine = z.infer<typeof brokenLine>

/** The result of a `log-import` job. */
export const importedLog = z.object({
  name: z.string(),
  files: z.number().int(),
  added: z.number().int(),
  /** Lines that were here already. */
  known: z.number().int(),
  inputs: z.number().int(),
  /** Values of metrics that were new. */
  readings: z.number().int(),
  brokenCount: z.number().int(),
  /** The first of them. */
  broken: z.array(brokenLine),
})
export type ImportedLog = z.infer<typeof importedLog>

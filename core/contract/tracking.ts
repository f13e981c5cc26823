import { z } from 'zod'
import { runStatus, timestamp } from './entities.ts'

export const lifecycle = z.enum(['active', 'deleted'])
export type Lifecycle = z.infer<typeof lifecycle>

export const experiment = z.object({
  /** 0 is "Default". */
  id: z.number().int(),
  name: z.string(),
  lifecycle,
  /** Where an MLflow client puts artifacts itself; null: they come here. */
  artifactLocation: z.string().nullable(),
  tags: z.record(z.string(), z.string()),
  /** How many runs it has that are not deleted. */
  runs: z.number().int(),
  createdAt: timestamp,
  updatedAt: timestamp,
})
export type Experiment = z.infer<typeof experiment>

/** A dataset that a run read. */
export const runInput = z.object({
  name: z.string(),
  digest: z.string(),
  sourceType: z.string(),
  source: z.string(),
  schema: z.string().nullable(),
  profile: z.string().nullable(),
  /** `mlflow.data.context` says what for: training, validation, ... */
  tags: z.record(z.string(), z.string()),
})
export type RunInput = z.infer<typeof runInput>

/** A file of a run, or a folder of them. */
export const runArtifact = z.object({
  path: z.string(),
  isFolder: z.boolean(),
  /** Of a file; of a folder, the sum of what lies in it. */
  bytes: z.number().int(),
  /** Of a file; its content is at `/blobs/<hash>`. */
  hash: z.string().nullable(),
})
export type RunArtifact = z.infer<typeof runArtifact>

/** A part of what a run's process has printed. */
export const runConsole = z.object({
  /** As it was printed; whole lines, but for a last one that has no end yet. */
  text: z.string(),
  /** Bytes: where the text begins, where to go on, and how many there are by now. */
  from: z.number().int(),
  next: z.number().int(),
  total: z.number().int(),
  /** The run goes on: more may come. */
  isLive: z.boolean(),
  /** The artifact that holds all of it, where there is one. */
  path: z.string().nullable(),
})
export type RunConsole = z.infer<typeof runConsole>

/** A place in a search expression that can't be understood: the `details` of the INVALID_INPUT error. */
export const searchFault = z.object({
  /** UTF-16 index into the expression, and how much of it is meant. */
  position: z.number().int(),
  length: z.number().int(),
  /** What could stand there. */
  expected: z.array(z.string()),
})
export type SearchFault = z.infer<typeof searchFault>

/** Strings, numbers (times in ms, durations in ms) or null where the run has no such thing. */
export const cellValue = z.union([z.string(), z.number(), z.null()])
export type CellValue = z.infer<typeof cellValue>

/** A run as a row of a table: its head, and what was asked for. */
export const foundRun = z.object({
  id: z.string(),
  name: z.string(),
  experiment: z.string(),
  status: runStatus,
  lifecycle,
  startTime: timestamp.nullable(),
  endTime: timestamp.nullable(),
  user: z.string(),
  parentId: z.string().nullable(),
  /** How many rules of its experiment it has broken. */
  alerts: z.number().int(),
  /** In the order of the columns asked for. */
  values: z.array(cellValue),
})
export type FoundRun = z.infer<typeof foundRun>

/** The runs that share the values of the fields grouped by. */
export const runGroup = z.object({
  keys: z.array(cellValue),
  runs: z.number().int(),
  runIds: z.array(z.string()),
  /** For each column asked for: the roll-up of its finite numbers; null where no run has one. */
  columns: z.array(
    z
      .object({
        min: z.number(),
        mean: z.number(),
        max: z.number(),
        /** Sample standard deviation; 0 for one run. */
        deviation: z.number(),
        count: z.number().int(),
      })
      .nullable(),
  ),
})
export type RunGroup = z.infer<typeof runGroup>

export const searchCompletion = z.object({
  /** What the chosen item replaces. */
  from: z.number().int(),
  to: z.number().int(),
  items: z.array(
    z.object({
      text: z.string(),
      kind: z.enum([
        'attribute',
        'metric',
        'param',
        'tag',
        'dataset',
        'function',
        'operator',
        'value',
        'word',
      ]),
    }),
  ),
})
export type SearchCompletion = z.infer<typeof searchCompletion>

/** Several series in one block of bytes. */
export const packedSeries = z.object({
  /** `offset` and `length` count numbers; `total` is the number of points before thinning. */
  series: z.array(
    z.object({
      runId: z.string(),
      key: z.string(),
      offset: z.number().int(),
      length: z.number().int(),
      total: z.number().int(),
    }),
  ),
  /** Float64, little-endian, base64; `timestamps` in ms. */
  steps: z.string(),
  values: z.string(),
  timestamps: z.string(),
})
export type PackedSeries = z.infer<typeof packedSeries>

export const purgedRuns = z.object({
  runs: z.number().int(),
  points: z.number().int(),
  /** Of files that nothing else uses. */
  bytes: z.number().int(),
})
export type PurgedRuns = z.infer<typeof purgedRuns>

const brokenPart = z.object({
  /** The run's name; '' where it belongs to none. */
  run: z.string(),
  /** A file, or a part of one. */
  part: z.string(),
  reason: z.string(),
})

/** What an import of runs would do. */
export const runImportInspection = z.object({
  kind: z.string(),
  /** `MLflow folder`. */
  title: z.string(),
  runs: z.number().int(),
  /** Of these, how many are here already. */
  known: z.number().int(),
  /** The first hundred, as are `names`. */
  experiments: z.array(z.string()),
  names: z.array(z.string()),
  broken: z.array(brokenPart),
  notes: z.array(z.string()),
})
export type RunImportInspection = z.infer<typeof runImportInspection>

/** The result of a `runs-import` job. */
export const runImportReport = z.object({
  kind: z.string(),
  title: z.string(),
  runs: z.number().int(),
  /** Of these, how many are new here. */
  added: z.number().int(),
  /** Read, whether they were here or not. */
  points: z.number().int(),
  files: z.number().int(),
  firstRunId: z.string().nullable(),
  /** The first thousand; `brokenCount`: all. */
  broken: z.array(brokenPart),
  brokenCount: z.number().int(),
  notes: z.array(z.string()),
})
export type RunImportReport = z.infer<typeof runImportReport>

/** A folder or file of another program's runs that is kept live: what is added there comes here. */
export const runWatch = z.object({
  id: z.string(),
  path: z.string(),
  kind: z.string().nullable(),
  experiment: z.string().nullable(),
  createdAt: z.number(),
  /** When what lies there was imported last; null before the first time. */
  importedAt: z.number().nullable(),
  /** How many runs were there then. */
  runs: z.number().int(),
  importing: z.boolean(),
  /** Why the last import failed, and what to do; it is tried again when something changes there. */
  problem: z.string().nullable(),
})
export type RunWatch = z.infer<typeof runWatch>

/** What an MLflow server wants to know of who asks. It is kept in a file of this user, and told to nobody else. */
export const serverAccess = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('none') }),
  z.object({
    kind: z.literal('password'),
    user: z
      .string()
      .min(1)
      .max(500)
      .regex(/^[^:]*$/, 'A user name has no colon in it.'),
    password: z.string().max(4_000),
  }),
  z.object({
    kind: z.literal('token'),
    token: z
      .string()
      .trim()
      .max(10_000)
      .regex(/^[\x21-\x7e]+$/, 'A token is one line of letters, digits and signs.'),
  }),
])
export type ServerAccess = z.infer<typeof serverAccess>

export const mlflowServerFacts = z.object({
  url: z.string(),
  /** Null where it does not say. */
  version: z.string().nullable(),
  hasExperiments: z.boolean(),
  /** How long it took to answer. */
  ms: z.number(),
})
export type MlflowServerFacts = z.infer<typeof mlflowServerFacts>

/** An MLflow server that gets the runs, and what has changed of them. */
export const runSync = z.object({
  id: z.string(),
  url: z.string(),
  /** Null: the runs of all experiments. */
  experiment: z.string().nullable(),
  createdAt: z.number(),
  /** When it had all; null before the first time. */
  sentAt: z.number().nullable(),
  /** How many runs it has. */
  runs: z.number().int(),
  sending: z.boolean(),
  /** Why the last attempt failed; it is tried again. */
  problem: z.string().nullable(),
  /** What it could not be given of what was sent last, since the engine's start. */
  warnings: z.array(z.string()),
  /** How it is told who asks. */
  access: z.enum(['none', 'password', 'token']),
})
export type RunSync = z.infer<typeof runSync>

export const runFormat = z.object({
  id: z.string(),
  title: z.string(),
  description: z.string(),
  /** What `runs.export` writes to: a new folder, or a server's address. */
  target: z.enum(['folder', 'server']),
})
export type RunFormat = z.infer<typeof runFormat>

/** The result of a `runs-export` job. */
export const runExportReport = z.object({
  format: z.string(),
  target: z.string(),
  runs: z.number().int(),
  points: z.number().int(),
  files: z.number().int(),
  /** What the format can't carry. */
  warnings: z.array(z.string()),
})
export type RunExportReport = z.infer<typeof runExportReport>

export const mlflowServing = z.object({
  /** `http://127.0.0.1:5000`, to give to `mlflow.set_tracking_uri`; null while it is not served. */
  url: z.string().nullable(),
  /** The port that was chosen last. */
  port: z.number().int(),
  /** Whether it is served from each start on. */
  always: z.boolean(),
})
export type MlflowServing = z.infer<typeof mlflowServing>

/** A version of a registered model that an MLflow client registered: a folder of artifacts that MLflow loads. */
export const mlflowModelVersion = z.object({
  model: z.string(),
  version: z.number().int(),
  source: z.string(),
  runId: z.string().nullable(),
  loggedModelId: z.string().nullable(),
  aliases: z.array(z.string()),
  stage: z.string(),
  description: z.string(),
  tags: z.record(z.string(), z.string()),
  user: z.string(),
  createdAt: timestamp,
  updatedAt: timestamp,
})
export type MlflowModelVersion = z.infer<typeof mlflowModelVersion>

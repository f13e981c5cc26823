import { z } from 'zod'
import { box } from './box.ts'
import { errorBody } from './errors.ts'
import { findingKind } from './finding-kind.ts'
import { pageArrangement } from './page-arranging.ts'
import { readingRecipe } from './page-reading.ts'
import { pageRegions, pageTable } from './page-regions.ts'
import { columnKind, tableFacts, tablePreprocessing } from './tables.ts'

/** Milliseconds since 1970-01-01 UTC. */
export const timestamp = z.number()
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/)

/** Where the bytes of a file come from: a path on this machine, an upload made before, or a shipped sample. */
export const fileSource = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('path'), path: z.string().min(1) }),
  z.object({ kind: z.literal('upload'), uploadId: z.string().min(1) }),
  z.object({ kind: z.literal('sample'), sampleId: z.string().min(1) }),
])
export type FileSource = z.infer<typeof fileSource>

/** A small real input that ships with the app (`data/`). */
export const shippedSample = z.object({
  id: z.string(),
  use: z.enum(['ocr', 'dataset', 'classify']),
  title: z.string(),
  licence: z.string(),
  source: z.string(),
})
export type ShippedSample = z.infer<typeof shippedSample>

// ---- jobs

export const jobKind = z.enum([
  'ocr',
  'dataset-import',
  'dataset-transform',
  'dataset-quality',
  'dataset-label-errors',
  'training',
  'trial',
  'tuning',
  'deploy-export',
  'deploy-verify',
  'deploy-container',
  'dataset-export',
  'dataset-embedding',
  'dataset-predict',
  'pages-export',
  'pages-dataset',
  'pages-compare',
  'log-import',
  'log-dataset',
  'runs-import',
  'runs-export',
  'model-gates',
  'backend-install',
])
export type JobKind = z.infer<typeof jobKind>

/**
 * queued -> running -> succeeded | failed | cancelled | interrupted. `interrupted`: the process died under it; it can
 * be started again (`jobs.retry`). `paused`: a person stopped it, and it goes on with `jobs.retry`, also after a restart.
 */
export const jobStatus = z.enum([
  'queued',
  'running',
  'paused',
  'succeeded',
  'failed',
  'cancelled',
  'interrupted',
])
export type JobStatus = z.infer<typeof jobStatus>

export const jobProgress = z.object({
  /** 0..1 */
  value: z.number().min(0).max(1),
  /** What is being done now, in the user's words: "Reading page 3 of 12". */
  message: z.string(),
  /** Units done per second (pages, pictures, steps), where known. */
  rate: z.number().nullable(),
  rateUnit: z.string().nullable(),
  /** Milliseconds left, estimated. */
  remainingMs: z.number().nullable(),
})
export type JobProgress = z.infer<typeof jobProgress>

export const job = z.object({
  id: z.string(),
  kind: jobKind,
  title: z.string(),
  status: jobStatus,
  attempt: z.number().int(),
  progress: jobProgress,
  error: errorBody.nullable(),
  /** Ids of what the job works on or made: pageIds, datasetVersionId, runId, directory ... */
  result: z.record(z.string(), z.unknown()).nullable(),
  runId: z.string().nullable(),
  createdAt: timestamp,
  startedAt: timestamp.nullable(),
  finishedAt: timestamp.nullable(),
  /** Whether `jobs.retry` can start it again. */
  retryable: z.boolean(),
  /** Whether `jobs.pause` can hold it. */
  pausable: z.boolean(),
})
export type Job = z.infer<typeof job>

// ---- OCR

export const ocrWord = z.object({
  /** As the engine read it. */
  text: z.string(),
  /** 0..1 */
  confidence: z.number(),
  box,
  /** 0-based index of the line within the page, and of the block, in reading order. */
  line: z.number().int(),
  block: z.number().int(),
  /** Its grapheme clusters in order, each with its own confidence and place, where the engine tells them. */
  symbols: z.array(z.object({ text: z.string(), confidence: z.number(), box })).optional(),
})
export type OcrWord = z.infer<typeof ocrWord>

/** What an OCR engine makes of one picture. */
export const ocrReading = z.object({
  engine: z.string(),
  language: z.string(),
  /** Size in px of the displayed picture, to which the boxes refer. */
  width: z.number().int(),
  height: z.number().int(),
  text: z.string(),
  /** Mean word confidence, 0..1; null when no word was found. */
  confidence: z.number().nullable(),
  words: z.array(ocrWord),
  /** Notes for the person: nothing found, turned by 90 degrees, read in strips, page 1 of 3 ... */
  warnings: z.array(z.string()),
  /** Time spent reading, in ms. */
  durationMs: z.number(),
  recipe: readingRecipe,
  tables: z.array(pageTable).optional(),
})
export type OcrReading = z.infer<typeof ocrReading>

export const pageStatus = z.enum(['waiting', 'read', 'failed'])

export const pageSummary = z.object({
  id: z.string(),
  name: z.string(),
  status: pageStatus,
  /** Names the document that it is a page of: pages of one file, and those that were moved there, have one. */
  document: z.string(),
  /** Hash of the picture on view: the original's bytes until the page is arranged; null while it has not been stored. */
  blob: sha256.nullable(),
  width: z.number().int().nullable(),
  height: z.number().int().nullable(),
  confidence: z.number().nullable(),
  wordCount: z.number().int(),
  correctionCount: z.number().int(),
  error: errorBody.nullable(),
  createdAt: timestamp,
})
export type PageSummary = z.infer<typeof pageSummary>

export const pageWord = ocrWord.omit({ symbols: true }).extend({
  /** Names the word on its page; the others keep theirs when words are joined or split. */
  index: z.number().int(),
  /** The newest correction, or null. The reading itself (`text`) is never changed. */
  correction: z.string().nullable(),
})
export type PageWord = z.infer<typeof pageWord>

/** What was done to a page and its words. */
export const wordChangeKind = z.enum([
  'correct',
  'replace',
  'join',
  'split',
  'box',
  'add',
  'turn',
  'crop',
  'move',
  'regions',
])
export type WordChangeKind = z.infer<typeof wordChangeKind>

export const page = pageSummary.extend({
  engine: z.string().nullable(),
  language: z.string().nullable(),
  /** Digest of the language data it was read with; null for pages of before that was kept. */
  languageDigest: sha256.nullable(),
  /** The model version behind `engine` when it was read, and its digest; null for an engine without a model of ours. */
  model: z.object({ reference: z.string(), digest: sha256 }).nullable(),
  /** How it was read; null for pages of before that was kept. */
  recipe: readingRecipe.nullable(),
  /** The text with corrections applied. */
  text: z.string(),
  /** The text as it was read. */
  readText: z.string(),
  words: z.array(pageWord),
  /** How the picture on view is made of the original; null where it is the original. */
  arrangement: pageArrangement.nullable(),
  /** Drawn by hand, in reading order. */
  regions: pageRegions,
  /** Found when it was read, in reading order. */
  tables: z.array(pageTable),
  /** What `pages.undo` would take back, and `pages.redo` do again; null for nothing. */
  undo: wordChangeKind.nullable(),
  redo: wordChangeKind.nullable(),
  warnings: z.array(z.string()),
  durationMs: z.number().nullable(),
})
export type Page = z.infer<typeof page>

/** Something that reads pages: tesseract, PP-OCR, or a line recogniser of the registry. */
export const pageEngine = z.object({
  /** As `pages.read` takes it. */
  id: z.string(),
  title: z.string(),
  /** What it was trained on, or its language. */
  description: z.string(),
})
export type PageEngine = z.infer<typeof pageEngine>

/** A format that pages can be written in. */
export const pageFormat = z.object({
  id: z.string(),
  title: z.string(),
  description: z.string(),
  /** Of the file, without the dot; null for a format of several files a page. */
  extension: z.string().nullable(),
  /** Whether one file can hold several pages. */
  combines: z.boolean(),
  /** Whether it is text, which `pages.render` gives. */
  textual: z.boolean(),
  /** Whether it describes pictures, which `pictures` writes beside it. */
  besidePicture: z.boolean(),
})
export type PageFormat = z.infer<typeof pageFormat>

/** A page in which something was found. */
export const pageHit = z.object({
  pageId: z.string(),
  name: z.string(),
  blob: sha256.nullable(),
  /** The words that match, in reading order. */
  words: z.array(z.object({ index: z.number().int(), box })),
  /** The text around the first, in parts by the place of their first word; `hit`: it matches. */
  snippet: z.array(z.object({ start: z.number().int(), text: z.string(), hit: z.boolean() })),
})
export type PageHit = z.infer<typeof pageHit>

// ---- datasets

export const refusedFile = z.object({ path: z.string(), reason: z.string() })
export type RefusedFile = z.infer<typeof refusedFile>

export const importReport = z.object({
  /** Files seen, of any kind. */
  scanned: z.number().int(),
  imported: z.number().int(),
  /** Files refused, each by name with the reason. */
  refused: z.array(refusedFile),
  /** Files that are never samples (.DS_Store, Thumbs.db, ...), by name. */
  ignored: z.array(z.string()),
  /** By lower-case extension without the dot ("" for none). */
  byExtension: z.record(
    z.string(),
    z.object({ imported: z.number().int(), refused: z.number().int(), ignored: z.number().int() }),
  ),
  /** Equal content under several paths. Each path stays a sample. */
  duplicates: z.array(
    z.object({
      hash: sha256,
      paths: z.array(z.string()),
      labels: z.array(z.string()),
      subsets: z.array(z.string()),
    }),
  ),
  /** Things to know: a class with one sample, a class absent from train, leakage across the split ... */
  warnings: z.array(z.string()),
  durationMs: z.number(),
})
export type ImportReport = z.infer<typeof importReport>

export const subset = z.enum(['train', 'validation', 'test'])
export type Subset = z.infer<typeof subset>

export const splitKind = z.enum(['stratified', 'by-folder', 'random', 'grouped', 'by-hash', 'k-fold'])
export type SplitKind = z.infer<typeof splitKind>

export const labelCount = z.object({
  /** `''` counts the samples without a class. */
  label: z.string(),
  counts: z.record(subset, z.number().int()),
  total: z.number().int(),
})
export type LabelCount = z.infer<typeof labelCount>

export const datasetVersion = z.object({
  id: z.string(),
  datasetId: z.string(),
  datasetName: z.string(),
  /** 1-based, never reused. */
  number: z.number().int(),
  /** sha256 of the canonical manifest: equal content gives an equal digest on every machine. */
  digest: sha256,
  sampleCount: z.number().int(),
  bytes: z.number().int(),
  labels: z.array(labelCount),
  /** Null: the samples are pictures. */
  table: tableFacts.nullable(),
  /** The classes of the boxes, with how many boxes; most sets have none. */
  boxLabels: z.array(labelCount),
  split: z.object({
    name: z.string(),
    kind: splitKind,
    seed: z.number().int(),
    fractions: z.record(subset, z.number()),
    counts: z.record(subset, z.number().int()),
  }),
  source: z.object({ importer: z.string(), location: z.string() }),
  /** Ids of the versions it was made from, and how (a transformation, a merge, an edit); null for a plain import. */
  parents: z.array(z.string()),
  recipe: z.record(z.string(), z.unknown()).nullable(),
  tags: z.array(z.string()),
  note: z.string(),
  report: importReport,
  createdAt: timestamp,
})
export type DatasetVersion = z.infer<typeof datasetVersion>

export const dataset = z.object({
  id: z.string(),
  name: z.string(),
  createdAt: timestamp,
  versionCount: z.number().int(),
  latest: z
    .object({
      versionId: z.string(),
      number: z.number().int(),
      digest: sha256,
      sampleCount: z.number().int(),
      bytes: z.number().int(),
      labelCount: z.number().int(),
    })
    .nullable(),
})
export type Dataset = z.infer<typeof dataset>

/** A dataset in the trash. */
export const deletedDataset = z.object({
  id: z.string(),
  name: z.string(),
  deletedAt: timestamp,
  /** When it is purged by itself, at the earliest. */
  keptUntil: timestamp,
  versionCount: z.number().int(),
  /** Of the newest version. */
  sampleCount: z.number().int(),
})
export type DeletedDataset = z.infer<typeof deletedDataset>

/**
 * Where an imported picture's bytes stay. `link`: pictures on the same disk get a second name in the data folder instead
 * of a copy. `reference`: they are read from where they lie, and the data folder only knows their place and digest.
 */
export const importStorage = z.enum(['copy', 'link', 'reference'])
export type ImportStorage = z.infer<typeof importStorage>

/** What a merge does with a path that comes again with other content: the new one wins, both are kept, or nothing is imported. */
export const onConflict = z.enum(['replace', 'keep', 'fail'])
export type OnConflict = z.infer<typeof onConflict>

/** What a column of a table of labels may be. */
export const columnRole = z.enum(['file', 'label', 'text', 'value', 'group', 'subset', 'boxes'])
export type ColumnRole = z.infer<typeof columnRole>

/** What an import would make of a source. */
export const importInspection = z.object({
  /** The importer chosen, or asked for; null when none knows the source. */
  importer: z.string().nullable(),
  /** All importers; `detected`: it recognises the source. */
  importers: z.array(z.object({ id: z.string(), title: z.string(), detected: z.boolean() })),
  /** Files seen, without junk. */
  fileCount: z.number().int(),
  /** The options that are guessed where they are left out. */
  guessed: z.record(z.string(), z.unknown()),
  /** The table that the labels come from, with its first rows; null for importers without one. */
  table: z
    .object({
      file: z.string(),
      /** All tables that could be taken (option `table`). */
      tables: z.array(z.string()),
      columns: z.array(z.string()),
      rows: z.array(z.array(z.string())),
      rowCount: z.number().int(),
      /** The column of each role as it would be taken: guessed, or from the options `<role>Column`. */
      mapping: z.record(columnRole, z.string().nullable()),
      /** Of which kind each column looks, where the rows are the samples; `file` then names them. */
      kinds: z.record(z.string(), columnKind).optional(),
    })
    .nullable(),
  /** Samples planned; each picture is looked at only in the import itself. */
  sampleCount: z.number().int(),
  /** The commonest classes, at most 100. */
  labels: z.array(z.object({ label: z.string(), count: z.number().int() })),
  /** Classes; samples without one are not counted. */
  labelCount: z.number().int(),
  /** The first samples, by path. */
  samples: z.array(
    z.object({
      path: z.string(),
      label: z.string(),
      text: z.string().nullable(),
      value: z.number().nullable(),
      group: z.string().nullable(),
      /** Null: the split decides. */
      subset: subset.nullable(),
    }),
  ),
  refusedCount: z.number().int(),
  /** The first refused files. */
  refused: z.array(refusedFile),
  warnings: z.array(z.string()),
  /** Why nothing can be imported like this; null when it can. */
  error: errorBody.nullable(),
})
export type ImportInspection = z.infer<typeof importInspection>

/** A rectangle on a picture with its class (`''`: none) and, for a line or a word, its transcription. */
export const labelledBox = box.extend({ label: z.string(), text: z.string().nullable() })
export type LabelledBox = z.infer<typeof labelledBox>

/** What a sample may carry beside its class. All of it is part of the version's digest. */
export const annotation = z.object({
  /** Transcription of a line or page, in NFC. */
  text: z.string().nullable(),
  /** Numeric target. */
  value: z.number().nullable(),
  /** Samples of one group (a person, a document) belong in one subset. */
  group: z.string().nullable(),
  boxes: z.array(labelledBox),
})
export type Annotation = z.infer<typeof annotation>

export const sample = z.object({
  /** 0-based position in the version's canonical order (by path). */
  ordinal: z.number().int(),
  path: z.string(),
  hash: sha256,
  /** `''`: it has no class. */
  label: z.string(),
  ...annotation.shape,
  subset,
  /** Displayed (EXIF-turned) size in px; 0 for a row of a table, which has none. */
  width: z.number().int(),
  height: z.number().int(),
  bytes: z.number().int(),
  mediaType: z.string(),
})
export type Sample = z.infer<typeof sample>

/** A format that a version can be written in. */
export const datasetExporter = z.object({
  id: z.string(),
  title: z.string(),
  description: z.string(),
  /** What it writes: versions of pictures, or of rows. */
  content: z.enum(['pictures', 'rows']),
})
export type DatasetExporter = z.infer<typeof datasetExporter>

/** Side: the longer one, px. Aspect: width by height. Brightness and contrast: mean and deviation of the grey values, 0..255. */
export const sampleProperty = z.enum(['side', 'aspect', 'brightness', 'contrast', 'text-length'])
export type SampleProperty = z.infer<typeof sampleProperty>

/** Which samples of a version, and in which order. What is left out does not narrow. */
export const sampleFilter = z.object({
  labels: z.array(z.string()).optional(),
  /** Samples with a box of any of these classes. */
  boxLabels: z.array(z.string()).optional(),
  subset: subset.optional(),
  /** Name of the split that gives the subsets; the version's own when left out. */
  split: z.string().optional(),
  /** Part of the path or of the transcription; ASCII letters match in either case. */
  search: z.string().min(1).max(1_000).optional(),
  /** Limits of the longer side, px. */
  sides: z
    .object({ min: z.number().int().min(0).optional(), max: z.number().int().min(0).optional() })
    .optional(),
  /** By what a model said of the samples (`datasets.predict`). */
  prediction: z
    .object({
      id: z.string().min(1),
      /** `wrong` holds the confidently wrong ones too. */
      outcome: z.enum(['right', 'wrong', 'confident-wrong']).optional(),
      /** Predicted as this class. */
      label: z.string().optional(),
      /** Whether the model was trained on the sample. */
      seen: z.boolean().optional(),
    })
    .optional(),
  /** A selection that was kept (`datasets.keepSelection`). */
  selection: z.string().min(1).optional(),
  /** Samples that the quality check found; with the sort `finding` in its order: groups together, worst first. */
  finding: findingKind.optional(),
  /** Limits of what is measured, both included. Brightness and contrast are known once the version was checked. */
  within: z
    .object({ property: sampleProperty, min: z.number().optional(), max: z.number().optional() })
    .optional(),
  /** Samples whose transcription holds this character. */
  character: z.string().min(1).max(20).optional(),
  sort: z.enum(['path', 'label', 'pixels', 'bytes', 'value', 'text-length', 'finding']).default('path'),
  descending: z.boolean().default(false),
})
export type SampleFilter = z.infer<typeof sampleFilter>

// ---- experiments

export const runStatus = z.enum(['SCHEDULED', 'RUNNING', 'FINISHED', 'FAILED', 'KILLED'])
export type RunStatus = z.infer<typeof runStatus>

export const metricPoint = z.object({
  key: z.string(),
  /** NaN and the infinities are kept; `z.number()` would refuse them. */
  value: z.custom<number>((value) => typeof value === 'number', 'a number is needed'),
  /** Global optimiser step. */
  step: z.number().int(),
  timestamp,
})
export type MetricPoint = z.infer<typeof metricPoint>

export const latestMetric = z.object({
  value: z.number(),
  step: z.number().int(),
  timestamp,
  min: z.number(),
  max: z.number(),
  count: z.number().int(),
})
export type LatestMetric = z.infer<typeof latestMetric>

export const run = z.object({
  /** 32 hex digits, as MLflow writes them. */
  id: z.string(),
  experiment: z.string(),
  name: z.string(),
  status: runStatus,
  lifecycle: z.enum(['active', 'deleted']),
  startTime: timestamp.nullable(),
  endTime: timestamp.nullable(),
  datasetVersionId: z.string().nullable(),
  datasetLabel: z.string().nullable(),
  jobId: z.string().nullable(),
  parentId: z.string().nullable(),
  user: z.string(),
  /** What it ran on, as whoever logged it says: packages, hardware, operating system. */
  environment: z.record(z.string(), z.unknown()).nullable(),
  params: z.record(z.string(), z.string()),
  metrics: z.record(z.string(), latestMetric),
  tags: z.record(z.string(), z.string()),
  artifacts: z.array(z.object({ path: z.string(), hash: sha256, bytes: z.number().int() })),
  /** Whether the run has a model that can be registered. */
  hasModel: z.boolean(),
})
export type Run = z.infer<typeof run>

/** One thinned series. Arrays have equal length, in step order; gaps stay gaps. */
export const series = z.object({
  runId: z.string(),
  key: z.string(),
  steps: z.array(z.number()),
  values: z.array(z.number()),
  timestamps: z.array(timestamp),
  /** Epoch of each point, null where the run logged none. */
  epochs: z.array(z.number().nullable()),
  total: z.number().int(),
})
export type Series = z.infer<typeof series>

/** How a run that was started from another one's record compares with it. */
export const reproduction = z.object({
  original: z.string(),
  originalName: z.string(),
  /**
   * `identical`: equal losses at each step and equal weights, to the bit. `unfinished`: one of both ended before its
   * time, so only the steps that both have can be compared.
   */
  verdict: z.enum(['running', 'identical', 'within-tolerance', 'differs', 'unfinished']),
  /** The first step whose loss is not the same. */
  first: z.object({ step: z.number().int(), expected: z.number(), found: z.number() }).nullable(),
  /** The first step whose loss is not within tolerance. */
  firstBeyond: z.object({ step: z.number().int(), expected: z.number(), found: z.number() }).nullable(),
  /** What each computed on, where that is recorded. */
  backends: z.object({ expected: z.string().nullable(), found: z.string().nullable() }),
  /** What was recorded otherwise: backend, versions, machine, data. */
  differences: z.array(z.object({ key: z.string(), expected: z.string(), found: z.string() })),
})
export type Reproduction = z.infer<typeof reproduction>

/** What a training learnt from in one step. Pictures are as they lie in the dataset, before any augmentation. */
export const stepBatch = z.object({
  step: z.number().int(),
  /** 1-based. */
  epoch: z.number().int(),
  /** Steps of the whole training, as it was planned. */
  totalSteps: z.number().int(),
  datasetVersionId: z.string(),
  /** In the order of the batch. `hash` is null for the row of a table. */
  samples: z.array(
    z.object({
      path: z.string(),
      hash: z.string().nullable(),
      label: z.string().nullable(),
      text: z.string().nullable(),
      value: z.number().nullable(),
    }),
  ),
})
export type StepBatch = z.infer<typeof stepBatch>

// ---- training

export const backendId = z.enum(['tensorflow-gpu', 'webgpu', 'tensorflow', 'wasm'])
export type BackendId = z.infer<typeof backendId>

export const backendStatus = z.object({
  id: backendId,
  title: z.string(),
  available: z.boolean(),
  /** Version and device where available; otherwise why not and what to install. */
  detail: z.string(),
  /** What the app can fetch and install for it; null where nothing is to be installed. */
  install: z
    .object({
      packages: z.array(z.string()),
      downloadBytes: z.number(),
      note: z.string().nullable(),
      /** Whether the app has installed it before. */
      installed: z.boolean(),
    })
    .nullable(),
})
export type BackendStatus = z.infer<typeof backendStatus>

export const optionField = z.object({
  key: z.string(),
  title: z.string(),
  help: z.string(),
  kind: z.enum(['integer', 'number', 'choice', 'boolean', 'text']),
  default: z.union([z.number(), z.string(), z.boolean()]),
  min: z.number().optional(),
  max: z.number().optional(),
  choices: z.array(z.string()).optional(),
  /** Of a text: a regular expression that the whole of it must match. */
  pattern: z.string().optional(),
  /** Title of the group in which a long form shows it; left out: always at hand. */
  group: z.string().optional(),
})
export type OptionField = z.infer<typeof optionField>

/** A way to train: an architecture with its options. The window draws its form from `options`. */
export const trainingPreset = z.object({
  id: z.string(),
  title: z.string(),
  description: z.string(),
  options: z.array(optionField),
  /** What it learns from; left out: pictures with classes. */
  learns: z.enum(['lines', 'row-classes', 'row-numbers']).optional(),
})
export type TrainingPreset = z.infer<typeof trainingPreset>

/** What reads along a line in the line recogniser. */
export const recurrentCellName = z.enum(['lstm', 'gru'])
export type RecurrentCellName = z.infer<typeof recurrentCellName>

export const trainingOptions = z.object({
  epochs: z.number().int().min(1).max(10_000).default(5),
  batchSize: z.number().int().min(1).max(4096).default(64),
  learningRate: z.number().positive().max(10).default(0.001),
  seed: z
    .number()
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .default(42),
  /** Pictures are scaled to this many px on each side; 0 takes the dataset's median size, at most 64. */
  imageSize: z.number().int().min(0).max(512).default(0),
  optimizer: z.enum(['sgd', 'momentum', 'adam', 'adamw', 'rmsprop']).default('adam'),
  schedule: z.enum(['constant', 'step', 'cosine', 'warm-up', 'one-cycle']).default('cosine'),
  weightDecay: z.number().min(0).max(1).default(0),
  /** Longest common length of a step's gradients; 0: as long as they are. */
  gradientClip: z.number().min(0).max(1_000).default(0),
  labelSmoothing: z.number().min(0).max(0.9).default(0),
  /** Whether rare classes count as much as common ones. */
  classWeights: z.boolean().default(false),
  /** Part of the last layer's inputs that each step leaves out. */
  dropout: z.number().min(0).max(0.9).default(0),
  /** Epochs without a better validation after which the training ends; 0: never. */
  patience: z.number().int().min(0).max(10_000).default(0),
  /** Part of the averaged weights that a step keeps; 0: the weights themselves are taken. */
  ema: z.number().min(0).max(0.99999).default(0),
  /** Both parameters of the Beta distribution of mixed pictures (mixup); 0: none are mixed. */
  mixup: z.number().min(0).max(10).default(0),
  flipHorizontal: z.boolean().default(false),
  flipVertical: z.boolean().default(false),
  /** Largest part of a side that is moved out of the picture. */
  shift: z.number().min(0).max(0.5).default(0),
  /** Largest part of a side that is cropped away. */
  crop: z.number().min(0).max(0.9).default(0),
  /** Largest turn either way, degrees. */
  rotation: z.number().min(0).max(180).default(0),
  /** Largest change of brightness, contrast and saturation, 0..1. */
  colour: z.number().min(0).max(1).default(0),
  /** Largest standard deviation of noise, 0..1 of the whole range. */
  noise: z.number().min(0).max(1).default(0),
  /** Largest radius of a Gaussian blur, px of the network's input. */
  blur: z.number().min(0).max(10).default(0),
  /** Of lines: how far waves move their pixels, 0..1. */
  elastic: z.number().min(0).max(1).default(0),
  /** Of lines: how far they lean and taper, 0..1. */
  perspective: z.number().min(0).max(1).default(0),
  /** Of lines: how much thicker or thinner strokes become, 0..1. */
  dilation: z.number().min(0).max(1).default(0),
  /** Of lines: what the recurrent layer is made of. */
  cell: recurrentCellName.default('lstm'),
  /** Of tables: hidden layers, and units in each. */
  layers: z.number().int().min(1).max(20).default(2),
  width: z.number().int().min(1).max(4_096).default(64),
  /** Of tables: whether hidden layers standardise their outputs by the batch. */
  batchNorm: z.boolean().default(false),
  /** Of numbers: squared error, or squared up to a deviation of 1 and linear beyond (Huber). */
  regressionLoss: z.enum(['mse', 'huber']).default('mse'),
})
export type TrainingOptions = z.infer<typeof trainingOptions>

type OptionalFields<Shape extends Record<string, { unwrap(): z.ZodType }>> = {
  [Key in keyof Shape]: z.ZodOptional<ReturnType<Shape[Key]['unwrap']>>
}

/** What was chosen of the options: what is left out is the preset's, not the general default. */
export const trainingChoices = z.object(
  Object.fromEntries(
    Object.entries(trainingOptions.shape).map(([key, field]) => [key, z.optional(field.unwrap())]),
  ) as OptionalFields<typeof trainingOptions.shape>,
)
export type TrainingChoices = z.infer<typeof trainingChoices>

// ---- registry

export const inputLayout = z.enum(['nhwc', 'nchw'])
export const outputValues = z.enum(['probabilities', 'logits'])
export const blankPlace = z.enum(['first', 'last'])

/** Name, dtype and shape of input and output; -1 is an open size, the batch first. */
const modelPort = z.object({
  name: z.string(),
  dtype: z.literal('float32'),
  shape: z.array(z.number().int()),
})
export const modelSignature = z.object({
  /** `layout`: where a picture's channels stand; absent: last. */
  input: modelPort.extend({ layout: inputLayout.optional() }),
  output: modelPort.extend({
    /** Absent: probabilities, the softmax is in the model. */
    values: outputValues.optional(),
    /** The class of a line recogniser that stands for no character; absent: the last. */
    blank: blankPlace.optional(),
  }),
})
export type ModelSignature = z.infer<typeof modelSignature>

/** How a picture becomes the model's input; recorded with the model and followed by the app and every bundle. */
export const imagePreprocessing = z.object({
  /** 0: as the picture's proportions ask for at the height. */
  width: z.number().int(),
  height: z.number().int(),
  channels: z.union([z.literal(1), z.literal(3)]),
  /** input = pixel * scale + offset, pixel in 0..255 */
  scale: z.number(),
  offset: z.number(),
  /** For red, green and blue apart, in place of `scale` and `offset`. */
  perChannel: z
    .object({ scale: z.array(z.number()).length(3), offset: z.array(z.number()).length(3) })
    .optional(),
})
export type ImagePreprocessing = z.infer<typeof imagePreprocessing>

/** Of pictures, or of the rows of a table. */
export const modelPreprocessing = z.union([imagePreprocessing, tablePreprocessing])
export type ModelPreprocessing = z.infer<typeof modelPreprocessing>

/** `line-recogniser`: reads pictures of lines; its labels are its alphabet, and its pictures keep their proportions. */
export const modelKind = z.enum([
  'image-classifier',
  'line-recogniser',
  'table-classifier',
  'table-regressor',
])
export type ModelKind = z.infer<typeof modelKind>

/** `tfjs`: model.json and weights.bin, made by a training here. `onnx`: one file, trained elsewhere. */
export const modelFormat = z.enum(['tfjs', 'onnx'])
export type ModelFormat = z.infer<typeof modelFormat>

/** `tfjs`: TensorFlow.js on WebAssembly. `onnxruntime`: the model's ONNX form in onnxruntime-node. */
export const inferenceEngine = z.enum(['tfjs', 'onnxruntime'])
export type InferenceEngine = z.infer<typeof inferenceEngine>

/** Which engine answers for a version, as measured when it was registered. */
export const inferenceChoice = z.object({
  engine: inferenceEngine,
  /** Median for one picture that is decoded already, in ms; null: the engine could not run the model. */
  milliseconds: z.object({ tfjs: z.number().nullable(), onnxruntime: z.number().nullable() }),
  /** The largest difference between the two engines' answers; null when only one ran. */
  difference: z.number().nullable(),
  /** Why this engine, in a sentence. */
  reason: z.string(),
})
export type InferenceChoice = z.infer<typeof inferenceChoice>

export const modelVersion = z.object({
  model: z.string(),
  /** 1-based, never reused. */
  version: z.number().int(),
  kind: modelKind,
  aliases: z.array(z.string()),
  status: z.enum(['ready', 'damaged']),
  statusMessage: z.string().nullable(),
  /** sha256 of the version's manifest. */
  digest: sha256,
  signature: modelSignature,
  preprocessing: modelPreprocessing,
  /** Classes, characters, or the name of the number that is predicted. */
  labels: z.array(z.string()),
  files: z.array(z.object({ path: z.string(), hash: sha256, bytes: z.number().int() })),
  /** One of `files`, and what it was called where it comes from: a picture, or JSON `{"rows": [...]}`. */
  inputExample: z
    .object({ path: z.string(), name: z.string(), hash: sha256, bytes: z.number().int() })
    .nullable(),
  format: modelFormat,
  /** Null: never measured; tfjs answers. */
  inference: inferenceChoice.nullable(),
  /** Lineage: the run that made it, or the file that it was imported from. */
  runId: z.string().nullable(),
  runName: z.string().nullable(),
  importedFrom: z.string().nullable(),
  datasetVersionId: z.string().nullable(),
  datasetLabel: z.string().nullable(),
  metrics: z.record(z.string(), z.number()),
  createdAt: timestamp,
})
export type ModelVersion = z.infer<typeof modelVersion>

/** What a model file trained elsewhere does not say of itself. All of it is optional for files that Glyphlab wrote. */
export const modelImportOptions = z.object({
  kind: modelKind.optional(),
  width: z.number().int().min(1).max(8192).optional(),
  height: z.number().int().min(1).max(8192).optional(),
  channels: z.union([z.literal(1), z.literal(3)]).optional(),
  layout: inputLayout.optional(),
  /** input = (pixel * scale - mean) / std, pixel in 0..255; one number, or one for each channel. */
  scale: z.number().optional(),
  mean: z.array(z.number()).min(1).max(3).optional(),
  std: z.array(z.number().positive()).min(1).max(3).optional(),
  values: outputValues.optional(),
  blank: blankPlace.optional(),
})
export type ModelImportOptions = z.infer<typeof modelImportOptions>

/** `glyphmodel`: one file with everything, signed. `mlflow`: a folder that `mlflow.onnx.load_model` loads. */
export const exportFormat = z.enum(['onnx', 'tfjs', 'glyphmodel', 'mlflow'])
export type ExportFormat = z.infer<typeof exportFormat>

export const exportedModel = z.object({
  /** The file, or the folder for tfjs and mlflow. */
  path: z.string(),
  format: exportFormat,
  bytes: z.number().int(),
})
export type ExportedModel = z.infer<typeof exportedModel>

export const registeredModel = z.object({
  name: z.string(),
  createdAt: timestamp,
  versionCount: z.number().int(),
  latestVersion: z.number().int().nullable(),
  aliases: z.record(z.string(), z.number().int()),
})
export type RegisteredModel = z.infer<typeof registeredModel>

export const prediction = z.object({
  file: z.string(),
  label: z.string().nullable(),
  /** What a line recogniser read. */
  text: z.string().nullable(),
  /** By label, in the model's label order, summing to 1. Empty when there is an error. */
  probabilities: z.array(z.object({ label: z.string(), probability: z.number() })),
  error: errorBody.nullable(),
  durationMs: z.number(),
})
export type Prediction = z.infer<typeof prediction>

// ---- deployment

export const deployTarget = z.object({
  id: z.string(),
  title: z.string(),
  description: z.string(),
  options: z.array(optionField),
  /** Ids of the targets that are written along with it. */
  needs: z.array(z.string()),
})
export type DeployTarget = z.infer<typeof deployTarget>

export const bundleCommand = z.object({ title: z.string(), command: z.string() })
export type BundleCommand = z.infer<typeof bundleCommand>

/** The result of a `deploy-export` job. */
export const exportedBundle = z.object({
  directory: z.string(),
  targets: z.array(z.string()).default(['docker']),
  reference: z.string(),
  name: z.string(),
  version: z.union([z.number().int(), z.string()]),
  digest: z.string(),
  totalBytes: z.number().int(),
  /** Of the key that signed it, to compare by eye: `SHA256:<base64>`. */
  fingerprint: z.string().nullable().default(null),
  /** What answers for a model; null for the OCR engine, and where it was never measured. */
  engine: inferenceEngine.nullable(),
  /** Bytes of onnxruntime in it; 0 when it is not chosen. */
  runtimeBytes: z.number().int(),
  /** What to type to build, run and try it. */
  commands: z.array(bundleCommand),
})
export type ExportedBundle = z.infer<typeof exportedBundle>

/** What a check of an exported bundle found. */
export const verifiedBundle = z.object({
  directory: z.string(),
  name: z.string(),
  version: z.union([z.number().int(), z.string()]),
  digest: z.string(),
  targets: z.array(z.string()),
  files: z.number().int(),
  /** Of the key whose signature holds; null when there is none. */
  fingerprint: z.string().nullable(),
  /** Whether it is this user's own key, or the one that was asked for. */
  trusted: z.boolean(),
  /** Golden answers that were given again; null when they were not asked because something else is wrong. */
  golden: z.number().int().nullable(),
  /** Each names a file and what is wrong with it. Empty: the bundle is what was exported. */
  problems: z.array(z.string()),
})
export type VerifiedBundle = z.infer<typeof verifiedBundle>

export const auditEvent = z.object({
  sequence: z.number().int(),
  at: timestamp,
  action: z.string(),
  subject: z.string(),
  details: z.record(z.string(), z.unknown()),
  /** sha256 over the previous hash and this event. */
  hash: sha256,
})
export type AuditEvent = z.infer<typeof auditEvent>

// ---- engine

export const engineStatus = z.object({
  version: z.string(),
  pid: z.number().int(),
  home: z.string(),
  nodeVersion: z.string(),
  platform: z.string(),
  startedAt: timestamp,
  cpuCount: z.number().int(),
  memoryBytes: z.number(),
  diskFreeBytes: z.number(),
  blobBytes: z.number(),
  runningJobs: z.number().int(),
  queuedJobs: z.number().int(),
})
export type EngineStatus = z.infer<typeof engineStatus>

/** What can be made again at any time: it is kept within `mostBytes`, what was used least recently goes first. */
export const cacheUsage = z.object({
  cache: z.enum(['tensors', 'thumbnails']),
  bytes: z.number(),
  files: z.number().int(),
  mostBytes: z.number(),
})
export type CacheUsage = z.infer<typeof cacheUsage>

import { z } from 'zod'
import { alertKind, alertRule, runAlert } from './alerts.ts'
import { dashboard, runStatistics } from './dashboards.ts'
import {
  datasetMap,
  datasetPrediction,
  mapSource,
  modelSource,
  samplePoints,
  samplePrediction,
} from './dataset-maps.ts'
import {
  deploymentPlace,
  dockerState,
  keptInputs,
  localDeployment,
  localDeploymentDetails,
  servedInput,
  servedLog,
  servedSummary,
} from './deployments.ts'
import { browsedSample, draftEdits, draftState, sampleEdit } from './drafts.ts'
import {
  auditEvent,
  backendId,
  backendStatus,
  cacheUsage,
  dataset,
  datasetExporter,
  datasetVersion,
  deletedDataset,
  deployTarget,
  engineStatus,
  exportedModel,
  exportFormat,
  fileSource,
  importInspection,
  importStorage,
  job,
  metricPoint,
  modelImportOptions,
  modelVersion,
  onConflict,
  page,
  pageEngine,
  pageFormat,
  pageHit,
  pageSummary,
  prediction,
  registeredModel,
  reproduction,
  run,
  sampleFilter,
  series,
  shippedSample,
  stepBatch,
  subset,
  trainingChoices,
  trainingOptions,
  trainingPreset,
} from './entities.ts'
import { runEvaluation } from './evaluation.ts'
import { findingKind } from './finding-kind.ts'
import { googleVision, googleVisionChange, visionCost } from './google-vision.ts'
import { pageChange } from './page-arranging.ts'
import { comparison, comparisonSummary, importedTruths, pageTruth, textPart } from './page-comparing.ts'
import { preprocessing, preprocessingStep, readingOptions } from './page-reading.ts'
import { pageRegions } from './page-regions.ts'
import { madeReplacement, replacementOnPages, replacementPreview } from './page-replacing.ts'
import { pageWatch } from './page-watching.ts'
import { findingMember, qualityRules, remedy, versionDrift, versionQuality } from './quality.ts'
import { recipeSteps, splitRule } from './recipes.ts'
import {
  aliasGates,
  aliasMove,
  flipKind,
  flippedSample,
  gateKind,
  gateReport,
  gateRules,
  modelCard,
  modelLineage,
  moveReason,
  overrideReason,
  versionFacts,
} from './registry.ts'
import { rowPrediction, tableCell, tableColumn, tableRow } from './tables.ts'
import {
  experiment,
  foundRun,
  mlflowModelVersion,
  mlflowServerFacts,
  mlflowServing,
  packedSeries,
  purgedRuns,
  runArtifact,
  runConsole,
  runFormat,
  runGroup,
  runImportInspection,
  runInput,
  runSync,
  runWatch,
  searchCompletion,
  serverAccess,
} from './tracking.ts'
import { searchSpace, study, trial, tuningDirection, tuningPlugin } from './tuning.ts'
import {
  recipePreview,
  sampleDifference,
  versionDiff,
  versionLineage,
  versionSplit,
} from './version-history.ts'
import { wordEdit } from './word-editing.ts'

interface Procedure<I extends z.ZodType, O extends z.ZodType> {
  kind: 'query' | 'command'
  input: I
  output: O
}

const query = <I extends z.ZodType, O extends z.ZodType>(input: I, output: O): Procedure<I, O> => ({
  kind: 'query',
  input,
  output,
})
const command = <I extends z.ZodType, O extends z.ZodType>(input: I, output: O): Procedure<I, O> => ({
  kind: 'command',
  input,
  output,
})

const nothing = z.object({})
const slice = {
  offset: z.number().int().min(0).default(0),
  limit: z.number().int().min(1).max(5_000).default(200),
}
/** Whether the version's unsaved edits are applied. */
const withDraft = z.boolean().default(false)
export const objectName = z
  .string()
  .trim()
  .min(1, 'a name needs at least one character')
  .max(200, 'a name has at most 200 characters')
  .regex(/^[^/@\\\p{Cc}]+$/u, 'a name has no slash, backslash, @ or control character')

/** Which runs, in the search language (README, "Search"). Experiments by name; left out: all. */
const runSearch = {
  filter: z.string().max(20_000).default(''),
  experiments: z.array(z.string()).optional(),
  lifecycle: z.enum(['active', 'deleted', 'all']).default('active'),
}
/** Fields of the search language: `metrics.loss`, `min(metrics.loss)`, `params.lr`, `duration`, ... */
const columns = z.array(z.string().max(2_000)).max(200).default([])
const runIds = z.array(z.string()).min(1)

const runImportSource = z.object({
  source: fileSource,
  /** `tensorboard`, `mlflow-files`, ...; left out, it is recognised. */
  kind: z.string().optional(),
  /** Puts the runs into this experiment, instead of those that the source names. */
  experiment: objectName.optional(),
})

/** Names a version of a registered model: `name@alias` or `name/3`; `name` alone is its newest version. */
export const modelReference = z.string().min(1)

export const procedures = {
  'engine.status': query(nothing, engineStatus),
  'engine.audit': query(
    z.object(slice),
    z.object({ total: z.number().int(), items: z.array(auditEvent), intact: z.boolean() }),
  ),
  'engine.caches': query(nothing, z.array(cacheUsage)),
  'engine.clearCaches': command(nothing, z.object({ freedBytes: z.number() })),
  'samples.list': query(nothing, z.array(shippedSample)),
  /** A small picture (at most 256 px a side) of a file that the window has no bytes of, as a data URL. */
  'pictures.preview': query(z.object({ source: fileSource }), z.object({ url: z.string() })),

  'jobs.list': query(z.object({ limit: z.number().int().min(1).max(500).default(50) }), z.array(job)),
  'jobs.get': query(z.object({ jobId: z.string() }), job),
  'jobs.cancel': command(z.object({ jobId: z.string() }), job),
  /** Holds a job that can be held (`pausable`): what is in work is finished, nothing new is begun. */
  'jobs.pause': command(z.object({ jobId: z.string() }), job),
  /** Starts a paused, failed, cancelled or interrupted job again from its stored input. */
  'jobs.retry': command(z.object({ jobId: z.string() }), job),
  'jobs.log': query(z.object({ jobId: z.string() }), z.object({ lines: z.array(z.string()) })),

  /** Stores the pictures and reads them in a job: a page for each, and for each page of a TIFF or PDF file. */
  'pages.read': command(
    z.object({
      files: z.array(fileSource).min(1).max(10_000),
      ...readingOptions.shape,
      /** Of each page. */
      regions: pageRegions.default([]),
    }),
    z.object({ jobId: z.string(), pageIds: z.array(z.string()) }),
  ),
  /**
   * Reads the stored pictures of pages again, with another engine or recipe. Each becomes a new page beside the old one,
   * whose corrections stay where they are.
   */
  'pages.readAgain': command(
    z.object({ pageIds: z.array(z.string()).min(1).max(10_000), ...readingOptions.shape }),
    z.object({ jobId: z.string(), pageIds: z.array(z.string()) }),
  ),
  /**
   * Reads the pictures that come into a folder, now and after each start, each once it is written to its end. What is
   * there already is read only when asked for. Watching what is watched changes how it is read.
   */
  'pages.watch': command(
    z.object({
      path: z.string().min(1).max(4_000),
      recursive: z.boolean().default(false),
      existing: z.boolean().default(false),
      ...readingOptions.shape,
    }),
    pageWatch,
  ),
  'pages.watches': query(nothing, z.array(pageWatch)),
  /** Stops watching; the pages that came stay. */
  'pages.unwatch': command(z.object({ watchId: z.string() }), nothing),
  'googleVision.status': query(nothing, googleVision),
  /** Sets what is given. Pictures are sent with a key and the user's agreement only. */
  'googleVision.set': command(googleVisionChange, googleVision),
  /** Forgets the key, and takes the agreement back. */
  'googleVision.remove': command(nothing, googleVision),
  /** What reading files, and so many stored pages, would cost. @throws FORBIDDEN where it is not set up */
  'googleVision.cost': query(
    z.object({
      files: z.array(fileSource).max(100_000).default([]),
      pages: z.number().int().min(0).max(10_000_000).default(0),
    }),
    visionCost,
  ),
  'pages.engines': query(nothing, z.array(pageEngine)),
  /** A page's picture before and after a recipe, as PNGs within `side` px, and the recipe with what was measured. */
  'pages.preprocess': query(
    z.object({
      pageId: z.string(),
      preprocessing,
      side: z.number().int().min(64).max(2_000).default(900),
    }),
    z.object({
      before: z.string(),
      after: z.string(),
      steps: z.array(preprocessingStep),
    }),
  ),
  'pages.list': query(z.object(slice), z.object({ total: z.number().int(), items: z.array(pageSummary) })),
  'pages.get': query(z.object({ pageId: z.string() }), page),
  /** Appends a correction; an empty text means that there is no such word; null takes the correction back. */
  'pages.correctWord': command(
    z.object({ pageId: z.string(), wordIndex: z.number().int().min(0), text: z.string().nullable() }),
    page,
  ),
  /** Joins words, splits one or moves its box; their texts as shown stay, and everything is taken back by `pages.undo`. */
  'pages.editWords': command(z.object({ pageId: z.string(), edit: wordEdit }), page),
  /**
   * Turns or crops a page, or moves it to another place. Its words go along; the original picture stays as it is, and
   * everything is taken back by `pages.undo`.
   */
  'pages.arrange': command(z.object({ pageId: z.string(), change: pageChange }), page),
  /** Indices of the words that are not in the word list of the page's language; null where there is no such list. */
  'pages.spelling': query(
    z.object({ pageId: z.string() }),
    z.object({ words: z.array(z.number().int()) }).nullable(),
  ),
  /** Draws all regions of a page anew. They count when it is read, and go out with it. */
  'pages.setRegions': command(z.object({ pageId: z.string(), regions: pageRegions }), page),
  /** Takes pages out of sight, out of search and exports; they can be restored for 30 days. */
  'pages.remove': command(
    z.object({ pageIds: z.array(z.string()).min(1).max(100_000) }),
    z.object({ removed: z.number().int() }),
  ),
  'pages.restore': command(
    z.object({ pageIds: z.array(z.string()).min(1).max(100_000) }),
    z.object({ restored: z.number().int() }),
  ),
  /** Pages that were removed, the last one first. */
  'pages.removed': query(nothing, z.array(pageSummary)),
  /** Takes the last step on a page back: a correction, a replacement on this page, words edited, the page arranged. */
  'pages.undo': command(z.object({ pageId: z.string() }), page),
  'pages.redo': command(z.object({ pageId: z.string() }), page),
  'pages.delete': command(
    z.object({ pageIds: z.array(z.string()).min(1) }),
    z.object({ deleted: z.number().int() }),
  ),
  'pages.formats': query(nothing, z.array(pageFormat)),
  /** Pages as text of a textual format, to show and to copy. */
  'pages.render': query(
    z.object({ pageIds: z.array(z.string()).min(1).max(1_000), format: z.string() }),
    z.object({ text: z.string() }),
  ),
  /**
   * Writes pages into `directory`, which is new or empty, or all of them into one new `file`. The job's result: directory
   * or file, files, pages, bytes, warnings.
   */
  'pages.export': command(
    z.object({
      pageIds: z.array(z.string()).min(1).max(100_000),
      format: z.string(),
      directory: z.string().min(1).optional(),
      file: z.string().min(1).optional(),
      /** In a directory: one file of all pages; false: one a page. */
      combine: z.boolean().default(false),
      /** In a directory: writes the pages' pictures too. */
      pictures: z.boolean().default(false),
      /** Pixels per inch of pictures that don't say theirs. */
      resolution: z.number().min(30).max(2_400).default(300),
    }),
    z.object({ jobId: z.string() }),
  ),
  /** Finds words in everything read, as corrected: pages with all of them, the best first. "..." finds a phrase; the last word may be unfinished. */
  'pages.search': query(
    z.object({
      text: z.string().max(1_000),
      /** Looks into this page only. */
      pageId: z.string().optional(),
      ...slice,
      limit: z.number().int().min(1).max(500).default(50),
    }),
    z.object({ total: z.number().int(), items: z.array(pageHit) }),
  ),
  /** What `pages.replace` would do, with the first `limit` places. */
  'pages.previewReplace': query(
    z.object({
      ...replacementOnPages.shape,
      limit: z.number().int().min(1).max(5_000).default(500),
    }),
    replacementPreview,
  ),
  /** Finds and replaces in the words of pages, as corrected, all at once; the words keep their boxes. */
  'pages.replace': command(replacementOnPages, madeReplacement),
  /** Takes a replacement back, as one; words that were corrected since stay, and are counted as `kept`. */
  'pages.undoReplace': command(
    z.object({ id: z.string() }),
    z.object({ restored: z.number().int(), kept: z.number().int() }),
  ),
  /** The newest first. */
  'pages.replacements': query(
    z.object({ limit: z.number().int().min(1).max(500).default(20) }),
    z.array(madeReplacement),
  ),
  /** What really stands on a page's picture; null where nobody has said. */
  'pages.truth': query(z.object({ pageId: z.string() }), pageTruth.nullable()),
  /** Says what stands on a page's picture, whatever page of it is read; null takes it back. */
  'pages.setTruth': command(
    z.object({ pageId: z.string(), text: z.string().max(10_000_000).nullable() }),
    pageTruth.nullable(),
  ),
  /** Takes the text of pages, as corrected, for what stands on their pictures. */
  'pages.takeTruth': command(
    z.object({ pageIds: z.array(z.string()).min(1).max(10_000) }),
    z.object({ taken: z.number().int() }),
  ),
  /** Takes what stands on pictures from PAGE XML, ALTO, hOCR or text files; pages are found by the pictures' names. */
  'pages.importText': command(
    z.object({
      files: z.array(fileSource).min(1).max(10_000),
      /** Looks for these pages only; left out: all. */
      pageIds: z.array(z.string()).min(1).max(100_000).optional(),
    }),
    importedTruths,
  ),
  /** Pages with a truth, the newest first: what stands on their picture is said, or a reading of it was corrected. */
  'pages.withTruth': query(
    nothing,
    z.array(z.object({ pageId: z.string(), name: z.string(), source: pageTruth.shape.source })),
  ),
  /**
   * Reads pages in several ways in a job, and measures each against what stands on them. Each way is a run; a picture
   * counts once, and pages without a truth are refused by name.
   */
  'pages.compare': command(
    z.object({
      /** Left out: every page with a truth. */
      pageIds: z.array(z.string()).min(1).max(1_000).optional(),
      ways: z.array(readingOptions).min(1).max(12),
      name: objectName.optional(),
      experiment: objectName.default('OCR comparisons'),
    }),
    z.object({ id: z.string(), jobId: z.string(), runIds: z.array(z.string()) }),
  ),
  /** The newest first. */
  'pages.comparisons': query(
    z.object({ limit: z.number().int().min(1).max(500).default(100) }),
    z.array(comparisonSummary),
  ),
  'pages.comparison': query(z.object({ id: z.string() }), comparison),
  /** Where readings of one page differ from the truth. */
  'pages.comparisonPage': query(
    z.object({ id: z.string(), page: z.number().int().min(0) }),
    z.object({
      truth: z.string(),
      /** In the order of the comparison's ways; null where the page is not read yet. */
      ways: z.array(z.object({ parts: z.array(textPart), error: z.string().nullable() }).nullable()),
    }),
  ),
  /** Its runs stay. */
  'pages.deleteComparison': command(z.object({ id: z.string() }), z.object({ deleted: z.literal(true) })),
  /** Makes a dataset version of what is on pages: pictures with their text as corrected, grouped by page. */
  'pages.toDataset': command(
    z.object({
      /** Left out: every page with a correction. */
      pageIds: z.array(z.string()).min(1).max(100_000).optional(),
      name: objectName,
      /** `lines`, `words`: a picture of its own for each; `pages`: the pages with their lines as boxes. */
      unit: z.enum(['lines', 'words', 'pages']).default('lines'),
      /** Only the lines, words or pages in which something was corrected. */
      onlyCorrected: z.boolean().default(false),
    }),
    z.object({ jobId: z.string() }),
  ),

  'datasets.import': command(
    z.object({
      source: fileSource,
      name: objectName,
      seed: z.number().int().min(0).default(42),
      fractions: z
        .object({
          train: z.number().min(0).max(1),
          validation: z.number().min(0).max(1),
          test: z.number().min(0).max(1),
        })
        .default({ train: 0.8, validation: 0.1, test: 0.1 }),
      /** Which importer; left out, the first that knows the source. */
      importer: z.string().optional(),
      /** The importer's own options (columns of a table, a name pattern ...), parsed by the importer. */
      options: z.record(z.string(), z.unknown()).default({}),
      storage: importStorage.default('copy'),
      /** Adds to the dataset's newest version, keeping its samples and their subsets; false: a version of its own. */
      merge: z.boolean().default(false),
      onConflict: onConflict.default('replace'),
    }),
    z.object({ jobId: z.string() }),
  ),
  /** Looks at a source without importing: what it is, its columns, the first samples, what is wrong. Changes nothing. */
  'datasets.inspect': query(
    z.object({
      source: fileSource,
      importer: z.string().optional(),
      options: z.record(z.string(), z.unknown()).default({}),
    }),
    importInspection,
  ),
  'datasets.list': query(nothing, z.array(dataset)),
  'datasets.versions': query(z.object({ datasetId: z.string() }), z.array(datasetVersion)),
  /** By `versionId`, or by `name`: `digits` (its newest version) or `digits@3`. */
  'datasets.version': query(
    z.object({ versionId: z.string().optional(), name: z.string().optional() }),
    datasetVersion,
  ),
  'datasets.samples': query(
    sampleFilter.extend({ versionId: z.string(), draft: withDraft, ...slice }),
    z.object({ total: z.number().int(), items: z.array(browsedSample) }),
  ),
  /** The columns of a table version; none for one of pictures. */
  'datasets.columns': query(z.object({ versionId: z.string() }), z.array(tableColumn)),
  /** Rows of a table version. `search` looks into names and cells; `column` sorts by a column instead of by `sort`. */
  'datasets.rows': query(
    sampleFilter.extend({ versionId: z.string(), column: z.string().optional(), ...slice }),
    z.object({ total: z.number().int(), items: z.array(tableRow) }),
  ),
  /** The ordinals of a filtered list, in its order: what a range in a long list selects. */
  'datasets.ordinals': query(
    sampleFilter.extend({
      versionId: z.string(),
      draft: withDraft,
      offset: slice.offset,
      limit: z.number().int().min(1).max(1_000_000).default(1_000_000),
    }),
    z.array(z.number().int()),
  ),
  /** Where the sample with this ordinal stands in the filtered list; null when the filter leaves it out. */
  'datasets.position': query(
    sampleFilter.extend({ versionId: z.string(), draft: withDraft, ordinal: z.number().int().min(0) }),
    z.object({ position: z.number().int().nullable() }),
  ),

  /** Adds an edit to the version's draft; it is on the disk when this answers. What was undone is gone then. */
  'datasets.edit': command(
    z.object({ versionId: z.string(), edit: sampleEdit, split: z.string().optional() }),
    draftState,
  ),
  'datasets.undo': command(z.object({ versionId: z.string(), split: z.string().optional() }), draftState),
  'datasets.redo': command(z.object({ versionId: z.string(), split: z.string().optional() }), draftState),
  'datasets.draft': query(
    z.object({ versionId: z.string(), split: z.string().optional(), ...slice }),
    draftEdits,
  ),
  'datasets.discardDraft': command(
    z.object({ versionId: z.string() }),
    z.object({ discarded: z.number().int() }),
  ),
  /** Makes a new version of the draft, by recipe steps; the draft is empty when the version is there. */
  'datasets.saveDraft': command(
    z.object({ versionId: z.string(), note: z.string().max(10_000).default('') }),
    z.object({ jobId: z.string() }),
  ),

  /** Makes a new version by a recipe, of the same dataset or of `name`. */
  'datasets.transform': command(
    z.object({
      versionId: z.string(),
      steps: recipeSteps,
      name: objectName.optional(),
      note: z.string().max(10_000).default(''),
    }),
    z.object({ jobId: z.string() }),
  ),
  /** What `datasets.transform` would make. */
  'datasets.preview': query(z.object({ versionId: z.string(), steps: recipeSteps }), recipePreview),
  /** Applies the recipe that made `versionId` to another version. Onto the same parent it makes the same digest. */
  'datasets.replay': command(
    z.object({
      versionId: z.string(),
      ontoVersionId: z.string(),
      name: objectName.optional(),
      note: z.string().max(10_000).default(''),
    }),
    z.object({ jobId: z.string() }),
  ),
  'datasets.splits': query(z.object({ versionId: z.string() }), z.array(versionSplit)),
  /** The splits that a rule would make, with their counts, without keeping them. */
  'datasets.previewSplit': query(z.object({ versionId: z.string(), rule: splitRule }), z.array(versionSplit)),
  /** Adds a named split (k-fold: one a fold) without a new version. */
  'datasets.addSplit': command(
    z.object({ versionId: z.string(), rule: splitRule, name: objectName.optional() }),
    z.array(versionSplit),
  ),
  'datasets.deleteSplit': command(
    z.object({ versionId: z.string(), name: z.string() }),
    z.array(versionSplit),
  ),
  'datasets.diff': query(
    z.object({
      fromVersionId: z.string(),
      toVersionId: z.string(),
      change: sampleDifference.optional(),
      ...slice,
    }),
    versionDiff,
  ),
  /** Sets tags, note or both. Recorded in the audit log. */
  'datasets.annotate': command(
    z.object({
      versionId: z.string(),
      tags: z.array(z.string().trim().min(1).max(100)).max(100).optional(),
      note: z.string().max(10_000).optional(),
    }),
    datasetVersion,
  ),
  'datasets.lineage': query(z.object({ versionId: z.string() }), versionLineage),

  /** What the last check found, and whether the dataset's rules hold. */
  'datasets.quality': query(z.object({ versionId: z.string() }), versionQuality),
  /** Checks a version (again). It is done by itself after each import and transformation. */
  'datasets.checkQuality': command(z.object({ versionId: z.string() }), z.object({ jobId: z.string() })),
  /** Looks for samples in the wrong class, by cross-validation. */
  'datasets.findLabelErrors': command(
    z.object({
      versionId: z.string(),
      folds: z.number().int().min(2).max(20).default(5),
      seed: z.number().int().min(0).default(42),
    }),
    z.object({ jobId: z.string() }),
  ),
  /** The samples that a finding names, in its order, with what is wrong with each. */
  'datasets.findingMembers': query(
    z.object({ versionId: z.string(), finding: findingKind, ...slice }),
    z.object({ total: z.number().int(), items: z.array(findingMember) }),
  ),
  'datasets.remedies': query(z.object({ versionId: z.string(), finding: findingKind }), z.array(remedy)),
  'datasets.rules': query(z.object({ datasetId: z.string() }), qualityRules),
  /** Replaces the rules of a dataset. Recorded in the audit log. */
  'datasets.setRules': command(z.object({ datasetId: z.string(), rules: qualityRules }), qualityRules),
  /** What changed in schema and statistics from one checked version to another. */
  'datasets.drift': query(z.object({ fromVersionId: z.string(), toVersionId: z.string() }), versionDrift),
  /** Puts a dataset into the trash, whence it can be restored for 30 days. Its name is free from then on. */
  'datasets.delete': command(z.object({ datasetId: z.string() }), nothing),
  /** The trash, what was deleted last first. */
  'datasets.deleted': query(nothing, z.array(deletedDataset)),
  /** Takes a dataset out of the trash, with its versions, edits and findings; `name` where its own is taken by now. */
  'datasets.restore': command(z.object({ datasetId: z.string(), name: objectName.optional() }), nothing),
  /** What purging it would free in the data folder: what no other dataset, page or model needs. */
  'datasets.purgeable': query(z.object({ datasetId: z.string() }), z.object({ bytes: z.number() })),
  /** Removes a dataset from the trash for good. */
  'datasets.purge': command(z.object({ datasetId: z.string() }), z.object({ freedBytes: z.number() })),

  /** Lays the samples out in a plane by likeness, in a job. The job's result names the map: `mapId`. */
  'datasets.makeMap': command(
    z.object({
      versionId: z.string(),
      source: mapSource.default({ kind: 'pixels' }),
      seed: z
        .number()
        .int()
        .min(0)
        .max(2 ** 31 - 1)
        .default(42),
      neighbours: z.number().int().min(2).max(100).default(15),
    }),
    z.object({ jobId: z.string() }),
  ),
  /** The maps of a version, the newest first. */
  'datasets.maps': query(z.object({ versionId: z.string() }), z.array(datasetMap)),
  /** Two Float32 a sample, by ordinal: little-endian, in base64. */
  'datasets.mapCoordinates': query(z.object({ mapId: z.string() }), z.object({ coordinates: z.string() })),
  'datasets.deleteMap': command(z.object({ mapId: z.string() }), nothing),
  'datasets.points': query(z.object({ versionId: z.string(), split: z.string().optional() }), samplePoints),
  /** Asks a model about every sample, in a job. The job's result names the answers: `predictionId`. */
  'datasets.predict': command(
    z.object({ versionId: z.string(), source: modelSource }),
    z.object({ jobId: z.string() }),
  ),
  /** The models' answers that are kept for a version, the newest first. */
  'datasets.predictions': query(z.object({ versionId: z.string() }), z.array(datasetPrediction)),
  'datasets.deletePrediction': command(z.object({ predictionId: z.string() }), nothing),
  /** By ordinal, in base64: `classes` Uint16 (place in the model's labels), `confidences` Float32, `outcomes` Uint8: 0 no class, 1 right, 2 wrong, 3 confidently wrong; 4 is added where the model was trained on the sample. */
  'datasets.predictionPoints': query(
    z.object({ predictionId: z.string() }),
    z.object({ classes: z.string(), confidences: z.string(), outcomes: z.string() }),
  ),
  /** What each model says of one sample, the newest first. */
  'datasets.samplePredictions': query(
    z.object({ versionId: z.string(), ordinal: z.number().int().min(0) }),
    z.array(samplePrediction),
  ),
  /** Keeps a selection of samples under an id that `sampleFilter` takes; the same samples get the same id. */
  'datasets.keepSelection': command(
    z.object({ versionId: z.string(), ordinals: z.array(z.number().int().min(0)).min(1) }),
    z.object({ selectionId: z.string() }),
  ),
  'datasets.selection': query(
    z.object({ versionId: z.string(), selectionId: z.string() }),
    z.object({ ordinals: z.array(z.number().int()) }),
  ),

  'datasets.exporters': query(nothing, z.array(datasetExporter)),
  /** Writes a version into `directory`, which is new or empty. The job's result: directory, pictures, bytes, warnings. */
  'datasets.export': command(
    z.object({
      versionId: z.string(),
      exporter: z.string(),
      directory: z.string().min(1),
      /** The exporter's own options, parsed by the exporter. */
      options: z.record(z.string(), z.unknown()).default({}),
      /** Writes `.gitattributes` that give the pictures to Git LFS. */
      gitLfs: z.boolean().default(false),
    }),
    z.object({ jobId: z.string() }),
  ),

  'training.presets': query(nothing, z.array(trainingPreset)),
  /** Probes each backend in a child process; the answer is kept until the engine restarts or `refresh` is set. */
  'training.backends': query(z.object({ refresh: z.boolean().default(false) }), z.array(backendStatus)),
  /**
   * Fetches and installs the packages of an optional backend into the data folder with npm, in a job, at the versions and
   * digests that came with the app; then probes the backend.
   */
  'training.installBackend': command(z.object({ backend: backendId }), z.object({ jobId: z.string() })),
  /** What an epoch would show of some training pictures, as data URLs (PNG), with these options. */
  'training.previewAugmentation': query(
    z.object({
      versionId: z.string(),
      options: trainingOptions.partial().default({}),
      pictures: z.number().int().min(1).max(16).default(4),
      variants: z.number().int().min(1).max(16).default(4),
    }),
    z.object({
      pictures: z.array(z.object({ path: z.string(), original: z.string(), variants: z.array(z.string()) })),
    }),
  ),
  'training.start': command(
    z.object({
      datasetVersionId: z.string(),
      /** Name of the split to train by; the version's own when left out. */
      split: z.string().optional(),
      /** Left out: the network for tables that fits the target, the small convolutional network for pictures. */
      preset: z.string().optional(),
      options: trainingChoices.default({}),
      backend: z.union([backendId, z.literal('auto')]).default('auto'),
      experiment: objectName.default('Default'),
      runName: objectName.optional(),
      /** The folder it is started from: where that is under git, commit and changes are recorded. */
      folder: z.string().optional(),
    }),
    z.object({ jobId: z.string(), runId: z.string() }),
  ),
  /** Ends the training after the step in work and keeps the best weights; the run becomes FINISHED. */
  'training.stop': command(z.object({ runId: z.string() }), run),

  'tuning.plugins': query(
    nothing,
    z.object({
      samplers: z.array(tuningPlugin),
      pruners: z.array(tuningPlugin),
      /** Trials side by side that this machine's cores and memory allow. */
      mostParallel: z.number().int(),
    }),
  ),
  /** Searches for better options of a training: a job that starts trials, each a run below the study's run. */
  'tuning.start': command(
    z.object({
      name: objectName.optional(),
      datasetVersionId: z.string(),
      split: z.string().optional(),
      /** Left out: as `training.start` chooses. */
      preset: z.string().optional(),
      /** What all trials have in common. */
      options: trainingChoices.default({}),
      backend: z.union([backendId, z.literal('auto')]).default('auto'),
      experiment: objectName.default('Default'),
      /** As in `training.start`. */
      folder: z.string().optional(),
      /** By key of an option of the preset; `preset` itself may be one. */
      space: searchSpace,
      sampler: z.string().default('tpe'),
      pruner: z.string().default('median'),
      objective: z.string().default('validation_loss'),
      direction: tuningDirection.default('minimize'),
      trials: z.number().int().min(1).max(10_000).default(30),
      parallel: z.number().int().min(1).max(64).default(1),
      seed: z.number().int().min(0).default(0),
    }),
    study,
  ),
  /** Newest first. */
  'tuning.list': query(nothing, z.array(study)),
  'tuning.get': query(
    z.object({ studyId: z.string() }),
    z.object({
      study,
      trials: z.array(trial),
      /** Parts of 1, largest first; empty while there are too few trials. */
      importances: z.array(z.object({ name: z.string(), importance: z.number() })),
    }),
  ),
  /** Lets the running trials end and begins no new ones. */
  'tuning.pause': command(z.object({ studyId: z.string() }), study),
  /** Goes on with a study that was paused, cancelled, interrupted or failed; `trials` sets a new limit, also of a finished one. */
  'tuning.resume': command(
    z.object({ studyId: z.string(), trials: z.number().int().min(1).max(10_000).optional() }),
    study,
  ),
  /** Ends now: running trials keep what they have. */
  'tuning.stop': command(z.object({ studyId: z.string() }), study),

  'runs.list': query(
    z.object({
      experiment: z.string().optional(),
      lifecycle: z.enum(['active', 'deleted']).default('active'),
      ...slice,
    }),
    z.object({ total: z.number().int(), items: z.array(run) }),
  ),
  'runs.get': query(z.object({ runId: z.string() }), run),
  /** Several runs by their whole ids, in that order; `missing` are those that are not there. */
  'runs.many': query(
    z.object({ runIds: runIds.max(5_000) }),
    z.object({ runs: z.array(run), missing: z.array(z.string()) }),
  ),
  'runs.series': query(
    z.object({
      runIds: z.array(z.string()).min(1).max(500),
      keys: z.array(z.string()).min(1).max(100),
      maxPoints: z.number().int().min(4).max(100_000).default(1_000),
    }),
    z.array(series),
  ),
  /** Starts a run with the data, split, preset, options, seed and backend (or on another one) of another one. */
  'runs.reproduce': command(
    z.object({ runId: z.string(), backend: backendId.optional() }),
    z.object({ jobId: z.string(), runId: z.string() }),
  ),
  /** The verdict on a run that `runs.reproduce` started; null for any other run. */
  'runs.reproduction': query(z.object({ runId: z.string() }), reproduction.nullable()),
  /** The samples that a training here learnt from in one step, told again from its seed and its data. */
  'runs.stepBatch': query(z.object({ runId: z.string(), step: z.number().int().min(1) }), stepBatch),
  /** What follows from a classifier's answers to a subset: curves, calibration, its surest mistakes, and slices. */
  'runs.evaluation': query(
    z.object({
      runId: z.string(),
      subset: subset.optional(),
      errors: z.number().int().min(0).max(1_000).default(60),
    }),
    runEvaluation,
  ),
  'runs.rename': command(z.object({ runId: z.string(), name: objectName }), run),
  /** The runs that an expression finds, as rows of a table. A page token goes on where a page ended. */
  'runs.search': query(
    z.object({
      ...runSearch,
      orderBy: z.array(z.string().max(2_000)).max(20).default([]),
      columns,
      limit: z.number().int().min(1).max(200_000).default(200),
      pageToken: z.string().optional(),
    }),
    z.object({ total: z.number().int(), nextPageToken: z.string().nullable(), runs: z.array(foundRun) }),
  ),
  /**
   * The ids of all that an expression finds, in order: what a table of any length needs to be selected and scrolled.
   * `nested` has a pair of places, the child's and the parent's, for each run whose parent was found too.
   */
  'runs.ids': query(
    z.object({ ...runSearch, orderBy: z.array(z.string().max(2_000)).max(20).default([]) }),
    z.object({
      runIds: z.array(z.string()),
      nested: z.array(z.tuple([z.number().int(), z.number().int()])),
    }),
  ),
  /** Rows of a table, in the order of the ids; a run that is gone is left out. */
  'runs.rows': query(z.object({ runIds: runIds.max(5_000), columns }), z.array(foundRun)),
  /** The runs of a search, grouped by the values of fields; each column is rolled up. */
  'runs.groups': query(
    z.object({
      ...runSearch,
      groupBy: z.array(z.string().max(2_000)).min(1).max(10),
      columns,
    }),
    z.array(runGroup),
  ),
  /** What can stand at the cursor of an expression. */
  'runs.complete': query(
    z.object({ text: z.string().max(20_000), cursor: z.number().int().min(0) }),
    searchCompletion,
  ),
  /** Keys in use: what columns a table may have. */
  'runs.keys': query(
    nothing,
    z.object({ metrics: z.array(z.string()), params: z.array(z.string()), tags: z.array(z.string()) }),
  ),
  /** Series of many runs and keys in one block of bytes, thinned; what a run has not logged is left out. */
  'runs.packedSeries': query(
    z.object({
      runIds: runIds.max(5_000),
      keys: z.array(z.string()).min(1).max(1_000),
      maxPoints: z.number().int().min(4).max(1_000_000).default(500),
      /** Without them `timestamps` is empty: a third less to send where nobody asks for times. */
      times: z.boolean().default(true),
      /** Only the points of these steps, both included: to look closer. */
      steps: z.object({ from: z.number().int(), to: z.number().int() }).optional(),
    }),
    packedSeries,
  ),
  /** Params of several runs, key by key; null where a run has none. */
  'runs.params': query(
    z.object({ runIds: runIds.max(5_000), differing: z.boolean().default(false) }),
    z.array(z.object({ key: z.string(), values: z.array(z.string().nullable()) })),
  ),
  'runs.inputs': query(z.object({ runId: z.string() }), z.array(runInput)),
  /** What lies in a folder of a run's artifacts; '' is the root. */
  'runs.artifacts': query(
    z.object({ runId: z.string(), folder: z.string().default('') }),
    z.array(runArtifact),
  ),
  /** Where to get one artifact's content: a path of this engine's HTTP surface. */
  'runs.artifact': query(
    z.object({ runId: z.string(), path: z.string() }),
    z.object({ path: z.string(), hash: z.string(), bytes: z.number().int(), url: z.string() }),
  ),

  /**
   * What a run's process has printed, from byte `from` on, in parts; 0 begins with the end of a long one. Event
   * `run.printed` tells when there is more.
   */
  'runs.console': query(
    z.object({ runId: z.string(), from: z.number().int().min(0).default(0) }),
    runConsole,
  ),

  /** Begins a run that is logged from outside; it is RUNNING. With the id of one that is there, that one is meant. */
  'runs.create': command(
    z.object({
      id: z
        .string()
        .regex(/^[0-9a-f]{32}$/, 'an id has 32 hexadecimal digits')
        .optional(),
      startTime: z.number().int().optional(),
      experiment: objectName.default('Default'),
      name: objectName.optional(),
      parentId: z.string().optional(),
      user: z.string().max(250).default(''),
      params: z.record(z.string(), z.string()).default({}),
      tags: z.record(z.string(), z.string()).default({}),
      environment: z.record(z.string(), z.unknown()).optional(),
    }),
    run,
  ),
  /** Adds to a run, all of it or nothing. Params may be of any length; a param that is there is replaced. */
  'runs.log': command(
    z.object({
      runId: z.string(),
      params: z.record(z.string(), z.string()).default({}),
      metrics: z.array(metricPoint).max(1_000_000).default([]),
      tags: z.record(z.string(), z.string()).default({}),
      inputs: z.array(runInput).max(1_000).default([]),
    }),
    nothing,
  ),
  'runs.logArtifact': command(
    z.object({ runId: z.string(), path: z.string().min(1).max(4_000), source: fileSource }),
    runArtifact,
  ),
  /** Promises a sign of life so often: a run whose process died does not run for ever. */
  'runs.heartbeat': command(
    z.object({ runId: z.string(), everyMs: z.number().int().min(1_000).max(3_600_000).default(10_000) }),
    nothing,
  ),
  /**
   * Logs how busy this machine is, every 5 s until the run ends, as MLflow's `system/...` metrics; of one of its
   * processes too, until that ends. It stops with the engine.
   */
  'runs.monitor': command(z.object({ runId: z.string(), pid: z.number().int().min(1).optional() }), nothing),
  'runs.end': command(
    z.object({
      runId: z.string(),
      status: z.enum(['FINISHED', 'FAILED', 'KILLED']).default('FINISHED'),
      endTime: z.number().int().optional(),
    }),
    run,
  ),
  /** Sets tags of several runs; a value of null removes one. */
  'runs.setTags': command(
    z.object({ runIds: runIds.max(100_000), tags: z.record(z.string(), z.string().nullable()) }),
    z.object({ changed: z.number().int() }),
  ),
  /** Sets the run's note, in Markdown; it is MLflow's tag mlflow.note.content. An empty one is removed. */
  'runs.note': command(z.object({ runId: z.string(), note: z.string().max(1_000_000) }), run),
  /** Files hover over the window: what opens runs gets ready, for some minutes. */
  'runs.expectImport': command(nothing, nothing),
  /** Looks at a folder or file of runs that another program logged: what it is and what is in it. Changes nothing. */
  'runs.inspectImport': query(runImportSource, runImportInspection),
  /**
   * Opens such runs: they are stored here, and nothing is written to the source. What is here already is not added
   * again. The job's result is a `runImportReport`.
   */
  'runs.import': command(runImportSource, z.object({ jobId: z.string() })),
  /**
   * Keeps a folder or file of such runs live, from now on and after each start: it is imported now, and again whenever
   * something changes there. Watching what is watched changes its kind and experiment.
   */
  'runs.watch': command(
    z.object({
      path: z.string().min(1).max(4_000),
      kind: z.string().optional(),
      experiment: objectName.optional(),
    }),
    runWatch,
  ),
  'runs.watches': query(nothing, z.array(runWatch)),
  /** Stops watching; the runs that came stay. */
  'runs.unwatch': command(z.object({ watchId: z.string() }), nothing),
  /** Asks a server whether it answers as MLflow's API does. No run is sent. Without `access`, with the one that is kept. */
  'runs.checkServer': query(
    z.object({ url: z.string().min(1).max(2_000), access: serverAccess.optional() }),
    mlflowServerFacts,
  ),
  /**
   * Keeps an MLflow server up to date: it gets the runs now, and from then on what changes of them. Without `access` the
   * one that is kept of this address stays.
   */
  'runs.sync': command(
    z.object({
      url: z.string().min(1).max(2_000),
      experiment: z.string().optional(),
      access: serverAccess.optional(),
    }),
    runSync,
  ),
  /** Sends what has changed at once, also when a try after a failure would come later. */
  'runs.syncNow': command(z.object({ syncId: z.string() }), runSync),
  'runs.syncs': query(nothing, z.array(runSync)),
  /** Sends it nothing any more; what it has stays there. */
  'runs.unsync': command(z.object({ syncId: z.string() }), nothing),
  /** The runs that broke a rule of their experiment, newest first. */
  'runs.alerts': query(
    z.object({
      runId: z.string().optional(),
      experiment: z.string().optional(),
      limit: z.number().int().min(1).max(10_000).default(1_000),
    }),
    z.array(runAlert),
  ),
  'runs.alertRules': query(z.object({ experiment: z.string().optional() }), z.array(alertRule)),
  /**
   * Adds a rule on the runs of an experiment, those of before included. `bound` is the number, the steps or the
   * minutes. Recorded in the audit log.
   */
  'runs.addAlertRule': command(
    z.object({
      experiment: z.string(),
      kind: alertKind,
      metric: z.string().min(1).max(250).optional(),
      bound: z.number().optional(),
      goal: z.enum(['min', 'max']).optional(),
    }),
    alertRule,
  ),
  /** With the alerts that it raised. Recorded in the audit log. */
  'runs.removeAlertRule': command(z.object({ ruleId: z.string() }), nothing),
  'runs.exportFormats': query(nothing, z.array(runFormat)),
  /**
   * Writes runs in another program's format into a folder that is new or empty, or sends them to a server. Recorded in
   * the audit log. The job's result is a `runExportReport`.
   */
  'runs.export': command(
    z.object({ runIds: runIds.max(100_000), format: z.string(), target: z.string().min(1).max(4_000) }),
    z.object({ jobId: z.string() }),
  ),
  /** Removes deleted runs for good; left out: all of them. A preview says what it would free and changes nothing. */
  'runs.purge': command(
    z.object({ runIds: runIds.optional(), preview: z.boolean().default(false) }),
    purgedRuns,
  ),
  'runs.delete': command(
    z.object({ runIds: z.array(z.string()).min(1) }),
    z.object({ changed: z.number().int() }),
  ),
  'runs.restore': command(
    z.object({ runIds: z.array(z.string()).min(1) }),
    z.object({ changed: z.number().int() }),
  ),

  'dashboards.list': query(nothing, z.array(dashboard)),
  /** By id or name. */
  'dashboards.get': query(z.object({ dashboard: z.string() }), dashboard),
  /** Keeps a board of charts under a name; one of that name is replaced. Recorded in the audit log. */
  'dashboards.save': command(z.object({ name: objectName, query: z.string().max(60_000) }), dashboard),
  'dashboards.delete': command(z.object({ dashboard: z.string() }), nothing),
  /**
   * Runs as one HTML file: charts and tables, no script, nothing loaded. Metrics left out: all. `smoothing` is the weight
   * of a moving average. Recorded in the audit log.
   */
  'runs.report': command(
    z.object({
      runIds: runIds.max(500),
      title: z.string().trim().min(1).max(300),
      metrics: z.array(z.string()).max(200).optional(),
      by: z.enum(['step', 'time']).default('step'),
      logarithmic: z.boolean().default(false),
      smoothing: z.number().min(0).max(0.999).default(0),
      /** Charts that are drawn already, e.g. by the window: they stand after the curves as they are, and run nothing. */
      pictures: z
        .array(z.object({ title: z.string().max(2_000), svg: z.string().max(5_000_000) }))
        .max(50)
        .default([]),
    }),
    z.object({ html: z.string(), runs: z.number().int(), metrics: z.array(z.string()) }),
  ),
  /** Groups of runs by a param or tag, and paired tests between them over runs with the same seed. */
  'runs.statistics': query(
    z.object({
      runIds: runIds.max(5_000),
      metric: z.string(),
      value: z.enum(['last', 'min', 'max']).default('last'),
      lowerIsBetter: z.boolean().default(false),
      groupBy: z.string().regex(/^(params|tags)\../, 'groups are made by params.NAME or tags.NAME'),
      pairBy: z
        .string()
        .regex(/^(params|tags)\../, 'pairs are made by params.NAME or tags.NAME')
        .default('params.seed'),
    }),
    runStatistics,
  ),

  'experiments.list': query(
    z.object({ lifecycle: z.enum(['active', 'deleted', 'all']).default('active') }),
    z.array(experiment),
  ),
  'experiments.create': command(
    z.object({ name: objectName, tags: z.record(z.string(), z.string()).default({}) }),
    experiment,
  ),
  'experiments.rename': command(z.object({ experimentId: z.number().int(), name: objectName }), experiment),
  'experiments.setTags': command(
    z.object({ experimentId: z.number().int(), tags: z.record(z.string(), z.string().nullable()) }),
    experiment,
  ),
  /** With its runs. Recorded in the audit log. */
  'experiments.delete': command(z.object({ experimentId: z.number().int() }), experiment),
  'experiments.restore': command(z.object({ experimentId: z.number().int() }), experiment),

  /**
   * Answers MLflow's clients on a port of 127.0.0.1, until the engine ends or it is stopped. There is no password: any
   * program on this machine can reach it, pages of a browser can't. The port is remembered.
   */
  'tracking.serveMlflow': command(
    z.object({
      action: z.enum(['start', 'stop', 'status']).default('start'),
      /** 0 takes a free one; left out: the one that was chosen last, 5000 at first. */
      port: z.number().int().min(0).max(65_535).optional(),
      /** Whether it is to be served from each start on; left out: as it was. */
      always: z.boolean().optional(),
    }),
    mlflowServing,
  ),

  /** Versions that MLflow clients registered; `models.versions` has those that were trained here. */
  'models.mlflowVersions': query(z.object({ model: z.string() }), z.array(mlflowModelVersion)),
  /** `override`: why the alias moves to it although it has gates that a new version was not checked against; signed. */
  'models.register': command(
    z.object({
      runId: z.string(),
      name: objectName,
      alias: objectName.optional(),
      override: overrideReason.optional(),
    }),
    modelVersion,
  ),
  /**
   * A version that another Glyphlab exported (`.glyphmodel`, with its metrics, tags and card; every byte is verified), or a
   * model trained elsewhere (an ONNX file, an MLflow model folder with one, a folder of a tfjs LayersModel, or what
   * Keras saved, `.keras` or `.h5`: a classifier, or a line recogniser with CTC),
   * as a new version. `labels`: a file
   * with a label, or a character of the alphabet, on each line. It is registered only after it has answered once.
   */
  'models.import': command(
    z.object({
      source: fileSource,
      name: objectName,
      alias: objectName.optional(),
      /** As for `models.register`. */
      override: overrideReason.optional(),
      labels: fileSource.optional(),
      /** An input example of a model of pictures, which the model must answer; in place of one that comes with the model. */
      example: fileSource.optional(),
      options: modelImportOptions.default({}),
    }),
    modelVersion,
  ),
  /** Writes the version to `path`, which must be new: one file for onnx and glyphmodel, else a folder. Recorded in the audit log. */
  'models.export': command(
    z.object({ reference: modelReference, format: exportFormat, path: z.string().min(1) }),
    exportedModel,
  ),
  /** Times the engines on this machine anew, and keeps the faster one. */
  'models.measure': command(z.object({ reference: modelReference }), modelVersion),
  /** Reads every file of a version and compares it with its digest: its status says what was found. */
  'models.verify': command(z.object({ reference: modelReference }), modelVersion),
  'models.list': query(nothing, z.array(registeredModel)),
  'models.versions': query(z.object({ model: z.string() }), z.array(modelVersion)),
  'models.get': query(z.object({ reference: modelReference }), modelVersion),
  /**
   * Points the alias at the version; `version: null` removes it. Refused when a gate of the alias did not pass, unless
   * `override` says why it moves all the same. Recorded in the alias' history and in the audit log.
   */
  'models.setAlias': command(
    z.object({
      model: z.string(),
      alias: objectName,
      version: z.number().int().nullable(),
      reason: moveReason.default(''),
      override: overrideReason.optional(),
    }),
    registeredModel,
  ),
  /** Every move of a model's aliases, or of one of them; the newest first. */
  'models.aliasHistory': query(
    z.object({ model: z.string(), alias: z.string().optional() }),
    z.array(aliasMove),
  ),
  /** Points the alias at the version that it had before; its gates do not hold it back. */
  'models.rollback': command(
    z.object({ model: z.string(), alias: objectName, reason: moveReason.default('') }),
    aliasMove,
  ),
  /** The version's card: generated from the record until somebody edits it. */
  'models.card': query(z.object({ reference: modelReference }), modelCard),
  /** Keeps an edited card; null goes back to the generated one. */
  'models.setCard': command(
    z.object({ reference: modelReference, text: z.string().max(1_000_000).nullable() }),
    modelCard,
  ),
  'models.facts': query(z.object({ reference: modelReference }), versionFacts),
  /** Sets what is given; a tag of null is removed. */
  'models.setFacts': command(
    z.object({
      reference: modelReference,
      description: z.string().max(100_000).optional(),
      tags: z.record(z.string().min(1).max(250), z.string().max(5_000).nullable()).default({}),
    }),
    versionFacts,
  ),
  'models.lineage': query(z.object({ reference: modelReference }), modelLineage),
  'models.gateKinds': query(nothing, z.array(gateKind)),
  /** The rules that must pass before an alias moves; aliases without rules are left out. */
  'models.gates': query(z.object({ model: z.string() }), z.array(aliasGates)),
  /** Replaces the rules of an alias. Datasets without a version number are fixed to their newest one. */
  'models.setGates': command(
    z.object({ model: z.string(), alias: objectName, rules: gateRules }),
    z.array(aliasGates),
  ),
  /** Checks a version against an alias' gates and compares it with the version that has the alias. */
  'models.checkGates': command(
    z.object({ model: z.string(), alias: objectName, version: z.number().int() }),
    z.object({ jobId: z.string() }),
  ),
  /** What the newest check found; null: it was never checked. */
  'models.gateReport': query(
    z.object({ model: z.string(), alias: objectName, version: z.number().int() }),
    gateReport.nullable(),
  ),
  /** Pictures of which that check found that the two versions say different things, those that got worse first. */
  'models.flips': query(
    z.object({
      model: z.string(),
      alias: objectName,
      version: z.number().int(),
      kind: flipKind.optional(),
      ...slice,
    }),
    z.object({ total: z.number().int(), items: z.array(flippedSample) }),
  ),
  'models.predict': command(
    z.object({
      reference: modelReference,
      files: z.array(fileSource).min(1).max(1_000),
      /** Of a line recogniser: beam search in place of the likeliest character of each frame. */
      decoding: z
        .object({
          beams: z.number().int().min(1).max(256).default(16),
          /** A UTF-8 text from which it learns which characters follow which. */
          language: fileSource.optional(),
          /** How much the language weighs beside the picture. */
          languageWeight: z.number().min(0).max(10).default(0.3),
        })
        .optional(),
    }),
    z.array(prediction),
  ),

  /** What the version says of its own input example. */
  'models.tryExample': command(
    z.object({ reference: modelReference }),
    z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('picture'), prediction }),
      z.object({
        kind: z.literal('rows'),
        rows: z.array(z.record(z.string(), tableCell)),
        predictions: z.array(rowPrediction),
      }),
    ]),
  ),

  /** What a model of tables says of the rows of a file (CSV, TSV, JSONL), or of rows given by their fields. */
  'models.predictRows': command(
    z.object({
      reference: modelReference,
      source: z.union([
        fileSource,
        z.object({
          kind: z.literal('rows'),
          rows: z.array(z.record(z.string(), tableCell)).min(1).max(10_000),
        }),
      ]),
    }),
    z.array(rowPrediction),
  ),

  'deploy.targets': query(nothing, z.array(deployTarget)),
  /** `reference`: a model version, or `ocr` for the OCR engine. Writes to `directory`, which is new or empty. */
  'deploy.export': command(
    z.object({
      reference: modelReference,
      targets: z.array(z.string()).min(1).max(32).default(['docker']),
      /** By `<target>.<option>`; what is left out is the default. */
      options: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
      directory: z.string().min(1),
      /** Further versions of the same model that the server loads beside it, for a canary or a comparison. */
      further: z.array(modelReference).max(8).default([]),
    }),
    z.object({ jobId: z.string() }),
  ),

  /**
   * Runs the inference server for a model version, or `ocr`, on a port of 127.0.0.1 (0: a free one), until it is stopped; a
   * process ends with the engine too, a container goes on. Answers at once; `deploy.local` says how far it is. `key`: shown once, where `keys` are wanted.
   */
  'deploy.serveLocal': command(
    z.object({
      reference: modelReference,
      port: z.number().int().min(0).max(65_535).default(0),
      keptInputs: keptInputs.default('none'),
      /** `low-confidence` is below this. */
      lowConfidence: z.number().min(0).max(1).default(0.8),
      keys: z.boolean().default(false),
      place: deploymentPlace.default('process'),
    }),
    z.object({ id: z.string(), key: z.string().nullable() }),
  ),
  'deploy.docker': query(nothing, dockerState),
  'deploy.stopLocal': command(z.object({ id: z.string() }), z.object({})),
  /** Forgets a server, with its prediction log on the disk. */
  'deploy.removeLocal': command(z.object({ id: z.string() }), z.object({})),
  'deploy.local': query(nothing, z.array(localDeployment)),
  'deploy.localDetails': query(z.object({ id: z.string() }), localDeploymentDetails),

  /**
   * Brings a service's prediction log home: a `*.jsonl` file, or a folder of them with the kept inputs and the training
   * profile beside; and its metrics: scrapes in the Prometheus text format, or Prometheus' answers to `query_range`. Lines that are here already are passed over. The job's result is an `ImportedLog`.
   */
  'deploy.importLog': command(
    z.object({ source: fileSource, name: objectName }),
    z.object({ jobId: z.string() }),
  ),
  'deploy.logs': query(nothing, z.array(servedLog)),
  /** Without `version` of all. */
  'deploy.log': query(z.object({ name: z.string(), version: z.string().optional() }), servedSummary),
  /** Kept pictures with an answer less sure than `below`, the least sure first. */
  'deploy.logQueue': query(
    z.object({
      name: z.string(),
      below: z.number().min(0).max(1).default(0.8),
      offset: z.number().int().min(0).default(0),
      limit: z.number().int().min(1).max(500).default(60),
    }),
    z.object({ total: z.number().int(), items: z.array(servedInput) }),
  ),
  /**
   * Makes a dataset version of the kept pictures with an answer less sure than `below`: each with the predicted label, to be
   * confirmed or corrected, or with none.
   */
  'deploy.logDataset': command(
    z.object({
      name: z.string(),
      below: z.number().min(0).max(1).default(0.8),
      limit: z.number().int().min(1).max(100_000).default(10_000),
      dataset: objectName,
      labels: z.enum(['predicted', 'none']).default('predicted'),
      /** Whether they are added to the dataset's newest version. */
      merge: z.boolean().default(false),
    }),
    z.object({ jobId: z.string() }),
  ),
  /** Forgets an imported log; datasets that were made of it stay. */
  'deploy.deleteLog': command(z.object({ name: z.string() }), z.object({})),
  /**
   * Checks an exported bundle: its files, its signature (by the user's own key, or the one with `fingerprint`), and
   * that it gives its golden answers. The job's result is a `VerifiedBundle`.
   */
  'deploy.verify': command(
    z.object({ directory: z.string().min(1), fingerprint: z.string().optional() }),
    z.object({ jobId: z.string() }),
  ),
} as const

export type Procedures = typeof procedures
export type ProcedureName = keyof Procedures
/** What a caller may send (defaults may be left out). */
export type ProcedureInput<N extends ProcedureName> = z.input<Procedures[N]['input']>
/** What a handler receives (defaults filled in). */
export type ParsedInput<N extends ProcedureName> = z.output<Procedures[N]['input']>
export type ProcedureOutput<N extends ProcedureName> = z.output<Procedures[N]['output']>

import { randomUUID } from 'node:crypto'
import path from 'node:path'
import pino, { type Logger } from 'pino'
import { BlobFiles } from '../blobs/blob-files.ts'
import {
  type ErrorBody,
  GlyphlabError,
  type ProcedureInput,
  type ProcedureName,
  type ProcedureOutput,
  procedures,
} from '../contract/index.ts'

import { cleanExpanded } from '../datasets/archives/archive.ts'
import { storageError } from '../domain/disk-full.ts'

import { JobQueue } from '../jobs/job-queue.ts'
import { SpareWorker } from '../jobs/spare-worker.ts'
import { workerExecArgv } from '../jobs/worker-process.ts'
import { createOcrPool } from '../ocr/ocr-pool.ts'
import { createInferencePool } from '../serving/inference-pool.ts'
import { AlertStore } from '../store/alert-store.ts'
import { AliasStore } from '../store/alias-store.ts'
import { ArtifactStore } from '../store/artifact-store.ts'
import { AuditStore } from '../store/audit-store.ts'
import { BlobStore } from '../store/blob-store.ts'
import { CardStore } from '../store/card-store.ts'
import { ComparisonStore } from '../store/comparison-store.ts'
import { DashboardStore } from '../store/dashboard-store.ts'
import { DatasetStore } from '../store/dataset-store.ts'
import { DraftStore } from '../store/draft-store.ts'
import { EditJournal } from '../store/edit-journal.ts'
import { JobStore } from '../store/job-store.ts'
import { LineageStore } from '../store/lineage-store.ts'
import { LoggedModelStore } from '../store/logged-model-store.ts'
import { MapStore } from '../store/map-store.ts'
import { ModelStore } from '../store/model-store.ts'
import { PageReplacements } from '../store/page-replacements.ts'
import { PageSearch } from '../store/page-search.ts'
import { PageStore } from '../store/page-store.ts'
import { PageWatchStore } from '../store/page-watch-store.ts'
import { PredictionStore } from '../store/prediction-store.ts'
import { QualityStore } from '../store/quality-store.ts'
import { RegistryStore } from '../store/registry-store.ts'
import { Reserve } from '../store/reserve.ts'
import { RunPurge } from '../store/run-purge.ts'
import { RunStore } from '../store/run-store.ts'
import { SampleMemberships } from '../store/sample-memberships.ts'
import { ServedLogStore } from '../store/served-log-store.ts'
import { ServedMetricStore } from '../store/served-metric-store.ts'
import { SettingStore } from '../store/setting-store.ts'
import { SplitStore } from '../store/split-store.ts'
import { openStore } from '../store/sqlite.ts'
import { StudyStore } from '../store/study-store.ts'
import { SyncStore } from '../store/sync-store.ts'
import { TruthStore } from '../store/truth-store.ts'
import { VersionDiffs } from '../store/version-diff.ts'
import { WatchStore } from '../store/watch-store.ts'
import { mlflowListener } from '../tracking/mlflow/server.ts'
import { BackendStatuses } from './backend-statuses.ts'
import { Caches } from './caches.ts'
import { endSilentRuns } from './end-silent-runs.ts'
import { EventBus } from './event-bus.ts'
import { FileSources } from './file-sources.ts'
import { lockHome } from './home.ts'
import { ImportInspector } from './import-inspector.ts'
import { backendInstallJob } from './jobs/backend-install-job.ts'
import { datasetExportJob } from './jobs/dataset-export-job.ts'
import { datasetMapJob } from './jobs/dataset-map-job.ts'
import { datasetPredictJob } from './jobs/dataset-predict-job.ts'
import { deployContainerJob } from './jobs/deploy-container-job.ts'
import { bundleSubject, deployJob, writeBundle } from './jobs/deploy-job.ts'
import { deployVerifyJob } from './jobs/deploy-verify-job.ts'
import { gatesJob } from './jobs/gates-job.ts'
import { importJob } from './jobs/import-job.ts'
import { logDatasetJob } from './jobs/log-dataset-job.ts'
import { logImportJob } from './jobs/log-import-job.ts'
import { ocrJob } from './jobs/ocr-job.ts'
import { pagesCompareJob } from './jobs/pages-compare-job.ts'
import { pagesDatasetJob } from './jobs/pages-dataset-job.ts'
import { pagesExportJob } from './jobs/pages-export-job.ts'
import { checkWhatWasMade, labelErrorsJob, qualityJob, resumeChecks } from './jobs/quality-job.ts'
import { exportRuns, runExportJob } from './jobs/run-export-job.ts'
import { importWatched, runImportJob } from './jobs/run-import-job.ts'
import { cleanWork, trainingJob } from './jobs/training-job.ts'
import { transformJob } from './jobs/transform-job.ts'
import { tuningJob } from './jobs/tuning-job.ts'
import { LocalDeployments } from './local-deployments.ts'
import { mlflowContext } from './mlflow-context.ts'
import { MlflowServer } from './mlflow-server.ts'
import { ModelFolders } from './model-folders.ts'
import { PageWatches } from './page-watches.ts'
import { mostParallelTrials } from './parallel-trials.ts'
import { datasetDraftProcedures } from './procedures/dataset-drafts.ts'
import { datasetMapProcedures } from './procedures/dataset-maps.ts'
import { datasetQualityProcedures } from './procedures/dataset-quality.ts'
import { datasetTableProcedures } from './procedures/dataset-tables.ts'
import { datasetTrashProcedures, purgeExpired } from './procedures/dataset-trash.ts'
import { datasetVersionProcedures } from './procedures/dataset-versions.ts'
import { datasetProcedures } from './procedures/datasets.ts'
import { deployProcedures } from './procedures/deploy.ts'
import { deployLocalProcedures } from './procedures/deploy-local.ts'
import { deployLogProcedures } from './procedures/deploy-logs.ts'
import { engineProcedures } from './procedures/engine.ts'
import { experimentProcedures } from './procedures/experiments.ts'
import { googleVisionProcedures } from './procedures/google-vision.ts'
import { jobProcedures } from './procedures/jobs.ts'
import { modelCardProcedures } from './procedures/model-cards.ts'
import { modelGateProcedures } from './procedures/model-gates.ts'
import { modelTransferProcedures } from './procedures/model-transfer.ts'
import { modelProcedures } from './procedures/models.ts'
import { pageComparingProcedures } from './procedures/page-comparing.ts'
import { pageOutputProcedures } from './procedures/page-output.ts'
import { pageReplacingProcedures } from './procedures/page-replacing.ts'
import { pageWatchProcedures } from './procedures/page-watches.ts'
import { pageProcedures } from './procedures/pages.ts'
import { pictureProcedures } from './procedures/pictures.ts'
import { runAlertProcedures } from './procedures/run-alerts.ts'
import { runBoardProcedures } from './procedures/run-boards.ts'
import { runLogProcedures } from './procedures/run-log.ts'
import { runSearchProcedures } from './procedures/run-search.ts'
import { runSyncProcedures } from './procedures/run-syncs.ts'
import { runWatchProcedures } from './procedures/run-watches.ts'
import { runProcedures } from './procedures/runs.ts'
import { runImportProcedures } from './procedures/runs-import.ts'
import { trackingProcedures } from './procedures/tracking.ts'
import { trainingProcedures } from './procedures/training.ts'
import { tuningProcedures } from './procedures/tuning.ts'
import { languageDirectory, ppocrDirectory, samplesDirectory, workerFiles } from './resources.ts'
import { RunAlerts } from './run-alerts.ts'
import { RunMonitors } from './run-monitors.ts'
import { RunNotices } from './run-notices.ts'
import { RunSpools } from './run-spools.ts'
import { RunSyncs } from './run-syncs.ts'
import { RunWatches } from './run-watches.ts'
import { ServerAccesses } from './server-access.ts'
import type { Handlers, Services } from './services.ts'
import { SigningKey } from './signing-key.ts'
import { Thumbnails } from './thumbnails.ts'
import { Uploads } from './uploads.ts'

const slowCallMs = 40
const pageTimeoutMs = 120_000

export interface Engine {
  /** New with each start. */
  id: string
  services: Services
  thumbnails: Thumbnails
  /** The only place where untrusted input is parsed. @throws GlyphlabError */
  dispatch(name: string, input: unknown): Promise<unknown>
  /** `dispatch` for callers in this process, with the contract's types. */
  call<N extends ProcedureName>(name: N, input: ProcedureInput<N>): Promise<ProcedureOutput<N>>
  /** What of an error may cross the contract; the rest goes to the log. */
  describeError(cause: unknown): ErrorBody
  /** Ends jobs (they become interrupted), workers and the database. */
  close(): Promise<void>
}

function parseInput(name: string, input: unknown): { name: ProcedureName; input: unknown } {
  if (!Object.hasOwn(procedures, name))
    throw new GlyphlabError('NOT_FOUND', `There is no procedure "${name}".`)
  const parsed = procedures[name as ProcedureName].input.safeParse(input)
  if (parsed.success) return { name: name as ProcedureName, input: parsed.data }
  const issues = parsed.error.issues.map(({ path: place, message }) =>
    place.length > 0 ? `${place.join('.')}: ${message}` : message,
  )
  throw new GlyphlabError('INVALID_INPUT', `${name}: ${issues.join('; ')}`, { issues })
}

function errorBodyOf(cause: unknown, log: Logger): ErrorBody {
  const known = storageError(cause)
  if (known instanceof GlyphlabError) return known.toBody()
  const logId = randomUUID().slice(0, 8)
  log.error({ logId, err: cause }, 'unexpected error')
  return {
    code: 'INTERNAL',
    message: `Something unexpected happened. The engine's log has it under ${logId}.`,
  }
}

/**
 * Opens a data folder: locks it, migrates its database, marks what a dead process left behind, starts the job queue.
 * @throws GlyphlabError CONFLICT when another engine has it.
 */
export async function openEngine(home: string, log: Logger = pino(pino.destination(2))): Promise<Engine> {
  const unlock = lockHome(home)
  const files = new BlobFiles(home)
  const store = openStore(path.join(home, 'glyphlab.sqlite'))
  const reserve = new Reserve(home)
  reserve.refill()
  const blobs = new BlobStore(store, files, reserve)
  for (const writer of files.writers()) await blobs.removeUnregistered(writer)
  await blobs.removeUnknownPacks()
  await files.clean()
  const audit = new AuditStore(store)
  const events = new EventBus()
  const jobs = new JobStore(store, reserve)
  const uploads = new Uploads(home)
  await uploads.clean()
  await cleanWork(home)
  await cleanExpanded(home)

  const handlers = () => services
  const queue = new JobQueue(
    jobs,
    [
      ocrJob(handlers),
      importJob(handlers),
      transformJob(handlers),
      qualityJob(handlers),
      labelErrorsJob(handlers),
      datasetExportJob(handlers),
      datasetMapJob(handlers),
      datasetPredictJob(handlers),
      pagesExportJob(handlers),
      pagesDatasetJob(handlers),
      pagesCompareJob(handlers),
      trainingJob(handlers, { kind: 'training', atOnce: 1 }),
      trainingJob(handlers, { kind: 'trial', atOnce: mostParallelTrials() }),
      tuningJob(handlers),
      deployJob(handlers),
      deployContainerJob(handlers),
      logImportJob(handlers),
      logDatasetJob(handlers),
      gatesJob(handlers),
      deployVerifyJob(handlers),
      runImportJob(handlers),
      runExportJob(handlers),
      backendInstallJob(handlers),
    ],
    {
      onChange: (job, ended) => {
        events.emit({ type: ended ? 'job.ended' : 'job.progressed', job })
        if (ended) checkWhatWasMade(services, job)
      },
      logError: (message, cause) => log.error({ err: cause }, message),
    },
  )
  const datasets = new DatasetStore(store, blobs, reserve)
  const splits = new SplitStore(store, datasets, reserve)
  const pages = new PageStore(store)
  const runs = new RunStore(store, reserve)
  const alerts = new AlertStore(store, audit)
  const serverAccess = new ServerAccesses(home)
  const services: Services = {
    keychain: { secret: null },
    home,
    log,
    store,
    reserve,
    blobs,
    audit,
    events,
    jobs,
    uploads,
    caches: new Caches(home, log),
    backendStatuses: new BackendStatuses(home),
    queue,
    datasets,
    splits,
    drafts: new DraftStore(datasets, splits, new EditJournal(store, reserve)),
    diffs: new VersionDiffs(store, datasets),
    lineage: new LineageStore(store, datasets),
    maps: new MapStore(store, datasets),
    predictions: new PredictionStore(store, datasets),
    memberships: new SampleMemberships(store),
    quality: new QualityStore(store, datasets),
    runs,
    runArtifacts: new ArtifactStore(store, 'artifact'),
    runPurge: new RunPurge(store, blobs, audit),
    runNotices: new RunNotices(events),
    runWatches: new RunWatches({
      watches: new WatchStore(store),
      events,
      log,
      importRuns: (source, signal) => importWatched(services, source, signal),
      hasOpenImports: () => services.runs.hasOpenImports(),
    }),
    alerts,
    runAlerts: new RunAlerts(alerts, events, log),
    spareRunImport: new SpareWorker(workerFiles.runImport),
    serverAccess,
    runSyncs: new RunSyncs({
      syncs: new SyncStore(store, audit),
      access: serverAccess,
      runs,
      events,
      log,
      isOwn: (url) => url === services.mlflow.url,
      send: async (runIds, target, signal) => {
        const { warnings } = await exportRuns(
          services,
          { runIds, format: 'mlflow-server', target },
          { signal, progress: () => {}, log: () => {} },
        )
        for (const warning of warnings) log.warn({ server: target }, warning)
        return warnings
      },
    }),
    runSpools: new RunSpools(home, (name, input) => dispatch(name, input), log),
    runMonitors: new RunMonitors({ home, runs, events, log }),
    settings: new SettingStore(store),
    loggedModels: new LoggedModelStore(store),
    registry: new RegistryStore(store, audit),
    mlflow: new MlflowServer(() => mlflowListener(mlflowContext(services))),
    studies: new StudyStore(store),
    models: new ModelStore(store, audit),
    localDeployments: new LocalDeployments(home, {
      subject: (reference) => bundleSubject(services, reference),
      exportTo: (reference, directory, hooks) =>
        writeBundle(services, { reference, directory, targets: ['docker'], options: {}, further: [] }, hooks),
      queueBuild: (id, reference) =>
        queue.add('deploy-container', `Build and run ${reference} in Docker`, { id }).id,
      cancelBuild: (jobId) => void queue.cancel(jobId),
    }),
    servedMetrics: new ServedMetricStore(store),
    servedLogs: new ServedLogStore(store, blobs),
    aliases: new AliasStore(store, audit),
    cards: new CardStore(store, audit),
    boards: new DashboardStore(store, audit),
    signing: new SigningKey(home),
    pages,
    pageReplacements: new PageReplacements(store, pages),
    pageSearch: new PageSearch(store, pages),
    pageWatches: new PageWatches({
      watches: new PageWatchStore(store),
      events,
      log,
      read: async (files, options) => {
        const sources = files.map((file) => ({ kind: 'path' as const, path: file }))
        await readPages['pages.read']({ files: sources, regions: [], ...options })
      },
    }),
    truths: new TruthStore(store, pages),
    comparisons: new ComparisonStore(store),
    sources: new FileSources(samplesDirectory, uploads),
    inspector: new ImportInspector(log),
    modelFolders: new ModelFolders(home, blobs),
    ocr: createOcrPool({
      workerFile: workerFiles.ocr,
      execArgv: workerExecArgv(workerFiles.ocr),
      languageDirectory,
      ppocrDirectory,
      pageTimeoutMs,
    }),
    classifier: createInferencePool({
      workerFile: workerFiles.inference,
      execArgv: workerExecArgv(workerFiles.inference),
    }),
  }
  try {
    reserve.use(() => services.datasets.removeUnfinished())
  } catch (cause) {
    // They stay invisible, and go with the next start.
    log.warn({ err: cause }, 'unfinished versions could not be removed')
  }

  const readPages = pageProcedures(services)
  const table: Handlers = {
    ...engineProcedures(services),
    ...jobProcedures(services),
    ...readPages,
    ...googleVisionProcedures(services),
    ...pageWatchProcedures(services),
    ...pageOutputProcedures(services),
    ...pageReplacingProcedures(services),
    ...pageComparingProcedures(services),
    ...pictureProcedures(services),
    ...datasetProcedures(services),
    ...datasetVersionProcedures(services),
    ...datasetDraftProcedures(services),
    ...datasetMapProcedures(services),
    ...datasetQualityProcedures(services),
    ...datasetTableProcedures(services),
    ...datasetTrashProcedures(services),
    ...trainingProcedures(services),
    ...tuningProcedures(services),
    ...runProcedures(services),
    ...runBoardProcedures(services),
    ...runSearchProcedures(services),
    ...runLogProcedures(services),
    ...runImportProcedures(services),
    ...runWatchProcedures(services),
    ...runSyncProcedures(services),
    ...runAlertProcedures(services),
    ...experimentProcedures(services),
    ...trackingProcedures(services),
    ...modelProcedures(services),
    ...modelTransferProcedures(services),
    ...modelGateProcedures(services),
    ...modelCardProcedures(services),
    ...deployProcedures(services),
    ...deployLocalProcedures(services),
    ...deployLogProcedures(services),
  }
  const dispatch = async (wanted: string, raw: unknown): Promise<unknown> => {
    const { name, input } = parseInput(wanted, raw)
    const startedAt = performance.now()
    // Each handler takes what its procedure's schema made: `parseInput` has just parsed it by that name.
    const handler = table[name] as (parsed: unknown) => unknown
    const result = handler(input)
    const blockedMs = performance.now() - startedAt
    if (blockedMs > slowCallMs) log.warn({ procedure: name, blockedMs: Math.round(blockedMs) }, 'slow call')
    return result
  }

  queue.open()
  resumeChecks(services)
  void purgeExpired(services).catch((cause: unknown) =>
    log.warn(
      { err: cause },
      'deleted datasets whose time is over could not be purged; the next start does it',
    ),
  )
  services.pages.purgeRemoved()
  services.runs.endAbandoned()
  const stopLooking = endSilentRuns(services)
  return {
    id: randomUUID(),
    services,
    thumbnails: new Thumbnails(home, blobs),
    dispatch,
    call: (name, input) => dispatch(name, input) as Promise<never>,
    describeError: (cause) => errorBodyOf(cause, log),
    async close() {
      stopLooking()
      services.caches.close()
      services.runMonitors.close()
      services.spareRunImport.close()
      await Promise.all([
        services.mlflow.stop(),
        services.runWatches.close(),
        services.pageWatches.close(),
        services.runSpools.close(),
        services.runSyncs.close(),
      ])
      await services.localDeployments.close()
      await Promise.all([queue.close(), services.inspector.close()])
      await cleanExpanded(home)
      await Promise.all([services.ocr.close(), services.classifier.close()])
      services.runAlerts.close()
      jobs.close()
      services.runs.close()
      store.close()
      unlock()
    },
  }
}

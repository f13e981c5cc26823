import type { Logger } from 'pino'
import type { ParsedInput, ProcedureName, ProcedureOutput } from '../contract/index.ts'
import type { JobQueue } from '../jobs/job-queue.ts'
import type { SpareWorker } from '../jobs/spare-worker.ts'
import type { OcrPool } from '../ocr/ocr-pool.ts'
import type { InferencePool } from '../serving/inference-pool.ts'
import type { AlertStore } from '../store/alert-store.ts'
import type { AliasStore } from '../store/alias-store.ts'
import type { ArtifactStore } from '../store/artifact-store.ts'
import type { AuditStore } from '../store/audit-store.ts'
import type { BlobStore } from '../store/blob-store.ts'
import type { CardStore } from '../store/card-store.ts'
import type { ComparisonStore } from '../store/comparison-store.ts'
import type { DashboardStore } from '../store/dashboard-store.ts'
import type { DatasetStore } from '../store/dataset-store.ts'
import type { DraftStore } from '../store/draft-store.ts'
import type { JobStore } from '../store/job-store.ts'
import type { LineageStore } from '../store/lineage-store.ts'
import type { LoggedModelStore } from '../store/logged-model-store.ts'
import type { MapStore } from '../store/map-store.ts'
import type { ModelStore } from '../store/model-store.ts'
import type { PageReplacements } from '../store/page-replacements.ts'
import type { PageSearch } from '../store/page-search.ts'
import type { PageStore } from '../store/page-store.ts'
import type { PredictionStore } from '../store/prediction-store.ts'
import type { QualityStore } from '../store/quality-store.ts'
import type { RegistryStore } from '../store/registry-store.ts'
import type { Reserve } from '../store/reserve.ts'
import type { RunPurge } from '../store/run-purge.ts'
import type { RunStore } from '../store/run-store.ts'
import type { SampleMemberships } from '../store/sample-memberships.ts'
import type { ServedLogStore } from '../store/served-log-store.ts'
import type { ServedMetricStore } from '../store/served-metric-store.ts'
import type { SettingStore } from '../store/setting-store.ts'
import type { SplitStore } from '../store/split-store.ts'
import type { Store } from '../store/sqlite.ts'
import type { StudyStore } from '../store/study-store.ts'
import type { TruthStore } from '../store/truth-store.ts'
import type { VersionDiffs } from '../store/version-diff.ts'
import type { BackendStatuses } from './backend-statuses.ts'
import type { Caches } from './caches.ts'
import type { EventBus } from './event-bus.ts'
import type { FileSources } from './file-sources.ts'
import type { ImportInspector } from './import-inspector.ts'
import type { LocalDeployments } from './local-deployments.ts'
import type { MlflowServer } from './mlflow-server.ts'
import type { ModelFolders } from './model-folders.ts'
import type { PageWatches } from './page-watches.ts'
import type { RunAlerts } from './run-alerts.ts'
import type { RunMonitors } from './run-monitors.ts'
import type { RunNotices } from './run-notices.ts'
import type { RunSpools } from './run-spools.ts'
import type { RunSyncs } from './run-syncs.ts'
import type { RunWatches } from './run-watches.ts'
import type { ServerAccesses } from './server-access.ts'
import type { SigningKey } from './signing-key.ts'
import type { Uploads } from './uploads.ts'

/** What procedures and jobs work with. Made once by `openEngine`. */
export interface Services {
  home: string
  log: Logger
  /** What encrypts kept keys: 32 bytes, from the desktop's keychain; null where there is none. */
  keychain: { secret: Buffer | null }
  store: Store
  reserve: Reserve
  backendStatuses: BackendStatuses
  blobs: BlobStore
  datasets: DatasetStore
  splits: SplitStore
  drafts: DraftStore
  diffs: VersionDiffs
  lineage: LineageStore
  maps: MapStore
  predictions: PredictionStore
  memberships: SampleMemberships
  quality: QualityStore
  runs: RunStore
  runArtifacts: ArtifactStore
  runPurge: RunPurge
  boards: DashboardStore
  runNotices: RunNotices
  runWatches: RunWatches
  runMonitors: RunMonitors
  spareRunImport: SpareWorker
  runSpools: RunSpools
  runSyncs: RunSyncs
  serverAccess: ServerAccesses
  alerts: AlertStore
  runAlerts: RunAlerts
  settings: SettingStore
  loggedModels: LoggedModelStore
  registry: RegistryStore
  mlflow: MlflowServer
  studies: StudyStore
  models: ModelStore
  localDeployments: LocalDeployments
  servedMetrics: ServedMetricStore
  servedLogs: ServedLogStore
  aliases: AliasStore
  cards: CardStore
  signing: SigningKey
  pages: PageStore
  pageReplacements: PageReplacements
  pageSearch: PageSearch
  pageWatches: PageWatches
  truths: TruthStore
  comparisons: ComparisonStore
  jobs: JobStore
  audit: AuditStore
  events: EventBus
  uploads: Uploads
  caches: Caches
  sources: FileSources
  inspector: ImportInspector
  modelFolders: ModelFolders
  queue: JobQueue
  ocr: OcrPool
  classifier: InferencePool
}

export type Handlers = {
  [N in ProcedureName]: (input: ParsedInput<N>) => ProcedureOutput<N> | Promise<ProcedureOutput<N>>
}

/** The procedures whose name begins with one of these nouns. */
export type HandlersOf<Noun extends string> = Pick<Handlers, Extract<ProcedureName, `${Noun}.${string}`>>

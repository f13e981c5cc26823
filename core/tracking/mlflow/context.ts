import type { ArtifactStore } from '../../store/artifact-store.ts'
import type { AuditStore } from '../../store/audit-store.ts'
import type { BlobStore } from '../../store/blob-store.ts'
import type { LoggedModelStore } from '../../store/logged-model-store.ts'
import type { RegistryStore } from '../../store/registry-store.ts'
import type { RunStore } from '../../store/run-store.ts'
import type { Store } from '../../store/sqlite.ts'
import type { Fields } from './fields.ts'

/** What MLflow's clients are answered from, and who is told. */
export interface MlflowContext {
  store: Store
  runs: RunStore
  artifacts: ArtifactStore
  loggedModels: LoggedModelStore
  registry: RegistryStore
  blobs: BlobStore
  audit: AuditStore
  runChanged(runId: string): void
  runEnded(runId: string): void
  modelChanged(name: string): void
  logError(message: string, cause: unknown): void
}

/** Answers with an object, or with JSON that is written already. `place` holds what the path names. */
export type Handler = (fields: Fields, context: MlflowContext, place: readonly string[]) => object | string

export type Routes = Record<string, Handler>

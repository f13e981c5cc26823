import type { MlflowContext } from '../tracking/mlflow/context.ts'
import type { Services } from './services.ts'

/** What MLflow's clients work with, of this engine. */
export function mlflowContext(services: Services): MlflowContext {
  const { store, runs, runArtifacts, loggedModels, registry, blobs, audit, events, runNotices, log } =
    services
  return {
    store,
    runs,
    artifacts: runArtifacts,
    loggedModels,
    registry,
    blobs,
    audit,
    runChanged: (runId) => runNotices.changed(runId),
    runEnded: (runId) => runs.metrics.prepareOverviewsSoon(runs.idOf(runId)),
    modelChanged: (model) => events.emit({ type: 'model.changed', model }),
    logError: (message, cause) => log.error({ err: cause }, message),
  }
}

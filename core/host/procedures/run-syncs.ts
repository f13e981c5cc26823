import { MlflowConnection } from '../../tracking/exporters/mlflow-connection.ts'
import { serverAddress } from '../server-access.ts'
import type { HandlersOf, Services } from '../services.ts'

/** MLflow servers that are kept up to date. */
export function runSyncProcedures({
  runSyncs,
  serverAccess,
}: Services): Pick<
  HandlersOf<'runs'>,
  'runs.checkServer' | 'runs.sync' | 'runs.syncNow' | 'runs.syncs' | 'runs.unsync'
> {
  return {
    'runs.checkServer': ({ url, access }) => {
      const address = serverAddress(url)
      return new MlflowConnection(address, access ?? serverAccess.of(address)).check()
    },
    'runs.sync': ({ url, experiment, access }) => runSyncs.add(url, experiment ?? null, access),
    'runs.syncNow': ({ syncId }) => runSyncs.now(syncId),
    'runs.syncs': () => runSyncs.list(),
    'runs.unsync': ({ syncId }) => {
      runSyncs.remove(syncId)
      return {}
    },
  }
}

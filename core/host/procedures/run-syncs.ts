import type { HandlersOf, Services } from '../services.ts'

/** MLflow servers that are kept up to date. */
export function runSyncProcedures({
  runSyncs,
}: Services): Pick<HandlersOf<'runs'>, 'runs.sync' | 'runs.syncs' | 'runs.unsync'> {
  return {
    'runs.sync': ({ url, experiment }) => runSyncs.add(url, experiment ?? null),
    'runs.syncs': () => runSyncs.list(),
    'runs.unsync': ({ syncId }) => {
      runSyncs.remove(syncId)
      return {}
    },
  }
}

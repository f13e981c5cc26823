import type { HandlersOf, Services } from '../services.ts'

/** Other programs' folders that are kept live. */
export function runWatchProcedures({
  runWatches,
}: Services): Pick<HandlersOf<'runs'>, 'runs.watch' | 'runs.watches' | 'runs.unwatch'> {
  return {
    'runs.watch': ({ path, kind, experiment }) =>
      runWatches.add({ path, kind: kind ?? null, experiment: experiment ?? null }),
    'runs.watches': () => runWatches.list(),
    'runs.unwatch': ({ watchId }) => {
      runWatches.remove(watchId)
      return {}
    },
  }
}

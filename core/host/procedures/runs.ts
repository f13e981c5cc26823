import { GlyphlabError } from '../../contract/index.ts'
import { reproduceRun, reproductionOf } from '../reproduction.ts'
import type { HandlersOf, Services } from '../services.ts'

export function runProcedures(services: Services): HandlersOf<'runs'> {
  const { runs, events, audit, store } = services
  const setLifecycle = (runIds: string[], lifecycle: 'active' | 'deleted') => {
    const ids = runIds.map((runId) => runs.resolve(runId))
    for (const id of ids) {
      if (lifecycle === 'deleted' && runs.get(id).status === 'RUNNING') {
        throw new GlyphlabError('CONFLICT', `The run "${runs.get(id).name}" is training. Stop it first.`)
      }
    }
    const changed = store.transaction(() => {
      for (const id of ids) audit.append(lifecycle === 'deleted' ? 'run.deleted' : 'run.restored', id, {})
      return runs.setLifecycle(ids, lifecycle)
    })()
    for (const runId of ids) events.emit({ type: 'run.changed', runId })
    return { changed }
  }
  return {
    'runs.list': (filter) => runs.list(filter),
    'runs.get': ({ runId }) => runs.get(runs.resolve(runId)),
    'runs.series': ({ runIds, keys, maxPoints }) => runs.series(runIds, keys, maxPoints),
    'runs.reproduce': ({ runId }) => reproduceRun(services, runId),
    'runs.reproduction': ({ runId }) => reproductionOf(services, runId),
    'runs.rename': ({ runId, name }) => {
      runs.rename(runId, name)
      events.emit({ type: 'run.changed', runId })
      return runs.get(runId)
    },
    'runs.delete': ({ runIds }) => setLifecycle(runIds, 'deleted'),
    'runs.restore': ({ runIds }) => setLifecycle(runIds, 'active'),
  }
}

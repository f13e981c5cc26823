import { GlyphlabError } from '../../contract/index.ts'
import { reproduceRun, reproductionOf } from '../reproduction.ts'
import { runConsole } from '../run-console.ts'
import { runEvaluation } from '../run-evaluation.ts'
import type { HandlersOf, Services } from '../services.ts'
import { stepBatch } from '../step-batch.ts'

type RunHandlers = Pick<
  HandlersOf<'runs'>,
  | 'runs.list'
  | 'runs.get'
  | 'runs.many'
  | 'runs.series'
  | 'runs.reproduce'
  | 'runs.reproduction'
  | 'runs.stepBatch'
  | 'runs.evaluation'
  | 'runs.console'
  | 'runs.rename'
  | 'runs.delete'
  | 'runs.restore'
  | 'runs.purge'
>

export function runProcedures(services: Services): RunHandlers {
  const { runs, events, audit, store } = services
  const setLifecycle = (runIds: string[], lifecycle: 'active' | 'deleted') => {
    const ids = runIds.map((runId) => runs.resolve(runId))
    for (const id of ids) {
      if (lifecycle === 'deleted' && runs.isTraining(runs.idOf(id))) {
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
    'runs.many': ({ runIds }) => {
      const found = runs.byIds(runs.finder.idsOf([...new Set(runIds)]))
      const known = new Set(found.map(({ id }) => id))
      return { runs: found, missing: runIds.filter((id) => !known.has(id)) }
    },
    'runs.series': ({ runIds, keys, maxPoints }) => runs.series(runIds, keys, maxPoints),
    'runs.reproduce': ({ runId, backend }) => reproduceRun(services, runId, backend),
    'runs.reproduction': ({ runId }) => reproductionOf(services, runId),
    'runs.stepBatch': ({ runId, step }) => stepBatch(services, runId, step),
    'runs.evaluation': (asked) => runEvaluation(services, asked),
    'runs.console': (asked) => runConsole(services, asked),
    'runs.rename': ({ runId, name }) => {
      runs.rename(runId, name)
      events.emit({ type: 'run.changed', runId })
      return runs.get(runId)
    },
    'runs.delete': ({ runIds }) => setLifecycle(runIds, 'deleted'),
    'runs.restore': ({ runIds }) => setLifecycle(runIds, 'active'),
    'runs.purge': async ({ runIds, preview }) => {
      const { runPurge } = services
      const ids = runIds?.map((runId) => runs.resolve(runId)) ?? runPurge.deleted()
      if (preview) return runPurge.preview(ids)
      const purged = await runPurge.purge(ids)
      for (const runId of ids) events.emit({ type: 'run.changed', runId })
      return purged
    },
  }
}

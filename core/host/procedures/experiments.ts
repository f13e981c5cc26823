import { GlyphlabError } from '../../contract/index.ts'
import type { HandlersOf, Services } from '../services.ts'

export function experimentProcedures({ runs, store, audit }: Services): HandlersOf<'experiments'> {
  const { experiments } = runs
  const setLifecycle = (id: number, lifecycle: 'active' | 'deleted') => {
    const { name } = experiments.get(id)
    if (lifecycle === 'deleted' && runs.hasTraining(id))
      throw new GlyphlabError('CONFLICT', `A run of "${name}" is training. Stop it first.`)
    store.transaction(() => {
      experiments.setLifecycle(id, lifecycle)
      audit.append(lifecycle === 'deleted' ? 'experiment.deleted' : 'experiment.restored', name, { id })
    })()
    return experiments.get(id)
  }
  return {
    'experiments.list': ({ lifecycle }) => experiments.list(lifecycle),
    'experiments.create': ({ name, tags }) => experiments.get(experiments.create(name, tags, null)),
    'experiments.rename': ({ experimentId, name }) => {
      experiments.get(experimentId)
      experiments.rename(experimentId, name)
      return experiments.get(experimentId)
    },
    'experiments.setTags': ({ experimentId, tags }) => {
      experiments.get(experimentId)
      experiments.setTags(experimentId, tags)
      return experiments.get(experimentId)
    },
    'experiments.delete': ({ experimentId }) => setLifecycle(experimentId, 'deleted'),
    'experiments.restore': ({ experimentId }) => setLifecycle(experimentId, 'active'),
  }
}

import { GlyphlabError } from '../../contract/index.ts'
import type { HandlersOf, Services } from '../services.ts'
import type { DatasetVersionProcedure } from './dataset-versions.ts'

export function datasetProcedures({
  datasets,
  sources,
  queue,
  events,
  blobs,
  audit,
  store,
}: Services): Omit<HandlersOf<'datasets'>, DatasetVersionProcedure> {
  return {
    'datasets.import': (input) => {
      const { name } = sources.locate(input.source)
      return { jobId: queue.add('dataset-import', `Import ${name} as "${input.name}"`, input).id }
    },
    'datasets.list': () => datasets.list(),
    'datasets.versions': ({ datasetId }) => datasets.versions(datasetId),
    'datasets.version': ({ versionId, name }) => {
      if (versionId !== undefined) return datasets.version(versionId)
      if (name !== undefined) return datasets.namedVersion(name)
      throw new GlyphlabError('INVALID_INPUT', 'Name a dataset version by its id, or a dataset by its name.')
    },
    'datasets.samples': ({ versionId, ...filter }) => datasets.samples(versionId, filter),
    'datasets.delete': async ({ datasetId }) => {
      const [newest] = datasets.versions(datasetId)
      store.transaction(() => {
        datasets.delete(datasetId)
        audit.append('dataset.deleted', newest?.datasetName ?? datasetId, { digest: newest?.digest })
      })()
      const freedBytes = await blobs.collectGarbage()
      events.emit({ type: 'dataset.changed', datasetId })
      return { freedBytes }
    },
  }
}

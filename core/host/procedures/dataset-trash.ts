import type { ProcedureName } from '../../contract/index.ts'
import type { Handlers, Services } from '../services.ts'

const names = [
  'datasets.delete',
  'datasets.deleted',
  'datasets.restore',
  'datasets.purgeable',
  'datasets.purge',
] as const satisfies ProcedureName[]
export type DatasetTrashProcedure = (typeof names)[number]

/** Removes a dataset from the trash for good. @returns bytes freed @throws GlyphlabError NOT_FOUND | DISK_FULL */
async function purge(
  { datasets, store, reserve, audit, blobs, events }: Services,
  datasetId: string,
): Promise<number> {
  const { name } = datasets.deletedOne(datasetId)
  reserve.use(() =>
    store.transaction(() => {
      datasets.purge(datasetId)
      audit.append('dataset.purged', name, {})
    })(),
  )
  const freedBytes = await blobs.collectGarbage()
  events.emit({ type: 'dataset.changed', datasetId })
  return freedBytes
}

/** Purges what has been in the trash for long enough. */
export async function purgeExpired(services: Services): Promise<void> {
  for (const { id, keptUntil } of services.datasets.deleted())
    if (keptUntil <= Date.now()) await purge(services, id)
}

/** The trash of datasets. */
export function datasetTrashProcedures(services: Services): Pick<Handlers, DatasetTrashProcedure> {
  const { datasets, store, reserve, audit, blobs, events } = services
  return {
    'datasets.delete': ({ datasetId }) => {
      const [newest] = datasets.versions(datasetId)
      reserve.use(() =>
        store.transaction(() => {
          datasets.delete(datasetId)
          audit.append('dataset.deleted', newest?.datasetName ?? datasetId, { digest: newest?.digest })
        })(),
      )
      events.emit({ type: 'dataset.changed', datasetId })
      return {}
    },
    'datasets.deleted': () => datasets.deleted(),
    'datasets.restore': ({ datasetId, name }) => {
      store.transaction(() => {
        datasets.restore(datasetId, name)
        audit.append('dataset.restored', datasets.versions(datasetId)[0]?.datasetName ?? datasetId, {})
      })()
      events.emit({ type: 'dataset.changed', datasetId })
      return {}
    },
    'datasets.purgeable': ({ datasetId }) => {
      datasets.deletedOne(datasetId)
      return { bytes: blobs.onlyOf(datasetId) }
    },
    'datasets.purge': async ({ datasetId }) => ({ freedBytes: await purge(services, datasetId) }),
  }
}

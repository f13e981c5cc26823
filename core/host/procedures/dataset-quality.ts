import type { ProcedureName } from '../../contract/index.ts'
import { driftBetween } from '../../datasets/quality/drift.ts'
import { startQualityCheck } from '../jobs/quality-job.ts'
import type { Handlers, Services } from '../services.ts'
import { checkedFacts, findingMembers, findingRemedies, versionQuality } from '../version-quality.ts'
import { versionTitle } from '../version-samples.ts'

const names = [
  'datasets.quality',
  'datasets.checkQuality',
  'datasets.findLabelErrors',
  'datasets.findingMembers',
  'datasets.remedies',
  'datasets.rules',
  'datasets.setRules',
  'datasets.drift',
] as const satisfies ProcedureName[]
export type DatasetQualityProcedure = (typeof names)[number]

export function datasetQualityProcedures(services: Services): Pick<Handlers, DatasetQualityProcedure> {
  const { datasets, quality, queue, events, audit, store } = services
  return {
    'datasets.quality': ({ versionId }) => versionQuality(services, versionId),
    'datasets.checkQuality': ({ versionId }) => ({ jobId: startQualityCheck(services, versionId).id }),
    'datasets.findLabelErrors': (input) => {
      const title = `Find label errors of ${versionTitle(services, input.versionId)}`
      return { jobId: queue.add('dataset-label-errors', title, input).id }
    },
    'datasets.findingMembers': ({ versionId, finding, offset, limit }) =>
      findingMembers(services, versionId, finding, offset, limit),
    'datasets.remedies': ({ versionId, finding }) => findingRemedies(services, versionId, finding),
    'datasets.rules': ({ datasetId }) => quality.rules(datasetId),
    'datasets.setRules': ({ datasetId, rules }) => {
      const [newest] = datasets.versions(datasetId)
      store.transaction(() => {
        quality.setRules(datasetId, rules)
        audit.append('dataset.rulesSet', newest?.datasetName ?? datasetId, { rules })
      })()
      events.emit({ type: 'dataset.changed', datasetId })
      return quality.rules(datasetId)
    },
    'datasets.drift': ({ fromVersionId, toVersionId }) =>
      driftBetween(checkedFacts(services, fromVersionId), checkedFacts(services, toVersionId)),
  }
}

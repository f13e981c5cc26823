import { GlyphlabError, type ProcedureName } from '../../contract/index.ts'
import { findModel } from '../model-sources.ts'
import type { Handlers, Services } from '../services.ts'
import { versionTitle } from '../version-samples.ts'

const names = [
  'datasets.makeMap',
  'datasets.maps',
  'datasets.mapCoordinates',
  'datasets.deleteMap',
  'datasets.points',
  'datasets.predict',
  'datasets.predictions',
  'datasets.deletePrediction',
  'datasets.predictionPoints',
  'datasets.samplePredictions',
  'datasets.keepSelection',
  'datasets.selection',
] as const satisfies ProcedureName[]
export type DatasetMapProcedure = (typeof names)[number]

export function datasetMapProcedures(services: Services): Pick<Handlers, DatasetMapProcedure> {
  const { datasets, maps, predictions, memberships, queue, events } = services
  return {
    'datasets.makeMap': ({ versionId, source, ...rest }) => {
      const title = versionTitle(services, versionId)
      const model = source.kind === 'pixels' ? null : findModel(services, source)
      const input = { versionId, source: model?.source ?? source, ...rest }
      const what = model ? `as ${model.title} sees it` : 'by pixels'
      return { jobId: queue.add('dataset-embedding', `Map ${title} ${what}`, input).id }
    },
    'datasets.maps': ({ versionId }) => maps.list(versionId),
    'datasets.mapCoordinates': ({ mapId }) => ({ coordinates: maps.coordinates(mapId).toString('base64') }),
    'datasets.deleteMap': ({ mapId }) => {
      events.emit({ type: 'dataset.changed', datasetId: maps.delete(mapId) })
      return {}
    },
    'datasets.points': ({ versionId, split }) => maps.points(versionId, split),
    'datasets.predict': ({ versionId, source }) => {
      const model = findModel(services, source)
      const title = `Ask ${model.title} about ${versionTitle(services, versionId)}`
      return { jobId: queue.add('dataset-predict', title, { versionId, source: model.source }).id }
    },
    'datasets.predictions': ({ versionId }) => predictions.list(versionId),
    'datasets.deletePrediction': ({ predictionId }) => {
      events.emit({ type: 'dataset.changed', datasetId: predictions.delete(predictionId) })
      return {}
    },
    'datasets.predictionPoints': ({ predictionId }) => {
      const { classes, confidences, outcomes } = predictions.answers(predictionId)
      return {
        classes: classes.toString('base64'),
        confidences: confidences.toString('base64'),
        outcomes: outcomes.toString('base64'),
      }
    },
    'datasets.samplePredictions': ({ versionId, ordinal }) => predictions.of(versionId, ordinal),
    'datasets.keepSelection': ({ versionId, ordinals }) => {
      const { sampleCount, datasetName, number } = datasets.brief(versionId)
      const beyond = ordinals.find((ordinal) => ordinal >= sampleCount)
      if (beyond !== undefined)
        throw new GlyphlabError(
          'INVALID_INPUT',
          `There is no picture ${beyond}: ${datasetName} v${number} has ${sampleCount}, counted from 0.`,
        )
      return { selectionId: memberships.keepSelection(datasets.rowId(versionId), ordinals) }
    },
    'datasets.selection': ({ versionId, selectionId }) => ({
      ordinals: [...memberships.selection(datasets.rowId(versionId), selectionId)],
    }),
  }
}

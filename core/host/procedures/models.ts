import { type FileSource, GlyphlabError, type ModelVersion, type Prediction } from '../../contract/index.ts'
import { picturePreprocessing } from '../../domain/model-manifest.ts'
import { measureEngines } from '../model-engines.ts'
import { manifestDigestOf } from '../model-folders.ts'
import { predictRows } from '../predict-rows.ts'
import type { HandlersOf, Services } from '../services.ts'
import { markDamage, usableModelFolder } from '../usable-model.ts'

/** In `model-transfer.ts`. */
export type ModelTransferProcedure = 'models.import' | 'models.export' | 'models.measure'

/** One prediction a file, in order; a bad file has its own error. @throws GlyphlabError DAMAGED for the model itself. */
export async function predictFiles(
  services: Services,
  version: ModelVersion,
  files: readonly FileSource[],
): Promise<Prediction[]> {
  picturePreprocessing(version)
  const modelDirectory = await usableModelFolder(services, version)
  const engine = version.inference?.engine ?? null
  const predictions: Prediction[] = []
  for (const source of files) {
    const { file, name } = services.sources.locate(source)
    try {
      const startedAt = performance.now()
      const answer = await services.classifier.ask({ modelDirectory, engine, file, name })
      const text = 'text' in answer ? answer.text : null
      const probabilities = 'probabilities' in answer ? answer.probabilities : []
      predictions.push({
        file: name,
        label: 'label' in answer ? answer.label : null,
        text,
        probabilities: probabilities.map((probability, index) => ({
          label: version.labels[index] ?? '',
          probability,
        })),
        error: null,
        durationMs: performance.now() - startedAt,
      })
    } catch (cause) {
      if (!(cause instanceof GlyphlabError)) throw cause
      if (cause.code === 'DAMAGED') {
        markDamage(services, version, cause)
        throw cause
      }
      predictions.push({
        file: name,
        label: null,
        text: null,
        probabilities: [],
        error: cause.toBody(),
        durationMs: 0,
      })
    }
    await services.sources.release(source)
  }
  if (version.status === 'damaged') services.models.setDamage(version.model, version.version, null)
  return predictions
}

export function modelProcedures(services: Services): Omit<HandlersOf<'models'>, ModelTransferProcedure> {
  const { models, runs, events } = services
  return {
    'models.register': async ({ runId, name, alias }) => {
      const run = runs.get(runs.resolve(runId))
      const manifest = runs.model(run.id)
      if (!manifest)
        throw new GlyphlabError(
          'CONFLICT',
          `The run "${run.name}" has no model: it is ${run.status}. Only a finished training can be registered.`,
        )
      const metrics = Object.fromEntries(
        Object.entries(run.metrics)
          .filter(([key]) => key.startsWith('test_'))
          .map(([key, metric]) => [key, metric.value]),
      )
      const version = models.register({
        model: name,
        alias,
        run: { id: run.id, name: run.name },
        importedFrom: null,
        datasetVersionId: run.datasetVersionId,
        datasetLabel: run.datasetLabel,
        manifest,
        digest: manifestDigestOf(manifest),
        metrics,
        inference: await measureEngines(services, {
          manifest,
          name: run.name,
          runId: run.id,
          datasetVersionId: run.datasetVersionId,
        }),
      })
      events.emit({ type: 'model.changed', model: name })
      return version
    },
    'models.list': () => models.list(),
    'models.mlflowVersions': ({ model }) =>
      services.registry
        .versions(model)
        .filter(({ kind }) => kind === 'mlflow')
        .map(({ kind: _, runLink: __, damage: ___, ...version }) => version),
    'models.versions': ({ model }) => models.versions(model),
    'models.get': ({ reference }) => models.resolve(reference),
    'models.setAlias': ({ model, alias, version }) => {
      const changed = models.setAlias(model, alias, version)
      events.emit({ type: 'model.changed', model })
      return changed
    },
    'models.predict': ({ reference, files }) => predictFiles(services, models.resolve(reference), files),
    'models.predictRows': ({ reference, source }) => predictRows(services, models.resolve(reference), source),
  }
}

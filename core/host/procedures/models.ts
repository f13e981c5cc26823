import { type FileSource, GlyphlabError, type ModelVersion, type Prediction } from '../../contract/index.ts'
import { measureEngines } from '../model-engines.ts'
import { manifestDigestOf } from '../model-folders.ts'
import type { HandlersOf, Services } from '../services.ts'
import type { ModelCardProcedure } from './model-cards.ts'
import type { ModelGateProcedure } from './model-gates.ts'

/** In `model-transfer.ts`. */
export type ModelTransferProcedure = 'models.import' | 'models.export' | 'models.measure'

/** The version's folder of files. A version that can't be made whole is marked damaged and never used. */
export async function usableModelFolder(
  { models, modelFolders, events }: Services,
  version: ModelVersion,
): Promise<string> {
  try {
    return await modelFolders.folder(models.manifest(version.model, version.version))
  } catch (cause) {
    markDamage({ models, events }, version, cause)
    throw cause
  }
}

export function markDamage(
  { models, events }: Pick<Services, 'models' | 'events'>,
  version: ModelVersion,
  cause: unknown,
): void {
  if (!(cause instanceof GlyphlabError) || cause.code !== 'DAMAGED') return
  models.setDamage(version.model, version.version, cause.message)
  events.emit({ type: 'model.changed', model: version.model })
}

/** One prediction a file, in order; a bad file has its own error. @throws GlyphlabError DAMAGED for the model itself. */
export async function predictFiles(
  services: Services,
  version: ModelVersion,
  files: readonly FileSource[],
): Promise<Prediction[]> {
  const modelDirectory = await usableModelFolder(services, version)
  const engine = version.inference?.engine ?? null
  const predictions: Prediction[] = []
  for (const source of files) {
    const { file, name } = services.sources.locate(source)
    try {
      const startedAt = performance.now()
      const answer = await services.classifier.ask({ modelDirectory, engine, file, name })
      const text = 'text' in answer ? answer.text : null
      const probabilities = 'text' in answer ? [] : answer.probabilities
      predictions.push({
        file: name,
        label: 'text' in answer ? null : answer.label,
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

export function modelProcedures(
  services: Services,
): Omit<HandlersOf<'models'>, ModelTransferProcedure | ModelGateProcedure | ModelCardProcedure> {
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
    'models.predict': ({ reference, files }) => predictFiles(services, models.resolve(reference), files),
  }
}

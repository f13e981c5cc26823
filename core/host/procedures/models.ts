import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import {
  type FileSource,
  GlyphlabError,
  type ModelVersion,
  type ParsedInput,
  type Prediction,
  type ProcedureOutput,
} from '../../contract/index.ts'
import { picturePreprocessing } from '../../domain/model-manifest.ts'
import type { LineDecoding } from '../../serving/line-decoding.ts'
import { firstAlias } from '../alias-moves.ts'
import { exampleOfRun, rowsOfRequest, storedExample, withExample } from '../input-example.ts'
import { measureEngines } from '../model-engines.ts'
import { manifestDigestOf } from '../model-folders.ts'
import { predictRows } from '../predict-rows.ts'
import type { HandlersOf, Services } from '../services.ts'
import { markDamage, usableModelFolder, verifyVersion } from '../usable-model.ts'
import type { ModelCardProcedure } from './model-cards.ts'
import type { ModelGateProcedure } from './model-gates.ts'

/** In `model-transfer.ts`. */
export type ModelTransferProcedure = 'models.import' | 'models.export' | 'models.measure'

/** One prediction a file, in order; a bad file has its own error. @throws GlyphlabError DAMAGED for the model itself. */
export async function predictFiles(
  services: Services,
  version: ModelVersion,
  files: readonly FileSource[],
  wanted?: ParsedInput<'models.predict'>['decoding'],
): Promise<Prediction[]> {
  picturePreprocessing(version)
  const decoding = wanted && lineDecodingOf(services, version, wanted)
  const modelDirectory = await usableModelFolder(services, version)
  const engine = version.inference?.engine ?? null
  const predictions: Prediction[] = []
  for (const source of files) {
    const { file, name } = services.sources.locate(source)
    try {
      const startedAt = performance.now()
      const answer = await services.classifier.ask({
        modelDirectory,
        engine,
        file,
        name,
        ...(decoding && { decoding }),
      })
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
  if (wanted?.language) await services.sources.release(wanted.language)
  if (version.status === 'damaged') services.models.setDamage(version.model, version.version, null)
  return predictions
}

/** @throws GlyphlabError NOT_FOUND for a version without one; DAMAGED */
async function tryExample(
  services: Services,
  version: ModelVersion,
): Promise<ProcedureOutput<'models.tryExample'>> {
  const example = await storedExample(services, version).catch((cause: unknown) => {
    markDamage(services, version, cause)
    throw cause
  })
  if (!example)
    throw new GlyphlabError(
      'NOT_FOUND',
      `${version.model}/${version.version} has no input example. Give it a file of your own.`,
    )
  if ('columns' in version.preprocessing) {
    const rows = rowsOfRequest(example.bytes)
    return { kind: 'rows', rows, predictions: await predictRows(services, version, { kind: 'rows', rows }) }
  }
  const folder = await mkdtemp(path.join(tmpdir(), 'glyphlab-example-'))
  try {
    const file = path.join(folder, example.name)
    await writeFile(file, example.bytes)
    const [prediction] = await predictFiles(services, version, [{ kind: 'path', path: file }])
    if (!prediction) throw new Error('one file has one prediction')
    return { kind: 'picture', prediction: { ...prediction, file: example.name } }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** @throws GlyphlabError INVALID_INPUT for a model that reads no lines */
function lineDecodingOf(
  { sources }: Services,
  { kind, model }: ModelVersion,
  { beams, language, languageWeight }: NonNullable<ParsedInput<'models.predict'>['decoding']>,
): LineDecoding {
  if (kind !== 'line-recogniser')
    throw new GlyphlabError(
      'INVALID_INPUT',
      `"${model}" reads no lines, so there is nothing to decode: leave out the beams and the language.`,
    )
  return { beams, language: language ? { ...sources.locate(language), weight: languageWeight } : null }
}

export function modelProcedures(
  services: Services,
): Omit<HandlersOf<'models'>, ModelTransferProcedure | ModelGateProcedure | ModelCardProcedure> {
  const { models, runs, events } = services
  return {
    'models.register': async ({ runId, name, alias, override }) => {
      const run = runs.get(runs.resolve(runId))
      const trained = runs.model(run.id)
      if (!trained)
        throw new GlyphlabError(
          'CONFLICT',
          `The run "${run.name}" has no model: it is ${run.status}. Only a finished training can be registered.`,
        )
      const metrics = Object.fromEntries(
        Object.entries(run.metrics)
          .filter(([key]) => key.startsWith('test_'))
          .map(([key, metric]) => [key, metric.value]),
      )
      const origin = { runId: run.id, datasetVersionId: run.datasetVersionId }
      const kept = services.blobs.keep()
      try {
        const example = await exampleOfRun(services, trained, origin)
        const manifest = example ? await withExample(services, trained, example, kept) : trained
        const version = models.register({
          model: name,
          alias: firstAlias(services.signing, alias, override),
          run: { id: run.id, name: run.name },
          importedFrom: null,
          datasetVersionId: run.datasetVersionId,
          datasetLabel: run.datasetLabel,
          manifest,
          digest: manifestDigestOf(manifest),
          metrics,
          inference: await measureEngines(services, { manifest, name: run.name, ...origin }),
        })
        events.emit({ type: 'model.changed', model: name })
        return version
      } finally {
        kept.release()
      }
    },
    'models.verify': async ({ reference }) => {
      const version = models.resolve(reference)
      await verifyVersion(services, version).catch((cause: unknown) => {
        if (!(cause instanceof GlyphlabError) || cause.code !== 'DAMAGED') throw cause
      })
      return models.version(version.model, version.version)
    },
    'models.list': () => models.list(),
    'models.mlflowVersions': ({ model }) =>
      services.registry
        .versions(model)
        .filter(({ kind }) => kind === 'mlflow')
        .map(({ kind: _, runLink: __, damage: ___, ...version }) => version),
    'models.versions': ({ model }) => models.versions(model),
    'models.get': ({ reference }) => models.resolve(reference),
    'models.predict': ({ reference, files, decoding }) =>
      predictFiles(services, models.resolve(reference), files, decoding),
    'models.tryExample': ({ reference }) => tryExample(services, models.resolve(reference)),
    'models.predictRows': ({ reference, source }) => predictRows(services, models.resolve(reference), source),
  }
}

import { GlyphlabError, type InferenceEngine, type ModelSource } from '../contract/index.ts'
import type { ModelManifest } from '../domain/model-manifest.ts'
import type { Services } from './services.ts'
import { usableModelFolder } from './usable-model.ts'

/** A model that is asked about a dataset. */
export interface FoundModel {
  /** The version that a reference meant when it was asked for, or the run. */
  source: ModelSource
  title: string
  manifest: ModelManifest
  /** Null: the one that the model's format has. */
  engine: InferenceEngine | null
  /** Null: the model was trained elsewhere. */
  runId: string | null
}

/** @throws GlyphlabError NOT_FOUND; CONFLICT for a run without a model; UNSUPPORTED for one that is no classifier */
export function findModel(services: Services, source: ModelSource): FoundModel {
  const found = anyModel(services, source)
  if (found.manifest.kind === 'image-classifier') return found
  throw new GlyphlabError(
    'UNSUPPORTED',
    `${found.title} is ${found.manifest.kind === 'line-recogniser' ? 'a line recogniser' : 'a model of tables'}: it can't be asked about pictures' classes. Choose a classifier of pictures.`,
  )
}

function anyModel({ models, runs }: Services, source: ModelSource): FoundModel {
  if (source.kind === 'model') {
    const version = models.resolve(source.reference)
    const name = `${version.model}/${version.version}`
    return {
      source: { kind: 'model', reference: name },
      title: name,
      manifest: models.manifest(version.model, version.version),
      engine: version.inference?.engine ?? null,
      runId: version.runId,
    }
  }
  const run = runs.get(runs.resolve(source.runId))
  const manifest = runs.model(run.id)
  if (manifest)
    return { source: { kind: 'run', runId: run.id }, title: run.name, manifest, engine: null, runId: run.id }
  throw new GlyphlabError(
    'CONFLICT',
    `The run "${run.name}" has no model: it is ${run.status}. Choose a finished training.`,
  )
}

/** The folder of the model's files. @throws GlyphlabError DAMAGED, naming the file */
export function modelFolder(services: Services, { source, manifest }: FoundModel): Promise<string> {
  return source.kind === 'model'
    ? usableModelFolder(services, services.models.resolve(source.reference))
    : services.modelFolders.folder(manifest)
}

import { randomUUID } from 'node:crypto'
import { existsSync, statSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { writeNewFile } from '../../blobs/new-file.ts'
import { writeNewFolder } from '../../blobs/new-folder.ts'
import {
  type ExportedModel,
  type ExportFormat,
  type FileSource,
  GlyphlabError,
  type InferenceEngine,
  type ModelImportOptions,
  type ModelVersion,
} from '../../contract/index.ts'
import {
  exampleOf,
  formatOf,
  type ModelManifest,
  modelManifestFile,
  onnxFile,
} from '../../domain/model-manifest.ts'
import { mlflowExample } from '../../registry/mlflow-example.ts'
import { mlmodelFile, onnxFileOf } from '../../registry/mlflow-folder.ts'
import { isModelFile } from '../../registry/model-file.ts'
import { isKerasFile, readKeras } from '../../training/keras/read-keras.ts'
import { readManifest, readVerifiedFile, topologyFile } from '../../training/model-files.ts'
import { exportOnnx } from '../../training/onnx/export-onnx.ts'
import { describeLayers } from '../../training/onnx/import-layers.ts'
import { describeOnnx } from '../../training/onnx/import-onnx.ts'
import { firstAlias } from '../alias-moves.ts'
import { withExample } from '../input-example.ts'
import { measureEngines } from '../model-engines.ts'
import { importModelFile, modelFileOf, writeMlflowFolder } from '../model-file-transfer.ts'
import { manifestBytes, manifestDigestOf } from '../model-folders.ts'
import type { ModelPicture } from '../model-pictures.ts'
import type { HandlersOf, Services } from '../services.ts'
import { markDamage, usableModelFolder } from '../usable-model.ts'
import type { ModelTransferProcedure } from './models.ts'

/** A protobuf message can't be larger than 2 GiB, and such a model would not fit beside the rest. */
const largestModel = 1024 ** 3
const largestLabels = 16 * 1024 ** 2
/** It goes with the version wherever it is exported to. */
const largestExample = 4 * 1024 ** 2

interface LocatedFile {
  file: string
  name: string
}

const readSource = ({ sources }: Services, source: FileSource, largest: number) =>
  readLocated(sources.locate(source), largest)

async function readLocated(
  { file, name }: LocatedFile,
  largest: number,
): Promise<{ name: string; bytes: Buffer }> {
  try {
    const { size } = await stat(file)
    if (size <= largest) return { name, bytes: await readFile(file) }
    throw new GlyphlabError(
      'INVALID_INPUT',
      `${name}: with ${Math.round(size / 1e6)} MB it is larger than the ${Math.round(largest / 1e6)} MB that can be imported.`,
    )
  } catch (cause) {
    if (cause instanceof GlyphlabError) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new GlyphlabError('UNREADABLE_FILE', `${name}: the file can't be read (${reason}).`)
  }
}

interface ModelImport {
  source: FileSource
  name: string
  alias?: string | undefined
  override?: string | undefined
  labels?: FileSource | undefined
  example?: FileSource | undefined
  options: ModelImportOptions
}

/** A folder of a model, or the folder of a `model.json`; undefined for any other file. */
function layersFolder({ file }: LocatedFile): string | undefined {
  if (path.basename(file) === topologyFile) return path.dirname(file)
  return statSync(file, { throwIfNoEntry: false })?.isDirectory() ? file : undefined
}

/** A model of Keras as a folder of tfjs files, for the time of its import. */
async function kerasFolder({ home }: Services, located: LocatedFile): Promise<string> {
  const { name, bytes } = await readLocated(located, largestModel)
  const files = await readKeras(name, bytes)
  const folder = path.join(home, 'work', `keras-${randomUUID()}`)
  await mkdir(folder, { recursive: true })
  for (const [file, content] of files) await writeFile(path.join(folder, file), content)
  return folder
}

interface StoredFiles {
  description: Omit<ModelManifest, 'files'>
  files: ModelManifest['files']
  /** The example that came with the model. */
  example: ModelPicture | null
}

async function storeModel(
  services: Services,
  { source, options }: ModelImport,
  labels: string | undefined,
  keep: (hash: string) => void,
): Promise<StoredFiles> {
  const { blobs, sources } = services
  const located = sources.locate(source)
  const keras = isKerasFile(located.name)
  const directory = keras ? await kerasFolder(services, located) : layersFolder(located)
  const mlflow = directory !== undefined && existsSync(path.join(directory, mlmodelFile))
  if (directory !== undefined && !mlflow) {
    try {
      const { description, paths } = await describeLayers({ name: located.name, directory, labels, options })
      const files: ModelManifest['files'] = []
      for (const name of paths) {
        const { hash, bytes } = await blobs.addFile(path.join(directory, name))
        keep(hash)
        files.push({ path: name, hash, bytes })
      }
      return { description, files, example: await exampleBeside(directory) }
    } finally {
      if (keras) await rm(directory, { recursive: true, force: true })
    }
  }
  const onnx = mlflow ? { ...located, file: await onnxFileOf(directory, located.name) } : located
  const { name, bytes } = await readLocated(onnx, largestModel)
  const description = describeOnnx({ name, bytes, labels, options })
  const stored = await blobs.addBytes(bytes)
  keep(stored.hash)
  const example = mlflow
    ? await mlflowExample(directory, description.preprocessing, description.signature.input.layout)
    : null
  return { description, files: [{ path: onnxFile, hash: stored.hash, bytes: stored.bytes }], example }
}

/** Of a folder that Glyphlab wrote. @throws GlyphlabError DAMAGED */
async function exampleBeside(directory: string): Promise<ModelPicture | null> {
  if (!existsSync(path.join(directory, modelManifestFile))) return null
  const file = exampleOf(await readManifest(directory))
  return file && { name: file.name, bytes: await readVerifiedFile(directory, file) }
}

/**
 * Has a version answer its example before it is registered with it.
 * @throws GlyphlabError UNREADABLE_FILE for one that is no picture, naming the file
 */
async function checkExample(
  services: Services,
  manifest: ModelManifest,
  engine: InferenceEngine,
  { name, bytes }: ModelPicture,
): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'glyphlab-example-'))
  try {
    const file = path.join(folder, 'input')
    await writeFile(file, bytes)
    const modelDirectory = await services.modelFolders.folder(manifest)
    await services.classifier.ask({ modelDirectory, engine, file, name })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function importModel(services: Services, request: ModelImport): Promise<ModelVersion> {
  const { blobs, models, events, sources } = services
  const { file, name: importedFrom } = sources.locate(request.source)
  const alias = firstAlias(services.signing, request.alias, request.override)
  if (await isModelFile(file)) {
    if (request.example)
      throw new GlyphlabError(
        'INVALID_INPUT',
        `${importedFrom} is a whole version with its own input example and digest: import it without another one.`,
      )
    try {
      const { bytes } = await readSource(services, request.source, largestModel)
      const packed = { name: importedFrom, bytes }
      const version = await importModelFile(services, packed, { name: request.name, alias })
      events.emit({ type: 'model.changed', model: request.name })
      return version
    } finally {
      await sources.release(request.source)
    }
  }
  const labels = request.labels && (await readSource(services, request.labels, largestLabels))
  const given = request.example && (await readSource(services, request.example, largestExample))
  const kept = blobs.keep()
  try {
    const stored = await storeModel(services, request, labels?.bytes.toString('utf8'), kept.add)
    const plain: ModelManifest = { ...stored.description, files: stored.files }
    const example = given ?? stored.example
    const manifest = example ? await withExample(services, plain, example, kept) : plain
    const origin = { runId: null, datasetVersionId: null }
    const inference = await measureEngines(services, { manifest, name: importedFrom, ...origin })
    if (example) await checkExample(services, manifest, inference.engine, example)
    const version = models.register({
      model: request.name,
      alias,
      run: null,
      importedFrom,
      datasetVersionId: null,
      datasetLabel: null,
      manifest,
      digest: manifestDigestOf(manifest),
      metrics: {},
      inference,
    })
    events.emit({ type: 'model.changed', model: request.name })
    return version
  } finally {
    kept.release()
    await sources.release(request.source)
    if (request.labels) await sources.release(request.labels)
    if (request.example) await sources.release(request.example)
  }
}

async function writeTfjs(directory: string, manifest: ModelManifest, target: string): Promise<number> {
  return writeNewFolder(target, async (fresh) => {
    for (const { path: file } of manifest.files)
      await copyFile(path.join(directory, file), path.join(fresh, file))
    const own = manifestBytes(manifest)
    await writeFile(path.join(fresh, modelManifestFile), own)
    return manifest.files.reduce((sum, { bytes }) => sum + bytes, own.length)
  })
}

interface Writing {
  services: Services
  version: ModelVersion
  manifest: ModelManifest
  directory: string
  target: string
}

/** Each writes the version to `target`, which is new, and returns the bytes written. */
const writers: Record<ExportFormat, (writing: Writing) => Promise<number>> = {
  onnx: async ({ version, manifest, directory, target }) =>
    writeNewFile(target, chunksOf(await exportOnnx(directory, manifest, version.digest))),
  tfjs: ({ manifest, directory, target }) => writeTfjs(directory, manifest, target),
  glyphmodel: async ({ services, version, directory, target }) =>
    writeNewFile(target, chunksOf(await modelFileOf(services, version, directory))),
  mlflow: ({ services, version, manifest, directory, target }) =>
    writeMlflowFolder(services, version, manifest, directory, target),
}

async function exportModel(
  services: Services,
  version: ModelVersion,
  format: ExportedModel['format'],
  target: string,
): Promise<ExportedModel> {
  if (!path.isAbsolute(target)) {
    throw new GlyphlabError(
      'INVALID_INPUT',
      `"${target}" is not a full path. Write it from the root of the disk.`,
    )
  }
  const reference = `${version.model}/${version.version}`
  const manifest = services.models.manifest(version.model, version.version)
  if (format === 'tfjs' && formatOf(manifest) === 'onnx') {
    throw new GlyphlabError(
      'UNSUPPORTED',
      `${reference} was imported as ONNX and has no TensorFlow.js form. Export it as ONNX.`,
    )
  }
  const directory = await usableModelFolder(services, version)
  try {
    const bytes = await writers[format]({ services, version, manifest, directory, target })
    services.audit.append('model.exported', reference, { format, path: target, digest: version.digest })
    return { path: target, format, bytes }
  } catch (cause) {
    markDamage(services, version, cause)
    throw cause
  }
}

async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** Models come in from elsewhere and leave, and the machine's engines are timed on them. */
export function modelTransferProcedures(
  services: Services,
): Pick<HandlersOf<'models'>, ModelTransferProcedure> {
  const { models, events } = services
  return {
    'models.import': (request) => importModel(services, request),
    'models.export': ({ reference, format, path: target }) =>
      exportModel(services, models.resolve(reference), format, target),
    'models.measure': async ({ reference }) => {
      const { model, version, runId, datasetVersionId } = models.resolve(reference)
      const choice = await measureEngines(services, {
        manifest: models.manifest(model, version),
        name: `${model}/${version}`,
        runId,
        datasetVersionId,
      })
      const measured = models.setInference(model, version, choice)
      events.emit({ type: 'model.changed', model })
      return measured
    },
  }
}

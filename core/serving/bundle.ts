import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { GlyphlabError, type InferenceEngine } from '../contract/index.ts'
import {
  type BundleManifest,
  bundleManifest,
  bundleManifestFile,
  goldenDirectory,
  languageDirectory,
  modelDirectory,
  versionDirectory,
} from '../domain/bundle.ts'
import { type TrainingProfile, trainingProfile, trainingProfileFile } from '../domain/training-profile.ts'
import { readInputExample } from './input-example.ts'
import type { ServedModel, ServedTable } from './served-model.ts'

/** @throws GlyphlabError DAMAGED, naming the file */
export async function readBundleManifest(directory: string): Promise<BundleManifest> {
  const file = join(directory, bundleManifestFile)
  try {
    return bundleManifest.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch (cause) {
    throw new GlyphlabError(
      'DAMAGED',
      `${file}: not the manifest of a bundle (${cause}). Export the bundle again.`,
    )
  }
}

export interface LoadedModel {
  model: ServedModel
  close(): Promise<void>
}

/**
 * Loads what the bundle serves, after checking its files against the manifest's digests.
 * @returns the model and how to free it
 * @throws GlyphlabError DAMAGED, naming the file that is missing or changed
 */
export async function loadServedModel(
  directory: string,
  manifest: BundleManifest,
  wasmDirectory: string | undefined,
): Promise<LoadedModel> {
  const { name, version, digest, kind, engine = null } = manifest
  if (kind !== 'ocr') {
    await verifyFiles(directory, manifest, `${modelDirectory}/`)
    const folder = join(directory, modelDirectory)
    const identity = { name, version, digest, example: await readInputExample(folder) }
    const options = { wasmDirectory, engine }
    if (kind === 'image-classifier') return loadClassifierAs(identity, folder, options)
    if (kind === 'line-recogniser') return loadRecogniserAs(identity, folder, options)
    return loadTableAs({ ...identity, kind }, folder, options)
  }
  await verifyFiles(directory, manifest, `${languageDirectory}/`)
  const { createTesseractEngine } = await import('../ocr/engines/tesseract.ts')
  const tesseract = await createTesseractEngine({ languageDirectory: join(directory, languageDirectory) })
  return {
    model: { kind: 'ocr', name, version, digest, read: (bytes, file) => tesseract.read(bytes, file) },
    close: () => tesseract.close(),
  }
}

/**
 * The further versions of a bundle, each with the folder of its golden answers.
 * @throws GlyphlabError DAMAGED, naming the file that is missing or changed
 */
export async function loadFurtherVersions(
  directory: string,
  manifest: BundleManifest,
  wasmDirectory: string | undefined,
): Promise<(LoadedModel & { golden: string })[]> {
  const loaded = []
  for (const { version, digest, engine = null } of manifest.versions ?? []) {
    const folder = versionDirectory(version)
    await verifyFiles(directory, manifest, `${folder}/`)
    const place = join(directory, folder, modelDirectory)
    const identity = { name: manifest.name, version, digest, example: await readInputExample(place) }
    const model = await loadClassifierAs(identity, place, { wasmDirectory, engine })
    loaded.push({ ...model, golden: join(directory, folder, goldenDirectory) })
  }
  return loaded
}

type ModelIdentity = Pick<ServedModel, 'name' | 'version' | 'digest' | 'example'>

interface LoadOptions {
  wasmDirectory: string | undefined
  engine: InferenceEngine | null
}

const inferenceOptions = ({ wasmDirectory, engine }: LoadOptions) => ({
  ...(wasmDirectory && { wasmDirectory }),
  engine,
})

async function loadClassifierAs(
  identity: ModelIdentity,
  directory: string,
  options: LoadOptions,
): Promise<LoadedModel> {
  const { loadClassifier } = await import('./classifier.ts')
  const { servedClassifier } = await import('./served-classifier.ts')
  const classifier = await loadClassifier(directory, inferenceOptions(options))
  return { model: servedClassifier(classifier, identity), close: async () => classifier.dispose() }
}

async function loadRecogniserAs(
  identity: ModelIdentity,
  directory: string,
  options: LoadOptions,
): Promise<LoadedModel> {
  const { loadRecogniser } = await import('./recogniser.ts')
  const recogniser = await loadRecogniser(directory, inferenceOptions(options))
  return {
    model: { kind: 'line-recogniser', ...identity, read: recogniser.read },
    close: async () => recogniser.dispose(),
  }
}

async function loadTableAs(
  identity: ModelIdentity & { kind: ServedTable['kind'] },
  directory: string,
  options: LoadOptions,
): Promise<LoadedModel> {
  const { loadTableModel } = await import('./table-model.ts')
  const table = await loadTableModel(directory, inferenceOptions(options))
  const { labels } = table.manifest
  return {
    model: {
      ...identity,
      labels: identity.kind === 'table-classifier' ? labels : [],
      columns: table.columns,
      predict: table.predict,
    },
    close: async () => table.dispose(),
  }
}

/** How training lay, of each version whose profile is in the bundle. @throws GlyphlabError DAMAGED */
export async function readTrainingProfiles(
  directory: string,
  manifest: BundleManifest,
): Promise<TrainingProfile[]> {
  const profiles = []
  const folders = ['', ...(manifest.versions ?? []).map(({ version }) => `${versionDirectory(version)}/`)]
  for (const folder of folders) {
    const path = `${folder}${trainingProfileFile}`
    if (!manifest.files.some((file) => file.path === path)) continue
    await verifyFiles(directory, manifest, path)
    profiles.push(trainingProfile.parse(JSON.parse(await readFile(join(directory, path), 'utf8'))))
  }
  return profiles
}

async function verifyFiles(directory: string, manifest: BundleManifest, prefix: string): Promise<void> {
  for (const file of manifest.files.filter(({ path }) => path.startsWith(prefix))) {
    const path = join(directory, file.path)
    const bytes = await readFile(path).catch((cause: unknown) => {
      throw new GlyphlabError('DAMAGED', `${path}: can't be read (${cause}). Export the bundle again.`)
    })
    if (createHash('sha256').update(bytes).digest('hex') !== file.sha256) {
      throw new GlyphlabError('DAMAGED', `${path}: changed since the bundle was exported. Export it again.`)
    }
  }
}

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { GlyphlabError } from '../contract/index.ts'
import {
  type BundleManifest,
  bundleManifest,
  bundleManifestFile,
  languageDirectory,
  modelDirectory,
} from '../domain/bundle.ts'
import type { ServedModel } from './served-model.ts'

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

/**
 * Loads what the bundle serves, after checking its files against the manifest's digests.
 * @returns the model and how to free it
 * @throws GlyphlabError DAMAGED, naming the file that is missing or changed
 */
export async function loadServedModel(
  directory: string,
  manifest: BundleManifest,
  wasmDirectory: string | undefined,
): Promise<{ model: ServedModel; close(): Promise<void> }> {
  const { name, version, digest } = manifest
  const identity = { name, version, digest }
  if (manifest.kind === 'image-classifier') {
    await verifyFiles(directory, manifest, `${modelDirectory}/`)
    const { loadClassifier } = await import('./classifier.ts')
    const classifier = await loadClassifier(join(directory, modelDirectory), {
      ...(wasmDirectory && { wasmDirectory }),
      engine: manifest.engine ?? null,
    })
    const { labels } = classifier.manifest
    return {
      model: { kind: 'image-classifier', ...identity, labels, classify: classifier.classify },
      close: async () => classifier.dispose(),
    }
  }
  await verifyFiles(directory, manifest, `${languageDirectory}/`)
  const { createTesseractEngine } = await import('../ocr/engines/tesseract.ts')
  const engine = await createTesseractEngine({ languageDirectory: join(directory, languageDirectory) })
  return {
    model: { kind: 'ocr', ...identity, read: (bytes, file) => engine.read(bytes, file) },
    close: () => engine.close(),
  }
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

import { statSync } from 'node:fs'
import path from 'node:path'
import { readBlob, sha256Of } from '../blobs/blob-files.ts'
import { GlyphlabError, type ModelVersion, type TableCell } from '../contract/index.ts'
import { exampleOf, type ModelManifest, modelManifest, pictureManifest } from '../domain/model-manifest.ts'
import { modelPixels } from '../imaging/image.ts'
import { linePixels } from '../imaging/line-pixels.ts'
import { type InputValues, inputValues } from '../serving/inference-input.ts'
import { rowInput } from '../serving/table-model.ts'
import type { KeptBlobs } from '../store/blob-store.ts'
import { readVerifiedFile } from '../training/model-files.ts'
import { type ModelPicture, modelPictures } from './model-pictures.ts'
import type { Services } from './services.ts'

/** A stored row as a request that a server answers. */
export const rowRequest = ({ name, bytes }: ModelPicture): ModelPicture => ({
  name: `${name.replace(/\.\w+$/, '')}.json`,
  bytes: Buffer.from(`${JSON.stringify({ rows: [JSON.parse(bytes.toString('utf8'))] })}\n`),
})

/** The rows of a request that `rowRequest` wrote. */
export const rowsOfRequest = (bytes: Buffer): Record<string, TableCell>[] =>
  (JSON.parse(bytes.toString('utf8')) as { rows: Record<string, TableCell>[] }).rows

/** The content as a file of the data folder that is nobody else's: what a version is made of can't change in its place. */
async function ownBlob({ blobs }: Services, bytes: Buffer): Promise<void> {
  const location = blobs.locate(sha256Of(bytes))
  if (!location || location.reference) await blobs.addBytes(bytes)
  else if (location.offset === 0 && statSync(location.file).nlink > 1) await blobs.files.own(bytes)
}

/** The manifest with an input example among its files, in place of one that it had; its bytes are stored. */
export async function withExample(
  services: Services,
  manifest: ModelManifest,
  { name, bytes }: ModelPicture,
  kept: KeptBlobs,
): Promise<ModelManifest> {
  const hash = sha256Of(bytes)
  kept.add(hash)
  await ownBlob(services, bytes)
  const extension = /\.\w{1,5}$/.exec(name)?.[0].toLowerCase() ?? ''
  const file = `input-example${extension}`
  // Parsed, so that its fields stand in the order of the schema, by which the digest is made.
  return modelManifest.parse({
    ...manifest,
    files: [
      ...manifest.files.filter((each) => each.path !== manifest.inputExample?.path),
      { path: file, hash, bytes: bytes.length },
    ],
    inputExample: { path: file, name: path.posix.basename(name) },
  })
}

/** What a run's model is tried with first: of its test subset. Null when its dataset is gone, or can't be read. */
export async function exampleOfRun(
  services: Services,
  manifest: ModelManifest,
  run: Pick<ModelVersion, 'runId' | 'datasetVersionId'>,
): Promise<ModelPicture | null> {
  try {
    const [first] = await modelPictures(services, run, 1)
    if (!first) return null
    return 'columns' in manifest.preprocessing ? rowRequest(first) : first
  } catch (cause) {
    services.log.warn({ err: cause }, 'a version gets no input example')
    return null
  }
}

/** What to try a model with: pictures, or stored rows; of a model of tables from elsewhere the rows of its example. */
export async function modelTrials(
  services: Services,
  manifest: ModelManifest,
  origin: Pick<ModelVersion, 'runId' | 'datasetVersionId'>,
): Promise<ModelPicture[]> {
  if (!('columns' in manifest.preprocessing) || origin.runId !== null) return modelPictures(services, origin)
  const example = exampleOf(manifest)
  const location = example && services.blobs.locate(example.hash)
  if (!example || !location) return []
  return rowsOfRequest(await readBlob(location, example.hash)).map((row) => ({
    name: example.name,
    bytes: Buffer.from(JSON.stringify(row)),
  }))
}

/** The version's own input example; null: it has none. @throws GlyphlabError DAMAGED, naming the file */
export async function storedExample(
  { blobs, models }: Services,
  { model, version }: Pick<ModelVersion, 'model' | 'version'>,
): Promise<ModelPicture | null> {
  const example = exampleOf(models.manifest(model, version))
  if (!example) return null
  const location = blobs.locate(example.hash)
  if (!location)
    throw new GlyphlabError(
      'DAMAGED',
      `The input example ${example.path} of ${model}/${version} is missing from the data folder (${example.hash}).`,
    )
  return { name: example.name, bytes: await readBlob(location, example.hash) }
}

/** The example as the network takes it, and the file that it is. Null: there is none. @throws GlyphlabError DAMAGED */
export async function exampleTensor(
  directory: string,
  manifest: ModelManifest,
): Promise<(InputValues & { path: string; bytes: Buffer }) | null> {
  const example = exampleOf(manifest)
  if (!example) return null
  const bytes = await readVerifiedFile(directory, example)
  const { preprocessing } = manifest
  const file = { path: example.path, bytes }
  if ('columns' in preprocessing) return { ...rowInput(preprocessing, rowsOfRequest(bytes)), ...file }
  const pictures = pictureManifest(manifest)
  if (manifest.kind === 'line-recogniser') {
    const line = await linePixels(bytes, example.name, preprocessing.height)
    return { ...inputValues(pictures, line.pixels, { ...line, given: 1 }), ...file }
  }
  const pixels = await modelPixels(bytes, example.name, preprocessing)
  return { ...inputValues(pictures, pixels, preprocessing), ...file }
}

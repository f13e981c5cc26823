import { createHash, randomBytes } from 'node:crypto'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { io } from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import { GlyphlabError } from '../contract/index.ts'
import { isDiskFull } from '../domain/disk-full.ts'
import {
  type ModelManifest,
  modelManifest,
  modelManifestFile,
  modelRemedy,
} from '../domain/model-manifest.ts'
import type { TensorFlow } from './backends/backend.ts'

/** The files of a saved model, beside which `glyphlab-model.json` may lie. */
export const topologyFile = 'model.json'
export const weightsFile = 'weights.bin'

interface TopologyFile {
  format: 'layers-model'
  generatedBy: string
  convertedBy: null
  modelTopology: io.ModelJSON['modelTopology']
  weightsManifest: io.WeightsManifestConfig
}

/**
 * Saves a model as `model.json` and `weights.bin` (tfjs LayersModel format). The folder appears whole or not at all:
 * it is written beside its place, flushed, and renamed over an older one.
 */
export async function saveModelDirectory(
  tf: TensorFlow,
  model: LayersModel,
  directory: string,
): Promise<void> {
  const { topology, weights } = await modelArtifacts(tf, model)
  const fresh = `${directory}.new-${randomBytes(4).toString('hex')}`
  await mkdir(fresh, { recursive: true })
  try {
    await writeFlushed(join(fresh, topologyFile), JSON.stringify(topology))
    await writeFlushed(join(fresh, weightsFile), weights)
    await replaceDirectory(fresh, directory)
  } catch (cause) {
    await rm(fresh, { recursive: true, force: true }).catch(() => undefined)
    throw writeFailure(directory, cause)
  }
}

/** Writes `glyphlab-model.json` into a model's folder. */
export async function writeManifest(directory: string, manifest: ModelManifest): Promise<void> {
  const file = join(directory, modelManifestFile)
  const fresh = `${file}.new-${randomBytes(4).toString('hex')}`
  try {
    await writeFlushed(fresh, `${JSON.stringify(modelManifest.parse(manifest), null, 2)}\n`)
    await rename(fresh, file)
  } catch (cause) {
    await rm(fresh, { force: true }).catch(() => undefined)
    throw writeFailure(file, cause)
  }
}

/**
 * Reads `glyphlab-model.json`.
 * @throws GlyphlabError DAMAGED when it is missing, no JSON, or not in format `glyphlab-model/1`.
 */
export async function readManifest(directory: string): Promise<ModelManifest> {
  const file = join(directory, modelManifestFile)
  const text = (await readShard(directory, modelManifestFile)).toString('utf8')
  const parsed = modelManifest.safeParse(parseJson(file, text))
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw damaged(file, `the manifest is not in a known format (${issue?.path.join('.')}: ${issue?.message})`)
  }
  return parsed.data
}

/** Path, sha256 and size of `model.json` and `weights.bin`: the `files` of a manifest. */
export async function describeModelFiles(directory: string): Promise<ModelManifest['files']> {
  return Promise.all(
    [topologyFile, weightsFile].map(async (path) => {
      const bytes = await readShard(directory, path)
      return { path, hash: sha256(bytes), bytes: bytes.length }
    }),
  )
}

/**
 * Reads a model from `model.json` and its weight shards. With a manifest, the size and digest of each file are verified
 * first; without, the shards must at least hold as many bytes as the topology asks for.
 * @throws GlyphlabError DAMAGED, naming the missing, short or changed file.
 */
export async function readModelArtifacts(
  directory: string,
  manifest?: ModelManifest,
): Promise<io.ModelArtifacts> {
  const shards = new Map<string, Buffer>()
  const read = async (path: string): Promise<Buffer> => {
    const bytes = shards.get(path) ?? (await readShard(directory, path))
    shards.set(path, bytes)
    return bytes
  }
  for (const file of manifest?.files ?? []) verifyFile(directory, file, await read(file.path))

  const file = join(directory, topologyFile)
  const topology = parseJson(file, (await read(topologyFile)).toString('utf8')) as TopologyFile | null
  if (topology?.format !== 'layers-model' || !Array.isArray(topology.weightsManifest)) {
    throw damaged(file, 'the file is not a TensorFlow.js layers model')
  }
  const weights: Buffer[] = []
  for (const group of topology.weightsManifest) {
    const parts = await Promise.all(group.paths.map(read))
    verifyGroup(directory, group, parts)
    weights.push(...parts)
  }
  const data = Buffer.concat(weights)
  return {
    modelTopology: topology.modelTopology,
    weightSpecs: topology.weightsManifest.flatMap((group) => group.weights),
    weightData: data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength) as ArrayBuffer,
  }
}

/**
 * Loads a model that `readModelArtifacts` reads.
 * @throws GlyphlabError DAMAGED, naming the missing, short or changed file.
 */
export async function loadModelDirectory(
  tf: TensorFlow,
  directory: string,
  manifest?: ModelManifest,
): Promise<LayersModel> {
  const artifacts = await readModelArtifacts(directory, manifest)
  try {
    return await tf.loadLayersModel({ load: async () => artifacts })
  } catch (cause) {
    throw damaged(
      join(directory, topologyFile),
      `the model can't be built (${cause instanceof Error ? cause.message : String(cause)})`,
    )
  }
}

/** A file of a version, its size and digest verified. @throws GlyphlabError DAMAGED, naming the file */
export async function readVerifiedFile(
  directory: string,
  file: ModelManifest['files'][number],
): Promise<Buffer> {
  const bytes = await readShard(directory, file.path)
  verifyFile(directory, file, bytes)
  return bytes
}

async function modelArtifacts(
  tf: TensorFlow,
  model: LayersModel,
): Promise<{ topology: TopologyFile; weights: Buffer }> {
  let saved: io.ModelArtifacts | undefined
  await model.save({
    save: async (artifacts) => {
      saved = artifacts
      return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) }
    },
  })
  if (!saved?.modelTopology || !saved.weightData || !saved.weightSpecs) {
    throw new Error('the model was saved without weights')
  }
  const buffers = Array.isArray(saved.weightData) ? saved.weightData : [saved.weightData]
  return {
    topology: {
      format: 'layers-model',
      generatedBy: saved.generatedBy ?? 'TensorFlow.js',
      convertedBy: null,
      modelTopology: saved.modelTopology,
      weightsManifest: [{ paths: [weightsFile], weights: saved.weightSpecs }],
    },
    weights: Buffer.concat(buffers.map((buffer) => Buffer.from(buffer))),
  }
}

async function readShard(directory: string, path: string): Promise<Buffer> {
  const file = join(directory, path)
  if (path !== basename(path)) throw damaged(file, 'the model names a file outside its own folder')
  try {
    return await readFile(file)
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    throw damaged(file, missing ? 'the file is missing' : `the file can't be read (${String(cause)})`)
  }
}

function verifyFile(directory: string, expected: ModelManifest['files'][number], bytes: Buffer): void {
  const file = join(directory, expected.path)
  if (bytes.length !== expected.bytes) {
    throw damaged(file, `the file has ${bytes.length} bytes where ${expected.bytes} were recorded`)
  }
  if (sha256(bytes) !== expected.hash) {
    throw damaged(file, 'the content is not what was recorded (its sha256 differs)')
  }
}

const bytesPerValue: Partial<Record<string, number>> = {
  float32: 4,
  int32: 4,
  float16: 2,
  uint16: 2,
  uint8: 1,
  bool: 1,
}

function verifyGroup(directory: string, group: io.WeightsManifestConfig[number], parts: Buffer[]): void {
  const expected = group.weights.reduce((sum, { shape, dtype, quantization }) => {
    const width = bytesPerValue[quantization?.dtype ?? dtype] ?? 0
    return sum + shape.reduce((product, size) => product * size, width)
  }, 0)
  const actual = parts.reduce((sum, part) => sum + part.length, 0)
  if (actual === expected) return
  const names = group.paths.map((path) => join(directory, path)).join(', ')
  throw damaged(names, `the weights have ${actual} bytes where the model needs ${expected}`)
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw damaged(file, 'the file is not valid JSON')
  }
}

function damaged(file: string, reason: string): GlyphlabError {
  return new GlyphlabError('DAMAGED', `${file}: ${reason}. ${modelRemedy}`, { file: basename(file) })
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

async function writeFlushed(file: string, content: string | Buffer): Promise<void> {
  const handle = await open(file, 'w')
  try {
    await handle.writeFile(content)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** A folder can't be renamed over a full one, so the old one steps aside for the moment between two renames. */
async function replaceDirectory(fresh: string, directory: string): Promise<void> {
  const old = `${directory}.old-${randomBytes(4).toString('hex')}`
  await mkdir(dirname(directory), { recursive: true })
  const hadOld = await rename(directory, old).then(
    () => true,
    () => false,
  )
  await rename(fresh, directory)
  if (hadOld) await rm(old, { recursive: true, force: true })
}

function writeFailure(file: string, cause: unknown): GlyphlabError {
  const full = isDiskFull(cause)
  return new GlyphlabError(
    full ? 'DISK_FULL' : 'INTERNAL',
    full
      ? `${file}: the disk is full. Free some space and try again.`
      : `${file}: can't be written (${cause}).`,
    undefined,
    { cause },
  )
}

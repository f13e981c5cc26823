import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Tensor } from '@tensorflow/tfjs-core'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ModelManifest } from '../domain/model-manifest.ts'
import { cnnSmall } from './architectures/cnn-small.ts'
import type { TensorFlow } from './backends/backend.ts'
import { wasmBackend } from './backends/wasm.ts'
import {
  describeModelFiles,
  loadModelDirectory,
  readManifest,
  saveModelDirectory,
  writeManifest,
} from './model-files.ts'

let tf: TensorFlow
let work: string
let directory: string

const size = { height: 12, width: 12, channels: 1, labels: 3 } as const

beforeAll(async () => {
  tf = (await wasmBackend.load()).tf
})
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'glyphlab-model-'))
  directory = join(work, 'model')
})
afterEach(() => rm(work, { recursive: true, force: true }))

async function save(seed = 1): Promise<ModelManifest> {
  await saveModelDirectory(tf, cnnSmall.build(tf, { ...size, seed }).classifier, directory)
  const manifest: ModelManifest = {
    format: 'glyphlab-model/1',
    kind: 'image-classifier',
    labels: ['a', 'b', 'c'],
    signature: {
      input: { name: 'picture', dtype: 'float32', shape: [-1, 12, 12, 1] },
      output: { name: 'probabilities', dtype: 'float32', shape: [-1, 3] },
    },
    preprocessing: { width: 12, height: 12, channels: 1, scale: 1 / 255, offset: 0 },
    files: await describeModelFiles(directory),
    runId: 'r',
    datasetDigest: null,
  }
  await writeManifest(directory, manifest)
  return manifest
}

describe('a model folder', () => {
  it('gives back the model that was saved, and its manifest', async () => {
    const manifest = await save()
    const loaded = await loadModelDirectory(tf, directory, await readManifest(directory))
    const original = cnnSmall.build(tf, { ...size, seed: 1 }).classifier
    const input = tf.ones([2, 12, 12, 1])
    const answers = [loaded, original].map((model) => (model.predict(input) as Tensor).dataSync())
    expect(answers[0]).toEqual(answers[1])
    expect(await readManifest(directory)).toEqual(manifest)
  })

  it('is replaced whole by a later save, leaving nothing else behind', async () => {
    await save(1)
    const before = await readFile(join(directory, 'weights.bin'))
    await saveModelDirectory(tf, cnnSmall.build(tf, { ...size, seed: 2 }).classifier, directory)
    expect(await readFile(join(directory, 'weights.bin'))).not.toEqual(before)
    expect(await readdir(work)).toEqual(['model'])
    expect((await readdir(directory)).sort()).toEqual(['model.json', 'weights.bin'])
  })

  it('names the weights file that is missing', async () => {
    const manifest = await save()
    await rm(join(directory, 'weights.bin'))
    for (const known of [manifest, undefined]) {
      await expect(loadModelDirectory(tf, directory, known)).rejects.toMatchObject({
        code: 'DAMAGED',
        message: expect.stringContaining(`${join(directory, 'weights.bin')}: the file is missing`),
      })
    }
  })

  it('names the weights file that is short, with and without a manifest', async () => {
    const manifest = await save()
    await truncate(join(directory, 'weights.bin'), 100)
    for (const known of [manifest, undefined]) {
      await expect(loadModelDirectory(tf, directory, known)).rejects.toMatchObject({
        code: 'DAMAGED',
        message: expect.stringMatching(/weights\.bin.*100 bytes/),
      })
    }
  })

  it('names the file whose content was changed', async () => {
    const manifest = await save()
    const file = join(directory, 'weights.bin')
    const bytes = await readFile(file)
    bytes[50] = (bytes[50] ?? 0) ^ 1
    await writeFile(file, bytes)
    await expect(loadModelDirectory(tf, directory, manifest)).rejects.toMatchObject({
      code: 'DAMAGED',
      message: expect.stringMatching(/weights\.bin.*sha256/),
    })
  })

  it('refuses a model.json that names a file outside the folder', async () => {
    await save()
    const file = join(directory, 'model.json')
    const topology = await readFile(file, 'utf8')
    await writeFile(file, topology.replace('"weights.bin"', '"../weights.bin"'))
    await expect(loadModelDirectory(tf, directory)).rejects.toMatchObject({ code: 'DAMAGED' })
  })

  it('says that a manifest is in no known format', async () => {
    await save()
    await writeFile(join(directory, 'glyphlab-model.json'), '{"format":"glyphlab-model/9"}')
    await expect(readManifest(directory)).rejects.toMatchObject({ code: 'DAMAGED' })
  })
})

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { exportBundle, makeSigningKey } from '../../core/deploy/index.ts'
import { modelManifestFile } from '../../core/domain/model-manifest.ts'
import { loadClassifier, manifestDigest } from '../../core/serving/classifier.ts'
import { chooseEngine } from '../../core/serving/inference-choice.ts'
import { serviceDescription } from '../../core/serving/service-description.ts'
import { wasmBackend } from '../../core/training/backends/wasm.ts'
import { describeModelFiles, saveModelDirectory, writeManifest } from '../../core/training/model-files.ts'
import { dist } from '../paths.ts'
import type { Load, LoadResult } from './serving-load-worker.ts'

const loadWorker = fileURLToPath(new URL('./serving-load-worker.ts', import.meta.url))
const side = 28
const labels = Array.from({ length: 10 }, (_, digit) => String(digit))

/** A request of the Open Inference Protocol for the bundle's model, and the numbers in it. */
export const pixels = Array.from({ length: side * side }, (_, i) =>
  Number(((i * 37) % 256) / 255).toFixed(4),
).map(Number)
export const inferBody = JSON.stringify({
  inputs: [{ name: 'image', datatype: 'FP32', shape: [1, side, side, 1], data: pixels }],
})
export const inferPath = '/v2/models/digits/infer'

/** Exports a bundle with two versions of a small model (784-32-10), whose weights it writes to `weightsFile` as JSON. @returns its folder */
export async function makeBundle(work: string, weightsFile: string): Promise<string> {
  const { tf } = await wasmBackend.load()
  const glorotUniform = (seed: number) => tf.initializers.glorotUniform({ seed })
  const model = tf.sequential({
    layers: [
      tf.layers.flatten({ inputShape: [side, side, 1] }),
      tf.layers.dense({ units: 32, activation: 'relu', kernelInitializer: glorotUniform(1) }),
      tf.layers.dense({ units: labels.length, activation: 'softmax', kernelInitializer: glorotUniform(2) }),
    ],
  })
  await writeFile(weightsFile, JSON.stringify(model.getWeights().map((weight) => weight.arraySync())))
  const modelDirectory = join(work, 'model')
  await saveModelDirectory(tf, model, modelDirectory)
  await writeManifest(modelDirectory, {
    format: 'glyphlab-model/1',
    kind: 'image-classifier',
    labels,
    signature: {
      input: { name: 'image', dtype: 'float32', shape: [-1, side, side, 1] },
      output: { name: 'probabilities', dtype: 'float32', shape: [-1, labels.length] },
    },
    preprocessing: { width: side, height: side, channels: 1, scale: 1 / 255, offset: 0 },
    files: await describeModelFiles(modelDirectory),
    runId: '0'.repeat(32),
    datasetDigest: null,
  })
  const { engine } = await chooseEngine(modelDirectory, [])
  const classifier = await loadClassifier(modelDirectory, { engine })
  const bytes = await readFile(new URL('../../data/classify/hand-sign-2.JPG', import.meta.url))
  const golden = [{ name: 'sign.jpg', bytes, prediction: await classifier.classify(bytes, 'sign.jpg') }]
  classifier.dispose()
  const digest = await manifestDigest(modelDirectory)
  console.error(
    `model ${digest.slice(0, 12)}, answered by ${engine}, of ${join(modelDirectory, modelManifestFile)}`,
  )
  const version = { modelDirectory, digest, golden, engine }
  const directory = join(work, 'bundle')
  await exportBundle({
    targets: ['docker'],
    signingKey: makeSigningKey(),
    describeService: serviceDescription,
    subject: {
      kind: 'model',
      modelName: 'digits',
      version: 1,
      ...version,
      further: [{ ...version, version: 2 }],
    },
    serverDirectory: join(dist, 'server'),
    directory,
  })
  return directory
}

export async function underLoad(load: Load): Promise<LoadResult> {
  const child = fork(loadWorker)
  child.send(load)
  const [result] = (await once(child, 'message')) as [LoadResult]
  await once(child, 'exit')
  return result
}

export async function answering(
  url: string,
  method: string,
  body: string | null,
  server: ChildProcess,
): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  for (const end = Date.now() + 120_000; Date.now() < end; await sleep(20)) {
    if (server.exitCode !== null) throw new Error(`the server of ${url} ended with code ${server.exitCode}`)
    const response = await fetch(url, { method, body, headers }).catch(() => null)
    await response?.arrayBuffer()
    if (response?.ok) return
  }
  throw new Error(`${url} did not answer within 120 s`)
}

export async function end(server: ChildProcess): Promise<void> {
  server.kill('SIGTERM')
  if (server.exitCode === null) await once(server, 'exit')
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}

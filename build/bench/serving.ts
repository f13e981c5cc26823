import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { exportBundle, makeSigningKey } from '../../core/deploy/index.ts'
import { modelManifestFile } from '../../core/domain/model-manifest.ts'
import { addKey } from '../../core/serving/api-keys.ts'
import { loadClassifier, manifestDigest } from '../../core/serving/classifier.ts'
import { chooseEngine } from '../../core/serving/inference-choice.ts'
import { wasmBackend } from '../../core/training/backends/wasm.ts'
import { describeModelFiles, saveModelDirectory, writeManifest } from '../../core/training/model-files.ts'
import { buildSteps } from '../build.ts'
import { dist } from '../paths.ts'
import type { Load, LoadResult } from './serving-load-worker.ts'
import { servingPeers } from './serving-peers.ts'

const loadWorker = fileURLToPath(new URL('./serving-load-worker.ts', import.meta.url))
const side = 28
const labels = Array.from({ length: 10 }, (_, digit) => String(digit))
const connections = [1, 8, 64]
const secondsEach = 5
const canarySeconds = 60

/**
 * The exported server beside MLflow's `models serve` and LitServe with an equal model (784-32-10) and the same numbers in
 * each request, one process each, in the same run: requests/s, p50 and p99 at 1, 8 and 64 connections; and the server
 * once more without batches. Then 60 s of load while a canary of 10 % is set, promoted and rolled back. Targets: 3 times
 * MLflow, ahead of LitServe, no failed request.
 */
export async function servingBench(): Promise<object> {
  const work = await mkdtemp(join(tmpdir(), 'glyphlab-bench-'))
  try {
    await buildSteps.server()
    const weightsFile = join(work, 'weights.json')
    const bundle = await makeBundle(work, weightsFile)
    const pixels = Array.from({ length: side * side }, (_, i) =>
      Number(((i * 37) % 256) / 255).toFixed(4),
    ).map(Number)
    const tensor = { name: 'image', datatype: 'FP32', shape: [1, side, side, 1], data: pixels }
    const own = await glyphlab(bundle, work, JSON.stringify({ inputs: [tensor] }))
    const peers = await servingPeers(weightsFile, work)
    if ('missing' in peers) return { ...own, peers: peers.missing }
    const mlflow = await measured(peers.mlflow, work, '/invocations', JSON.stringify({ inputs: [pixels] }))
    const litserve = await measured(peers.litserve, work, '/predict', JSON.stringify({ input: [pixels] }))
    const ratios = (peer: LoadResult[]) =>
      peer.map((each, i) =>
        Number(((own.glyphlab[i]?.requestsPerSecond ?? 0) / each.requestsPerSecond).toFixed(2)),
      )
    return {
      connections,
      ...own,
      mlflow,
      litserve,
      timesMlflow: ratios(mlflow),
      timesLitserve: ratios(litserve),
    }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function makeBundle(work: string, weightsFile: string): Promise<string> {
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

async function glyphlab(
  bundle: string,
  work: string,
  body: string,
): Promise<{
  glyphlab: LoadResult[]
  withoutBatches: LoadResult[]
  readyMs: number
  canary: LoadResult & { changes: number }
}> {
  const keysFile = join(work, 'keys.json')
  const { key } = await addKey(keysFile, {
    name: 'bench',
    scopes: ['admin'],
    ratePerSecond: null,
    burst: null,
    expires: null,
  })
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const environment = { ...process.env, HOST: '127.0.0.1', PORT: String(port) }
  const program = join(bundle, 'server', 'server-main.js')
  const open = spawn(process.execPath, [program], {
    env: environment,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const started = performance.now()
  await answering(`${url}/readyz`, 'GET', null, open)
  const readyMs = Math.round(performance.now() - started)
  const results = await loads(`${url}/v2/models/digits/infer`, body)
  await end(open)
  const alone = spawn(process.execPath, [program], {
    env: { ...environment, GLYPHLAB_BATCH: '1' },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  await answering(`${url}/readyz`, 'GET', null, alone)
  const withoutBatches = await loads(`${url}/v2/models/digits/infer`, body)
  await end(alone)

  const guarded = { ...environment, GLYPHLAB_KEYS_FILE: keysFile, GLYPHLAB_STATE: join(work, 'state') }
  const server = spawn(process.execPath, [program], { env: guarded, stdio: ['ignore', 'ignore', 'inherit'] })
  await answering(`${url}/readyz`, 'GET', null, server)
  const { key: caller } = await addKey(keysFile, {
    name: 'caller',
    scopes: ['predict'],
    ratePerSecond: null,
    burst: null,
    expires: null,
  })
  await sleep(1_500)
  const infer = `${url}/v2/models/digits/infer`
  const load = underLoad({ url: infer, body, connections: 8, seconds: canarySeconds, key: caller })
  const admin = async (method: string, path: string, content: object) => {
    const headers = { authorization: `Bearer ${key}` }
    const response = await fetch(`${url}/v1/admin/${path}`, {
      method,
      headers,
      body: JSON.stringify(content),
    })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  }
  let over = false
  const finished = load.finally(() => {
    over = true
  })
  let changes = 0
  const versions = [
    { version: '1', weight: 9 },
    { version: '2', weight: 1 },
  ]
  while (!over) {
    await admin('PUT', 'traffic', { versions, canary: { version: '2' } })
    await sleep(500)
    await admin('POST', 'promote', { version: '2' })
    await sleep(500)
    await admin('POST', 'rollback', {})
    await admin('POST', 'promote', { version: '1' })
    changes += 4
  }
  const canary = { ...(await finished), changes }
  await end(server)
  return { glyphlab: results, withoutBatches, readyMs, canary }
}

async function measured(
  command: (port: number) => [program: string, args: string[]],
  work: string,
  path: string,
  body: string,
): Promise<LoadResult[]> {
  const port = await freePort()
  const [program, args] = command(port)
  // In a group of its own: both peers start processes of their own.
  // MLflow looks for uvicorn on the path.
  const env = { ...process.env, PATH: `${dirname(program)}:${process.env['PATH']}` }
  const server = spawn(program, args, { cwd: work, env, stdio: 'ignore', detached: true })
  try {
    await answering(`http://127.0.0.1:${port}${path}`, 'POST', body, server)
    return await loads(`http://127.0.0.1:${port}${path}`, body)
  } finally {
    if (server.pid && server.exitCode === null) process.kill(-server.pid, 'SIGKILL')
  }
}

async function loads(url: string, body: string): Promise<LoadResult[]> {
  await underLoad({ url, body, connections: 8, seconds: 2, key: null })
  const results = []
  for (const count of connections) {
    const result = await underLoad({ url, body, connections: count, seconds: secondsEach, key: null })
    console.error(`${url} at ${count} connections: ${JSON.stringify(result)}`)
    results.push(result)
  }
  return results
}

async function underLoad(load: Load): Promise<LoadResult> {
  const child = fork(loadWorker)
  child.send(load)
  const [result] = (await once(child, 'message')) as [LoadResult]
  await once(child, 'exit')
  return result
}

async function answering(
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

async function end(server: ChildProcess): Promise<void> {
  server.kill('SIGTERM')
  if (server.exitCode === null) await once(server, 'exit')
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}

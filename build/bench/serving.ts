import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { addKey } from '../../core/serving/api-keys.ts'
import { buildSteps } from '../build.ts'
import {
  answering,
  end,
  freePort,
  inferBody,
  inferPath,
  makeBundle,
  pixels,
  underLoad,
} from './serving-bundle.ts'
import type { LoadResult } from './serving-load-worker.ts'
import { servingPeers } from './serving-peers.ts'

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
    const own = await glyphlab(bundle, work)
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

async function glyphlab(
  bundle: string,
  work: string,
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
  const results = await loads(`${url}${inferPath}`, inferBody)
  await end(open)
  const alone = spawn(process.execPath, [program], {
    env: { ...environment, GLYPHLAB_BATCH: '1' },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  await answering(`${url}/readyz`, 'GET', null, alone)
  const withoutBatches = await loads(`${url}${inferPath}`, inferBody)
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
  const infer = `${url}${inferPath}`
  const load = underLoad({ url: infer, body: inferBody, connections: 8, seconds: canarySeconds, key: caller })
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

import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { buildSteps } from '../build.ts'
import type { Crowd, CrowdResult } from './connections-worker.ts'
import { answering, end, freePort, inferBody, inferPath, makeBundle, underLoad } from './serving-bundle.ts'

const crowdWorker = fileURLToPath(new URL('./connections-worker.ts', import.meta.url))
const wanted = 10_000
const seconds = 30

/**
 * An exported server to which 10,000 connections stand open for 30 s: a third idle, a third that never finish their
 * headers, a third that never finish a body; what the server cuts off is opened again. Oversized bodies come beside them.
 * Told: how many stood open at once, what honest clients got (8 connections), how `/readyz` answered, and the memory.
 */
export async function connectionsBench(): Promise<object> {
  const work = await mkdtemp(join(tmpdir(), 'glyphlab-bench-'))
  try {
    await buildSteps.server()
    const bundle = await makeBundle(work, join(work, 'weights.json'))
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const server = spawn(process.execPath, [join(bundle, 'server', 'server-main.js')], {
      env: { ...process.env, HOST: '127.0.0.1', PORT: String(port), GLYPHLAB_MAX_BODY_BYTES: '1000000' },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    await answering(`${url}/readyz`, 'GET', null, server)
    const before = await memory(url)
    const crowd = fork(crowdWorker)
    crowd.send({ port, connections: wanted, seconds } satisfies Crowd)
    await once(crowd, 'message')
    console.error(`${wanted} connections were opened`)
    const counted = once(crowd, 'message')
    const readiness = probing(url, (seconds - 5) * 1000)
    const oversize = sendingTooMuch(url, (seconds - 5) * 1000)
    const honest = await underLoad({
      url: `${url}${inferPath}`,
      body: inferBody,
      connections: 8,
      seconds: seconds - 5,
      key: null,
    })
    const during = await memory(url)
    const [result] = (await counted) as [CrowdResult]
    const ready = await readiness
    const refused = await oversize
    await end(server)
    return { wanted, ...result, honest, ready, refused, residentBytes: { before, during } }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function memory(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Number(/^process_resident_memory_bytes (\d+)$/m.exec(text)?.[1])
}

async function probing(url: string, ms: number): Promise<object> {
  let asked = 0
  let notReady = 0
  let slowestMs = 0
  for (const until = performance.now() + ms; performance.now() < until; await sleep(200)) {
    const started = performance.now()
    const status = await fetch(`${url}/readyz`).then(
      (response) => response.status,
      () => 0,
    )
    slowestMs = Math.max(slowestMs, performance.now() - started)
    asked += 1
    if (status !== 200) notReady += 1
  }
  return { asked, notReady, slowestMs: Math.round(slowestMs) }
}

/** Bodies over the limit, announced. @returns the answers by status */
async function sendingTooMuch(url: string, ms: number): Promise<Record<string, number>> {
  const body = new Uint8Array(3_000_000)
  const statuses: Record<string, number> = {}
  for (const until = performance.now() + ms; performance.now() < until; await sleep(100)) {
    const status = await fetch(`${url}/v1/predict`, { method: 'POST', body }).then(
      (response) => String(response.status),
      () => 'cut off',
    )
    statuses[status] = (statuses[status] ?? 0) + 1
  }
  return statuses
}

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { GlyphlabError } from '../contract/index.ts'
import { loadClassifier } from './classifier.ts'
import { listen, type RunningServer } from './listen.ts'
import { Readiness } from './readiness.ts'
import { servedClassifier } from './served-classifier.ts'
import type { ServedClassifier } from './served-model.ts'
import { createServer } from './server.ts'
import { defaultLimits } from './settings.ts'
import { makeSmallModel, shippedPicture } from './testing/small-model.ts'
import { Traffic, trafficPolicy } from './traffic.ts'

let folder: string
let model: ServedClassifier
let picture: Uint8Array<ArrayBuffer>
const running: RunningServer[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'glyphlab traffic '))
  const classifier = await loadClassifier((await makeSmallModel()).directory)
  model = servedClassifier(classifier, { name: 'signs', version: 3, digest: classifier.digest })
  picture = new Uint8Array(await shippedPicture('classify/hand-sign-2.JPG'))
})
afterEach(async () => {
  for (const server of running.splice(0)) await server.drain(0)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const share = (weight: number, more: object = {}) =>
  trafficPolicy.parse({
    versions: [
      { version: 3, weight: 1 - weight },
      { version: 4, weight },
    ],
    ...more,
  })

async function serve(traffic: Traffic) {
  const readiness = new Readiness(async () => {})
  readiness.ready()
  const app = createServer({ traffic, readiness, limits: defaultLimits, log: () => {} })
  const server = await listen(app, { host: '127.0.0.1', port: 0, limits: defaultLimits })
  running.push(server)
  const url = `http://127.0.0.1:${server.port}`
  const ask = async (headers: Record<string, string> = {}) => {
    const response = await fetch(`${url}/v1/predict`, { method: 'POST', body: picture, headers })
    return { status: response.status, version: (await response.json()).version as number }
  }
  return { url, ask }
}

const failing = (): ServedClassifier => ({
  ...model,
  version: 4,
  infer: async () => {
    throw new GlyphlabError('DAMAGED', 'the weights are damaged')
  },
})

describe('traffic', () => {
  it('is shared by weight, and a caller with a session stays at one version', async () => {
    const traffic = await Traffic.open([model, { ...model, version: 4 }])
    await traffic.set(share(0.25, { sticky: 'header' }), 'test', 'set')
    const chosen = Array.from({ length: 4_000 }, () => traffic.choose(null).version)
    const part = chosen.filter((version) => version === 4).length / chosen.length
    expect(part).toBeGreaterThan(0.2)
    expect(part).toBeLessThan(0.3)
    const { ask } = await serve(traffic)
    const versions = new Set<number>()
    for (let i = 0; i < 8; i += 1) versions.add((await ask({ 'x-session-id': 'ann' })).version)
    expect(versions.size).toBe(1)
  })

  it('takes a failing canary out by itself, and no client notices', async () => {
    const reasons: string[] = []
    const traffic = await Traffic.open([model, failing()], { onRollback: (reason) => reasons.push(reason) })
    await traffic.set(share(0.5, { canary: { version: 4, minRequests: 5 } }), 'test', 'canary')
    const { url, ask } = await serve(traffic)
    for (let i = 0; i < 40; i += 1) expect(await ask()).toEqual({ status: 200, version: 3 })
    expect(reasons).toEqual(['100.0 % of the answers of version 4 failed'])
    expect(traffic.policy.versions.map(({ version }) => version)).toEqual(['3'])
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    const text = await (await fetch(`${url}/metrics`)).text()
    expect(text).toContain('glyphlab_predictions_total{model="signs",version="4",outcome="failure"} 5\n')
    expect(text).toContain('glyphlab_canary_rollbacks_total 1\n')
  })

  it('takes a slow canary out by its 95th percentile', async () => {
    const slow: ServedClassifier = {
      ...model,
      version: 4,
      async infer(values) {
        await sleep(40)
        return model.infer(values)
      },
    }
    const traffic = await Traffic.open([model, slow])
    await traffic.set(share(1, { canary: { version: 4, minRequests: 3, maxP95Ms: 30 } }), 'test', 'canary')
    const { ask } = await serve(traffic)
    for (let i = 0; i < 3; i += 1) expect((await ask()).version).toBe(4)
    expect((await ask()).version).toBe(3)
  })

  it('takes a canary out that is worse than the primary by a factor, once enough is known of both', async () => {
    const open = async (canary: object) => {
      const reasons: string[] = []
      const versions = [model, { ...model, version: 4 }]
      const traffic = await Traffic.open(versions, { onRollback: (reason) => reasons.push(reason) })
      await traffic.set(share(0.5, { canary: { version: 4, minRequests: 20, ...canary } }), 'test', 'canary')
      const tell = (version: number, failed: boolean, ms: number) =>
        traffic.answered({ ...model, version }, failed, ms)
      return { tell, reasons }
    }
    const slow = await open({ maxP95Ratio: 1.5 })
    for (let i = 0; i < 60; i += 1) slow.tell(4, false, 100)
    expect(slow.reasons).toEqual([])
    for (let i = 0; i < 20; i += 1) slow.tell(3, false, 60)
    slow.tell(4, false, 100)
    expect(slow.reasons).toEqual([
      "the 95th percentile of version 4 is 100 ms, where the primary version's is 60 ms",
    ])

    const alike = await open({ maxP95Ratio: 1.5, maxErrorRatio: 2, maxErrorRate: 1 })
    for (let i = 0; i < 400; i += 1) {
      alike.tell(3, i % 20 === 0, 90)
      alike.tell(4, i % 20 === 5, 100)
    }
    expect(alike.reasons).toEqual([])

    const failing = await open({ maxErrorRatio: 2, maxErrorRate: 1 })
    for (let i = 0; i < 100; i += 1) failing.tell(3, false, 10)
    for (let i = 0; i < 50; i += 1) failing.tell(4, i === 30 || i === 40, 10)
    expect(failing.reasons).toEqual([])
    failing.tell(4, true, 10)
    expect(failing.reasons).toEqual([
      "5.9 % of the answers of version 4 failed, where 0.0 % of the primary version's did",
    ])
  })

  it('asks a shadow too, whose failures nobody sees', async () => {
    const traffic = await Traffic.open([model, failing()])
    await traffic.set(
      trafficPolicy.parse({ versions: [{ version: 3, weight: 1 }], shadow: 4 }),
      'test',
      'shadow',
    )
    const { url, ask } = await serve(traffic)
    expect(await ask()).toEqual({ status: 200, version: 3 })
    await expect
      .poll(async () => (await fetch(`${url}/metrics`)).text())
      .toContain('glyphlab_shadow_comparisons_total{model="signs",version="4",outcome="failure"} 1\n')
  })

  it('survives a restart, and a version that is gone falls back to the first', async () => {
    const file = join(folder, 'traffic.json')
    const before = await Traffic.open([model, { ...model, version: 4 }], { file })
    await before.promote('4', 'test')
    const after = await Traffic.open([model, { ...model, version: 4 }], { file })
    expect(after.primary.version).toBe(4)
    await after.rollBack('test')
    expect(after.primary.version).toBe(3)
    await before.promote('4', 'test')
    expect((await Traffic.open([model], { file })).primary.version).toBe(3)
  })

  it('loses no request while versions are promoted and rolled back under load', async () => {
    const traffic = await Traffic.open([model, { ...model, version: 4 }], { file: join(folder, 'load.json') })
    const { ask } = await serve(traffic)
    let over = false
    const statuses: number[] = []
    const clients = Array.from({ length: 8 }, async () => {
      while (!over) statuses.push((await ask()).status)
    })
    for (let i = 0; i < 5; i += 1) {
      await traffic.set(share(0.1), 'test', 'canary')
      await sleep(50)
      await traffic.promote('4', 'test')
      await sleep(50)
      await traffic.rollBack('test')
    }
    over = true
    await Promise.all(clients)
    expect(statuses.length).toBeGreaterThan(20)
    expect(statuses.every((status) => status === 200)).toBe(true)
  })
})

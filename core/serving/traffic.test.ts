import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { GlyphlabError } from '../contract/index.ts'
import { type Access, openAccess } from './access.ts'
import { loadClassifier } from './classifier.ts'
import { listen, type RunningServer } from './listen.ts'
import { Readiness } from './readiness.ts'
import { servedClassifier } from './served-classifier.ts'
import type { ServedClassifier } from './served-model.ts'
import { createServer } from './server.ts'
import { defaultLimits } from './settings.ts'
import { makeSmallModel, shippedPicture } from './testing/small-model.ts'
import { Traffic } from './traffic.ts'
import { trafficPolicy } from './traffic-policy.ts'

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

async function serve(traffic: Traffic, access: Access = openAccess) {
  const readiness = new Readiness(async () => {})
  readiness.ready()
  const app = createServer({ traffic, readiness, limits: defaultLimits, log: () => {}, access })
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
  it('is shared by weight', async () => {
    const traffic = await Traffic.open([model, { ...model, version: 4 }])
    await traffic.set(share(0.25), 'test', 'set')
    const chosen = Array.from({ length: 4_000 }, () => traffic.choose(null).version)
    const part = chosen.filter((version) => version === 4).length / chosen.length
    expect(part).toBeGreaterThan(0.2)
    expect(part).toBeLessThan(0.3)
  })

  describe('with callers that stay', () => {
    const names = Array.from({ length: 1_000 }, (_, i) => `client-${i}`)
    const versionsOf = (traffic: Traffic) => names.map((name) => traffic.choose(name).version)
    const open = async (sticky: 'key' | 'header', more: object = {}) => {
      const traffic = await Traffic.open([model, { ...model, version: 4 }])
      await traffic.set(share(0.3, { sticky, ...more }), 'test', 'set')
      return traffic
    }
    /** What callers with these headers get, asked three times by turns. */
    const askThrice = async (traffic: Traffic, headers: Record<string, string>[], access?: Access) => {
      const { ask } = await serve(traffic, access)
      const rounds: number[][] = []
      for (let round = 0; round < 3; round += 1) {
        const versions: number[] = []
        for (const header of headers) versions.push((await ask(header)).version)
        rounds.push(versions)
      }
      return rounds
    }

    it('a thousand of them are shared by weight; a changed weight moves only as many as it must', async () => {
      const traffic = await open('header')
      const before = versionsOf(traffic)
      const part = before.filter((version) => version === 4).length
      expect(part).toBeGreaterThan(250)
      expect(part).toBeLessThan(350)
      await traffic.set(share(0.3, { sticky: 'key' }), 'test', 'the same weights')
      expect(versionsOf(traffic)).toEqual(before)
      await traffic.set(share(0.4, { sticky: 'key' }), 'test', 'more')
      const after = versionsOf(traffic)
      const moved = names.filter((_, i) => before[i] !== after[i])
      expect(moved.length).toBeGreaterThan(50)
      expect(moved.length).toBeLessThan(150)
      expect(names.filter((_, i) => before[i] === 4 && after[i] === 3)).toEqual([])
    })

    it('by header: each session gets the same version at each request, whoever asks', async () => {
      const traffic = await open('header', { header: 'x-user' })
      const clients = names.slice(0, 10)
      const expected = clients.map((client) => traffic.choose(client).version)
      expect(new Set(expected).size).toBe(2)
      const rounds = await askThrice(
        traffic,
        clients.map((client, i) => ({ 'x-user': client, 'x-session-id': `other ${i % 3}` })),
      )
      expect(rounds).toEqual([expected, expected, expected])
      const { ask } = await serve(traffic)
      const without = new Set<number>()
      for (let i = 0; i < 40; i += 1) without.add((await ask()).version)
      expect(without.size).toBe(2)
    })

    it('by key: each key gets the same version at each request, whatever its session', async () => {
      const traffic = await open('key')
      const clients = names.slice(0, 10)
      const expected = clients.map((client) => traffic.choose(client).version)
      expect(new Set(expected).size).toBe(2)
      const byName: Access = {
        keysWanted: true,
        identify: (presented) => ({ keyId: presented, scopes: ['predict'] }),
      }
      const headers = clients.map((client) => ({
        authorization: `Bearer ${client}`,
        'x-session-id': `${Math.random()}`,
      }))
      const rounds = await askThrice(traffic, headers, byName)
      expect(rounds).toEqual([expected, expected, expected])
    })
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

  it('survives a restart, and servers with other versions start with their own first one', async () => {
    const directory = join(folder, 'restart')
    const before = await Traffic.open([model, { ...model, version: 4 }], { directory })
    await before.promote('4', 'test')
    const after = await Traffic.open([model, { ...model, version: 4 }], { directory })
    expect([after.primary.version, after.generation]).toEqual([4, 1])
    const other = await Traffic.open([{ ...model, version: 5 }, model], { directory })
    expect([other.primary.version, other.generation]).toEqual([5, 0])
    await after.rollBack('test')
    expect(after.primary.version).toBe(3)
    await before.refresh()
    expect([before.primary.version, before.generation]).toEqual([3, 2])
    for (const traffic of [before, after, other]) traffic.close()
  })

  it('is what another server of the folder was told, also when both are told at the same time', async () => {
    const directory = join(folder, 'shared')
    const versions = [model, { ...model, version: 4 }]
    const followed: number[] = []
    const one = await Traffic.open(versions, { directory })
    const two = await Traffic.open(versions, {
      directory,
      onFollowed: ({ generation }) => followed.push(generation),
    })
    await one.set(share(0.1), 'ann', 'canary')
    await expect.poll(() => two.policy, { timeout: 3_000 }).toEqual(one.policy)
    expect(followed).toEqual([1])
    const changes = Array.from({ length: 5 }, (_, i) => [
      one.set(share(i / 10), 'ann', `a${i}`),
      two.promote('4', 'bob'),
    ])
    await Promise.all(changes.flat())
    await Promise.all([one.refresh(), two.refresh()])
    expect([one.generation, two.generation]).toEqual([11, 11])
    expect(two.policy).toEqual(one.policy)
    expect(two.history).toEqual(one.history)
    expect(one.history.filter(({ by }) => by === 'bob')).toHaveLength(5)
    for (let i = 0; i < 15; i += 1) await one.set(share(i / 100), 'ann', 'more')
    expect((await readdir(directory)).length).toBe(20)
    await two.rollBack('bob')
    expect(two.policy).toEqual(share(0.13))
    one.close()
    two.close()
  })

  it('takes a canary out at every server of the folder, unless they were told something since', async () => {
    const directory = join(folder, 'canary')
    const versions = [model, { ...model, version: 4 }]
    const one = await Traffic.open(versions, { directory })
    const two = await Traffic.open(versions, { directory })
    await one.set(share(0.5, { canary: { version: 4, minRequests: 5 } }), 'ann', 'canary')
    await two.refresh()
    for (let i = 0; i < 5; i += 1) two.answered({ ...model, version: 4 }, true, 10)
    expect(two.policy.versions.map(({ version }) => version)).toEqual(['3'])
    await two.refresh()
    await one.refresh()
    expect([one.policy, one.generation, two.generation]).toEqual([two.policy, 2, 2])
    expect(one.history.at(-1)).toMatchObject({ by: 'the server' })

    await one.set(share(0.5, { canary: { version: 4, minRequests: 5 } }), 'ann', 'again')
    await two.refresh()
    await one.promote('4', 'ann')
    for (let i = 0; i < 5; i += 1) two.answered({ ...model, version: 4 }, true, 10)
    await two.refresh()
    expect([two.primary.version, two.generation]).toEqual([4, 4])
    one.close()
    two.close()
  })

  it('keeps what counts when a saved policy is damaged, says so once, and a new change mends it', async () => {
    const directory = join(folder, 'damaged')
    const versions = [model, { ...model, version: 4 }]
    const troubles: string[] = []
    const one = await Traffic.open(versions, { directory, onTrouble: (reason) => troubles.push(reason) })
    await one.promote('4', 'ann')
    const [name = ''] = await readdir(directory)
    const text = await readFile(join(directory, name), 'utf8')
    const damaged = join(directory, name.replace('1.json', '2.json'))
    await writeFile(damaged, text.replace('"version": "4"', '"version": "3"'))
    await one.refresh()
    await one.refresh()
    expect(troubles).toEqual([
      expect.stringMatching(/2\.json: not a saved traffic policy .* Remove the file/),
    ])
    expect(one.primary.version).toBe(4)
    await expect(Traffic.open(versions, { directory })).rejects.toThrow(damaged)
    await one.promote('3', 'ann')
    const two = await Traffic.open(versions, { directory })
    expect([two.primary.version, two.generation]).toEqual([3, 3])
    one.close()
    two.close()
  })

  it('stays as it is when it can not be saved, naming the folder', async () => {
    const directory = join(folder, 'a file')
    const traffic = await Traffic.open([model, { ...model, version: 4 }], { directory })
    await writeFile(directory, '')
    await expect(traffic.promote('4', 'ann')).rejects.toThrow(
      `${directory}: the traffic policy can't be saved`,
    )
    expect([traffic.primary.version, traffic.generation]).toEqual([3, 0])
    traffic.close()
  })

  it('loses no request while versions are promoted and rolled back under load', async () => {
    const traffic = await Traffic.open([model, { ...model, version: 4 }], { directory: join(folder, 'load') })
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

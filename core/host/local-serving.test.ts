import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { LocalDeployment } from '../contract/index.ts'
import { type Engine, openEngine } from './engine.ts'

const data = path.join(import.meta.dirname, '..', '..', 'data')
const signs = path.join(data, 'datasets', 'sign-language-digits')
const quick = { timeout: 60_000, interval: 100 }

let work: string
let engine: Engine

beforeAll(async () => {
  work = mkdtempSync(path.join(tmpdir(), 'glyphlab-local-'))
  engine = await openEngine(path.join(work, 'home'), pino({ level: 'silent' }))
  const imported = await engine.call('datasets.import', {
    source: { kind: 'path', path: signs },
    name: 'Signs',
  })
  const { datasetVersionId } = await ended(imported.jobId)
  const { jobId, runId } = await engine.call('training.start', {
    datasetVersionId: String(datasetVersionId),
    backend: 'wasm',
    options: { epochs: 1 },
  })
  await ended(jobId)
  await engine.call('models.register', { runId, name: 'signs', alias: 'champion' })
}, 120_000)
afterAll(async () => {
  await engine.close()
  rmSync(work, { recursive: true, force: true })
})

async function ended(jobId: string): Promise<Record<string, unknown>> {
  await vi.waitFor(async () => {
    const { status } = await engine.call('jobs.get', { jobId })
    if (status === 'queued' || status === 'running') throw new Error(`the job is ${status}`)
  }, quick)
  const job = await engine.call('jobs.get', { jobId })
  expect(job).toMatchObject({ status: 'succeeded', error: null })
  return job.result ?? {}
}

async function stateOf(id: string, wanted: LocalDeployment['state']): Promise<LocalDeployment> {
  const found = async () => (await engine.call('deploy.local', {})).find((one) => one.id === id)
  await vi.waitFor(async () => {
    const deployment = await found()
    if (deployment?.state === 'failed' && wanted !== 'failed') expect.fail(deployment.message)
    expect(deployment?.state).toBe(wanted)
  }, quick)
  return (await found()) as LocalDeployment
}

/** Pictures of the shipped dataset, spread over its classes. */
function pictures(count: number): Buffer[] {
  const files = readdirSync(signs, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.jpe?g$/i.test(name))
    .sort()
  return Array.from({ length: count }, (_, i) =>
    readFileSync(path.join(signs, files[Math.floor((i * files.length) / count)] ?? '')),
  )
}

const ask = (address: string | null, bytes: Buffer, headers: Record<string, string> = {}) =>
  fetch(`${address}/v1/predict`, { method: 'POST', body: new Uint8Array(bytes), headers })

describe('a model that is served on this machine', () => {
  let id: string
  let deployment: LocalDeployment

  const scrapes = () => path.join(work, 'scrapes')
  /** Saves what `/metrics` says, as a person may do each minute. */
  const scrape = async (seconds: number) => {
    mkdirSync(scrapes(), { recursive: true })
    const text = await (await fetch(`${deployment.address}/metrics`)).text()
    writeFileSync(path.join(scrapes(), `metrics-${1_767_225_600 + seconds}.prom`), text)
  }

  it('becomes ready by its golden answers, and says how it does', async () => {
    ;({ id } = await engine.call('deploy.serveLocal', {
      reference: 'signs@champion',
      keptInputs: 'all',
    }))
    deployment = await stateOf(id, 'ready')
    expect(deployment).toMatchObject({ name: 'signs', version: '1', keysWanted: false, restarts: 0 })
    expect((await engine.call('models.lineage', { reference: 'signs/1' })).deployments).toMatchObject([
      { id, reference: 'signs@champion', place: 'process', state: 'ready' },
    ])
    await scrape(0)
    expect(existsSync(path.join(engine.services.home, 'deployments', id, 'bundle', 'profile.json'))).toBe(
      true,
    )
    for (const picture of pictures(110)) expect((await ask(deployment.address, picture)).status).toBe(200)
    await scrape(60)
    expect((await ask(deployment.address, Buffer.from('no picture'))).status).toBe(400)
    await scrape(120)
    await vi.waitFor(async () => {
      const { numbers } = (await engine.call('deploy.local', {}))[0] as LocalDeployment
      expect(numbers).toMatchObject({ requests: 111, refused: 1, failures: 0 })
      expect(numbers?.p95Ms).toBeGreaterThan(0)
      expect(numbers?.drift['brightness']).toBeLessThan(0.25)
    }, quick)
    const { log, series } = await engine.call('deploy.localDetails', { id })
    expect(log.join('\n')).toContain('"message":"ready"')
    expect(series.length).toBeGreaterThan(0)
  }, 60_000)

  it('is started again when it crashes, at the same address, and says so', async () => {
    const { log } = await engine.call('deploy.localDetails', { id })
    expect(log.length).toBeGreaterThan(0)
    const pid = Number(/"pid":(\d+)/.exec(log.find((line) => line.includes('"listening"')) ?? '')?.[1])
    process.kill(pid, 'SIGKILL')
    await vi.waitFor(async () => {
      const now = (await engine.call('deploy.local', {}))[0]
      expect(now).toMatchObject({ state: 'ready', restarts: 1, address: deployment.address })
      expect(now?.lastError).toContain('SIGKILL')
    }, quick)
    expect((await ask(deployment.address, pictures(1)[0] as Buffer)).status).toBe(200)
    await scrape(180)
  }, 60_000)

  it('leaves its log behind when it is stopped', async () => {
    await engine.call('deploy.stopLocal', { id })
    expect((await stateOf(id, 'stopped')).address).toBeNull()
    await expect(ask(deployment.address, pictures(1)[0] as Buffer)).rejects.toThrow()
    expect(readdirSync(deployment.logDirectory)).toContain('inputs')
  })

  it('has its log brought home once, however often, with each broken line named', async () => {
    const { logDirectory } = deployment
    const file = readdirSync(logDirectory).find((name) => name.endsWith('.jsonl')) ?? ''
    appendFileSync(path.join(logDirectory, file), '{"cut off\n')
    const request = {
      source: { kind: 'path' as const, path: logDirectory },
      name: 'signs service',
    }
    const first = await ended((await engine.call('deploy.importLog', request)).jobId)
    expect(first).toMatchObject({ name: 'signs service', added: 112, known: 0, brokenCount: 1 })
    expect(first['broken']).toMatchObject([{ file: path.join(logDirectory, file), line: 113 }])
    const again = await ended((await engine.call('deploy.importLog', request)).jobId)
    expect(again).toMatchObject({ added: 0, known: 112, inputs: 0 })
    const [listed] = await engine.call('deploy.logs', {})
    expect(listed).toMatchObject({ name: 'signs service', predictions: 112 })
    expect(listed?.inputs).toBeGreaterThan(100)
  })

  it('is summed up by time, version, label, confidence and drift', async () => {
    const summary = await engine.call('deploy.log', { name: 'signs service' })
    expect(summary).toMatchObject({ predictions: 112, refused: 1, failures: 0, profiled: true })
    expect(summary.versions).toMatchObject([{ version: '1', model: 'signs', predictions: 112 }])
    const sum = (values: number[]) => values.reduce((all, value) => all + value, 0)
    expect(sum(summary.traffic.map(({ predictions }) => predictions))).toBe(112)
    expect(sum(summary.confidence)).toBe(111)
    expect(sum(summary.labels.map(({ count }) => count))).toBe(111)
    const brightness = summary.drift.find(({ statistic }) => statistic === 'brightness')
    expect(brightness?.psi).toBeLessThan(0.25)
  })

  it('has its metrics brought home beside the log: counted between readings, over a crash', async () => {
    writeFileSync(path.join(scrapes(), 'notes.txt'), 'a note\n')
    const request = { source: { kind: 'path' as const, path: scrapes() }, name: 'signs service' }
    const first = await ended((await engine.call('deploy.importLog', request)).jobId)
    expect(first).toMatchObject({ added: 0, files: 5, brokenCount: 1 })
    expect(first['broken']).toMatchObject([{ file: path.join(scrapes(), 'notes.txt') }])
    expect(Number(first['readings'])).toBeGreaterThan(50)
    expect(await ended((await engine.call('deploy.importLog', request)).jobId)).toMatchObject({ readings: 0 })
    const { metrics, predictions } = await engine.call('deploy.log', { name: 'signs service' })
    expect(predictions).toBe(112)
    expect(metrics).toMatchObject({ predictions: 112, refused: 1, failures: 0, readings: 4 })
    expect(metrics?.to).toBe(1_767_225_780_000)
    expect(metrics?.versions).toMatchObject([{ version: '1', model: 'signs', predictions: 112 }])
    expect(metrics?.p50Ms).toBeGreaterThan(0)
    expect(metrics?.p95Ms).toBeGreaterThanOrEqual(metrics?.p50Ms ?? Number.POSITIVE_INFINITY)
    const busy = metrics?.traffic.filter((one) => one.predictions > 0).map((one) => one.predictions)
    expect(busy).toEqual([110, 1, 1])
    expect(metrics?.drift.find(({ statistic }) => statistic === 'brightness')?.most).toBeLessThan(0.25)
  })

  it('gives its unsure inputs as a dataset with the predicted labels, which outlives the log', async () => {
    const queue = await engine.call('deploy.logQueue', { name: 'signs service', below: 1, limit: 5 })
    const confidences = queue.items.map(({ confidence }) => confidence)
    expect(confidences).toEqual([...confidences].sort((a, b) => a - b))
    const { jobId } = await engine.call('deploy.logDataset', {
      name: 'signs service',
      below: 1,
      limit: 20,
      dataset: 'Unsure signs',
    })
    const result = await ended(jobId)
    expect(result).toMatchObject({ imported: 20, refused: 0 })
    const versionId = String(result['datasetVersionId'])
    const samples = engine.services.datasets.samples(versionId, {}, 0, 100).items
    const expected = new Map(
      engine.services.servedLogs
        .queue(engine.services.servedLogs.rowId('signs service'), 1, 0, 20)
        .items.map(({ hash, label }) => [hash, label]),
    )
    expect(samples.every(({ hash, label }) => expected.get(hash) === label)).toBe(true)
    await engine.call('deploy.deleteLog', { name: 'signs service' })
    await engine.services.blobs.collectGarbage()
    expect(samples.every(({ hash }) => engine.services.blobs.holds(hash))).toBe(true)
    expect(await engine.call('deploy.logs', {})).toEqual([])
  })

  it('wants a key when it was asked to, and says honestly when its port is taken', async () => {
    const { id: keyed, key } = await engine.call('deploy.serveLocal', { reference: 'signs', keys: true })
    const { address } = await stateOf(keyed, 'ready')
    const [picture = Buffer.of()] = pictures(1)
    expect((await ask(address, picture)).status).toBe(401)
    expect((await ask(address, picture, { authorization: `Bearer ${key}` })).status).toBe(200)
    await vi.waitFor(async () => {
      const now = (await engine.call('deploy.local', {})).find((one) => one.id === keyed)
      expect(now?.numbers?.requests).toBe(1)
    }, quick)
    const port = Number(new URL(String(address)).port)
    const { id: second } = await engine.call('deploy.serveLocal', { reference: 'signs', port })
    expect((await stateOf(second, 'failed')).message).toContain(`127.0.0.1:${port}`)
    await engine.call('deploy.removeLocal', { id: second })
    await engine.call('deploy.removeLocal', { id: keyed })
    expect(readdirSync(path.join(engine.services.home, 'deployments'))).toEqual([id])
  }, 60_000)
})

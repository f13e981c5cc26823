import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterEach, beforeAll, expect, it } from 'vitest'
import { predictionRecord } from '../domain/prediction-record.ts'
import { profileBinsOf, type TrainingProfile } from '../domain/training-profile.ts'
import { loadClassifier } from './classifier.ts'
import { DriftWatch } from './drift-watch.ts'
import { listen } from './listen.ts'
import { PredictionLog, type PredictionLogSettings } from './prediction-log.ts'
import { Readiness } from './readiness.ts'
import { servedClassifier } from './served-classifier.ts'
import type { ServedClassifier } from './served-model.ts'
import { createServer } from './server.ts'
import { defaultLimits, readSettings } from './settings.ts'
import { makeSmallModel, shippedPicture } from './testing/small-model.ts'
import { Traffic } from './traffic.ts'

let model: ServedClassifier
let picture: Buffer
const closing: (() => unknown)[] = []

beforeAll(async () => {
  const classifier = await loadClassifier((await makeSmallModel()).directory)
  model = servedClassifier(classifier, { name: 'signs', version: 3, digest: classifier.digest })
  picture = await shippedPicture('classify/hand-sign-2.JPG')
})
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'glyphlab log '))
  closing.push(() => rm(made, { recursive: true, force: true }))
  return made
}

const settingsFor = (directory: string): PredictionLogSettings => {
  const { directory: _, ...rest } = readSettings({}, directory).predictionLog
  return { ...rest, directory }
}

async function serve(options: { log?: PredictionLog; drift?: DriftWatch }) {
  const traffic = await Traffic.open([model])
  const readiness = new Readiness(async () => {})
  readiness.ready()
  const app = createServer({
    traffic,
    readiness,
    limits: defaultLimits,
    log: () => {},
    predictionLog: options.log ?? null,
    drift: options.drift ?? null,
  })
  const server = await listen(app, { host: '127.0.0.1', port: 0, limits: defaultLimits })
  closing.unshift(() => server.drain(0))
  const url = `http://127.0.0.1:${server.port}`
  const ask = (bytes: Buffer) => fetch(`${url}/v1/predict`, { method: 'POST', body: new Uint8Array(bytes) })
  return { url, ask }
}

async function recordsIn(directory: string) {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.jsonl')).sort()
  const texts = await Promise.all(names.map((name) => readFile(join(directory, name), 'utf8')))
  return texts
    .join('')
    .split('\n')
    .filter(Boolean)
    .map((line) => predictionRecord.parse(JSON.parse(line)))
}

/** The record is written a moment after the answer. */
async function settled(log: PredictionLog, directory: string, wanted: number) {
  await expect.poll(async () => (await recordsIn(directory)).length, { timeout: 5_000 }).toBe(wanted)
  await log.close()
  return recordsIn(directory)
}

it('writes each prediction with what it was, how sure, how long, and what the picture was like', async () => {
  const directory = await folder()
  const log = new PredictionLog(settingsFor(directory), () => {})
  const { ask } = await serve({ log })
  const answer = await (await ask(picture)).json()
  expect((await ask(Buffer.from('no picture'))).status).toBe(400)
  const records = await settled(log, directory, 2)
  const good = records.find(({ outcome }) => outcome === 'success')
  expect(good).toMatchObject({
    model: 'signs',
    version: '3',
    request_id: answer.request_id,
    label: answer.label,
    error: null,
    cached: false,
    input: { width: 100, height: 100, bytes: picture.length },
  })
  expect(good?.confidence).toBeCloseTo(
    Math.max(...answer.probabilities.map((p: { probability: number }) => p.probability)),
  )
  expect(good?.input?.brightness).toBeGreaterThan(10)
  expect(good?.latency_ms).toBeGreaterThan(0)
  expect(records.find(({ outcome }) => outcome === 'refused')).toMatchObject({
    error: 'UNREADABLE_FILE',
    label: null,
  })
  expect(await readdir(directory)).toHaveLength(1)
})

it('keeps the pictures of unsure answers when it was asked to, and never more than allowed', async () => {
  const directory = await folder()
  const second = await sharp(picture).negate().png().toBuffer()
  const inputBytes = Math.max(picture.length, second.length) + 10
  const settings = {
    ...settingsFor(directory),
    inputs: 'low-confidence' as const,
    lowConfidence: 1,
    inputBytes,
  }
  const log = new PredictionLog(settings, () => {})
  const { ask } = await serve({ log })
  const inputs = async () =>
    (await readdir(join(directory, 'inputs'))).filter((name) => !name.endsWith('.new'))
  await ask(picture)
  await expect.poll(inputs).toHaveLength(1)
  const [first = ''] = await inputs()
  expect(await readFile(join(directory, 'inputs', first))).toEqual(picture)
  await ask(second)
  await expect.poll(inputs).not.toContain(first)
  expect(await inputs()).toHaveLength(1)
})

it('begins a new file when one is full, and removes files older than the retention', async () => {
  const directory = await folder()
  const old = join(directory, 'predictions-elsewhere-20200101T000000.jsonl')
  await writeFile(old, '{}\n')
  await utimes(old, 1, 1)
  const log = new PredictionLog({ ...settingsFor(directory), fileBytes: 700 }, () => {})
  const { ask } = await serve({ log })
  for (let i = 0; i < 4; i++) {
    await ask(picture)
    await expect.poll(async () => (await recordsIn(directory).catch(() => [])).length).toBe(i + 1)
  }
  expect(await settled(log, directory, 4)).toHaveLength(4)
  const names = await readdir(directory)
  expect(names).not.toContain('predictions-elsewhere-20200101T000000.jsonl')
  expect(names.length).toBeGreaterThan(1)
  for (const name of names) expect((await stat(join(directory, name))).size).toBeLessThan(1_400)
})

it('writes none when the share is 0', async () => {
  const directory = await folder()
  const log = new PredictionLog({ ...settingsFor(directory), sample: 0 }, () => {})
  const { ask } = await serve({ log })
  await ask(picture)
  await log.close()
  expect(await recordsIn(directory)).toEqual([])
})

it('answers on when the log can not be written, and counts what is missing', async () => {
  const directory = await folder()
  const lines: string[] = []
  const log = new PredictionLog(settingsFor(directory), (_, message) => lines.push(message))
  const { ask, url } = await serve({ log })
  await rm(directory, { recursive: true })
  expect((await ask(picture)).status).toBe(200)
  await expect.poll(() => log.dropped).toBeGreaterThan(0)
  expect(await (await fetch(`${url}/metrics`)).text()).toMatch(/glyphlab_prediction_log_dropped_total [1-9]/)
  expect(lines).toContain('the prediction log can not be written')
})

it('tells how far the last pictures lie from training, once it has seen enough of them', async () => {
  const bins = (values: number[]) => profileBinsOf(values) ?? { edges: [], counts: [0] }
  const profile: TrainingProfile = {
    format: 'glyphlab-profile/1',
    model: 'signs',
    version: 3,
    statistics: {
      width: bins(Array.from({ length: 50 }, () => 100)),
      brightness: bins(Array.from({ length: 50 }, (_, i) => i)),
    },
  }
  const { ask, url } = await serve({ drift: new DriftWatch([profile], { window: 20, minimum: 8 }) })
  const metrics = async () => (await fetch(`${url}/metrics`)).text()
  const psi = async (name: string) =>
    Number(new RegExp(`glyphlab_drift_psi\\{.*statistic="${name}"\\} (\\S+)`).exec(await metrics())?.[1])
  for (let i = 0; i < 4; i++) await ask(picture)
  expect(await psi('width')).toBeNaN()
  for (let i = 0; i < 8; i++) await ask(picture)
  await expect.poll(() => psi('width')).toBeLessThan(0.1)
  expect(await psi('brightness')).toBeGreaterThan(0.25)
})

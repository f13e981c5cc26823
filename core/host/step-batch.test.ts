import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pino from 'pino'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { type Job, type TrainingOptions, trainingOptions } from '../contract/index.ts'
import { beginTraining } from './begin-training.ts'
import { type Engine, openEngine } from './engine.ts'
import { reproducesTag } from './reproduction.ts'

let work: string
let engine: Engine
let datasetVersionId: string

async function ended(jobId: string) {
  for (;;) {
    const job = await engine.call('jobs.get', { jobId })
    if (job.status !== 'queued' && job.status !== 'running') return job
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function importFolder(folder: string, name: string): Promise<string> {
  const { jobId } = await engine.call('datasets.import', { source: { kind: 'path', path: folder }, name })
  const { result, error } = await ended(jobId)
  expect(error).toBeNull()
  return String(result?.['datasetVersionId'])
}

beforeAll(async () => {
  work = mkdtempSync(path.join(tmpdir(), 'glyphlab-step-batch-'))
  engine = await openEngine(path.join(work, 'home'), pino({ level: 'silent' }))
  for (const label of ['dark', 'bright']) {
    const folder = path.join(work, 'pictures', label)
    mkdirSync(folder, { recursive: true })
    for (let index = 0; index < 40; index++) {
      const grey = (label === 'dark' ? 20 : 150) + index * 2
      const picture = sharp(Buffer.alloc(12 * 12, grey), { raw: { width: 12, height: 12, channels: 1 } })
      await picture.png().toFile(path.join(folder, `${index}.png`))
    }
  }
  datasetVersionId = await importFolder(path.join(work, 'pictures'), 'two greys')
})
afterAll(async () => {
  await engine.close()
  rmSync(work, { recursive: true, force: true })
})

const preset = 'cnn-small'
const small = { epochs: 2, batchSize: 10 }

async function trained(
  options: Partial<TrainingOptions> = small,
  version = datasetVersionId,
  chosen: string = preset,
) {
  const { jobId, runId } = await engine.call('training.start', {
    datasetVersionId: version,
    preset: chosen,
    options,
    backend: 'wasm',
  })
  return { runId, job: await ended(jobId) }
}

/** What a training that ended by its loss tells of it; ends the test where it ended otherwise. */
function divergence({ status, error }: Job): { step: number; samples: string[] } {
  expect({ status, code: error?.code }).toEqual({ status: 'failed', code: 'INVALID_INPUT' })
  return z.object({ step: z.number(), samples: z.array(z.string()) }).parse(error?.details)
}

it('a training that explodes ends with the step and its samples, and the batch shown is that one', async () => {
  const { runId, job } = await trained({
    epochs: 30,
    batchSize: 7,
    optimizer: 'sgd',
    schedule: 'warm-up',
    learningRate: 10,
  })
  expect(job.error?.message).toMatch(/^The training loss became \S+ at step \d+, on .+\.png.+learning rate/)
  const { step, samples } = divergence(job)
  const { metrics } = await engine.call('runs.get', { runId })
  expect(metrics['train_loss']?.step).toBe(step)
  const batch = await engine.call('runs.stepBatch', { runId, step })
  expect(batch.samples.map((sample) => sample.path)).toEqual(samples)
  expect(batch.samples.every(({ path: name, label }) => name.startsWith(`${label}/`))).toBe(true)
}, 60_000)

it('the batches of an epoch hold each training sample once, those of the next in another order', async () => {
  const { runId, job } = await trained()
  expect(job.status).toBe('succeeded')
  const { params } = await engine.call('runs.get', { runId })
  const first = await engine.call('runs.stepBatch', { runId, step: 1 })
  const perEpoch = first.totalSteps / 2
  const epoch = async (from: number) => {
    const paths: string[] = []
    for (let step = from; step < from + perEpoch; step++)
      paths.push(...(await engine.call('runs.stepBatch', { runId, step })).samples.map((one) => one.path))
    return paths
  }
  const [one, two] = [await epoch(1), await epoch(1 + perEpoch)]
  expect(one).toHaveLength(Number(params['train_samples']))
  expect(new Set(one).size).toBe(one.length)
  expect([...two].sort()).toEqual([...one].sort())
  expect(two).not.toEqual(one)
  await expect(engine.call('runs.stepBatch', { runId, step: first.totalSteps + 1 })).rejects.toThrow(
    `has ${first.totalSteps} steps, no step ${first.totalSteps + 1}`,
  )
}, 60_000)

/**
 * With weights that stand still and one sample a step, the loss that the training logged tells which sample it was: what
 * a sample comes to is the same in each epoch.
 */
async function lossesBySample(version: string, chosen: string): Promise<Map<string, Set<number>>> {
  const still = {
    epochs: 3,
    batchSize: 1,
    optimizer: 'sgd',
    schedule: 'constant',
    learningRate: 1e-30,
    weightDecay: 0,
    elastic: 0,
    perspective: 0,
    dilation: 0,
    noise: 0,
    blur: 0,
  } as const
  const { runId, job } = await trained(still, version, chosen)
  expect(job).toMatchObject({ status: 'succeeded', error: null })
  const [series] = await engine.call('runs.series', {
    runIds: [runId],
    keys: ['train_loss'],
    maxPoints: 10_000,
  })
  const losses = new Map<string, Set<number>>()
  for (const [index, step] of (series?.steps ?? []).entries()) {
    const batch = await engine.call('runs.stepBatch', { runId, step })
    expect(batch.samples).toHaveLength(1)
    const { path: name = '' } = batch.samples[0] ?? {}
    losses.set(name, (losses.get(name) ?? new Set()).add(series?.values[index] ?? Number.NaN))
  }
  return losses
}

it('the batch told of a step is the one that its loss came from, in every epoch', async () => {
  const losses = await lossesBySample(datasetVersionId, preset)
  expect(losses.size).toBeGreaterThan(40)
  for (const [name, seen] of losses) expect([name, seen.size]).toEqual([name, 1])
  expect(new Set([...losses.values()].flatMap((seen) => [...seen])).size).toBeGreaterThan(losses.size / 2)
}, 60_000)

it('so is that of a recogniser, whose batches hold lines of like widths', async () => {
  const folder = path.join(work, 'lines')
  mkdirSync(folder)
  for (let index = 0; index < 24; index++) {
    const width = 60 + (index % 6) * 50
    const line = Buffer.alloc(width * 24, 255)
    for (let y = 8; y < 18; y++) line.fill(0, y * width + 10, y * width + width - 10)
    await sharp(line, { raw: { width, height: 24, channels: 1 } })
      .png()
      .toFile(path.join(folder, `${index}.png`))
    writeFileSync(path.join(folder, `${index}.gt.txt`), 'ab'.repeat(1 + (index % 5)))
  }
  const lines = await importFolder(folder, 'bars to read')
  const losses = await lossesBySample(lines, 'line-recogniser')
  expect(losses.size).toBeGreaterThan(10)
  for (const [name, seen] of losses) expect([name, seen.size]).toEqual([name, 1])
  expect(new Set([...losses.values()].flatMap((seen) => [...seen])).size).toBeGreaterThan(losses.size / 2)
}, 60_000)

it('a reproduction differs from the first step on with another seed, and is within tolerance with a hair', async () => {
  const { runId } = await trained()
  const again = async (options: Partial<TrainingOptions>) => {
    const record = {
      datasetVersionId,
      datasetLabel: '',
      split: undefined,
      preset,
      options: trainingOptions.parse({ ...small, ...options }),
      backend: 'wasm' as const,
    }
    const begun = beginTraining(engine.services, record, {
      experiment: 'Default',
      name: 'again',
      tags: { [reproducesTag]: runId },
    })
    await ended(begun.jobId)
    return engine.call('runs.reproduction', { runId: begun.runId })
  }
  expect(await again({})).toMatchObject({ verdict: 'identical', first: null, differences: [] })

  const otherwise = await again({ seed: 43 })
  expect(otherwise).toMatchObject({
    verdict: 'differs',
    first: { step: 1 },
    differences: [{ key: 'seed', expected: '42', found: '43' }],
  })

  const close = await again({ learningRate: 0.001 * (1 + 1e-6) })
  expect(close?.verdict).toBe('within-tolerance')
  expect(close?.first?.step ?? 2).toBeGreaterThan(1)
  expect(close?.differences.map(({ key }) => key)).toEqual(['learning_rate'])
}, 120_000)

it('a reproduction on another backend names both, and the first step that is beyond tolerance', async () => {
  const { runId } = await trained()
  const [losses] = await engine.call('runs.series', {
    runIds: [runId],
    keys: ['train_loss'],
    maxPoints: 1_000,
  })
  const other = await engine.call('runs.create', {
    name: 'elsewhere',
    params: { backend: 'webgpu' },
    tags: { [reproducesTag]: runId },
  })
  const metrics = (losses?.steps ?? []).map((step, index) => ({
    key: 'train_loss',
    step,
    timestamp: 1,
    value: (losses?.values[index] ?? 0) + (step < 4 ? 1e-6 : 0.1),
  }))
  await engine.call('runs.log', { runId: other.id, metrics })
  await engine.call('runs.end', { runId: other.id })
  expect(await engine.call('runs.reproduction', { runId: other.id })).toMatchObject({
    verdict: 'differs',
    backends: { expected: 'wasm', found: 'webgpu' },
    first: { step: 1 },
    firstBeyond: { step: 4 },
    differences: [{ key: 'backend', expected: 'wasm', found: 'webgpu' }],
  })

  // Asked for where that backend is not installed.
  const away = await engine.call('runs.reproduce', { runId, backend: 'tensorflow-gpu' })
  expect((await ended(away.jobId)).error).toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringContaining('glyphlab backends install tensorflow-gpu'),
  })
  expect((await engine.call('runs.get', { runId: away.runId })).name).toMatch(
    / \(reproduced on tensorflow-gpu\)$/,
  )
}, 60_000)

it('a reproduction on a split that was made anew says that other samples are why it differs', async () => {
  const split = (seed: number) =>
    engine.call('datasets.addSplit', {
      versionId: datasetVersionId,
      rule: { kind: 'stratified', seed },
      name: 'mine',
    })
  await split(1)
  const start = { datasetVersionId, preset, split: 'mine', options: { epochs: 1, batchSize: 10 } }
  const { jobId, runId } = await engine.call('training.start', { ...start, backend: 'wasm' })
  expect((await ended(jobId)).status).toBe('succeeded')

  const same = await engine.call('runs.reproduce', { runId })
  await ended(same.jobId)
  expect((await engine.call('runs.reproduction', { runId: same.runId }))?.verdict).toBe('identical')

  await engine.call('datasets.deleteSplit', { versionId: datasetVersionId, name: 'mine' })
  await split(2)
  const changed = await engine.call('runs.reproduce', { runId })
  await ended(changed.jobId)
  const [before, after] = await Promise.all(
    [runId, changed.runId].map(
      async (id) => (await engine.call('runs.get', { runId: id })).params['samples_digest'] ?? '',
    ),
  )
  expect(await engine.call('runs.reproduction', { runId: changed.runId })).toMatchObject({
    verdict: 'differs',
    first: { step: 1 },
    differences: [{ key: 'samples_digest', expected: before, found: after }],
  })
}, 120_000)

it('a run whose split was changed, or that was not trained here, says that its batches are not known', async () => {
  const { runId } = await trained({ ...small, epochs: 1 })
  const logged = await engine.call('runs.create', { name: 'from a script' })
  await expect(engine.call('runs.stepBatch', { runId: logged.id, step: 1 })).rejects.toThrow(
    'was not trained here',
  )
  engine.services.store.prepare("UPDATE split_member SET subset = 'train' WHERE subset = 'test'").run()
  await expect(engine.call('runs.stepBatch', { runId, step: 1 })).rejects.toThrow('was made anew since')
}, 60_000)

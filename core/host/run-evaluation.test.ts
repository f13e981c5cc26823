import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pino from 'pino'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Engine, openEngine } from './engine.ts'

let work: string
let engine: Engine
let runId: string

async function ended(jobId: string) {
  for (;;) {
    const job = await engine.call('jobs.get', { jobId })
    if (job.status !== 'queued' && job.status !== 'running') return job
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Greys that overlap, in two sizes: mistakes are sure to be made. */
beforeAll(async () => {
  work = mkdtempSync(path.join(tmpdir(), 'glyphlab-run-evaluation-'))
  engine = await openEngine(path.join(work, 'home'), pino({ level: 'silent' }))
  for (const [place, label] of ['dark', 'middle', 'bright'].entries()) {
    const folder = path.join(work, 'pictures', label)
    mkdirSync(folder, { recursive: true })
    for (let index = 0; index < 50; index++) {
      const side = index % 2 ? 12 : 20
      const grey = 40 + place * 40 + ((index * 37) % 90)
      const picture = sharp(Buffer.alloc(side * side, grey), {
        raw: { width: side, height: side, channels: 1 },
      })
      await picture.png().toFile(path.join(folder, `${index}.png`))
    }
  }
  const source = { kind: 'path', path: path.join(work, 'pictures') } as const
  const imported = await ended((await engine.call('datasets.import', { source, name: 'greys' })).jobId)
  const started = await engine.call('training.start', {
    datasetVersionId: String(imported.result?.['datasetVersionId']),
    preset: 'cnn-small',
    options: { epochs: 4, batchSize: 16 },
    backend: 'wasm',
  })
  runId = started.runId
  expect((await ended(started.jobId)).status).toBe('succeeded')
}, 60_000)
afterAll(async () => {
  await engine.close()
  rmSync(work, { recursive: true, force: true })
})

it('curves, mistakes and slices rest on the very answers that the metrics of the run rest on', async () => {
  const { metrics, params, artifacts } = await engine.call('runs.get', { runId })
  const evaluation = await engine.call('runs.evaluation', { runId })
  const { subset, subsets, samples, classes, calibration, errors, errorCount, slices } = evaluation
  expect({ subset, subsets }).toEqual({ subset: 'test', subsets: ['test', 'validation'] })
  expect(samples).toBe(Number(params['test_samples']))
  expect(errorCount).toBeGreaterThan(0)
  expect(1 - errorCount / samples).toBeCloseTo(metrics['test_accuracy']?.value ?? 0, 6)
  expect(classes.map(({ label }) => label).sort()).toEqual(['bright', 'dark', 'middle'])
  expect(classes.reduce((sum, { support }) => sum + support, 0)).toBe(samples)
  expect(calibration.bins.reduce((sum, { count }) => sum + count, 0)).toBe(samples)
  expect(errors).toHaveLength(errorCount)
  for (const { path: name, hash, actual, predicted, confidence, actualConfidence } of errors) {
    expect(name.startsWith(`${actual}/`)).toBe(true)
    expect(predicted).not.toBe(actual)
    expect(hash).toMatch(/^[0-9a-f]{64}$/)
    expect(confidence).toBeGreaterThanOrEqual(actualConfidence)
  }
  const sides = slices.filter(({ by }) => by === 'side')
  expect(sides.map(({ value }) => value).sort()).toEqual([
    [12, 12],
    [20, 20],
  ])
  for (const by of ['class', 'side'] as const) {
    const parts = slices.filter((slice) => slice.by === by)
    expect(parts.reduce((sum, { right }) => sum + right, 0)).toBe(samples - errorCount)
  }
  expect(artifacts.map((artifact) => artifact.path)).toContain('predictions.json')
})

it('another subset can be asked for, and fewer mistakes', async () => {
  const { params } = await engine.call('runs.get', { runId })
  const evaluation = await engine.call('runs.evaluation', { runId, subset: 'validation', errors: 1 })
  expect(evaluation.samples).toBe(Number(params['validation_samples']))
  expect(evaluation.errors.length).toBeLessThanOrEqual(1)
  await expect(engine.call('runs.evaluation', { runId, subset: 'train' })).rejects.toThrow(
    'has no answers to the train subset',
  )
})

it('a run that kept no answers says so, and what to do', async () => {
  const logged = await engine.call('runs.create', { name: 'from a script' })
  await expect(engine.call('runs.evaluation', { runId: logged.id })).rejects.toThrow(
    'has no predictions.json: it is no classifier',
  )
})

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Job, ProcedureOutput, Run, Study } from '../contract/index.ts'
import { type ServedEngine, serveEngine } from './testing/serve.ts'

let home: string
let engine: ServedEngine
let datasetVersionId: string

const pause = () => new Promise((resolve) => setTimeout(resolve, 50))
const detail = async (studyId: string) =>
  (await engine.call('tuning.get', { studyId })) as ProcedureOutput<'tuning.get'>

async function until(studyId: string, wanted: (study: Study) => boolean): Promise<Study> {
  for (;;) {
    const { study } = await detail(studyId)
    if (wanted(study)) return study
    await pause()
  }
}

const start = async (more: object): Promise<Study> =>
  (await engine.call('tuning.start', {
    datasetVersionId,
    options: { epochs: 3, batchSize: 32, imageSize: 16 },
    backend: 'wasm',
    space: { learningRate: { kind: 'float', low: 0.0001, high: 0.1, log: true } },
    pruner: 'none',
    ...more,
  })) as Study

beforeAll(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'glyphlab-tuning-'))
  engine = await serveEngine(home)
  const samples = (await engine.call('samples.list', {})) as { id: string; use: string }[]
  const { jobId } = (await engine.call('datasets.import', {
    source: { kind: 'sample', sampleId: samples.find(({ use }) => use === 'dataset')?.id ?? '' },
    name: 'shipped',
  })) as { jobId: string }
  for (;;) {
    const job = (await engine.call('jobs.get', { jobId })) as Job
    datasetVersionId = String(job.result?.['datasetVersionId'])
    if (job.status === 'succeeded') break
    await pause()
  }
})
afterAll(async () => {
  await engine.end('SIGTERM')
  rmSync(home, { recursive: true, force: true })
})

it('a grid ends when all was tried; its trials are runs below its own, and the best is one of them', async () => {
  const { id, runId } = await start({
    sampler: 'grid',
    space: {
      learningRate: { kind: 'choice', choices: [0.003, 0.0000001] },
      preset: { kind: 'choice', choices: ['cnn-small'].concat('resnet-8') },
    },
    options: { epochs: 1, batchSize: 32, imageSize: 16 },
    parallel: 2,
  })
  const study = await until(id, ({ status }) => status !== 'running')
  expect(study).toMatchObject({ status: 'finished', counts: { complete: 4, failed: 0, running: 0 } })
  const { trials } = await detail(id)
  const combinations = trials.map(({ parameters }) => `${parameters['preset']} ${parameters['learningRate']}`)
  expect(new Set(combinations).size).toBe(4)
  expect(study.best?.value).toBe(Math.min(...trials.map(({ value }) => value ?? Number.NaN)))
  expect(study.best?.parameters['learningRate']).toBe(0.003)
  for (const trial of trials) {
    const run = (await engine.call('runs.get', { runId: trial.runId })) as Run
    expect(run.status).toBe('FINISHED')
    expect(run.tags['mlflow.parentRunId']).toBe(runId)
    expect(Number(run.params['learning_rate'])).toBe(trial.parameters['learningRate'])
    expect(run.metrics['validation_loss']?.value).toBe(trial.value)
  }
  const parent = (await engine.call('runs.get', { runId })) as Run
  expect(parent).toMatchObject({ status: 'FINISHED', tags: { 'tuning.best': study.best?.runId } })
  expect(parent.metrics['best']?.value).toBe(study.best?.value)
})

it('a study goes on after the engine was killed, with the trial that ran, and ends as it would have', async () => {
  const { id } = await start({ trials: 4, seed: 9, sampler: 'random' })
  await until(id, ({ counts }) => counts.complete === 1 && counts.running === 1)
  await engine.end('SIGKILL')
  engine = await serveEngine(home)
  expect((await until(id, ({ status }) => status !== 'running')).status).toBe('interrupted')
  await engine.call('tuning.resume', { studyId: id })
  const study = await until(id, ({ status }) => status !== 'running')
  expect(study).toMatchObject({
    status: 'finished',
    counts: { complete: 4, pruned: 0, failed: 0, running: 0 },
  })
  const undisturbed = await start({ trials: 4, seed: 9, sampler: 'random' })
  await until(undisturbed.id, ({ status }) => status !== 'running')
  const values = async (studyId: string) =>
    (await detail(studyId)).trials.map(({ parameters, value }) => ({ parameters, value }))
  expect(await values(id)).toEqual(await values(undisturbed.id))
})

it('a study pauses after the trial that runs, goes on, gets more trials, and stops', async () => {
  const { id } = await start({ trials: 2, sampler: 'random' })
  await until(id, ({ counts }) => counts.running === 1)
  await engine.call('tuning.pause', { studyId: id })
  const paused = await until(id, ({ status }) => status !== 'running')
  expect(paused).toMatchObject({ status: 'paused', counts: { complete: 1, running: 0 } })
  await engine.call('tuning.resume', { studyId: id })
  expect(await until(id, ({ status }) => status !== 'running')).toMatchObject({
    status: 'finished',
    counts: { complete: 2 },
  })
  await expect(engine.call('tuning.resume', { studyId: id })).rejects.toThrow(/has had its 2 trials/)
  await engine.call('tuning.resume', { studyId: id, trials: 100 })
  await until(id, ({ counts }) => counts.running === 1)
  await engine.call('tuning.stop', { studyId: id })
  const stopped = await until(id, ({ status }) => status !== 'running')
  expect(stopped.status).toBe('finished')
  expect(stopped.counts.running).toBe(0)
})

it('a pruner ends what is worse than the others, and says so on the run', async () => {
  const { id } = await start({
    sampler: 'grid',
    pruner: 'asha',
    space: { learningRate: { kind: 'choice', choices: [0.003, 0.002, 0.0000001] } },
    options: { epochs: 4, batchSize: 32, imageSize: 16 },
  })
  const study = await until(id, ({ status }) => status !== 'running')
  expect(study.counts).toMatchObject({ complete: 2, pruned: 1 })
  const given = (await detail(id)).trials.find(({ status }) => status === 'pruned')
  expect(given).toMatchObject({ parameters: { learningRate: 0.0000001 } })
  expect(given?.epochs).toBeLessThan(4)
  const run = (await engine.call('runs.get', { runId: given?.runId ?? '' })) as Run
  expect(run.tags['tuning.pruned']).toBe('1')
})

it.each([
  [{ space: { speed: { kind: 'float', low: 0, high: 1 } } }, /"speed" is no option/],
  [{ space: { dropout: { kind: 'float', low: 0, high: 2 } } }, /"dropout" can't be 2/],
  [{ space: { batchSize: { kind: 'float', low: 1, high: 20 } } }, /search it as an integer/],
  [{ space: { dropout: { kind: 'float', low: 0.5, high: 0.1 } } }, /low must be less than high/],
  [{ space: {} }, /one option or more/],
  [{ sampler: 'oracle' }, /There is no sampler "oracle". There are: tpe, random, grid/],
  [{ pruner: 'shears' }, /There is no pruner "shears"/],
  [{ space: { preset: { kind: 'choice', choices: ['cnn-small', 'none-such'] } } }, /no preset "none-such"/],
])('%j is refused with what is wrong', async (more, message) => {
  const refusal = await start(more).then(
    () => 'started',
    (cause: Error) => cause.message.replaceAll('\\"', '"'),
  )
  expect(refusal).toMatch(message)
})

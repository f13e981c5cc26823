import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Job, Series } from '../contract/index.ts'
import { type ServedEngine, serveEngine } from './testing/serve.ts'

let home: string
let engine: ServedEngine

beforeAll(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'glyphlab-resume-'))
  engine = await serveEngine(home)
})
afterAll(async () => {
  await engine.end('SIGTERM')
  rmSync(home, { recursive: true, force: true })
})

async function until(jobId: string, wanted: (job: Job) => boolean): Promise<Job> {
  for (;;) {
    const job = (await engine.call('jobs.get', { jobId })) as Job
    if (wanted(job)) return job
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const ended = ({ status }: Job): boolean => status !== 'queued' && status !== 'running'

it('a training whose engine was killed goes on where its checkpoint is, and can be reproduced to the bit', async () => {
  const samples = (await engine.call('samples.list', {})) as { id: string; use: string }[]
  const sampleId = samples.find(({ use }) => use === 'dataset')?.id ?? ''
  const importing = (await engine.call('datasets.import', {
    source: { kind: 'sample', sampleId },
    name: 'shipped',
  })) as { jobId: string }
  const { result } = await until(importing.jobId, ended)
  const datasetVersionId = String(result?.['datasetVersionId'])

  const options = { epochs: 25, batchSize: 32 }
  const start = { datasetVersionId, options, backend: 'wasm' } as const
  const { jobId, runId } = (await engine.call('training.start', start)) as { jobId: string; runId: string }
  const losses = async (id: string): Promise<Series | undefined> =>
    (
      (await engine.call('runs.series', {
        runIds: [id],
        keys: ['train_loss'],
        maxPoints: 100_000,
      })) as Series[]
    )[0]
  // Past the second at which an epoch's end writes its first checkpoint.
  await until(jobId, ({ status, progress }) => progress.value > 0.4 || status === 'failed')
  await engine.end('SIGKILL')

  engine = await serveEngine(home)
  expect((await until(jobId, ended)).status).toBe('interrupted')
  await engine.call('jobs.retry', { jobId })
  expect(await until(jobId, ended)).toMatchObject({ status: 'succeeded', error: null })
  const { lines } = (await engine.call('jobs.log', { jobId })) as { lines: string[] }
  expect(lines.some((line) => line.includes('Goes on after step'))).toBe(true)
  const { steps = [] } = (await losses(runId)) ?? {}
  expect(steps).toEqual(steps.map((_, index) => index + 1))

  const again = (await engine.call('runs.reproduce', { runId })) as { jobId: string; runId: string }
  expect(await until(again.jobId, ended)).toMatchObject({ status: 'succeeded' })
  expect(await engine.call('runs.reproduction', { runId: again.runId })).toMatchObject({
    original: runId,
    verdict: 'identical',
    first: null,
    differences: [],
  })
  expect(await engine.call('runs.reproduction', { runId })).toBeNull()
}, 240_000)

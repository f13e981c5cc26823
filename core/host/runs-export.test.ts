import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pino from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runExporters } from '../tracking/exporters/index.ts'
import { type Engine, openEngine } from './engine.ts'

let work: string
let engine: Engine
beforeEach(async () => {
  work = mkdtempSync(path.join(tmpdir(), 'glyphlab-run-export-'))
  engine = await open('home')
})
afterEach(async () => {
  await engine.close()
  rmSync(work, { recursive: true, force: true })
})

const open = (home: string): Promise<Engine> => openEngine(path.join(work, home), pino({ level: 'silent' }))

async function ended({ jobId }: { jobId: string }, on: Engine): Promise<Record<string, unknown>> {
  for (;;) {
    const job = await on.call('jobs.get', { jobId })
    if (job.status === 'succeeded') return job.result ?? {}
    if (job.error) throw new Error(job.error.message)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** A run of everything there is, below a parent. */
async function logRuns(): Promise<string[]> {
  const parent = await engine.call('runs.create', {
    experiment: 'paths',
    name: 'parent "quoted", with a comma',
  })
  const run = await engine.call('runs.create', {
    experiment: 'paths',
    name: 'Größe 🎈, 2',
    parentId: parent.id,
    user: 'ada',
    params: { lr: '0.1', 'nested/depth': '3', long: 'x'.repeat(20_000), empty: '' },
    tags: { team: 'vision', 'mlflow.note.content': '# a note\n\nwith lines' },
    environment: { os: 'linux', packages: { numpy: '2.0' } },
  })
  const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0.1, -0, 1e-310, 1 / 3]
  await engine.call('runs.log', {
    runId: run.id,
    metrics: values.flatMap((value, at) => [
      { key: 'train/loss', value, step: at - 1, timestamp: 1_700_000_000_123 + at },
      { key: 'same step', value: at, step: 5, timestamp: 1_700_000_000_000 + at },
    ]),
    inputs: [
      {
        name: 'digits',
        digest: 'd1',
        sourceType: 'local',
        source: '{"uri": "x"}',
        schema: null,
        profile: '{"n": 5}',
        tags: { 'mlflow.data.context': 'train' },
      },
    ],
  })
  const file = path.join(work, 'plot.png')
  writeFileSync(file, Buffer.from([1, 2, 3]))
  const source = { kind: 'path' as const, path: file }
  await engine.call('runs.logArtifact', { runId: run.id, path: 'plots/loss.png', source })
  await engine.call('runs.end', { runId: run.id, status: 'FAILED' })
  await engine.call('runs.end', { runId: parent.id })
  return [parent.id, run.id]
}

async function everything(on: Engine, ids: string[]) {
  return Promise.all(
    ids.map(async (runId) => {
      const run = await on.call('runs.get', { runId })
      const { 'glyphlab.source': _, 'mlflow.runName': __, ...tags } = run.tags
      return {
        ...run,
        tags,
        inputs: await on.call('runs.inputs', { runId }),
        series: on.services.runs.series([runId], ['same step', 'train/loss'], 1_000),
      }
    }),
  )
}

describe('runs for other programs', () => {
  it.each(runExporters.filter(({ target }) => target === 'folder').map(({ id }) => id))(
    'as %s come back as they were, and a second time add nothing',
    async (format) => {
      const ids = await logRuns()
      const target = path.join(work, 'out')
      const report = await ended(await engine.call('runs.export', { runIds: ids, format, target }), engine)
      expect(report).toMatchObject({ runs: 2, points: 14, files: 1, warnings: [] })
      const before = await everything(engine, ids)
      const other = await open('other')
      try {
        const source = { kind: 'path' as const, path: target }
        for (const added of [2, 0]) {
          const result = await ended(await other.call('runs.import', { source }), other)
          expect(result).toMatchObject({ runs: 2, added, broken: [] })
          expect(await everything(other, ids)).toEqual(before)
        }
      } finally {
        await other.close()
      }
      // What is here already stays as it is.
      const again = await ended(
        await engine.call('runs.import', { source: { kind: 'path', path: target } }),
        engine,
      )
      expect(again).toMatchObject({ added: 0 })
      expect(await everything(engine, ids)).toEqual(before)
    },
  )

  it('go into an MLflow server, and come a second time without being doubled', async () => {
    const ids = await logRuns()
    const server = await open('server')
    try {
      const { url } = await server.call('tracking.serveMlflow', { action: 'start', port: 0 })
      for (const _ of [1, 2])
        expect(
          await ended(
            await engine.call('runs.export', { runIds: ids, format: 'mlflow-server', target: url ?? '' }),
            engine,
          ),
        ).toMatchObject({ runs: 2, points: 14, files: 1 })
      const { items } = await server.call('runs.list', {})
      expect(items).toHaveLength(2)
      const sent = items.find(({ tags }) => tags['glyphlab.runId'] === ids[1])
      expect(sent).toMatchObject({ status: 'FAILED', artifacts: [{ path: 'plots/loss.png', bytes: 3 }] })
      expect(sent?.metrics['train/loss']?.count).toBe(7)
      expect(sent?.metrics['same step']?.count).toBe(7)
    } finally {
      await server.close()
    }
  })

  it('never overwrite a folder, and name a server that does not answer', async () => {
    const [id = ''] = await logRuns()
    const full = engine.call('runs.export', { runIds: [id], format: 'csv', target: work })
    await expect(ended(await full, engine)).rejects.toThrow('is not empty')
    const nowhere = engine.call('runs.export', {
      runIds: [id],
      format: 'mlflow-server',
      target: 'http://127.0.0.1:9',
    })
    await expect(ended(await nowhere, engine)).rejects.toThrow('does not answer')
  })
})

import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pino from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sharedData } from '../../build/bench/shared-data.ts'
import { type RunImportReport, runImportReport } from '../contract/index.ts'
import { type Engine, openEngine } from './engine.ts'

let work: string
let engine: Engine
beforeEach(async () => {
  work = mkdtempSync(path.join(tmpdir(), 'glyphlab-run-import-'))
  engine = await openEngine(path.join(work, 'home'), pino({ level: 'silent' }))
})
afterEach(async () => {
  await engine.close()
  rmSync(work, { recursive: true, force: true })
})

async function importRuns(root: string): Promise<RunImportReport> {
  const { jobId } = await engine.call('runs.import', { source: { kind: 'path', path: root } })
  for (;;) {
    const job = await engine.call('jobs.get', { jobId })
    if (job.status === 'succeeded') return runImportReport.parse(job.result)
    if (job.error) throw new Error(job.error.message)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Everything of all runs that an import may change. */
async function everything() {
  const lists = await Promise.all(
    (['active', 'deleted'] as const).map((lifecycle) =>
      engine.call('runs.list', { lifecycle, limit: 1_000 }),
    ),
  )
  return lists
    .flatMap(({ items }) => items)
    .map((run) => ({
      ...run,
      series:
        Object.keys(run.metrics).length === 0
          ? []
          : engine.services.runs.series([run.id], Object.keys(run.metrics), 100_000),
    }))
}

const tree = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => `${name} ${statSync(path.join(folder, name)).mtimeMs}`)
    .sort()

const tfevents = sharedData('trk-tfevents')

describe('opening the runs of other programs', () => {
  it.runIf(tfevents)('adds nothing the second time, and writes nothing to the source', async () => {
    const source = path.join(work, 'logs')
    cpSync(path.join(tfevents ?? '', 'guildai-guildai'), source, { recursive: true })
    const before = tree(source)
    const looked = await engine.call('runs.inspectImport', { source: { kind: 'path', path: source } })
    expect(looked).toMatchObject({ kind: 'tensorboard', runs: 8, known: 0, experiments: ['logs'] })
    expect(await importRuns(source)).toMatchObject({ runs: 8, added: 8, brokenCount: 0 })
    const first = await everything()
    expect(await importRuns(source)).toMatchObject({ runs: 8, added: 0 })
    expect(await everything()).toEqual(first)
    expect(tree(source)).toEqual(before)
    const again = await engine.call('runs.inspectImport', { source: { kind: 'path', path: source } })
    expect(again.known).toBe(8)
  })

  it('keeps ids, times, states and names of MLflow runs, and what a person has changed since', async () => {
    const bugs = sharedData('bug-inputs.tar.gz')
    if (!bugs || !existsSync(bugs)) return
    execFileSync('tar', ['xzf', bugs, '-C', work, '--wildcards', '*B04-mlruns*'])
    const [source] = readdirSync(work, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('B04-mlruns'),
    )
    const report = await importRuns(path.join(work, source ?? ''))
    expect(report).toMatchObject({ kind: 'mlflow-files', runs: 4, added: 4, brokenCount: 2 })
    expect(report.broken.map(({ part }) => part.split('/').at(-1)).sort()).toEqual([
      'half-written',
      'meta.yaml',
    ])
    const run = await engine.call('runs.get', { runId: 'a'.repeat(32) })
    expect(run).toMatchObject({
      name: 'same name',
      experiment: 'exp / 🔥',
      status: 'FINISHED',
      startTime: 1_700_000_000_000,
      endTime: 1_700_000_100_000,
      user: 'u',
    })
    expect(run.params['long']?.length).toBeGreaterThan(1_000)
    expect(run.metrics['train/loss']?.value).toBe(0.1)
    expect((await engine.call('runs.get', { runId: 'd'.repeat(32) })).lifecycle).toBe('deleted')
    await engine.call('runs.rename', { runId: run.id, name: 'mine' })
    await engine.call('runs.delete', { runIds: ['b'.repeat(32)] })
    await importRuns(path.join(work, source ?? ''))
    expect((await engine.call('runs.get', { runId: run.id })).name).toBe('mine')
    expect((await engine.call('runs.get', { runId: 'b'.repeat(32) })).lifecycle).toBe('deleted')
  })

  it('adds only what a source has got since', async () => {
    const run = path.join(work, 'mlruns', '0', 'f'.repeat(32))
    mkdirSync(path.join(run, 'metrics'), { recursive: true })
    writeFileSync(
      path.join(work, 'mlruns', '0', 'meta.yaml'),
      "artifact_location: here\nexperiment_id: '0'\nname: e\n",
    )
    writeFileSync(
      path.join(run, 'meta.yaml'),
      `run_id: ${'f'.repeat(32)}\nstatus: 1\nstart_time: 5\nend_time: null\n`,
    )
    const lines = (count: number) => Array.from({ length: count }, (_, at) => `${at} 0.5 0\n`).join('')
    writeFileSync(path.join(run, 'metrics', 'loss'), lines(3_000))
    await importRuns(path.join(work, 'mlruns'))
    expect(await engine.call('runs.get', { runId: 'f'.repeat(32) })).toMatchObject({
      status: 'RUNNING',
      endTime: null,
    })
    writeFileSync(path.join(run, 'metrics', 'loss'), lines(3_010))
    writeFileSync(
      path.join(run, 'meta.yaml'),
      `run_id: ${'f'.repeat(32)}\nstatus: 3\nstart_time: 5\nend_time: 9\n`,
    )
    await importRuns(path.join(work, 'mlruns'))
    const grown = await engine.call('runs.get', { runId: 'f'.repeat(32) })
    expect(grown).toMatchObject({ status: 'FINISHED', endTime: 9 })
    expect(grown.metrics['loss']?.count).toBe(3_010)
  })

  it('says what it opens when it knows nothing in a folder', async () => {
    await expect(importRuns(path.join(work, 'home'))).rejects.toThrow('holds no runs that can be opened')
    await expect(importRuns(path.join(work, 'nowhere'))).rejects.toThrow('There is no')
  })
})

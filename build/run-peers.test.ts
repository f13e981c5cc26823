import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pino from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type RunImportReport, runImportReport } from '../core/contract/index.ts'
import { type Engine, openEngine } from '../core/host/engine.ts'
import type { RunSink } from '../core/tracking/importers/importer.ts'
import { mlflowSqlite } from '../core/tracking/importers/mlflow-sqlite.ts'
import { openRunSource } from '../core/tracking/importers/open-run-source.ts'
import { sharedData } from './bench/shared-data.ts'
import { mlflowEnvironment, mlflowPython } from './mlflow.ts'
import { root } from './paths.ts'
import { pythonWith } from './python-environment.ts'
import { runOrThrow } from './run-command.ts'

const mlflow = await mlflowPython()
const optuna = await pythonWith('optuna-4.5.0', ['optuna==4.5.0'])
const reason = (peer: { python: string } | { missing: string }) =>
  'missing' in peer ? ` (skipped: ${peer.missing})` : ''

let work: string
beforeEach(() => {
  work = mkdtempSync(path.join(tmpdir(), 'glyphlab-peers-'))
})
afterEach(() => rmSync(work, { recursive: true, force: true }))

const python = (peer: { python: string } | { missing: string }, args: string[]) =>
  runOrThrow('python' in peer ? peer.python : '', ['-W', 'ignore', ...args], {
    env: mlflowEnvironment(work),
    cwd: work,
    timeoutMs: 110_000,
  })

interface ReadRun {
  head: Record<string, unknown>
  params: Record<string, string>
  tags: Record<string, string>
  points: Record<string, number[]>
  broken: string[]
}

/** Every run of a database, by id, as the importer reads it. */
async function readDatabase(file: string): Promise<Record<string, ReadRun>> {
  const found = await mlflowSqlite.find(openRunSource(file, path.basename(file), file))
  const runs: Record<string, ReadRun> = {}
  for (const run of found.runs) {
    const read: ReadRun = { head: {}, params: {}, tags: {}, points: {}, broken: [] }
    const nothing = async () => {}
    const sink: RunSink = {
      head: async (head) => {
        read.head = { ...head, experiment: run.experiment }
      },
      params: async (params) => {
        Object.assign(read.params, params)
      },
      tags: async (tags) => {
        Object.assign(read.tags, tags)
      },
      points: async (key, points) => {
        read.points[key] = [...(read.points[key] ?? []), ...points.filter((_, at) => at % 3 === 1)]
      },
      inputs: nothing,
      artifact: nothing,
      artifactFile: nothing,
      broken: (part, why) => read.broken.push(`${part}: ${why}`),
    }
    await run.read(sink)
    runs[run.id ?? run.origin] = read
  }
  found.close?.()
  return runs
}

describe.skipIf('missing' in mlflow)(`databases of MLflow${reason(mlflow)}`, () => {
  it('are read in every schema that MLflow has had', async () => {
    const output = await python(mlflow, [path.join(root, 'build/mlflow-schemas.py'), work])
    const revisions = JSON.parse(output.trim().split('\n').at(-1) ?? '') as string[]
    expect(revisions.length).toBeGreaterThan(60)
    // Those between which the files lie that people have.
    expect(revisions).toEqual(expect.arrayContaining(['c48cb773bb87', 'b7e4c1a90f23']))
    for (const revision of revisions) {
      const runs = await readDatabase(path.join(work, `${revision}.db`))
      expect(Object.keys(runs).sort(), revision).toEqual(['a'.repeat(32), 'b'.repeat(32)])
      expect(runs['a'.repeat(32)], revision).toMatchObject({
        head: { name: 'first', status: 'FINISHED', startTime: 1_000, endTime: 2_000, experiment: 'cats' },
        params: { lr: '0.1' },
        tags: { team: 'x' },
        points: { loss: [0.5, 0.25] },
        broken: [],
      })
      expect(runs['b'.repeat(32)]?.head, revision).toMatchObject({ status: 'FAILED', lifecycle: 'deleted' })
    }
  }, 120_000)
})

const mlflowScript = `
import mlflow
mlflow.set_tracking_uri('sqlite:///mlflow.db')
with mlflow.start_run(run_name='parent'):
    mlflow.log_params({'lr': 0.1, 'net': 'resnet'})
    for step in range(30):
        mlflow.log_metric('loss', 1 / (step + 1), step=step)
    mlflow.log_metric('odd', float('nan'))
    mlflow.log_dict({'a': 1}, 'notes/facts.json')
    with mlflow.start_run(run_name='child', nested=True):
        mlflow.log_metric('loss', 0.5)
`
const optunaScript = `
import optuna
study = optuna.create_study(study_name='tuning', storage='sqlite:///optuna.db', direction='minimize')
def objective(trial):
    x = trial.suggest_float('x', -1, 1)
    for step in range(3):
        trial.report(x * x + step, step)
    return x * x
study.optimize(objective, n_trials=4)
`

describe('importing a second time', () => {
  let engine: Engine
  beforeEach(async () => {
    engine = await openEngine(path.join(work, 'home'), pino({ level: 'silent' }))
  })
  afterEach(() => engine.close())

  async function importRuns(place: string): Promise<RunImportReport> {
    const { jobId } = await engine.call('runs.import', { source: { kind: 'path', path: place } })
    for (;;) {
      const job = await engine.call('jobs.get', { jobId })
      if (job.status === 'succeeded') return runImportReport.parse(job.result)
      if (job.error) throw new Error(job.error.message)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  const everything = async () =>
    (await engine.call('runs.list', { limit: 1_000 })).items.map((run) => ({
      ...run,
      series:
        Object.keys(run.metrics).length === 0
          ? []
          : engine.services.runs.series([run.id], Object.keys(run.metrics), 100_000),
    }))

  async function expectNothingNew(place: string, kind: string, runs: number): Promise<void> {
    const first = await importRuns(place)
    expect(first).toMatchObject({ kind, runs, added: runs, brokenCount: 0 })
    expect(first.points).toBeGreaterThan(0)
    const before = await everything()
    expect(await importRuns(place)).toMatchObject({ kind, runs, added: 0 })
    expect(await everything()).toEqual(before)
  }

  it.skipIf('missing' in mlflow)(
    `adds nothing of an mlflow.db${reason(mlflow)}`,
    async () => {
      await python(mlflow, ['-c', mlflowScript])
      await expectNothingNew(path.join(work, 'mlflow.db'), 'mlflow-sqlite', 2)
      const { items } = await engine.call('runs.list', {})
      const parent = items.find(({ name }) => name === 'parent')
      expect(parent?.metrics).toMatchObject({ loss: { count: 30 }, odd: { value: Number.NaN } })
      expect(items.find(({ name }) => name === 'child')?.parentId).toBe(parent?.id)
    },
    60_000,
  )

  it.skipIf('missing' in optuna)(
    `adds nothing of an Optuna study${reason(optuna)}`,
    async () => {
      await python(optuna, ['-c', optunaScript])
      await expectNothingNew(path.join(work, 'optuna.db'), 'optuna', 5)
    },
    60_000,
  )

  const wandb = sharedData('trk-wandb')
  it.runIf(wandb)(
    'adds nothing of W&B offline runs',
    async () => {
      cpSync(wandb ?? '', path.join(work, 'wandb'), { recursive: true })
      await expectNothingNew(path.join(work, 'wandb'), 'wandb', 1)
    },
    60_000,
  )

  const dvc = sharedData('trk-dvc')
  it.runIf(dvc)(
    'adds nothing of a DVCLive folder',
    async () => {
      mkdirSync(path.join(work, 'dvc'))
      cpSync(path.join(dvc ?? '', 'iterative-example-dvc-experiments'), path.join(work, 'dvc'), {
        recursive: true,
      })
      await expectNothingNew(path.join(work, 'dvc'), 'dvclive', 1)
    },
    60_000,
  )
})

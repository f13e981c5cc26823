import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pino from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Engine, openEngine } from '../core/host/engine.ts'
import { freePort, serve, stop } from './bench/tracking-servers.ts'
import { mlflowEnvironment, mlflowPython } from './mlflow.ts'
import { pythonWith } from './python-environment.ts'
import { runOrThrow } from './run-command.ts'

const mlflow = await mlflowPython()
const tensorboard = await pythonWith('tensorboard-2.21.0', ['tensorboard==2.21.0', 'setuptools<81'])
const reason = (peer: { python: string } | { missing: string }) =>
  'missing' in peer ? ` (skipped: ${peer.missing})` : ''

const patient = { timeout: 60_000, interval: 100 }
const serverScript = `
import json, sys, mlflow
mlflow.set_tracking_uri(sys.argv[1])
client = mlflow.MlflowClient()
experiment = client.get_experiment_by_name("Größe 🎈")
runs = client.search_runs([experiment.experiment_id])
run = runs[0]
assert run.data.tags["glyphlab.runId"] == sys.argv[2]
history = client.get_metric_history(run.info.run_id, "train/loss")
file = mlflow.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path="plots/plot.txt")
print(json.dumps({"runs": len(runs), "status": run.info.status, "team": run.data.tags["team"],
  "steps": sorted(m.step for m in history), "text": open(file).read()}))
`

const values = [0.1, Number.NaN, Number.POSITIVE_INFINITY, 1 / 3]

let work: string
let engine: Engine
beforeEach(async () => {
  work = mkdtempSync(path.join(tmpdir(), 'glyphlab-export-peers-'))
  engine = await openEngine(path.join(work, 'home'), pino({ level: 'silent' }))
})
afterEach(async () => {
  await engine.close()
  rmSync(work, { recursive: true, force: true })
})

/** Logs a run and writes it in a format. @returns its id and the folder */
async function exported(format: string): Promise<{ runId: string; folder: string }> {
  const run = await engine.call('runs.create', {
    experiment: 'Größe 🎈',
    name: 'a run, "quoted"',
    params: { lr: '0.1', 'nested/depth': '3' },
    tags: { team: 'vision', 'mlflow.note.content': 'a *note*' },
  })
  const metrics = values.map((value, step) => ({
    key: 'train/loss',
    value,
    step,
    timestamp: 1_700_000_000_000 + step,
  }))
  await engine.call('runs.log', { runId: run.id, metrics })
  const file = path.join(work, 'plot.txt')
  writeFileSync(file, 'a plot')
  const source = { kind: 'path' as const, path: file }
  await engine.call('runs.logArtifact', { runId: run.id, path: 'plots/plot.txt', source })
  await engine.call('runs.end', { runId: run.id })
  const folder = path.join(work, 'out')
  const { jobId } = await engine.call('runs.export', { runIds: [run.id], format, target: folder })
  for (;;) {
    const job = await engine.call('jobs.get', { jobId })
    if (job.status === 'succeeded') return { runId: run.id, folder }
    if (job.error) throw new Error(job.error.message)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

async function ask(peer: { python: string } | { missing: string }, script: string, args: string[]) {
  const output = await runOrThrow(
    'python' in peer ? peer.python : '',
    ['-W', 'ignore', '-c', script, ...args],
    {
      env: { ...mlflowEnvironment(work), MLFLOW_ALLOW_FILE_STORE: 'true' },
      cwd: work,
      timeoutMs: 60_000,
    },
  )
  return JSON.parse(output.trim().split('\n').at(-1) ?? '') as unknown
}

const mlflowScript = `
import json, sys
from pathlib import Path
import mlflow
mlflow.set_tracking_uri(Path(sys.argv[1]).as_uri())
client = mlflow.MlflowClient()
run = client.get_run(sys.argv[2])
print(json.dumps({
  'experiment': client.get_experiment(run.info.experiment_id).name,
  'name': run.info.run_name,
  'status': run.info.status,
  'params': run.data.params,
  'tags': {key: run.data.tags[key] for key in ('team', 'mlflow.note.content')},
  'points': [[one.step, repr(one.value), one.timestamp] for one in client.get_metric_history(sys.argv[2], 'train/loss')],
  'files': [one.path for one in client.list_artifacts(sys.argv[2], 'plots')],
  'text': Path(mlflow.artifacts.download_artifacts(run_id=sys.argv[2], artifact_path='plots/plot.txt')).read_text(),
  'found': [one.info.run_id for one in client.search_runs([run.info.experiment_id], "params.lr = '0.1'")],
}))
`

const tensorboardScript = `
import json, sys
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
found = EventMultiplexer(tensor_size_guidance={'scalars': 0}).AddRunsFromDirectory(sys.argv[1])
found.Reload()
[run] = found.Runs()
print(json.dumps({
  'tags': sorted(found.Runs()[run]['tensors']),
  'points': [[one.step, repr(one.tensor_proto.double_val[0]), round(one.wall_time * 1000)] for one in found.Tensors(run, 'train/loss')],
}))
`

const points = values.map((value, step) => [
  step,
  Number.isNaN(value) ? 'nan' : value === Number.POSITIVE_INFINITY ? 'inf' : String(value),
  1_700_000_000_000 + step,
])

describe('runs that were exported', () => {
  it.skipIf('missing' in mlflow)(
    `as mlruns are read by the real MLflow${reason(mlflow)}`,
    async () => {
      const { runId, folder } = await exported('mlruns')
      expect(await ask(mlflow, mlflowScript, [folder, runId])).toEqual({
        experiment: 'Größe 🎈',
        name: 'a run, "quoted"',
        status: 'FINISHED',
        params: { lr: '0.1', 'nested/depth': '3' },
        tags: { team: 'vision', 'mlflow.note.content': 'a *note*' },
        points,
        files: ['plots/plot.txt'],
        text: 'a plot',
        found: [runId],
      })
    },
    90_000,
  )

  it.skipIf('missing' in mlflow)(
    `are kept up to date on a real MLflow server, each once${reason(mlflow)}`,
    async () => {
      const port = await freePort()
      const python = 'python' in mlflow ? mlflow.python : ''
      const database = ['--backend-store-uri', `sqlite:///${path.join(work, 'mlflow.db')}`]
      const files = ['--artifacts-destination', path.join(work, 'files')]
      const server = await serve(
        path.join(path.dirname(python), 'mlflow'),
        ['server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1', ...database, ...files],
        port,
        work,
      )
      try {
        const { runId } = await exported('json')
        await engine.call('runs.sync', { url: server.url })
        const synced = async () => (await engine.call('runs.syncs', {}))[0]
        await expect.poll(synced, patient).toMatchObject({ runs: 1, sending: false, problem: null })
        const { sentAt } = (await synced()) ?? { sentAt: null }
        const later = { key: 'train/loss', value: 7, step: 9, timestamp: 1_700_000_000_009 }
        await engine.call('runs.log', { runId, metrics: [later], tags: { team: 'text' } })
        await expect.poll(async () => (await synced())?.sentAt, patient).not.toBe(sentAt)
        expect(await ask(mlflow, serverScript, [server.url, runId])).toEqual({
          runs: 1,
          status: 'FINISHED',
          team: 'text',
          steps: [...values.keys(), 9],
          text: 'a plot',
        })
      } finally {
        await stop(server)
      }
    },
    120_000,
  )

  it.skipIf('missing' in tensorboard)(
    `as TensorBoard are read by the real TensorBoard${reason(tensorboard)}`,
    async () => {
      const { folder } = await exported('tensorboard')
      expect(await ask(tensorboard, tensorboardScript, [folder])).toEqual({
        tags: expect.arrayContaining(['train/loss', '_hparams_/session_start_info']),
        points,
      })
    },
    90_000,
  )
})

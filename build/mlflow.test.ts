import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ServedEngine, serveEngine } from '../core/host/testing/serve.ts'
import { mlflowEnvironment, mlflowPython } from './mlflow.ts'
import { root } from './paths.ts'

const peer = await mlflowPython()
const missing = 'missing' in peer ? peer.missing : ''
const python = 'python' in peer ? peer.python : ''

let folder: string
let engine: ServedEngine
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'glyphlab-mlflow-'))
  engine = await serveEngine(path.join(folder, 'home'))
})
afterEach(async () => {
  await engine.end('SIGTERM')
  rmSync(folder, { recursive: true, force: true })
})

describe.skipIf(missing)(`the real MLflow client${missing && ` (skipped: ${missing})`}`, () => {
  it('logs, reads, searches, deletes, restores and registers as with its own server', async () => {
    const { url } = await engine.call('tracking.serveMlflow', { port: 0 })
    const script = path.join(root, 'build/mlflow-client.py')
    const { stdout } = await promisify(execFile)(python, [script, url ?? ''], {
      env: mlflowEnvironment(folder),
      cwd: folder,
      maxBuffer: 16 * 1024 * 1024,
      timeout: 110_000,
    })
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toEqual([
      'nested_runs_with_everything',
      'batches_are_whole_or_not_at_all',
      'search',
      'deleting_and_restoring',
      'scikit_learn_models',
      'registry',
    ])

    const found = await engine.call('runs.search', {
      filter: "experiment = 'client' AND name = 'parent'",
      columns: ['metrics.loss', 'max(metrics.odd)', 'params.optimizer', 'note', 'dataset'],
    })
    expect(found.runs[0]).toMatchObject({ values: [0.5, expect.anything(), 'adam', 'a *note*', 'frame'] })
    const versions = await engine.call('models.mlflowVersions', { model: 'iris' })
    expect(versions).toMatchObject([{ version: 2, aliases: ['champion'] }, { version: 1 }])
  })
})

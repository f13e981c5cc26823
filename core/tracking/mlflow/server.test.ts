import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BlobFiles } from '../../blobs/blob-files.ts'
import type { ModelManifest } from '../../domain/model-manifest.ts'
import { ArtifactStore } from '../../store/artifact-store.ts'
import { AuditStore } from '../../store/audit-store.ts'
import { BlobStore } from '../../store/blob-store.ts'
import { LoggedModelStore } from '../../store/logged-model-store.ts'
import { ModelStore } from '../../store/model-store.ts'
import { RegistryStore } from '../../store/registry-store.ts'
import { Reserve } from '../../store/reserve.ts'
import { RunStore } from '../../store/run-store.ts'
import { openStore, type Store } from '../../store/sqlite.ts'
import { mlflowListener } from './server.ts'

let home: string
let store: Store
let models: ModelStore
let server: http.Server
let origin: string
const errors: unknown[] = []

beforeEach(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'glyphlab-mlflow-'))
  mkdirSync(home, { recursive: true })
  store = openStore(path.join(home, 'glyphlab.sqlite'))
  const reserve = new Reserve(home)
  const audit = new AuditStore(store)
  models = new ModelStore(store, audit)
  const listener = mlflowListener({
    store,
    runs: new RunStore(store, reserve),
    artifacts: new ArtifactStore(store, 'artifact'),
    loggedModels: new LoggedModelStore(store),
    registry: new RegistryStore(store, audit),
    blobs: new BlobStore(store, new BlobFiles(home), reserve),
    audit,
    runChanged: () => {},
    runEnded: () => {},
    modelChanged: () => {},
    logError: (_, cause) => errors.push(cause),
  })
  server = http.createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  origin = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
})
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve).closeAllConnections())
  store.close()
  rmSync(home, { recursive: true, force: true })
  expect(errors).toEqual([])
})

type Answer = { status: number; body: Record<string, unknown> }

async function ask(method: string, name: string, body?: object): Promise<Answer> {
  const response = await fetch(`${origin}/api/2.0/mlflow/${name}`, {
    method,
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}
const post = (name: string, body: object) => ask('POST', name, body)

async function newRun(): Promise<{ run_id: string; artifact_uri: string }> {
  const { body } = await post('runs/create', { experiment_id: '0', start_time: 1 })
  return (body['run'] as { info: { run_id: string; artifact_uri: string } }).info
}
const metric = (index: number, value: number | string = index) => ({
  key: 'm',
  value,
  timestamp: String(1_000 + index),
  step: index,
})

describe('logging over HTTP', () => {
  it('names the parameter that is missing or of the wrong kind, as the client expects it', async () => {
    const { run_id } = await newRun()
    const said = async (name: string, body: object) => (await post(name, body)).body['message']
    expect(await said('runs/set-tag', { run_id: 31, key: 'a', value: 'b' })).toContain(
      "Invalid value 31 for parameter 'run_id' supplied",
    )
    expect(await said('runs/set-tag', { run_id, value: 'b' })).toContain(
      "Missing value for required parameter 'key'",
    )
    const batch = { run_id, metrics: [{ key: 'm', value: 1 }] }
    expect(await said('runs/log-batch', batch)).toContain("parameter 'metrics[0].timestamp'")
    expect(await said('runs/search', { experiment_ids: ['0'], max_results: 123456789 })).toContain(
      "Invalid value 123456789 for parameter 'max_results' supplied",
    )
    // An experiment's id looks like a number, and people write it as one.
    expect((await post('runs/create', { experiment_id: 0 })).status).toBe(200)
  })

  it('hands out the whole histories of several runs, run by run', async () => {
    const runs = [await newRun(), await newRun()].map(({ run_id }) => run_id).sort()
    for (const run_id of runs)
      await post('runs/log-batch', { run_id, metrics: [metric(0), metric(1, 'NaN'), metric(2)] })
    const query = runs.map((run) => `run_id=${run}`).join('&')
    const { body } = await ask('GET', `metrics/get-history-bulk?${query}&metric_key=m&max_results=4`)
    const points = body['metrics'] as { run_id: string; step: number; value: number | string }[]
    expect(points.map(({ run_id, step, value }) => [runs.indexOf(run_id), step, value])).toEqual([
      [0, 0, 0],
      [0, 1, 'NaN'],
      [0, 2, 2],
      [1, 0, 0],
    ])
    expect((await ask('GET', 'metrics/get-history-bulk?metric_key=m')).status).toBe(400)
  })

  it('takes "." for the whole folder, a doubled slash for one, and a folder as seen from here', async () => {
    const { run_id, artifact_uri } = await newRun()
    const place = artifact_uri.replace('mlflow-artifacts:', '')
    const url = `${origin}/api/2.0/mlflow-artifacts/artifacts${place}/deep/a.txt`
    expect((await fetch(url, { method: 'PUT', body: 'hello' })).status).toBe(200)
    const { body } = await ask('GET', `artifacts/list?run_id=${run_id}&path=.`)
    expect(body['files']).toEqual([{ path: 'deep', is_dir: true }])
    const file = await fetch(`${origin}//get-artifact?run_id=${run_id}&path=deep/a.txt`)
    expect(await file.text()).toBe('hello')
    const outside = await fetch(`${origin}/get-artifact?run_id=${run_id}&path=../a.txt`)
    expect([outside.status, ((await outside.json()) as { message: string }).message]).toEqual([
      400,
      'Invalid path',
    ])
    await post('experiments/create', { name: 'elsewhere', artifact_location: 'there' })
    const elsewhere = await ask('GET', 'experiments/get-by-name?experiment_name=elsewhere')
    expect(elsewhere.body['experiment']).toMatchObject({ artifact_location: path.resolve('there') })
  })

  it('refuses what is too much, malformed or a change of a param, and stores nothing of such a batch', async () => {
    const { run_id } = await newRun()
    const many = Array.from({ length: 1_001 }, (_, index) => metric(index))
    expect(await post('runs/log-batch', { run_id, metrics: many })).toMatchObject({
      status: 400,
      body: {
        error_code: 'INVALID_PARAMETER_VALUE',
        message: expect.stringContaining('at most 1000 metrics'),
      },
    })
    const params = [{ key: 'a', value: '1' }]
    expect((await post('runs/log-batch', { run_id, params })).status).toBe(200)
    expect((await post('runs/log-batch', { run_id, params })).status).toBe(200)
    for (const bad of [
      { metrics: [metric(1)], params: [{ key: 'a', value: '2' }] },
      { metrics: [metric(1), { ...metric(2), value: 'x' }] },
      { metrics: [metric(1), { ...metric(2), timestamp: -1 }] },
      { metrics: [metric(1)], params: [...params, ...params] },
      { metrics: [metric(1)], tags: [{ value: 'no key' }] },
    ])
      expect((await post('runs/log-batch', { run_id, ...bad })).body['error_code']).toBe(
        'INVALID_PARAMETER_VALUE',
      )
    expect((await ask('GET', `metrics/get-history?run_id=${run_id}&metric_key=m`)).body).toEqual({
      metrics: [],
    })
    const large = { run_id, tags: [{ key: 't', value: 'x'.repeat(1_000_000) }] }
    expect((await post('runs/log-batch', large)).body['message']).toContain('at most 1000000 bytes')
    expect((await post('runs/log-batch', { run_id: '0'.repeat(32) })).status).toBe(404)
    const odd = await fetch(`${origin}/api/2.0/mlflow/runs/log-batch`, { method: 'POST', body: '{' })
    expect(odd.status).toBe(400)
  })

  it('keeps NaN and infinities, and pages a history', async () => {
    const { run_id } = await newRun()
    const values = [1, 'NaN', 'Infinity', '-Infinity', 2.5]
    await post('runs/log-batch', { run_id, metrics: values.map((value, index) => metric(index, value)) })
    const first = await ask('GET', `metrics/get-history?run_id=${run_id}&metric_key=m&max_results=3`)
    const token = encodeURIComponent(String(first.body['next_page_token']))
    const rest = await ask('GET', `metrics/get-history?run_id=${run_id}&metric_key=m&page_token=${token}`)
    const all = [first, rest].flatMap(({ body }) => body['metrics'] as { value: unknown }[])
    expect(all.map(({ value }) => value)).toEqual(values)
    expect(rest.body['next_page_token']).toBeUndefined()
    const bulk = await ask(
      'GET',
      `metrics/get-history-bulk-interval?run_ids=${run_id}&metric_key=m&start_step=1&end_step=2`,
    )
    expect(bulk.body['metrics']).toMatchObject([{ value: 'NaN', run_id }, { value: 'Infinity' }])
    const { body } = await ask('GET', `runs/get?run_id=${run_id}`)
    expect(body).toMatchObject({ run: { data: { metrics: [{ key: 'm', value: 2.5, step: 4 }] } } })
  })
})

describe('artifacts over HTTP', () => {
  const files = (uri: string) =>
    `${origin}/api/2.0/mlflow-artifacts/artifacts/${uri.replace('mlflow-artifacts:/', '')}`

  it('puts, lists, gets and deletes, and never leaves the folder of a run', async () => {
    const { artifact_uri } = await newRun()
    const content = Buffer.alloc(300_000, 'ä')
    for (const name of ['a%20b/%C3%BC.bin', 'top.txt'])
      expect((await fetch(`${files(artifact_uri)}/${name}`, { method: 'PUT', body: content })).status).toBe(
        200,
      )
    const place = artifact_uri.replace('mlflow-artifacts:/', '')
    const list = async (folder: string) =>
      (await (
        await fetch(`${origin}/api/2.0/mlflow-artifacts/artifacts?path=${encodeURIComponent(folder)}`)
      ).json()) as object
    expect(await list(place)).toEqual({
      files: [
        { path: 'a b', is_dir: true },
        { path: 'top.txt', is_dir: false, file_size: 300_000 },
      ],
    })
    expect(await list(`${place}/a b`)).toEqual({
      files: [{ path: 'ü.bin', is_dir: false, file_size: 300_000 }],
    })
    const got = await fetch(`${files(artifact_uri)}/a%20b/%C3%BC.bin`)
    expect(Buffer.from(await got.arrayBuffer()).equals(content)).toBe(true)
    expect((await fetch(`${files(artifact_uri)}/none`)).status).toBe(404)
    for (const bad of ['..%2f..%2fx', '%2e%2e/x', 'a%5cb'])
      expect(
        (await fetch(`${files(artifact_uri)}/${bad}`, { method: 'PUT', body: 'x' })).status,
      ).toBeGreaterThan(399)
    expect((await fetch(`${files('nowhere/else')}`, { method: 'PUT', body: 'x' })).status).toBe(404)
    await fetch(`${files(artifact_uri)}/a%20b`, { method: 'DELETE' })
    expect(await list(place)).toMatchObject({ files: [{ path: 'top.txt' }] })
  })
})

describe('the registry over HTTP', () => {
  const manifest = { format: 'glyphlab-model/1', files: [] } as unknown as ModelManifest

  it('shows versions of both kinds under one name, moves an alias between them, and deletes its own only', async () => {
    const { run_id } = await newRun()
    const registered = store.prepare('SELECT count(*) FROM registered_model').pluck()
    expect(registered.get()).toBe(0)
    await post('registered-models/create', { name: 'm' })
    const created = await post('model-versions/create', {
      name: 'm',
      source: `runs:/${run_id}/model`,
      run_id,
    })
    expect(created.body['model_version']).toMatchObject({ version: '1', status: 'READY' })
    store.transaction(() => {
      store.prepare("UPDATE registered_model SET last_version = 2 WHERE name = 'm'").run()
      store
        .prepare(
          `INSERT INTO model_version (model_id, version, run_uid, run_name, manifest, digest, metrics, created_at)
           VALUES (1, 2, ?, 'r', ?, 'd', '{}', 5)`,
        )
        .run(run_id, JSON.stringify(manifest))
    })()
    const { body } = await ask(
      'GET',
      "model-versions/search?filter=name%3D'm'&order_by=version_number%20DESC",
    )
    expect(body['model_versions']).toMatchObject([
      {
        version: '2',
        source: `mlflow-artifacts:/0/${run_id}/artifacts/model`,
        tags: [{ key: 'glyphlab.kind' }],
      },
      { version: '1' },
    ])
    const aliasOf = async () =>
      (
        (await ask('GET', 'registered-models/alias?name=m&alias=best')).body['model_version'] as {
          version: string
        }
      ).version
    for (const version of ['1', '2', '1']) {
      await post('registered-models/alias', { name: 'm', alias: 'best', version })
      expect(await aliasOf()).toBe(version)
    }
    models.setAlias('m', 'best', 2, { kind: 'moved', reason: '', by: '' })
    expect(await aliasOf()).toBe('2')
    expect((await ask('DELETE', 'model-versions/delete', { name: 'm', version: '2' })).status).toBe(403)
    expect((await ask('DELETE', 'registered-models/delete', { name: 'm' })).status).toBe(403)
    expect((await ask('DELETE', 'model-versions/delete', { name: 'm', version: '1' })).status).toBe(200)
    const local = await post('model-versions/create', { name: 'm', source: '/etc/passwd' })
    expect(local.body['error_code']).toBe('INVALID_PARAMETER_VALUE')
    expect((await post('registered-models/alias', { name: 'm', alias: 'v1', version: '2' })).status).toBe(400)
  })
})

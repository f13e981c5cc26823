import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pino from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Engine, openEngine } from './engine.ts'

let work: string
let engine: Engine
beforeEach(async () => {
  work = mkdtempSync(path.join(tmpdir(), 'glyphlab-tracking-'))
  engine = await openEngine(path.join(work, 'home'), pino({ level: 'silent' }))
})
afterEach(async () => {
  await engine.close()
  rmSync(work, { recursive: true, force: true })
})

const at = (key: string, step: number, value: number) => ({ key, step, value, timestamp: 1_000 + step })

describe('a run that a script logs', () => {
  it('keeps params of any length, a note, its parent, files in folders and what it read', async () => {
    const parent = await engine.call('runs.create', { experiment: 'scripts', name: 'parent', user: 'ada' })
    const run = await engine.call('runs.create', {
      experiment: 'scripts',
      parentId: parent.id.slice(0, 10),
      params: { config: '{"deep": true}'.repeat(10_000) },
      environment: { os: 'linux', packages: { numpy: '2.0' } },
    })
    expect(run).toMatchObject({ status: 'RUNNING', parentId: parent.id, environment: { os: 'linux' } })
    const input = {
      name: 'd',
      digest: 'x',
      sourceType: 'local',
      source: '',
      schema: null,
      profile: null,
      tags: {},
    }
    await engine.call('runs.log', {
      runId: run.id,
      metrics: [at('loss', 1, Number.NaN), at('loss', 2, 0.5)],
      tags: { team: 'vision' },
      inputs: [input],
    })
    await engine.call('runs.note', { runId: run.id, note: '# good' })
    const file = path.join(work, 'a.txt')
    writeFileSync(file, 'hello')
    await engine.call('runs.logArtifact', {
      runId: run.id,
      path: 'deep/er/a.txt',
      source: { kind: 'path', path: file },
    })
    expect(await engine.call('runs.artifacts', { runId: run.id })).toEqual([
      { path: 'deep', isFolder: true, bytes: 5, hash: null },
    ])
    const artifact = await engine.call('runs.artifact', { runId: run.id, path: 'deep/er/a.txt' })
    expect(artifact.url).toBe(`/blobs/${artifact.hash}`)
    expect(await engine.call('runs.inputs', { runId: run.id })).toEqual([input])
    expect(await engine.call('runs.end', { runId: run.id })).toMatchObject({
      status: 'FINISHED',
      tags: { team: 'vision', 'mlflow.note.content': '# good' },
    })
    await engine.call('runs.setTags', { runIds: [run.id], tags: { team: null } })
    const outside = engine.call('runs.logArtifact', {
      runId: run.id,
      path: '../x',
      source: { kind: 'path', path: file },
    })
    await expect(outside).rejects.toThrow('no path of an artifact')
    const found = await engine.call('runs.search', {
      filter: 'min(metrics.loss) = 0.5 AND dataset = "d" AND NOT tags.team IS NOT NULL AND good',
      columns: ['metrics.loss', 'note', 'params.none', 'tags.team'],
    })
    expect(found).toMatchObject({ total: 1, runs: [{ id: run.id, values: [0.5, '# good', null, null] }] })
  })

  it('is not running for ever when its process died', async () => {
    const { runs } = engine.services
    const run = await engine.call('runs.create', {})
    await engine.call('runs.heartbeat', { runId: run.id, everyMs: 1_000 })
    expect(runs.endSilent(Date.now() + 4_000)).toEqual([])
    expect(runs.endSilent(Date.now() + 6_000)).toEqual([run.id])
    expect(await engine.call('runs.get', { runId: run.id })).toMatchObject({ status: 'KILLED' })
    await engine.call('runs.heartbeat', { runId: run.id, everyMs: 1_000 })
    expect(await engine.call('runs.get', { runId: run.id })).toMatchObject({
      status: 'RUNNING',
      endTime: null,
      tags: {},
    })
  })
})

describe('tables and charts of many runs', () => {
  it('groups runs, sorts NaN last and packs thinned series with their extremes', async () => {
    const ids: string[] = []
    for (const [index, value] of [0.25, 0.75, Number.NaN].entries()) {
      const { id } = await engine.call('runs.create', { params: { model: index < 2 ? 'a' : 'b' } })
      const curve = Array.from({ length: 3_000 }, (_, step) => at('loss', step, step === 1_234 ? 99 : step))
      await engine.call('runs.log', { runId: id, metrics: [...curve, at('acc', 1, value)] })
      ids.push(id)
    }
    const found = await engine.call('runs.search', {
      orderBy: ['metrics.acc DESC'],
      columns: ['metrics.acc'],
      limit: 2,
    })
    expect(found.runs.map(({ values }) => values[0])).toEqual([0.75, 0.25])
    const rest = await engine.call('runs.search', {
      orderBy: ['metrics.acc DESC'],
      columns: ['metrics.acc'],
      limit: 2,
      pageToken: found.nextPageToken ?? '',
    })
    expect(rest.runs.map(({ values }) => values[0])).toEqual([Number.NaN])
    const groups = await engine.call('runs.groups', {
      filter: '',
      groupBy: ['params.model'],
      columns: ['metrics.acc'],
    })
    expect(groups.find(({ keys }) => keys[0] === 'a')).toMatchObject({ runs: 2, columns: [{ mean: 0.5 }] })
    expect(groups.find(({ keys }) => keys[0] === 'b')).toMatchObject({ runs: 1, columns: [null] })
    for (const round of ['first', 'from what is kept thinned']) {
      const packed = await engine.call('runs.packedSeries', {
        runIds: ids,
        keys: ['loss', 'none'],
        maxPoints: 40,
      })
      const values = new Float64Array(new Uint8Array(Buffer.from(packed.values, 'base64')).buffer)
      expect(packed.series.length, round).toBe(3)
      expect(packed.series[1]).toMatchObject({ runId: ids[1], key: 'loss', total: 3_000 })
      expect([...values.subarray(0, packed.series[0]?.length)], round).toContain(99)
    }
    const close = await engine.call('runs.packedSeries', {
      runIds: ids.slice(0, 1),
      keys: ['loss'],
      steps: { from: 10, to: 19 },
    })
    expect(close.series[0]?.length).toBe(10)
    expect(await engine.call('runs.params', { runIds: ids, differing: true })).toEqual([
      { key: 'model', values: ['a', 'a', 'b'] },
    ])
  })

  it('packs a series of a run that has ended as it was logged, and what came after the end', async () => {
    const { id } = await engine.call('runs.create', {})
    const logged = Array.from({ length: 300 }, (_, step) => at('loss', step, step === 7 ? Number.NaN : step))
    const values = async (maxPoints: number) => {
      const packed = await engine.call('runs.packedSeries', { runIds: [id], keys: ['loss'], maxPoints })
      return [...new Float64Array(new Uint8Array(Buffer.from(packed.values, 'base64')).buffer)]
    }
    await engine.call('runs.log', { runId: id, metrics: logged })
    await engine.call('runs.end', { runId: id })
    await new Promise(setImmediate)
    const whole = logged.map(({ value }) => value)
    expect(await values(10_000)).toEqual(whole)
    expect(await values(1_000)).toEqual(whole)
    expect((await values(40)).length).toBeLessThanOrEqual(42)
    await engine.call('runs.log', { runId: id, metrics: [at('loss', 300, -5)] })
    expect(await values(1_000)).toEqual([...whole, -5])
  })

  it('says where an expression is wrong', async () => {
    const search = engine.call('runs.search', { filter: 'metrics.loss <' })
    await expect(search).rejects.toMatchObject({ code: 'INVALID_INPUT', details: { position: 14 } })
  })
})

describe('deleting runs', () => {
  it('says before what a purge frees, and frees just that', async () => {
    const file = path.join(work, 'big.bin')
    writeFileSync(file, Buffer.alloc(100_000, 7))
    const ids: string[] = []
    for (const name of ['one', 'two']) {
      const { id } = await engine.call('runs.create', { name })
      await engine.call('runs.log', { runId: id, metrics: [at('loss', 1, 1)] })
      await engine.call('runs.logArtifact', {
        runId: id,
        path: 'same.bin',
        source: { kind: 'path', path: file },
      })
      ids.push(id)
    }
    await engine.call('runs.delete', { runIds: ids.slice(0, 1) })
    expect(await engine.call('runs.purge', { preview: true })).toEqual({ runs: 1, points: 1, bytes: 0 })
    await engine.call('runs.delete', { runIds: ids.slice(1) })
    expect(await engine.call('runs.purge', { preview: true })).toEqual({ runs: 2, points: 2, bytes: 100_000 })
    await engine.call('runs.restore', { runIds: ids.slice(0, 1) })
    await expect(engine.call('runs.purge', { runIds: ids })).rejects.toThrow('"one" is not deleted')
    expect(await engine.call('runs.purge', {})).toEqual({ runs: 1, points: 1, bytes: 0 })
    expect((await engine.call('runs.list', {})).items.map(({ name }) => name)).toEqual(['one'])
    const { items, intact } = await engine.call('engine.audit', {})
    expect(intact).toBe(true)
    expect(items.map(({ action }) => action)).toContain('run.purged')
  })

  it('frees on the disk what the preview said, and keeps what another run shares', async () => {
    const blobs = path.join(work, 'home', 'blobs')
    const onDisk = () =>
      readdirSync(blobs, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .reduce((sum, entry) => sum + statSync(path.join(entry.parentPath, entry.name)).size, 0)
    const log = async (name: string, files: Record<string, Buffer>) => {
      const { id } = await engine.call('runs.create', { name })
      for (const [file, content] of Object.entries(files)) {
        const source = path.join(work, file)
        writeFileSync(source, content)
        await engine.call('runs.logArtifact', {
          runId: id,
          path: file,
          source: { kind: 'path', path: source },
        })
      }
      return id
    }
    const shared = Buffer.alloc(300_000, 1)
    const own = Buffer.alloc(70_001, 2)
    const kept = await log('kept', { 'shared.bin': shared })
    const gone = await log('gone', { 'shared.bin': shared, 'own.bin': own, 'again.bin': own })
    await engine.call('runs.delete', { runIds: [gone] })
    const before = onDisk()
    const preview = await engine.call('runs.purge', { runIds: [gone], preview: true })
    expect(preview.bytes).toBe(70_001)
    expect(onDisk()).toBe(before)
    const purged = await engine.call('runs.purge', { runIds: [gone] })
    expect(purged).toEqual(preview)
    expect(before - onDisk()).toBe(preview.bytes)
    expect(await engine.call('runs.artifacts', { runId: kept })).toMatchObject([{ path: 'shared.bin' }])
  })

  it('takes the runs of an experiment along, and brings them back', async () => {
    const { id } = await engine.call('runs.create', { experiment: 'gone' })
    const [experiment] = await engine.call('experiments.list', {})
    await engine.call('experiments.delete', { experimentId: experiment?.id ?? -1 })
    expect((await engine.call('runs.get', { runId: id })).lifecycle).toBe('deleted')
    await engine.call('experiments.restore', { experimentId: experiment?.id ?? -1 })
    expect((await engine.call('runs.get', { runId: id })).lifecycle).toBe('active')
  })
})

describe('the port for MLflow clients', () => {
  const ask = (url: string, headers: Record<string, string>) =>
    new Promise<number>((resolve, reject) => {
      http.get(url, { headers }, (answer) => resolve(answer.resume().statusCode ?? 0)).on('error', reject)
    })

  it('opens when asked, answers this machine only, refuses pages of other sites, and closes', async () => {
    expect(await engine.call('tracking.serveMlflow', { action: 'status' })).toMatchObject({ url: null })
    const { url } = await engine.call('tracking.serveMlflow', { port: 0 })
    const wanted = `${url}/api/2.0/mlflow/experiments/get?experiment_id=0`
    expect(await ask(wanted, {})).toBe(200)
    expect(await ask(wanted, { host: 'evil.example' })).toBe(403)
    expect(await ask(wanted, { origin: 'https://evil.example' })).toBe(403)
    expect(await ask(wanted, { 'sec-fetch-site': 'cross-site' })).toBe(403)
    expect(await ask(`${url}/api/2.0/mlflow/traces`, {})).toBe(404)
    const port = Number(new URL(url ?? '').port)
    await engine.call('tracking.serveMlflow', { action: 'stop' })
    await expect(ask(wanted, {})).rejects.toThrow()
    const other = http.createServer().listen(port, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    await expect(engine.call('tracking.serveMlflow', { port })).rejects.toThrow('in use by another program')
    await new Promise((resolve) => other.close(resolve))
  })
})

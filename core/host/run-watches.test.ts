import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pino from 'pino'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Engine, openEngine } from './engine.ts'
import { takeUp } from './take-up.ts'

const start = () => openEngine(path.join(work, 'home'), pino({ level: 'silent' }))
const patient = { timeout: 25_000, interval: 50 }

let work: string
let folder: string
let engine: Engine
beforeEach(async () => {
  work = mkdtempSync(path.join(tmpdir(), 'glyphlab-watch-'))
  folder = path.join(work, 'logs 🐈')
  mkdirSync(folder)
  engine = await start()
})
afterEach(async () => {
  await engine.close()
  rmSync(work, { recursive: true, force: true })
})

const log = (name: string) => path.join(folder, name)
/** Name and number of points of every run. */
const runs = async () =>
  Object.fromEntries(
    (await engine.call('runs.list', {})).items.map((run) => [run.name, run.metrics['loss']?.count]),
  )

it('brings what is added to a watched folder, also after a restart, and nothing once it is stopped', async () => {
  writeFileSync(log('a.csv'), 'step,loss\n1,0.5\n2,0.4\n')
  const watch = await engine.call('runs.watch', { path: folder })
  await expect.poll(runs, patient).toEqual({ a: 2 })

  appendFileSync(log('a.csv'), '3,0.3\n')
  await expect.poll(runs, patient).toEqual({ a: 3 })
  expect(await engine.call('runs.watches', {})).toMatchObject([
    { id: watch.id, path: folder, runs: 1, problem: null },
  ])

  await engine.close()
  writeFileSync(log('b.csv'), 'step,loss\n1,0.5\n')
  engine = await start()
  await takeUp(engine.services)
  await expect.poll(runs, patient).toEqual({ a: 3, b: 1 })

  await engine.call('runs.unwatch', { watchId: watch.id })
  expect(await engine.call('runs.watches', {})).toEqual([])
  appendFileSync(log('b.csv'), '2,0.1\n')
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  expect(await runs()).toEqual({ a: 3, b: 1 })
}, 60_000)

it('says why a folder that went away can not be read, and goes on when it is back', async () => {
  writeFileSync(log('a.csv'), 'step,loss\n1,0.5\n')
  await engine.call('runs.watch', { path: folder })
  await expect.poll(runs, patient).toEqual({ a: 1 })
  renameSync(folder, `${folder} away`)
  const problem = async () => (await engine.call('runs.watches', {}))[0]?.problem
  await expect.poll(problem, patient).toContain(folder)
  appendFileSync(path.join(`${folder} away`, 'a.csv'), '2,0.4\n')
  renameSync(`${folder} away`, folder)
  await expect.poll(problem, patient).toBeNull()
  await expect.poll(runs, patient).toEqual({ a: 2 })
}, 60_000)

it('refuses a path that is not there or not whole', async () => {
  await expect(engine.call('runs.watch', { path: path.join(work, 'nowhere') })).rejects.toThrow('nowhere')
  await expect(engine.call('runs.watch', { path: 'logs' })).rejects.toThrow('full path')
})

it("serves MLflow's clients on the remembered port after a restart, when it was chosen so", async () => {
  const { url, port } = await engine.call('tracking.serveMlflow', { port: 0 })
  expect({ served: url !== null, port }).toEqual({ served: true, port: 0 })
  const chosen = Number(new URL(url ?? '').port)
  await engine.call('tracking.serveMlflow', { action: 'stop' })
  await engine.call('tracking.serveMlflow', { action: 'start', port: chosen, always: true })
  await engine.close()
  engine = await start()
  expect(await engine.call('tracking.serveMlflow', { action: 'status' })).toEqual({
    url: null,
    port: chosen,
    always: true,
  })
  await takeUp(engine.services)
  expect(await engine.call('tracking.serveMlflow', { action: 'status' })).toMatchObject({
    url: `http://127.0.0.1:${chosen}`,
  })
  await engine.call('tracking.serveMlflow', { action: 'stop', always: false })
  expect(await engine.call('tracking.serveMlflow', { action: 'status' })).toMatchObject({
    url: null,
    always: false,
  })
})

import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import pino from 'pino'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Engine, openEngine } from './engine.ts'
import { takeUp } from './take-up.ts'

const open = (name: string) => openEngine(path.join(work, name), pino({ level: 'silent' }))
const patient = { timeout: 20_000, interval: 50 }

let work: string
let engine: Engine
/** It answers as MLflow's server does. */
let server: Engine
let url: string
beforeEach(async () => {
  work = mkdtempSync(path.join(tmpdir(), 'glyphlab-sync-'))
  engine = await open('home')
  server = await open('server')
  url = (await server.call('tracking.serveMlflow', { action: 'start', port: 0 })).url ?? ''
})
afterEach(async () => {
  await Promise.all([engine.close(), server.close()])
  rmSync(work, { recursive: true, force: true })
})

const log = (runId: string, ...losses: number[]) =>
  engine.call('runs.log', {
    runId,
    metrics: losses.map((value, step) => ({ key: 'loss', value, step, timestamp: 1_000 + step })),
  })
/** What the server has: by name, how many points and which state. */
const there = async () =>
  Object.fromEntries(
    (await server.call('runs.list', {})).items.map(({ name, metrics, status }) => [
      name,
      [metrics['loss']?.count, status],
    ]),
  )
const synced = async () => (await engine.call('runs.syncs', {}))[0]

it('a server gets the runs and what changes of them, each once, also after a restart', async () => {
  const { id } = await engine.call('runs.create', { name: 'a', experiment: 'digits' })
  await engine.call('runs.create', { name: 'other' })
  await log(id, 3, 2)
  await engine.call('runs.sync', { url: `${url}/`, experiment: 'digits' })
  await expect.poll(there, patient).toEqual({ a: [2, 'RUNNING'] })

  await log(id, 3, 2, Number.NaN)
  await engine.call('runs.end', { runId: id })
  await expect.poll(there, patient).toEqual({ a: [3, 'FINISHED'] })
  await expect.poll(synced, patient).toMatchObject({ url, experiment: 'digits', runs: 1, problem: null })

  await engine.close()
  engine = await open('home')
  const { id: second } = await engine.call('runs.create', { name: 'b', experiment: 'digits' })
  await log(second, 1)
  await takeUp(engine.services)
  await expect.poll(there, patient).toEqual({ a: [3, 'FINISHED'], b: [1, 'RUNNING'] })

  const [{ id: syncId } = { id: '' }] = await engine.call('runs.syncs', {})
  await engine.call('runs.unsync', { syncId })
  await log(second, 1, 2)
  await new Promise((resolve) => setTimeout(resolve, 4_000))
  expect((await there())['b']).toEqual([1, 'RUNNING'])
}, 60_000)

it('a server that is away is named, and gets everything when it is back', async () => {
  const { id } = await engine.call('runs.create', { name: 'a' })
  await log(id, 3)
  const { port } = new URL(url)
  await server.call('tracking.serveMlflow', { action: 'stop' })
  await engine.call('runs.sync', { url })
  await expect.poll(async () => (await synced())?.problem, patient).toContain('does not answer')
  await server.call('tracking.serveMlflow', { action: 'start', port: Number(port) })
  await expect.poll(there, patient).toEqual({ a: [1, 'RUNNING'] })
  await expect.poll(async () => (await synced())?.problem, patient).toBeNull()
}, 60_000)

it('an address that is none, our own, and an unknown experiment are refused', async () => {
  const { url: own } = await engine.call('tracking.serveMlflow', { action: 'start', port: 0 })
  await expect(engine.call('runs.sync', { url: 'ftp://x' })).rejects.toThrow('is no address of a server')
  await expect(engine.call('runs.sync', { url: own ?? '' })).rejects.toThrow('is Glyphlab itself')
  await expect(engine.call('runs.sync', { url, experiment: 'nix' })).rejects.toThrow('no experiment named')
  expect(await engine.call('runs.syncs', {})).toEqual([])
})

it('a script sends the runs, and sees which servers get them', async () => {
  await engine.call('runs.create', { name: 'a' })
  await engine.close()
  const cli = async (...args: string[]) => {
    const program = ['--disable-warning=ExperimentalWarning', path.join(import.meta.dirname, 'cli.ts')]
    const home = ['--home', path.join(work, 'home'), '--json']
    return (await promisify(execFile)(process.execPath, [...program, 'runs', ...args, ...home])).stdout
  }
  expect(JSON.parse(await cli('sync', url))).toMatchObject({ url, runs: 1, problem: null })
  expect(JSON.parse(await cli('syncs'))).toMatchObject({ url, runs: 1 })
  await cli('sync', url, '--stop')
  expect(await cli('syncs')).toBe('')
  expect(Object.keys(await there())).toEqual(['a'])
  engine = await open('home')
}, 60_000)

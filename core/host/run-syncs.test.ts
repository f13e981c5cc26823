import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import pino from 'pino'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { ServerAccess } from '../contract/index.ts'
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

/** Lets nobody to a server but who has the password or the token; `turnedAway` counts the others. */
async function guarded(allowed: readonly string[]) {
  const state = { turnedAway: 0, url: '' }
  const guard = http.createServer((request, response) => {
    if (!allowed.includes(request.headers.authorization ?? '')) {
      state.turnedAway += 1
      request.resume().on('end', () => response.writeHead(401).end('who are you?'))
      return
    }
    const { host: _, authorization: __, ...headers } = request.headers
    const inner = http.request(url + request.url, { method: request.method ?? 'GET', headers }, (answer) =>
      answer.pipe(response.writeHead(answer.statusCode ?? 500, answer.headers)),
    )
    request.pipe(inner)
  })
  await new Promise<void>((resolve) => guard.listen(0, '127.0.0.1', resolve))
  state.url = `http://127.0.0.1:${(guard.address() as AddressInfo).port}`
  return {
    state,
    [Symbol.dispose]: () => {
      guard.closeAllConnections()
      guard.close()
    },
  }
}

it('a server that asks who it is gets the user and password or the token, which only this user can read', async () => {
  const basic = `Basic ${Buffer.from('ada:pässword').toString('base64')}`
  using guard = await guarded([basic, 'Bearer s3cret'])
  const target = guard.state.url
  const { id } = await engine.call('runs.create', { name: 'a' })
  await log(id, 3)
  const check = (access?: ServerAccess) =>
    engine.call('runs.checkServer', { url: target, ...(access ? { access } : {}) })
  await expect(check()).rejects.toThrow('asks who you are (401)')
  await expect(check({ kind: 'password', user: 'ada', password: 'no' })).rejects.toThrow('"ada"')
  await expect(check({ kind: 'token', token: 's3cret' })).resolves.toMatchObject({ url: target })
  expect(await there()).toEqual({})

  const access = { kind: 'password', user: 'ada', password: 'pässword' } as const
  const { id: syncId } = await engine.call('runs.sync', { url: target, access })
  await expect.poll(there, patient).toEqual({ a: [1, 'RUNNING'] })
  await expect.poll(synced, patient).toMatchObject({ runs: 1, problem: null, access: 'password' })
  const file = path.join(work, 'home', 'keys', 'mlflow-servers.json')
  expect(statSync(file).mode & 0o077).toBe(0)
  expect(JSON.stringify(await engine.call('runs.syncs', {}))).not.toContain('pässword')

  await engine.call('runs.sync', { url: target, access: { kind: 'token', token: 'old' } })
  await log(id, 3, 2)
  await expect.poll(async () => (await synced())?.problem, patient).toContain('refused the token (401)')
  await engine.call('runs.sync', { url: target, access: { kind: 'token', token: 's3cret' } })
  await expect.poll(there, patient).toEqual({ a: [2, 'RUNNING'] })

  writeFileSync(file, 'not json')
  await expect(check()).rejects.toThrow(`${file} can't be understood. Remove it`)
  rmSync(file)
  await engine.call('runs.sync', { url: target, access })
  await engine.call('runs.unsync', { syncId })
  expect(existsSync(file)).toBe(false)
}, 60_000)

it('a server that is away gets the runs at once when somebody asks for it', async () => {
  await engine.call('runs.create', { name: 'a' })
  const { port } = new URL(url)
  await server.call('tracking.serveMlflow', { action: 'stop' })
  const { id: syncId } = await engine.call('runs.sync', { url })
  await expect.poll(async () => (await synced())?.problem, patient).toContain('does not answer')
  await server.call('tracking.serveMlflow', { action: 'start', port: Number(port) })
  await engine.call('runs.syncNow', { syncId })
  await expect.poll(async () => Object.keys(await there()), { timeout: 4_000, interval: 50 }).toEqual(['a'])
  await expect(engine.call('runs.syncNow', { syncId: 'none' })).rejects.toThrow('no server none')
}, 60_000)

it('what sends on to another address gets nothing there, and what is no MLflow is named', async () => {
  const elsewhere = http.createServer((request, response) => {
    if (request.url?.startsWith('/moved')) response.writeHead(307, { location: url }).end()
    else response.writeHead(404).end('nothing')
  })
  await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve))
  try {
    const base = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`
    const check = (at: string) => engine.call('runs.checkServer', { url: `${base}/${at}` })
    await expect(check('moved')).rejects.toThrow(`sends on to ${url}, where nothing was sent`)
    await expect(check('')).rejects.toThrow("not as MLflow's API does")
    await expect(engine.call('runs.sync', { url: 'http://ada:secret@mlflow.lan' })).rejects.toThrow(
      'beside it, not in it',
    )
  } finally {
    elsewhere.closeAllConnections()
    elsewhere.close()
  }
})

it('a script sends the runs, and sees which servers get them', async () => {
  await engine.call('runs.create', { name: 'a' })
  await engine.close()
  const cli = async (...args: string[]) => {
    const program = ['--disable-warning=ExperimentalWarning', path.join(import.meta.dirname, 'cli.ts')]
    const home = ['--home', path.join(work, 'home'), '--json']
    return (await promisify(execFile)(process.execPath, [...program, 'runs', ...args, ...home])).stdout
  }
  const token = path.join(work, 'token')
  writeFileSync(token, 's3cret\n')
  expect(JSON.parse(await cli('sync', url, '--token-file', token))).toMatchObject({
    url,
    runs: 1,
    problem: null,
    access: 'token',
  })
  expect(JSON.parse(await cli('syncs'))).toMatchObject({ url, runs: 1 })
  await cli('sync', url, '--stop')
  expect(await cli('syncs')).toBe('')
  expect(Object.keys(await there())).toEqual(['a'])
  engine = await open('home')
}, 60_000)

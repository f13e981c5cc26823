import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { startRun, withRun } from '../tracking/client/glyphlab.ts'
import { gitHead } from '../tracking/git-state.ts'
import { type ServedEngine, serveEngine } from './testing/serve.ts'

let work: string
let home: string
let engine: ServedEngine | undefined
beforeEach(() => {
  work = mkdtempSync(path.join(tmpdir(), 'glyphlab-client-'))
  home = path.join(work, 'home')
})
afterEach(async () => {
  await engine?.end('SIGTERM')
  engine = undefined
  rmSync(work, { recursive: true, force: true })
})

function script(points: number, pauseMs: number, end: string) {
  const file = path.join(import.meta.dirname, 'testing/logging-script.ts')
  const args = ['--disable-warning=ExperimentalWarning', file, home, String(points), String(pauseMs), end]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const told = { lines: [] as string[], words: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => told.lines.push(...text.trim().split('\n')))
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    told.words += text
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  return { child, told, ended }
}

async function stored(runId: string) {
  const run = await engine?.call('runs.get', { runId })
  const [series] =
    (await engine?.call('runs.series', { runIds: [runId], keys: ['loss'], maxPoints: 10_000 })) ?? []
  return { run, steps: series?.steps ?? [] }
}

const upTo = (count: number) => Array.from({ length: count }, (_, step) => step)
const spools = () => (existsSync(path.join(home, 'spool')) ? readdirSync(path.join(home, 'spool')) : [])

it('a script loses no point and doubles none while the engine is killed and started again under it', async () => {
  engine = await serveEngine(home)
  const { told, ended } = script(1_500, 2, 'finish')
  for (let kill = 0; kill < 3; kill++) {
    await new Promise((resolve) => setTimeout(resolve, 700))
    await engine.end('SIGKILL')
    engine = await serveEngine(home)
  }
  await ended
  // Where the last start took longer than the script waits, the engine takes up the rest by itself.
  expect(told.lines.at(-1), told.words).toMatch(/^sent (true|false)$/)
  await expect.poll(spools, { timeout: 30_000 }).toEqual([])
  const { run, steps } = await stored(told.lines[0] ?? '')
  expect(run).toMatchObject({ status: 'FINISHED', name: 'a script', params: { 'optimizer.lr': '0.1' } })
  expect(steps).toEqual(upTo(1_500))
  expect(run?.metrics['loss']?.count).toBe(1_500)
}, 60_000)

it('a script tells its commit and branch, and what it keeps of its steps', async () => {
  engine = await serveEngine(home)
  const run = startRun({ home, name: 'steps' })
  run.histogram('weights/dense', Float32Array.of(1, 2, 3, Number.NaN), 10)
  run.confusion(
    'validation',
    ['cat', 'dog'],
    [
      [9, 1],
      [2, 8],
    ],
    10,
  )
  expect(() => run.confusion('validation', ['cat'], [[9, 1]], 10)).toThrow('as many rows and columns')
  expect(() => run.histogram('weights/dense', [1], 0.5)).toThrow('no step')
  expect(await run.finish()).toBe(true)
  const stored = await engine.call('runs.get', { runId: run.id })
  const here = await gitHead(import.meta.dirname)
  expect(stored.tags['mlflow.source.git.commit']).toBe(here?.commit)
  expect(stored.artifacts.map(({ path: place }) => place)).toEqual(
    expect.arrayContaining(['histograms/weights/dense/00000010.json', 'confusion/validation/00000010.json']),
  )
  const silent = startRun({ home, name: 'silent', git: false })
  await silent.finish()
  const { tags } = await engine.call('runs.get', { runId: silent.id })
  expect(Object.keys(tags).filter((tag) => tag.includes('git'))).toEqual([])
}, 30_000)

it('what was logged without an engine is there after its start, with its own times', async () => {
  const before = Date.now()
  const { told, ended } = script(40, 0, 'exit')
  await ended
  const after = Date.now()
  expect(told.words).toContain('Glyphlab takes it up when it runs again')
  expect(spools()).toHaveLength(1)
  engine = await serveEngine(home)
  await expect.poll(spools, { timeout: 30_000 }).toEqual([])
  const { run, steps } = await stored(told.lines[0] ?? '')
  expect(steps).toEqual(upTo(40))
  expect(run?.status).toBe('FINISHED')
  expect(run?.startTime).toBeGreaterThanOrEqual(before)
  expect(run?.endTime).toBeLessThanOrEqual(after)
}, 60_000)

it('a script that is killed leaves all that it had logged, and its run is not running', async () => {
  const { child, told, ended } = script(100_000, 1, 'finish')
  await expect.poll(() => told.lines.length, { timeout: 10_000 }).toBeGreaterThan(100)
  child.kill('SIGKILL')
  await ended
  engine = await serveEngine(home)
  await expect.poll(spools, { timeout: 30_000 }).toEqual([])
  const { run, steps } = await stored(told.lines[0] ?? '')
  expect(run?.status).toBe('KILLED')
  expect(steps.length).toBeGreaterThanOrEqual(told.lines.length - 1)
  expect(steps).toEqual(upTo(steps.length))
}, 60_000)

it('a script that throws leaves a failed run', async () => {
  const { told, ended } = script(3, 0, 'throw')
  await ended
  engine = await serveEngine(home)
  await expect.poll(spools, { timeout: 30_000 }).toEqual([])
  expect((await stored(told.lines[0] ?? '')).run?.status).toBe('FAILED')
}, 60_000)

it('files, pictures, tables, notes, runs within runs and odd numbers arrive as they were logged', async () => {
  engine = await serveEngine(home)
  const pixel = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  )
  const weights = path.join(work, 'weights.bin')
  writeFileSync(weights, 'first')
  const outer = startRun({ home, experiment: 'client', tags: { stage: 'try' } })
  await withRun({ home, parent: outer, name: 'inner' }, (run) =>
    run.log({ 'a/b c': Number.NaN, big: Infinity }, -1),
  )
  outer.artifact('model/weights.bin', weights)
  writeFileSync(weights, 'changed after it was logged')
  outer.image('sample', pixel, 7)
  outer.table('errors', [{ word: 'über', count: 2 }, { word: 'x' }])
  outer.note('**good**')
  const failing = withRun({ home, parent: outer.id, name: 'bad' }, () => {
    throw new Error('no such label')
  })
  await expect(failing).rejects.toThrow('no such label')
  expect(await outer.finish()).toBe(true)
  const { items } = await engine.call('runs.list', {})
  const named = (name: string) => items.find((run) => run.name === name)
  expect(named('inner')).toMatchObject({ status: 'FINISHED', tags: { 'mlflow.parentRunId': outer.id } })
  expect(named('inner')?.metrics).toMatchObject({ 'a/b c': { step: -1 }, big: { step: -1 } })
  expect(named('bad')?.status).toBe('FAILED')
  const run = await engine.call('runs.get', { runId: outer.id })
  expect(run.tags).toMatchObject({ stage: 'try', 'mlflow.note.content': '**good**' })
  const content = async (place: string) => {
    const { url } = (await engine?.call('runs.artifact', { runId: outer.id, path: place })) ?? { url: '' }
    const response = await fetch(`${engine?.origin}${url}`, { headers: engine?.headers ?? {} })
    return Buffer.from(await response.arrayBuffer())
  }
  expect((await content('model/weights.bin')).toString()).toBe('first')
  expect(await content('images/sample/00000007.png')).toEqual(pixel)
  expect(JSON.parse((await content('tables/errors.json')).toString())).toEqual({
    columns: ['word', 'count'],
    data: [
      ['über', 2],
      ['x', null],
    ],
  })
  expect(() => outer.child({ name: '' })).toThrow('1 to 200 characters')
}, 60_000)

it('what the engine does not take is kept beside its reason, and the rest arrives', async () => {
  engine = await serveEngine(home)
  const run = startRun({ home, name: 'half' })
  run.log({ loss: 1 }, 1)
  run.artifact('../outside', Buffer.from('x'))
  run.log({ loss: 2 }, 2)
  expect(await run.finish()).toBe(true)
  expect((await stored(run.id)).steps).toEqual([1, 2])
  const [refused = ''] = spools()
  expect(readFileSync(path.join(home, 'spool', refused), 'utf8')).toContain('is no path of an artifact')
}, 60_000)

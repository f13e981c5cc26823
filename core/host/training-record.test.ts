import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pino from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ConsoleRecord, consoleBytesAtMost } from './console-record.ts'
import { type Engine, openEngine } from './engine.ts'

let work: string
let engine: Engine
beforeAll(async () => {
  work = mkdtempSync(path.join(tmpdir(), 'glyphlab-record-'))
  engine = await openEngine(path.join(work, 'home'), pino({ level: 'silent' }))
})
afterAll(async () => {
  await engine.close()
  rmSync(work, { recursive: true, force: true })
})

async function ended(jobId: string) {
  for (;;) {
    const job = await engine.call('jobs.get', { jobId })
    if (job.status !== 'queued' && job.status !== 'running') return job
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function text(runId: string, name: string): Promise<string> {
  const { hash } = await engine.call('runs.artifact', { runId, path: name })
  const { file, offset, length } = engine.services.blobs.requireLocation(hash)
  return readFileSync(file)
    .subarray(offset, offset + length)
    .toString('utf8')
}

const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@b.c', ...args], {
    cwd: work,
    encoding: 'utf8',
  })

it('a training has what its process printed, on what it ran, and how busy the machine was', async () => {
  const file = path.join(work, 'prices.csv')
  const rows = Array.from({ length: 2_000 }, (_, row) => `${row % 50},${(row % 50) * 3 + (row % 3)}`)
  writeFileSync(file, `size,price\n${rows.join('\n')}\n`)
  git('init', '--quiet', '--initial-branch', 'try')
  git('add', 'prices.csv')
  git('commit', '--quiet', '--message', 'first')
  const importing = await engine.call('datasets.import', {
    source: { kind: 'path', path: file },
    name: 'prices',
    options: { target: 'price' },
  })
  const { result, error } = await ended(importing.jobId)
  expect(error).toBeNull()
  writeFileSync(file, 'size,price\n')
  const datasetVersionId = String(result?.['datasetVersionId'])
  const { jobId, runId } = await engine.call('training.start', {
    datasetVersionId,
    preset: 'mlp-regressor',
    options: { epochs: 60 },
    folder: work,
  })
  const told: string[] = []
  const stop = engine.services.events.listen((event) => {
    if (event.type === 'run.printed') told.push(event.runId)
  })
  // The console is there while the training goes on, and goes on where it was read up to.
  await expect
    .poll(async () => (await engine.call('runs.console', { runId })).text, { timeout: 20_000 })
    .toMatch(/begins in process/)
  const live = await engine.call('runs.console', { runId })
  expect(live).toMatchObject({ isLive: true, path: null, from: 0 })
  expect(await ended(jobId)).toMatchObject({ status: 'succeeded', error: null })
  stop()
  expect(told).toContain(runId)
  const rest = await engine.call('runs.console', { runId, from: live.next })
  expect(rest).toMatchObject({ isLive: false, path: 'logs/console.txt', from: live.next, next: rest.total })
  expect(live.text + rest.text).toBe(await text(runId, 'logs/console.txt'))
  const printed = await text(runId, 'logs/console.txt')
  expect(printed).toMatch(/^\d{4}-\S+Z The training of mlp-regressor begins in process \d+\.\n/)
  expect(printed).toMatch(/Trained: \d+ steps in [\d.]+ s\.\n$/)
  const environment: unknown = JSON.parse(await text(runId, 'environment.json'))
  expect(environment).toMatchObject({
    node: process.version,
    packages: { zod: expect.stringMatching(/^\d+\./) },
    os: { platform: process.platform },
    cpu: { cores: expect.any(Number) },
  })
  const { metrics, tags } = await engine.call('runs.get', { runId })
  const commit = git('rev-parse', 'HEAD').trim()
  expect(tags).toMatchObject({
    'mlflow.source.git.commit': commit,
    'mlflow.source.git.branch': 'try',
    'mlflow.source.git.dirty': 'true',
    'dataset.git.commit': commit,
  })
  expect(await text(runId, 'git/uncommitted.diff')).toContain('\n-0,0\n')
  expect(metrics['system/cpu_utilization_percentage']).toMatchObject({ step: expect.any(Number) })
  expect(metrics['system/process_memory_usage_megabytes']?.value).toBeGreaterThan(10)
})

it('of a long console the end is told, in whole lines; a character is never cut', async () => {
  const file = path.join(work, 'output.log')
  const line = 'é'.repeat(50)
  writeFileSync(file, `${Array.from({ length: 120_000 }, (_, at) => `${at} ${line}`).join('\n')}\nlast é`)
  const { id: runId } = await engine.call('runs.create', { name: 'long' })
  expect(await engine.call('runs.console', { runId })).toMatchObject({ text: '', total: 0, isLive: true })
  await engine.call('runs.logArtifact', { runId, path: 'output.log', source: { kind: 'path', path: file } })
  const lines: string[] = []
  let from = 0
  let first = -1
  for (;;) {
    const part = await engine.call('runs.console', { runId, from })
    if (first < 0) first = part.from
    lines.push(part.text)
    from = part.next
    if (part.next >= part.total) break
  }
  expect(first).toBeGreaterThan(4_000_000)
  const whole = lines.join('')
  expect(whole).not.toContain('�')
  expect(whole).toBe(readFileSync(file).subarray(first).toString('utf8'))
  expect(whole).toMatch(/^\d+ é/)
})

it('a process that prints without end does not fill the disk', async () => {
  const record = new ConsoleRecord(path.join(work, 'logs', 'console.txt'))
  for (let at = 0; at < 300; at += 1) record.line('x'.repeat(20_000))
  expect(await record.end()).toBe(true)
  const kept = readFileSync(record.file, 'utf8')
  expect(kept.length).toBeLessThan(consoleBytesAtMost + 100)
  expect(kept.endsWith('More was printed; it is left out.\n')).toBe(true)
})

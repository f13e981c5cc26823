import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pino from 'pino'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Engine, openEngine } from './engine.ts'

let work: string
let engine: Engine
beforeEach(async () => {
  work = mkdtempSync(path.join(tmpdir(), 'glyphlab-spare-'))
  engine = await openEngine(path.join(work, 'home'), pino({ level: 'silent' }))
})
afterEach(async () => {
  await engine.close()
  rmSync(work, { recursive: true, force: true })
})

async function open(name: string): Promise<string> {
  const file = path.join(work, `${name}.csv`)
  writeFileSync(file, 'step,loss\n1,0.5\n2,0.25\n')
  const { jobId } = await engine.call('runs.import', { source: { kind: 'path', path: file } })
  return (await engine.services.queue.settled(jobId)).status
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
const spare = () => engine.services.spareRunImport.pid ?? 0

it('what opens runs waits, is used by the next opening, and another one takes its place', async () => {
  expect(spare()).toBe(0)
  expect(await open('cold')).toBe('succeeded')
  // Nobody has asked for a process that waits: a command that opens one folder leaves none behind.
  expect(spare()).toBe(0)
  await engine.call('runs.expectImport', {})
  const first = spare()
  expect(isAlive(first)).toBe(true)
  await engine.call('runs.expectImport', {})
  expect(spare(), 'one at most').toBe(first)
  expect(await open('warm')).toBe('succeeded')
  await expect.poll(() => isAlive(first)).toBe(false)
  await expect.poll(spare, { timeout: 5_000 }).not.toBe(0)
  const second = spare()
  expect(second).not.toBe(first)
  process.kill(second, 'SIGKILL')
  await expect.poll(spare).toBe(0)
  expect(await open('after the waiting one was killed')).toBe('succeeded')
  expect((await engine.call('runs.list', {})).items).toHaveLength(3)
})

it('what waits ends with the engine', async () => {
  await engine.call('runs.expectImport', {})
  const waiting = spare()
  await engine.close()
  await expect.poll(() => isAlive(waiting)).toBe(false)
  engine = await openEngine(path.join(work, 'home'), pino({ level: 'silent' }))
})

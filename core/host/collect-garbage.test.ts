import { randomBytes } from 'node:crypto'
import fs, { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pino from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readBlob } from '../blobs/blob-files.ts'
import { encodeGreyPng } from '../imaging/png.ts'
import { type Engine, openEngine } from './engine.ts'
import { serveEngine } from './testing/serve.ts'

let work: string
let engine: Engine

beforeEach(async () => {
  work = mkdtempSync(path.join(tmpdir(), 'glyphlab-garbage-'))
  engine = await openEngine(path.join(work, 'home'), pino({ level: 'silent' }))
})
afterEach(async () => {
  await engine.close()
  rmSync(work, { recursive: true, force: true })
})

/** Some go into a pack, and some are files of their own. */
function pictures(folder: string, small: number, large: number): string {
  mkdirSync(folder, { recursive: true })
  for (let index = 0; index < small + large; index++) {
    const side = index < small ? 12 : 600
    const name = `${String(index).padStart(5, '0')}.png`
    writeFileSync(path.join(folder, name), encodeGreyPng(randomBytes(side * side), side, side))
  }
  return folder
}

const start = (folder: string, name: string) =>
  engine.call('datasets.import', { source: { kind: 'path', path: folder }, name })

async function purged(datasetId: string): Promise<{ freedBytes: number }> {
  await engine.call('datasets.delete', { datasetId })
  return engine.call('datasets.purge', { datasetId })
}

async function expectReadable(name: string, count: number): Promise<void> {
  const { id: versionId } = await engine.call('datasets.version', { name })
  const { items, total } = await engine.call('datasets.samples', { versionId, limit: 5_000 })
  expect(total).toBe(count)
  for (const { hash } of items) {
    const place = engine.services.blobs.locate(hash)
    expect(place && (await readBlob(place, hash))).toBeTruthy()
  }
}

const storedFiles = () =>
  fs
    .readdirSync(path.join(work, 'home', 'blobs'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile()).length

describe('a pack whose writer died before its rows were stored', () => {
  const lost = () => path.join(work, 'home', 'blobs', 'packs', 'nobody-1.pack')

  it('is seen by the collection', async () => {
    writeFileSync(lost(), randomBytes(100))
    await engine.services.blobs.collectGarbage()
    expect(storedFiles()).toBe(0)
  })

  it('stays while a job may be about to store them, and is gone after the next start', async () => {
    writeFileSync(lost(), randomBytes(100))
    const kept = engine.services.blobs.keep()
    await engine.services.blobs.collectGarbage()
    expect(storedFiles()).toBe(1)
    kept.release()
    await engine.close()
    engine = await openEngine(path.join(work, 'home'), pino({ level: 'silent' }))
    expect(storedFiles()).toBe(0)
  })
})

describe('purging a dataset', () => {
  it('leaves an import that runs meanwhile the pictures that both have', async () => {
    const first = path.join(work, 'first')
    pictures(path.join(first, 'a'), 100, 5)
    const both = path.join(work, 'both')
    cpSync(first, both, { recursive: true })
    pictures(path.join(both, 'b'), 8_000, 0)
    const { queue, events } = engine.services
    expect(await queue.settled((await start(first, 'first')).jobId)).toMatchObject({ status: 'succeeded' })
    const datasetId = (await engine.call('datasets.version', { name: 'first' })).datasetId

    const { jobId } = await start(both, 'both')
    const deleted = new Promise<{ freedBytes: number }>((resolve) => {
      const ignore = events.listen((event) => {
        // The import has been told which pictures are stored already, and has not ended.
        if (event.type !== 'job.progressed' || event.job.id !== jobId) return
        if ((event.job.progress.value ?? 0) === 0) return
        ignore()
        resolve(purged(datasetId))
      })
    })
    expect(await deleted).toEqual({ freedBytes: 0 })
    expect(await queue.settled(jobId)).toMatchObject({ status: 'succeeded' })
    expect((await engine.call('datasets.list', {})).map(({ name }) => name)).toEqual(['both'])
    await expectReadable('both', 8_105)

    const [left] = await engine.call('datasets.list', {})
    await purged(left?.id ?? '')
    expect(storedFiles()).toBe(0)
  })

  it('frees the pictures at last when the import that relied on them is cancelled', async () => {
    const first = path.join(work, 'first')
    pictures(path.join(first, 'a'), 100, 5)
    const both = path.join(work, 'both')
    cpSync(first, both, { recursive: true })
    pictures(path.join(both, 'b'), 8_000, 0)
    const { queue, events } = engine.services
    expect(await queue.settled((await start(first, 'first')).jobId)).toMatchObject({ status: 'succeeded' })
    const datasetId = (await engine.call('datasets.version', { name: 'first' })).datasetId
    const { jobId } = await start(both, 'both')
    await new Promise<void>((resolve) => {
      events.listen((event) => {
        if (event.type === 'job.progressed' && (event.job.progress.value ?? 0) > 0) resolve()
      })
    })
    await purged(datasetId)
    await engine.call('jobs.cancel', { jobId })
    expect(await queue.settled(jobId)).toMatchObject({ status: 'cancelled' })
    expect(storedFiles()).toBe(0)
  })
})

describe('an engine that is killed while it imports', () => {
  it('leaves no file of the import once it has started again', async () => {
    const first = path.join(work, 'first')
    pictures(path.join(first, 'a'), 100, 5)
    const second = path.join(work, 'second')
    pictures(path.join(second, 'a'), 2_000, 20)
    const home = path.join(work, 'served')
    const killed = await serveEngine(home)
    const begin = (folder: string, name: string) =>
      killed.call('datasets.import', { source: { kind: 'path', path: folder }, name })
    const { jobId } = await begin(first, 'first')
    await expect
      .poll(async () => (await killed.call('jobs.get', { jobId })).status, { timeout: 30_000 })
      .toBe('succeeded')
    const files = () =>
      fs
        .readdirSync(path.join(home, 'blobs'), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ name }) => name)
        .sort()
    const before = files()
    const again = await begin(second, 'second')
    await expect
      .poll(() => files().length, { timeout: 30_000, interval: 5 })
      .toBeGreaterThan(before.length + 5)
    await killed.end('SIGKILL')

    const next = await serveEngine(home)
    try {
      expect(await next.call('jobs.get', { jobId: again.jobId })).toMatchObject({ status: 'interrupted' })
      await expect.poll(files, { timeout: 10_000 }).toEqual(before)
      expect((await next.call('datasets.list', {})).map(({ name }) => name)).toEqual(['first'])
    } finally {
      await next.end('SIGTERM')
    }
  })
})

import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sha256Of } from '../blobs/blob-files.ts'
import type { DatasetVersion, Job } from '../contract/index.ts'
import { exportBundle, makeSigningKey } from '../deploy/index.ts'
import { makeServerDirectory } from '../deploy/testing/server-directory.ts'
import { encodeGreyPng } from '../imaging/png.ts'
import { loadClassifier } from '../serving/classifier.ts'
import { makeSmallModel, shippedPicture } from '../serving/testing/small-model.ts'
import { type ServedEngine, serveEngine } from './testing/serve.ts'
import { mountSmallDisk, type SmallDisk, smallDiskProblem } from './testing/small-disk.ts'

const repository = path.resolve(import.meta.dirname, '../..')
const digits = path.join(repository, 'data/datasets/sign-language-digits')
const phototest = path.join(repository, 'data/ocr/phototest.tif')
const megabyte = 1024 * 1024
const whatToDo = /disk is full.*Free some space and try again/

const problem = smallDiskProblem()
let disk: SmallDisk
/** Sources, on the ordinary disk. */
let work: string
let engines: ServedEngine[] = []

async function serve(): Promise<ServedEngine> {
  const engine = await serveEngine(disk.home)
  engines.push(engine)
  return engine
}

/** A picture that no format makes smaller. */
const noise = (width: number, height: number) => encodeGreyPng(randomBytes(width * height), width, height)

function noiseFolder(name: string, count: number, side: number): string {
  const folder = path.join(work, name)
  for (let index = 0; index < count; index++) {
    const label = path.join(folder, index % 2 ? 'odd' : 'even')
    mkdirSync(label, { recursive: true })
    writeFileSync(path.join(label, `${String(index).padStart(5, '0')}.png`), noise(side, side))
  }
  return folder
}

async function ended(engine: ServedEngine, jobId: string): Promise<Job> {
  let job: Job | undefined
  await expect
    .poll(
      async () => {
        job = await engine.call('jobs.get', { jobId })
        return job.status
      },
      { timeout: 90_000, interval: 100 },
    )
    .not.toMatch(/queued|running/)
  return job as Job
}

async function importFolder(engine: ServedEngine, folder: string, name: string): Promise<Job> {
  const { jobId } = await engine.call('datasets.import', { source: { kind: 'path', path: folder }, name })
  return ended(engine, jobId)
}

/** The check that follows an import by itself is done too. */
async function idle(engine: ServedEngine): Promise<void> {
  const unfinished = async () =>
    (await engine.call('jobs.list', {})).filter(({ status }) => status === 'queued' || status === 'running')
  await expect.poll(unfinished, { timeout: 90_000, interval: 100 }).toEqual([])
}

/** Reads every picture of a dataset back and compares it with its hash. */
async function expectWhole(engine: ServedEngine, name: string, count: number): Promise<DatasetVersion> {
  const version = await engine.call('datasets.version', { name })
  const { items, total } = await engine.call('datasets.samples', { versionId: version.id, limit: 5_000 })
  expect(total).toBe(count)
  for (const { hash } of items) {
    const response = await fetch(`${engine.origin}/blobs/${hash}`, { headers: engine.headers })
    expect(sha256Of(Buffer.from(await response.arrayBuffer()))).toBe(hash)
  }
  return version
}

/** Every file of the store has a row and every row its file: nothing is lost and nothing takes space for nothing. */
function expectTidyStore(): void {
  const database = new Database(path.join(disk.home, 'glyphlab.sqlite'), { readonly: true })
  try {
    const rows = database.prepare('SELECT hash, pack FROM blob').all() as {
      hash: string
      pack: string | null
    }[]
    const packs = new Set(rows.flatMap(({ pack }) => (pack === null ? [] : [`${pack}.pack`])))
    const loose = rows.filter(({ pack }) => pack === null).map(({ hash }) => `${hash.slice(0, 2)}/${hash}`)
    expect(disk.files('blobs/incoming')).toEqual([])
    expect(disk.files('blobs/packs')).toEqual([...packs].sort())
    expect(disk.files('blobs/sha256')).toEqual(loose.sort())
    expect(database.prepare('SELECT count(*) FROM dataset_version WHERE ready = 0').pluck().get()).toBe(0)
  } finally {
    database.close()
  }
}

beforeEach(() => {
  if (problem) return
  disk = mountSmallDisk(40)
  work = mkdtempSync(path.join(tmpdir(), 'glyphlab-full-'))
})
afterEach(async () => {
  if (problem) return
  await Promise.all(engines.map((engine) => engine.end('SIGKILL')))
  engines = []
  disk.unmount()
  rmSync(work, { recursive: true, force: true })
})

describe.skipIf(problem)(`a full disk${problem && ` (skipped: ${problem})`}`, () => {
  it('fails an import that does not fit with what to do, leaves nothing of it, and lets it start again', async () => {
    // Those of 220 px go into a pack, the larger ones are files of their own.
    const folder = noiseFolder('large', 120, 220)
    for (let index = 0; index < 10; index++)
      writeFileSync(path.join(folder, 'even', `big-${index}.png`), noise(600, 600))
    const engine = await serve()
    await importFolder(engine, digits, 'digits')
    disk.fill(6 * megabyte)
    const before = disk.freeBytes()

    const job = await importFolder(engine, folder, 'large')
    expect(job).toMatchObject({ status: 'failed', retryable: true, error: { code: 'DISK_FULL' } })
    expect(job.error?.message).toMatch(whatToDo)
    expect((await engine.call('datasets.list', {})).map(({ name }) => name)).toEqual(['digits'])
    await expectWhole(engine, 'digits', 200)
    expectTidyStore()
    expect(disk.freeBytes()).toBeGreaterThan(before - megabyte)

    disk.empty()
    await engine.call('jobs.retry', { jobId: job.id })
    expect(await ended(engine, job.id)).toMatchObject({ status: 'succeeded', attempt: 2 })
    await expectWhole(engine, 'large', 130)
    expectTidyStore()
  })

  it('fails an import whose pictures fit but whose rows do not, and leaves nothing of it', async () => {
    const folder = noiseFolder('small', 3_000, 8)
    const first = await serve()
    await importFolder(first, digits, 'digits')
    await idle(first)
    // The check has written rows: a new start leaves no room in the write-ahead log.
    await first.end('SIGTERM')
    const engine = await serve()
    const messages = []
    for (const leave of [0.9, 1.3]) {
      disk.fill(leave * megabyte)
      const job = await importFolder(engine, folder, 'small')
      expect(job).toMatchObject({ status: 'failed', error: { code: 'DISK_FULL' } })
      messages.push(job.error?.message)
      expect((await engine.call('datasets.list', {})).map(({ name }) => name)).toEqual(['digits'])
      expectTidyStore()
      disk.empty()
    }
    // No file is named: it was the database that had no room.
    expect(messages).toContainEqual(
      expect.stringMatching(/^The disk is full\. Free some space and try again/),
    )
    await expectWhole(engine, 'digits', 200)
    const newest = (await engine.call('jobs.list', {})).find(({ kind }) => kind === 'dataset-import')
    await engine.call('jobs.retry', { jobId: newest?.id ?? '' })
    expect(await ended(engine, newest?.id ?? '')).toMatchObject({ status: 'succeeded' })
    await expectWhole(engine, 'small', 3_000)
  })

  it('refuses an upload that does not fit, and gives its space back', async () => {
    const engine = await serve()
    disk.fill(2 * megabyte)
    const before = disk.freeBytes()
    const response = await fetch(`${engine.origin}/uploads?path=big.png`, {
      method: 'POST',
      headers: engine.headers,
      body: randomBytes(8 * megabyte),
    })
    expect(response.status).toBe(507)
    expect(await response.json()).toMatchObject({
      error: { code: 'DISK_FULL', message: expect.stringMatching(whatToDo) },
    })
    expect(readdirSync(path.join(disk.home, 'uploads'))).toEqual([])
    expect(disk.freeBytes()).toBeGreaterThanOrEqual(before)
  })

  it('names the page that could not be stored, keeps what was read, and reads it when there is space', async () => {
    const big = path.join(work, 'big.png')
    writeFileSync(big, noise(2_000, 1_500))
    const engine = await serve()
    const read = async (...files: string[]) => {
      const started = await engine.call('pages.read', {
        files: files.map((file) => ({ kind: 'path' as const, path: file })),
      })
      return { ...started, job: await ended(engine, started.jobId) }
    }
    const first = await read(phototest)
    disk.fill(2 * megabyte)
    const second = await read(big, phototest)

    expect(second.job).toMatchObject({ status: 'failed', retryable: true, error: { code: 'DISK_FULL' } })
    const [bigPage = '', smallPage = ''] = second.pageIds
    expect(await engine.call('pages.get', { pageId: bigPage })).toMatchObject({
      status: 'failed',
      error: { code: 'DISK_FULL', message: expect.stringMatching(/big\.png.*Free some space/) },
    })
    for (const pageId of [first.pageIds[0] ?? '', smallPage])
      expect(await engine.call('pages.get', { pageId })).toMatchObject({ status: 'read', wordCount: 60 })
    expect(disk.files('blobs/incoming')).toEqual([])

    disk.fill(0)
    expect(await engine.refusal('pages.read', { files: [{ kind: 'path', path: phototest }] })).toMatchObject({
      code: 'DISK_FULL',
    })
    disk.empty()
    await engine.call('jobs.retry', { jobId: second.jobId })
    await ended(engine, second.jobId)
    expect(await engine.call('pages.get', { pageId: bigPage })).toMatchObject({ status: 'read' })
    expect((await engine.call('pages.list', {})).items.map(({ status }) => status)).toEqual(
      Array(3).fill('read'),
    )
  })

  it('leaves no half bundle in the folder that an export did not fit into', async () => {
    const serverDirectory = await makeServerDirectory(work, { native: true })
    const { directory: modelDirectory, digest } = await makeSmallModel()
    const picture = await shippedPicture('classify/hand-sign-2.JPG')
    const classifier = await loadClassifier(modelDirectory)
    const prediction = await classifier.classify(picture, 'sign')
    classifier.dispose()
    const golden = [{ name: 'sign.jpg', bytes: picture, prediction }]
    const subject = {
      kind: 'model' as const,
      modelDirectory,
      modelName: 'signs',
      version: 1,
      digest,
      engine: null,
      golden,
    }
    const exports = path.join(disk.home, 'exports')
    mkdirSync(path.join(exports, 'empty'), { recursive: true })
    disk.fill(2 * megabyte)
    const before = disk.freeBytes()
    for (const name of ['new', 'empty']) {
      const directory = path.join(exports, name)
      const exporting = exportBundle({
        targets: ['docker'],
        signingKey: makeSigningKey(),
        describeService: async () => ({}),
        subject,
        serverDirectory,
        directory,
      })
      await expect(exporting).rejects.toMatchObject({
        code: 'DISK_FULL',
        message: expect.stringContaining('Free some space and export again'),
      })
    }
    expect(readdirSync(exports)).toEqual(['empty'])
    expect(disk.files('exports')).toEqual([])
    expect(disk.freeBytes()).toBe(before)
    rmSync(path.dirname(modelDirectory), { recursive: true })
  })

  it.each([
    ['and the space that is kept back', () => {}],
    ['and no space kept back', () => rmSync(path.join(disk.home, 'reserve'))],
  ])('ends a training as failed, with no byte free %s, and so it stays after a crash', async (_, spend) => {
    const engine = await serve()
    await importFolder(engine, digits, 'digits')
    const { id: datasetVersionId } = await engine.call('datasets.version', { name: 'digits' })
    const { jobId, runId } = await engine.call('training.start', {
      datasetVersionId,
      backend: 'wasm',
      options: { epochs: 400 },
    })
    const losses = async (from: ServedEngine) =>
      (await from.call('runs.get', { runId })).metrics['train_loss']?.count ?? 0
    await expect.poll(() => losses(engine), { timeout: 60_000 }).toBeGreaterThan(0)
    spend()
    const timer = setInterval(() => disk.fill(0), 5)
    try {
      const job = await ended(engine, jobId)
      expect(job).toMatchObject({ status: 'failed', retryable: true, error: { code: 'DISK_FULL' } })
      expect(job.error?.message).toMatch(whatToDo)
      expect(await engine.call('runs.get', { runId })).toMatchObject({
        status: 'FAILED',
        endTime: expect.any(Number),
      })
      expect((await engine.call('runs.list', {})).items.map(({ status }) => status)).toEqual(['FAILED'])
      expect((await engine.call('jobs.list', {})).map(({ status }) => status)).not.toContain('running')
      expect(await engine.call('engine.status', {})).toMatchObject({ runningJobs: 0, queuedJobs: 0 })
    } finally {
      clearInterval(timer)
    }
    const kept = await losses(engine)
    await engine.end('SIGKILL')
    disk.fill(0)

    const second = await serve()
    expect((await second.call('jobs.get', { jobId })).status).toMatch(/failed|interrupted/)
    expect((await second.call('runs.get', { runId })).status).toMatch(/FAILED|KILLED/)
    expect(await losses(second)).toBe(kept)
    disk.empty()
    await second.call('jobs.retry', { jobId })
    await expect.poll(() => losses(second), { timeout: 60_000 }).toBeGreaterThan(kept)
    await second.call('training.stop', { runId })
    expect(await ended(second, jobId)).toMatchObject({ status: 'succeeded' })
    expect(await second.call('runs.get', { runId })).toMatchObject({ status: 'FINISHED', hasModel: true })
  })

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'starts after %s with no byte free, shows what is there, and says of each write that the disk is full',
    async (signal) => {
      const first = await serve()
      await importFolder(first, digits, 'digits')
      const read = await first.call('pages.read', { files: [{ kind: 'path', path: phototest }] })
      await ended(first, read.jobId)
      await first.end(signal)
      disk.fill(0)

      const engine = await serve()
      const version = await expectWhole(engine, 'digits', 200)
      const [pageId = ''] = read.pageIds
      const page = await engine.call('pages.get', { pageId })
      expect(page).toMatchObject({ status: 'read', wordCount: 60 })
      expect(await engine.call('engine.status', {})).toMatchObject({ diskFreeBytes: 0 })
      const thumbnail = await fetch(`${engine.origin}/thumbnails/${page.blob}?size=128`, {
        headers: engine.headers,
      })
      expect(thumbnail.headers.get('content-type')).toBe('image/webp')
      const source = { kind: 'path', path: digits } as const
      const writes = [
        await engine.refusal('datasets.import', { source, name: 'again' }),
        await engine.refusal('pages.read', { files: [{ kind: 'path', path: phototest }] }),
        await engine.refusal('pages.correctWord', { pageId, wordIndex: 0, text: 'x' }),
        await engine.refusal('training.start', { datasetVersionId: version.id, backend: 'wasm' }),
      ]
      for (const refusal of writes)
        expect(refusal).toMatchObject({ code: 'DISK_FULL', message: expect.stringMatching(whatToDo) })
      expect(await engine.call('pages.get', { pageId })).toEqual(page)
      // The import, its check, and the reading.
      expect(await engine.call('jobs.list', {})).toHaveLength(3)
      expect(await engine.call('runs.list', {})).toMatchObject({ total: 0 })
      await expectWhole(engine, 'digits', 200)

      disk.empty()
      expect(await importFolder(engine, noiseFolder('new', 20, 20), 'new')).toMatchObject({
        status: 'succeeded',
      })
      expect(await engine.end('SIGTERM')).toBe(0)
      expectTidyStore()
    },
  )

  it('starts nothing on a new data folder without space, and says why', async () => {
    disk.fill(0)
    await expect(serve()).rejects.toThrow(/DISK_FULL|disk is full/)
    disk.empty()
    expect(await (await serve()).call('datasets.list', {})).toEqual([])
  })

  it('keeps each correction that was accepted, and takes no half of one that was not', async () => {
    const engine = await serve()
    const { jobId, pageIds } = await engine.call('pages.read', { files: [{ kind: 'path', path: phototest }] })
    await ended(engine, jobId)
    const [pageId = ''] = pageIds
    disk.fill(0)
    let accepted: string | null = null
    let refusal: Awaited<ReturnType<typeof engine.refusal>>
    for (let round = 0; !refusal && round < 2_000; round++) {
      const text = `${round} ${'word '.repeat(400)}`
      refusal = await engine.refusal('pages.correctWord', { pageId, wordIndex: 3, text })
      if (!refusal) accepted = text
    }
    expect(refusal).toMatchObject({ code: 'DISK_FULL', message: expect.stringMatching(whatToDo) })
    expect((await engine.call('pages.get', { pageId })).words[3]?.correction).toBe(accepted)
    await engine.end('SIGKILL')

    const second = await serve()
    expect((await second.call('pages.get', { pageId })).words[3]?.correction).toBe(accepted)
    disk.empty()
    const page = await second.call('pages.correctWord', { pageId, wordIndex: 3, text: 'after' })
    expect(page.words[3]?.correction).toBe('after')
  })

  it('gives space back when a dataset is deleted and purged on it', async () => {
    const engine = await serve()
    await importFolder(engine, digits, 'digits')
    await importFolder(engine, noiseFolder('other', 300, 80), 'other')
    const other = (await engine.call('datasets.list', {})).find(({ name }) => name === 'other')
    disk.fill(0)
    await engine.call('datasets.delete', { datasetId: other?.id ?? '' })
    const { freedBytes } = await engine.call('datasets.purge', { datasetId: other?.id ?? '' })
    expect(freedBytes).toBeGreaterThan(1_000_000)
    expect(disk.freeBytes()).toBeGreaterThan(1_000_000)
    expect(await engine.call('engine.audit', {})).toMatchObject({ total: 2, intact: true })
    await expectWhole(engine, 'digits', 200)
    expectTidyStore()
  })

  it('records in the audit log what was done and nothing that was not, and its chain stays whole', async () => {
    const engine = await serve()
    await importFolder(engine, digits, 'digits')
    await importFolder(engine, noiseFolder('other', 300, 8), 'other')
    const [other, first] = await engine.call('datasets.list', {})
    await engine.call('datasets.delete', { datasetId: other?.id ?? '' })
    // With nothing kept back either.
    rmSync(path.join(disk.home, 'reserve'))
    disk.fill(0)
    const refusals = []
    for (let round = 0; round < 3; round++)
      refusals.push(await engine.refusal('datasets.delete', { datasetId: first?.id ?? '' }))
    expect(refusals.map((refusal) => refusal?.code)).toEqual(Array(3).fill('DISK_FULL'))
    expect(await engine.call('engine.audit', {})).toMatchObject({ total: 1, intact: true })
    await expectWhole(engine, 'digits', 200)
    await engine.end('SIGKILL')

    const second = await serve()
    expect(await second.call('engine.audit', {})).toMatchObject({ total: 1, intact: true })
    await expectWhole(second, 'digits', 200)
    disk.empty()
    await second.call('datasets.delete', { datasetId: first?.id ?? '' })
    const log = await second.call('engine.audit', {})
    expect(log).toMatchObject({ total: 2, intact: true })
    expect(log.items.map(({ subject }) => subject)).toEqual(['digits', 'other'])
    expectTidyStore()
  })
})

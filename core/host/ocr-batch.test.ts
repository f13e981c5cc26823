import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ServedEngine, serveEngine } from './testing/serve.ts'

const data = path.resolve('data/ocr')
let folder: string
let engine: ServedEngine

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'glyphlab batch '))
  engine = await serveEngine(folder)
})
afterEach(async () => {
  await engine.end('SIGTERM')
  await rm(folder, { recursive: true, force: true })
})

const files = (names: string[]) =>
  names.map((name) => ({ kind: 'path' as const, path: path.join(data, name) }))
const many = (count: number) => files(Array.from({ length: count }, () => 'phototest.tif'))

async function statuses(pageIds: string[]): Promise<string[]> {
  const pages = await Promise.all(pageIds.map((pageId) => engine.call('pages.get', { pageId })))
  return pages.map(({ status }) => status)
}

const readCount = async (pageIds: string[]) =>
  (await statuses(pageIds)).filter((status) => status === 'read').length

async function until<T>(look: () => Promise<T | false>, limitMs = 30_000): Promise<T> {
  const end = Date.now() + limitMs
  for (;;) {
    const found = await look()
    if (found !== false) return found
    if (Date.now() > end) throw new Error('it did not come')
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
}

const settled = (jobId: string) =>
  until(async () => {
    const job = await engine.call('jobs.get', { jobId })
    return job.status !== 'queued' && job.status !== 'running' && job
  })

describe('a batch of pages', () => {
  it('is paused after the pages in work, stays so over a restart, and goes on to its end', async () => {
    const { jobId, pageIds } = await engine.call('pages.read', { files: many(10) })
    await until(async () => (await readCount(pageIds)) > 1)
    await engine.call('jobs.pause', { jobId })
    const paused = await settled(jobId)
    expect(paused).toMatchObject({ status: 'paused', retryable: true, pausable: false, error: null })
    const before = await readCount(pageIds)
    expect(before).toBeLessThan(pageIds.length)
    expect((await statuses(pageIds)).filter((status) => status === 'waiting')).toHaveLength(10 - before)
    expect(await engine.refusal('jobs.pause', { jobId })).toMatchObject({ code: 'CONFLICT' })

    await engine.end('SIGTERM')
    engine = await serveEngine(folder)
    expect(await engine.call('jobs.get', { jobId })).toMatchObject({ status: 'paused' })
    const one = await engine.call('pages.get', { pageId: pageIds[0] ?? '' })
    await engine.call('jobs.retry', { jobId })
    expect(await settled(jobId)).toMatchObject({ status: 'succeeded', result: { read: 10, failed: 0 } })
    // What was read before was not read again.
    expect(await engine.call('pages.get', { pageId: pageIds[0] ?? '' })).toEqual(one)
  }, 120_000)

  it('loses at most the pages in work when the engine is killed', async () => {
    const { jobId, pageIds } = await engine.call('pages.read', { files: many(10) })
    const seen = await until(async () => {
      const count = await readCount(pageIds)
      return count > 2 && count
    })
    await engine.end('SIGKILL')
    engine = await serveEngine(folder)
    const job = await engine.call('jobs.get', { jobId })
    expect(job).toMatchObject({ status: 'interrupted', retryable: true })
    const kept = await statuses(pageIds)
    expect(kept.filter((status) => status === 'read').length).toBeGreaterThanOrEqual(seen)
    expect(kept).not.toContain('failed')
    await engine.call('jobs.retry', { jobId })
    expect(await settled(jobId)).toMatchObject({ status: 'succeeded', result: { read: 10, failed: 0 } })
  }, 120_000)

  it('gives up a page at the limit that was asked for, names it, and reads the others', async () => {
    // Cut into strips, 53,234 px of text take many seconds.
    const sharp = (await import('sharp')).default
    const tall = path.join(folder, 'tall.png')
    const page = await sharp(path.join(data, 'phototest.tif'))
      .toColourspace('b-w')
      .resize({ width: 1_280 })
      .png()
      .toBuffer()
    const times = 48
    await sharp({ create: { width: 1_280, height: 960 * times, channels: 3, background: '#ffffff' } })
      .composite(Array.from({ length: times }, (_, at) => ({ input: page, left: 0, top: at * 960 })))
      .greyscale()
      .png()
      .toFile(tall)
    const { jobId, pageIds } = await engine.call('pages.read', {
      files: [{ kind: 'path', path: tall }, ...files(['simple.png'])],
      pageLimit: 6,
    })
    await settled(jobId)
    const [late, fine] = await Promise.all(pageIds.map((pageId) => engine.call('pages.get', { pageId })))
    expect(late?.error).toMatchObject({ code: 'TIMED_OUT' })
    expect(late?.error?.message).toMatch(/^tall\.png: .* the limit of 6 s/)
    expect(fine?.text).toBe('Tesseract.js\n')
  }, 120_000)

  it('is read again with another recipe, beside what was read and corrected before', async () => {
    const first = await engine.call('pages.read', { files: files(['phototest.tif']) })
    await settled(first.jobId)
    const [pageId = ''] = first.pageIds
    await engine.call('pages.correctWord', { pageId, wordIndex: 0, text: 'That' })
    const recipe = [{ step: 'scale' as const, factor: 2 }, { step: 'invert' as const }]
    const again = await engine.call('pages.readAgain', {
      pageIds: [pageId],
      preprocessing: recipe,
      psm: 6,
    })
    expect(await settled(again.jobId)).toMatchObject({ status: 'succeeded' })
    const page = await engine.call('pages.get', { pageId: again.pageIds[0] ?? '' })
    expect(page).toMatchObject({
      name: 'phototest.tif',
      engine: 'tesseract',
      model: null,
      recipe: { psm: 6, steps: recipe, tried: [] },
      correctionCount: 0,
    })
    const old = await engine.call('pages.get', { pageId })
    expect(old).toMatchObject({ correctionCount: 1, blob: page.blob, recipe: { psm: 3, steps: [] } })
    const { text } = await engine.call('pages.render', { pageIds: again.pageIds, format: 'page' })
    expect(text).toContain('tesseract, eng, psm 6, scale=2, invert, language data sha256:')

    const preview = await engine.call('pages.preprocess', {
      pageId,
      preprocessing: [{ step: 'deskew' }],
      side: 200,
    })
    expect(preview.steps).toEqual([])
    expect(preview.before).toMatch(/^data:image\/png;base64,/)
    const inverted = await engine.call('pages.preprocess', { pageId, preprocessing: [{ step: 'invert' }] })
    expect(inverted.after).not.toBe(inverted.before)
  }, 120_000)

  it('is refused before anything is stored when the engine is none', async () => {
    expect(await engine.call('pages.engines', {})).toMatchObject([{ id: 'tesseract' }, { id: 'ppocr' }])
    const asked = { files: files(['simple.png']), engine: 'letters@champion' }
    expect(await engine.refusal('pages.read', asked)).toMatchObject({ code: 'NOT_FOUND' })
    expect((await engine.call('pages.list', {})).total).toBe(0)
    expect((await engine.call('engine.status', {})).version).toBeTruthy()
  })
})

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commandLine } from './testing/command-line.ts'
import { type ServedEngine, serveEngine } from './testing/serve.ts'

const data = path.resolve(import.meta.dirname, '../../data/ocr')
const how = { matchCase: false, wholeWords: true }

let home: string
let engine: ServedEngine
let pageIds: string[]
beforeAll(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'glyphlab replace '))
  engine = await serveEngine(home)
  const names = ['phototest.tif', 'phototest-rotated-180.png', 'simple.png']
  const begun = await engine.call('pages.read', {
    files: names.map((name) => ({ kind: 'path' as const, path: path.join(data, name) })),
  })
  pageIds = begun.pageIds
  for (;;) {
    const job = await engine.call('jobs.get', { jobId: begun.jobId })
    if (job.status === 'succeeded') break
    expect(['queued', 'running']).toContain(job.status)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}, 60_000)
afterAll(async () => {
  await engine.end('SIGTERM')
  rmSync(home, { recursive: true, force: true, maxRetries: 5 })
})

const pageOf = (pageId = '') => engine.call('pages.get', { pageId })
const found = async (text: string) => (await engine.call('pages.search', { text })).total

const glyphlab = (...args: string[]) => commandLine(home, ...args)

describe('find and replace over pages', () => {
  it('shows what it would do, does it, and takes it back as one', async () => {
    const preview = await engine.call('pages.previewReplace', {
      find: 'dog',
      replace: 'cat',
      ...how,
      limit: 5,
    })
    expect(preview).toMatchObject({ places: 8, pages: 2 })
    expect(preview.items.map(({ pageId, places, shown }) => [pageId, places, shown.length])).toEqual([
      [pageIds[0], 4, 4],
      [pageIds[1], 4, 1],
    ])
    expect(preview.items[0]?.shown[0]).toMatchObject({
      before: 'of file format. The quick brown'.split(' ').slice(-5).join(' '),
      found: 'dog',
      becomes: 'cat',
      after: 'jumped over the lazy fox.',
    })

    const before = await pageOf(pageIds[0])
    const made = await engine.call('pages.replace', { find: 'dog', replace: 'cat', ...how })
    expect(made).toMatchObject({ places: 8, pages: 2, undone: false, find: 'dog', replace: 'cat' })
    const after = await pageOf(pageIds[0])
    expect(after.text).toBe(before.text.replaceAll('dog', 'cat'))
    expect(after.words.map(({ box }) => box)).toEqual(before.words.map(({ box }) => box))
    expect(after.correctionCount).toBe(4)
    expect([await found('dog'), await found('cat')]).toEqual([0, 2])

    const changed = after.words.find(({ correction }) => correction === 'cat')
    await engine.call('pages.correctWord', {
      pageId: after.id,
      wordIndex: changed?.index ?? -1,
      text: 'hound',
    })
    expect(await engine.call('pages.undoReplace', { id: made.id })).toEqual({ restored: 7, kept: 1 })
    const restored = await pageOf(pageIds[0])
    expect(restored.text).toBe(before.text.replace('dog', 'hound'))
    expect(await found('cat')).toBe(0)
    expect(await engine.refusal('pages.undoReplace', { id: made.id })).toMatchObject({ code: 'CONFLICT' })
    await engine.call('pages.correctWord', { pageId: after.id, wordIndex: changed?.index ?? -1, text: null })
  })

  it('gives each word what it was corrected to before', async () => {
    const [pageId = ''] = pageIds
    await engine.call('pages.correctWord', { pageId, wordIndex: 0, text: 'That' })
    const { id, places } = await engine.call('pages.replace', {
      find: 'That is a',
      replace: 'What',
      pageIds: [pageId],
    })
    expect(places).toBe(1)
    expect((await pageOf(pageId)).text).toMatch(/^What lot of 12 point/)
    await engine.call('pages.undoReplace', { id })
    const page = await pageOf(pageId)
    expect(page.words.slice(0, 3).map(({ correction }) => correction)).toEqual(['That', null, null])
    await engine.call('pages.correctWord', { pageId, wordIndex: 0, text: null })
  })

  it('says where there is nothing to replace, and which page there is not', async () => {
    expect(await engine.refusal('pages.replace', { find: 'zebra', replace: 'x' })).toMatchObject({
      code: 'NOT_FOUND',
      message: '"zebra" is on none of the pages.',
    })
    expect(await engine.refusal('pages.replace', { find: 'fox', pageIds: ['none'] })).toMatchObject({
      code: 'NOT_FOUND',
      message: 'There is no page none.',
    })
    expect(await engine.refusal('pages.replace', { find: ' ' })).toMatchObject({ code: 'INVALID_INPUT' })
  })

  it('is a command', async () => {
    const preview = await glyphlab('pages', 'replace', 'lazy fox', 'slow fox', '--preview')
    expect(preview).toMatchObject({ code: 0, stderr: '' })
    expect(preview.stdout).toContain('[lazy fox. -> slow fox.]')
    expect(preview.stdout).toContain('8 places on 2 pages.')
    const [, second = ''] = pageIds
    const made = await glyphlab('pages', 'replace', 'lazy', 'slow', '--match-case', '--page', second)
    expect(made.stdout).toContain('4 places on 1 page replaced.')
    expect((await pageOf(second)).text).toContain('slow fox')
    expect((await pageOf(pageIds[0])).text).not.toContain('slow')
    expect((await glyphlab('pages', 'undo-replace')).stdout).toContain('4 words restored.')
    expect((await pageOf(second)).correctionCount).toBe(0)
    expect(await glyphlab('pages', 'undo-replace')).toMatchObject({
      code: 1,
      stderr: 'There is no replacement to take back.\n',
    })
  })
})

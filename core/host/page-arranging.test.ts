import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Page, PageChange, ReadingOptions } from '../contract/index.ts'
import { commandLine } from './testing/command-line.ts'
import { type ServedEngine, serveEngine } from './testing/serve.ts'

const data = path.resolve(import.meta.dirname, '../../data/ocr')

let home: string
let engine: ServedEngine
let pageId = ''
let other = ''
let read: Page

async function ended(jobId: string): Promise<void> {
  for (;;) {
    const job = await engine.call('jobs.get', { jobId })
    if (job.status === 'succeeded') return
    expect(['queued', 'running']).toContain(job.status)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function readAgain(id: string, options: Partial<ReadingOptions> = {}): Promise<Page> {
  const begun = await engine.call('pages.readAgain', { pageIds: [id], ...options })
  await ended(begun.jobId)
  return engine.call('pages.get', { pageId: begun.pageIds[0] ?? '' })
}

beforeAll(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'glyphlab arranging '))
  engine = await serveEngine(home)
  const begun = await engine.call('pages.read', {
    files: ['phototest.tif', 'simple.png'].map((name) => ({ kind: 'path', path: path.join(data, name) })),
  })
  ;[pageId = '', other = ''] = begun.pageIds
  await ended(begun.jobId)
  read = await engine.call('pages.get', { pageId })
}, 60_000)
afterAll(async () => {
  await engine.end('SIGTERM')
  rmSync(home, { recursive: true, force: true, maxRetries: 5 })
})

const arrange = (change: PageChange) => engine.call('pages.arrange', { pageId, change })
const undoAll = async () => {
  let page = await engine.call('pages.get', { pageId })
  while (page.undo !== null) page = await engine.call('pages.undo', { pageId })
  return page
}
beforeEach(async () => {
  await undoAll()
})
const listed = async () => (await engine.call('pages.list', {})).items.map(({ id }) => id)

const glyphlab = (...args: string[]) => commandLine(home, ...args)

describe('a page', () => {
  it('is turned and cropped with its words; the original stays, and comes back', async () => {
    const first = read.words[0]?.box
    const turned = await arrange({ kind: 'turn', degrees: 90 })
    expect(turned).toMatchObject({
      width: read.height,
      height: read.width,
      text: read.text,
      arrangement: { turn: 90, crop: null },
    })
    expect(turned.blob).not.toBe(read.blob)
    expect(turned.words[0]?.box).toEqual({
      x0: (read.height ?? 0) - (first?.y1 ?? 0),
      y0: first?.x0,
      x1: (read.height ?? 0) - (first?.y0 ?? 0),
      y1: first?.x1,
    })
    // Four turns are the original again, not a picture made of it.
    for (const degrees of [90, 180] as const) await arrange({ kind: 'turn', degrees })
    const whole = await engine.call('pages.get', { pageId })
    expect(whole).toMatchObject({ blob: read.blob, arrangement: null, undo: 'turn' })
    expect(whole.words.map(({ box }) => box)).toEqual(read.words.map(({ box }) => box))

    const cut = await arrange({ kind: 'crop', box: { x0: 0, y0: 0, x1: 640, y1: 240 } })
    expect(cut).toMatchObject({ width: 640, height: 240, arrangement: { turn: 0 } })
    expect(cut.wordCount).toBeLessThan(read.wordCount)
    const back = await undoAll()
    expect(back).toMatchObject({ blob: read.blob, width: read.width, text: read.text, arrangement: null })
    await expect(arrange({ kind: 'crop', box: { x0: 5, y0: 5, x1: 9, y1: 300 } })).rejects.toThrow(
      'Less than 8 px of the page would be left',
    )
  })

  it('is read again as it was arranged, and goes out as that', async () => {
    await arrange({ kind: 'turn', degrees: 180 })
    await arrange({ kind: 'turn', degrees: 180 })
    await arrange({ kind: 'crop', box: { x0: 0, y0: 125, x1: 640, y1: 375 } })
    const again = await readAgain(pageId)
    expect(again).toMatchObject({ width: 640, height: 250, status: 'read' })
    expect(again.text).not.toContain('This is a lot of 12')
    const { text } = await engine.call('pages.render', { pageIds: [again.id], format: 'alto' })
    expect(text).toContain('WIDTH="640" HEIGHT="250"')
    await engine.call('pages.delete', { pageIds: [again.id] })
    await undoAll()
  }, 30_000)

  it('is put into another document and back, and lists follow', async () => {
    expect(await listed()).toEqual([other, pageId])
    const { document } = await engine.call('pages.get', { pageId: other })
    expect(await arrange({ kind: 'move', to: 'behind', pageId: other })).toMatchObject({
      document,
      undo: 'move',
    })
    expect(await listed()).toEqual([other, pageId])
    await arrange({ kind: 'move', to: 'before', pageId: other })
    expect(await listed()).toEqual([pageId, other])
    expect(await undoAll()).toMatchObject({ document: read.document })
    await expect(arrange({ kind: 'move', to: 'before', pageId })).rejects.toThrow('beside itself')
  })

  it('is removed, is found no more, and is restored', async () => {
    expect(await engine.call('pages.remove', { pageIds: [pageId] })).toEqual({ removed: 1 })
    expect(await listed()).toEqual([other])
    expect((await engine.call('pages.search', { text: 'quick' })).total).toBe(0)
    expect((await engine.call('pages.removed', {})).map(({ id }) => id)).toEqual([pageId])
    expect(await engine.call('pages.restore', { pageIds: [pageId] })).toEqual({ restored: 1 })
    expect((await engine.call('pages.search', { text: 'quick' })).total).toBe(1)
  })

  it('is read by its regions in their order, without what is ignored; they go out as blocks', async () => {
    const region = (kind: 'text' | 'ignore', y0: number, y1: number) => ({
      kind,
      box: { x0: 20, y0, x1: 620, y1 },
    })
    await engine.call('pages.setRegions', {
      pageId,
      regions: [region('text', 189, 370), region('text', 80, 189), region('ignore', 80, 122)],
    })
    const again = await readAgain(pageId)
    expect(again.regions).toHaveLength(3)
    expect(again.text).toMatch(/^The quick brown dog/)
    expect(again.text).not.toContain('This is a lot')
    expect(again.text.indexOf('ocr code')).toBeGreaterThan(again.text.indexOf('The quick'))
    const { text } = await engine.call('pages.render', { pageIds: [again.id], format: 'page' })
    expect(text).toContain('points="20,189 620,189 620,370 20,370"')
    // Only what is ignored: all else is read as usual.
    await engine.call('pages.setRegions', { pageId, regions: [region('ignore', 80, 122)] })
    const masked = await readAgain(pageId)
    expect(masked.text).not.toContain('This is a lot')
    expect(masked.text).toContain('ocr code')
    expect((await undoAll()).regions).toEqual([])
    await engine.call('pages.delete', { pageIds: [again.id, masked.id] })
  }, 30_000)

  it('gets a missed word where it belongs, and loses it by undo', async () => {
    const dog = read.words.find(({ text }) => text === 'dog')
    const { x0 = 0, y0 = 0, y1 = 0 } = dog?.box ?? {}
    const edit = { kind: 'add' as const, box: { x0: x0 - 8, y0, x1: x0 - 2, y1 }, text: 'old' }
    const added = await engine.call('pages.editWords', { pageId, edit })
    expect(added.text).toContain('quick brown old dog')
    expect(added).toMatchObject({ wordCount: read.wordCount + 1, undo: 'add' })
    expect((await engine.call('pages.search', { text: 'old' })).total).toBe(1)
    const below = { kind: 'add' as const, box: { x0: 40, y0: 430, x1: 90, y1: 450 }, text: 'End' }
    expect((await engine.call('pages.editWords', { pageId, edit: below })).text).toMatch(/\nEnd\n$/)
    expect((await undoAll()).text).toBe(read.text)
    await expect(
      engine.call('pages.editWords', { pageId, edit: { ...edit, box: { x0: 9, y0: 9, x1: 9, y1: 9 } } }),
    ).rejects.toThrow('at least one pixel')
  })

  it('gets its regions from a script as in the window', async () => {
    const file = path.join(home, 'regions.json')
    writeFileSync(file, JSON.stringify([{ kind: 'text', box: { x0: 1, y0: 2, x1: 30, y1: 40 } }]))
    const drawn = glyphlab('pages', 'regions', pageId, '--file', file)
    expect((await drawn).stdout).toContain('"kind":"text"')
    writeFileSync(file, '[{"kind": "picture"}]')
    const refused = await glyphlab('pages', 'regions', pageId, '--file', file)
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('these are no regions')])
    await undoAll()
  }, 60_000)
})

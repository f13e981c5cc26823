import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Page, WordEdit } from '../contract/index.ts'
import { readAlto } from '../datasets/importers/alto.ts'
import { readHocr } from '../datasets/importers/hocr.ts'
import { readPageXml } from '../datasets/importers/page-xml.ts'
import { commandLine } from './testing/command-line.ts'
import { type ServedEngine, serveEngine } from './testing/serve.ts'

const data = path.resolve(import.meta.dirname, '../../data/ocr')

let home: string
let engine: ServedEngine
let pageId = ''
let read: Page
beforeAll(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'glyphlab words '))
  engine = await serveEngine(home)
  const begun = await engine.call('pages.read', {
    files: [{ kind: 'path', path: path.join(data, 'phototest.tif') }],
  })
  pageId = begun.pageIds[0] ?? ''
  for (;;) {
    const job = await engine.call('jobs.get', { jobId: begun.jobId })
    if (job.status === 'succeeded') break
    expect(['queued', 'running']).toContain(job.status)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  read = await engine.call('pages.get', { pageId })
}, 60_000)
afterAll(async () => {
  await engine.end('SIGTERM')
  rmSync(home, { recursive: true, force: true, maxRetries: 5 })
})

const edit = (wanted: WordEdit) => engine.call('pages.editWords', { pageId, edit: wanted })
const undoAll = async () => {
  let page = await engine.call('pages.get', { pageId })
  while (page.undo !== null) page = await engine.call('pages.undo', { pageId })
  return page
}
const indexOf = (page: Page, text: string) =>
  page.words.find((word) => (word.correction ?? word.text) === text)?.index ?? -1
const facts = (page: Page) =>
  page.words.map(({ text, correction, box, line, index }) => ({ text, correction, box, line, index }))

const glyphlab = (...args: string[]) => commandLine(home, ...args)

describe('words of a page', () => {
  it('are joined, split and moved; the text, the search and the boxes follow', async () => {
    const [quick, brown] = [indexOf(read, 'quick'), indexOf(read, 'brown')]
    const joined = await edit({ kind: 'join', words: [brown, quick] })
    expect(joined.wordCount).toBe(read.wordCount - 1)
    expect(joined.text).toContain('The quickbrown dog')
    const word = joined.words.find(({ correction }) => correction === 'quickbrown')
    expect(word).toMatchObject({ text: 'quick brown' })
    expect(word?.box.x0).toBe(read.words[quick]?.box.x0)
    expect(word?.box.x1).toBe(read.words[brown]?.box.x1)
    expect((await engine.call('pages.search', { text: 'quickbrown' })).total).toBe(1)

    const split = await edit({ kind: 'split', word: word?.index ?? -1, at: 5 })
    expect(split.text).toContain('The quick brown dog')
    const halves = split.words.slice(quick, quick + 2)
    expect(halves.map(({ correction }) => correction)).toEqual(['quick', 'brown'])
    expect(halves[0]?.box.x1).toBe(halves[1]?.box.x0)

    const box = { x0: 1, y0: 2, x1: 30, y1: 99_999 }
    const moved = await edit({ kind: 'box', word: halves[1]?.index ?? -1, box })
    expect(moved.words[quick + 1]).toMatchObject({
      correction: 'brown',
      box: { ...box, y1: read.height },
    })
    expect((await undoAll()).text).toBe(read.text)
  })

  it('are back to the last box after undo, and as edited after redo; a new step ends what could be done again', async () => {
    const fox = indexOf(read, 'fox.')
    const steps = [
      await edit({ kind: 'split', word: fox, at: 3 }),
      await engine.call('pages.correctWord', { pageId, wordIndex: indexOf(read, 'lazy'), text: 'idle' }),
      await edit({ kind: 'join', words: [indexOf(read, 'This'), indexOf(read, 'is')] }),
    ]
    expect(steps.map(({ undo }) => undo)).toEqual(['split', 'correct', 'join'])
    const back = await engine.call('pages.undo', { pageId })
    expect(facts(back)).toEqual(facts(steps[1] as Page))
    await engine.call('pages.undo', { pageId })
    const start = await engine.call('pages.undo', { pageId })
    expect(facts(start)).toEqual(facts(read))
    expect(start).toMatchObject({ undo: null, redo: 'split', correctionCount: 0 })
    await expect(engine.call('pages.undo', { pageId })).rejects.toThrow('Nothing was done on this page')
    for (const step of steps) expect(facts(await engine.call('pages.redo', { pageId }))).toEqual(facts(step))
    await engine.call('pages.undo', { pageId })
    expect((await engine.call('pages.correctWord', { pageId, wordIndex: 0, text: 'That' })).redo).toBeNull()
    await undoAll()
  })

  it('take a replacement of the batch back on this page alone, or on all with what was joined since left', async () => {
    const { id } = await engine.call('pages.replace', { find: 'dog', replace: 'cat' })
    expect((await engine.call('pages.undo', { pageId })).text).toBe(read.text)
    const redone = await engine.call('pages.redo', { pageId })
    expect(redone.text).toContain('brown cat jumped')
    const at = redone.words.findIndex(({ correction }) => correction === 'cat')
    const pair = redone.words.slice(at - 1, at + 1).map(({ index }) => index)
    await edit({ kind: 'join', words: pair })
    expect((await engine.call('pages.get', { pageId })).text).toContain('browncat jumped')
    expect(await engine.call('pages.undoReplace', { id })).toEqual({ restored: 3, kept: 1 })
    const { text } = await engine.call('pages.get', { pageId })
    expect(text.match(/dog/g)).toHaveLength(3)
    expect(text).toContain('browncat jumped')
    await undoAll()
  })

  it('refuse what makes no word, and say why', async () => {
    const [first, last] = [read.words[0]?.index ?? 0, read.words.at(-1)?.index ?? 0]
    await expect(edit({ kind: 'join', words: [first, last] })).rejects.toThrow('side by side in one line')
    await expect(edit({ kind: 'join', words: [first, 9_999] })).rejects.toThrow('not all on the page')
    await expect(edit({ kind: 'split', word: first, at: 40 })).rejects.toThrow("can't be split there")
    await expect(edit({ kind: 'box', word: first, box: { x0: 50, y0: 5, x1: 20, y1: 9 } })).rejects.toThrow(
      'at least one pixel',
    )
    expect((await engine.call('pages.get', { pageId })).undo).toBeNull()
  })

  it('go out to hOCR, ALTO and PAGE as they were edited, and come back with every word and box', async () => {
    await edit({ kind: 'join', words: [indexOf(read, 'This'), indexOf(read, 'is')] })
    await edit({ kind: 'split', word: indexOf(read, 'jumped'), at: 4 })
    const page = await edit({
      kind: 'box',
      word: indexOf(read, 'ocr'),
      box: { x0: 30, y0: 120, x1: 90, y1: 150 },
    })
    const wanted = page.words.map(({ text, correction, box }) => ({ text: correction ?? text, box }))
    const whole = (value: number) => Math.round(value)
    for (const [format, readBack] of [
      ['hocr', readHocr],
      ['alto', readAlto],
      ['page', readPageXml],
    ] as const) {
      const { text } = await engine.call('pages.render', { pageIds: [pageId], format })
      const [back] = readBack(Buffer.from(text), { path: `back.${format}`, file: '' })
      const words = back?.lines.flatMap((line) => line.words) ?? []
      expect(words.map((word) => word.text)).toEqual(wanted.map((word) => word.text))
      for (const [at, { box }] of words.entries()) {
        const own = wanted[at]?.box
        expect(Math.abs(whole(box?.x0 ?? -9) - (own?.x0 ?? 9))).toBeLessThanOrEqual(1)
        expect(Math.abs(whole(box?.y1 ?? -9) - (own?.y1 ?? 9))).toBeLessThanOrEqual(1)
      }
    }
    await undoAll()
  })

  it('are edited by a script as in the window', async () => {
    const quick = String(indexOf(read, 'quick'))
    expect((await glyphlab('pages', 'split', 'phototest.tif', quick, '2')).stdout).toContain('61 words now')
    const { stdout } = await glyphlab('pages', 'words', pageId)
    expect(stdout).toMatch(/qu -> qu\n.*ick -> ick/)
    expect((await glyphlab('pages', 'undo', pageId)).stdout).toBe('Taken back. Next: undo -, redo split.\n')
    const moved = await glyphlab('pages', 'move', pageId, quick, '10,20,30')
    expect(moved.code).not.toBe(0)
    expect(moved.stderr).toContain('left,top,right,bottom')
  })
})

import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseWay } from '../contract/index.ts'
import { type ServedEngine, serveEngine } from './testing/serve.ts'

const cli = path.join(import.meta.dirname, 'cli.ts')
const data = path.resolve(import.meta.dirname, '../../data/ocr')
const dogs = `This is a lot of 12 point text to test the
ocr code and see if it works on all types
of file format.

The quick brown dog jumped over the
lazy fox. The quick brown dog jumped
over the lazy fox. The quick brown dog
jumped over the lazy fox. The quick
brown dog jumped over the lazy fox.
`

let folder: string
let engine: ServedEngine
let photo = ''
let turned = ''
let simple = ''

const finished = async (jobId: string) => {
  for (;;) {
    const job = await engine.call('jobs.get', { jobId })
    if (!['queued', 'running'].includes(job.status)) return job
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const inFolder = (name: string, content: string): string => {
  const file = path.join(folder, name)
  writeFileSync(file, content)
  return file
}

function glyphlab(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', cli, ...args, '--home', path.join(folder, 'home')],
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    )
  })
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'glyphlab compare '))
  engine = await serveEngine(path.join(folder, 'home'))
  const names = ['phototest.tif', 'phototest-rotated-180.png', 'simple.png']
  const { jobId, pageIds } = await engine.call('pages.read', {
    files: names.map((name) => ({ kind: 'path' as const, path: path.join(data, name) })),
  })
  ;[photo = '', turned = '', simple = ''] = pageIds
  expect((await finished(jobId)).status).toBe('succeeded')
}, 60_000)
afterAll(async () => {
  await engine.end('SIGTERM')
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
})

describe('what really stands on pages', () => {
  it('comes from PAGE XML, ALTO and text files by the pictures’ names; what finds no page is named with the reason', async () => {
    const exported = await engine.call('pages.render', { pageIds: [simple], format: 'page' })
    const alto = await engine.call('pages.render', { pageIds: [turned], format: 'alto' })
    const files = [
      inFolder('PhotoTest.gt.txt', `\uFEFF${dogs}`),
      inFolder('page.xml', exported.text),
      inFolder('described.xml', alto.text),
      inFolder('stranger.txt', 'nobody read this'),
      inFolder('phototest.xml', '<html><body>no text of a page</body></html>'),
      path.join(folder, 'missing.txt'),
    ]
    const answer = await engine.call('pages.importText', {
      files: files.map((file) => ({ kind: 'path', path: file })),
    })
    expect(answer.pages.map(({ pageId, file }) => [file, pageId])).toEqual([
      ['PhotoTest.gt.txt', photo],
      ['page.xml', simple],
      ['described.xml', turned],
    ])
    expect(answer.unmatched.map(({ file }) => file)).toEqual(['stranger.txt', 'phototest.xml', 'missing.txt'])
    expect(answer.unmatched[1]?.reason).toContain('neither PAGE XML, ALTO, hOCR nor plain text')
    const [said, read] = await Promise.all([
      engine.call('pages.truth', { pageId: simple }),
      engine.call('pages.get', { pageId: simple }),
    ])
    expect(said).toMatchObject({ source: 'imported', origin: 'page.xml' })
    expect(said?.text.split(/\s+/)).toEqual(read.text.trim().split(/\s+/))
  })

  it('is typed and taken back, and holds for the same picture read again', async () => {
    await engine.call('pages.setTruth', { pageId: simple, text: 'typed' })
    const again = await engine.call('pages.readAgain', { pageIds: [simple] })
    await finished(again.jobId)
    const pageId = again.pageIds[0] ?? ''
    expect(await engine.call('pages.truth', { pageId })).toMatchObject({ text: 'typed', source: 'typed' })
    await engine.call('pages.setTruth', { pageId, text: null })
    expect(await engine.call('pages.truth', { pageId: simple })).toBeNull()
    await engine.call('pages.delete', { pageIds: [pageId] })
  })
})

describe('a comparison of ways to read', () => {
  it('refuses pages of which nobody has said what stands there, by name', async () => {
    await expect(
      engine.call('pages.compare', { pageIds: [simple], ways: [parseWay('tesseract')] }),
    ).rejects.toThrow('simple.png: nobody has said what stands there')
  })

  it('measures each way, shows where it differs, and is a run for each', async () => {
    const correct = await glyphlab('ocr', 'truth', 'set', 'phototest.tif', '--text', dogs)
    expect(correct).toMatchObject({ code: 0 })
    const answer = await glyphlab(
      'ocr',
      'compare',
      'phototest.tif',
      turned,
      '--way',
      'tesseract',
      '--way',
      'tesseract psm=7 preprocess=none',
      '--way',
      'ppocr',
      '--name',
      'dogs',
      '--json',
    )
    expect(answer.stderr).toBe('')
    expect(answer.code).toBe(0)
    const [listed] = await engine.call('pages.comparisons', {})
    expect(listed).toMatchObject({ name: 'dogs', pageCount: 2 })
    const found = await engine.call('pages.comparison', { id: listed?.id ?? '' })
    expect(JSON.parse(answer.stdout)).toEqual(JSON.parse(JSON.stringify(found)))
    const [columns, oneLine, ppocr] = found.ways
    expect(found.ways.map(({ done, failed }) => [done, failed])).toEqual([
      [2, 0],
      [2, 0],
      [2, 0],
    ])
    // The other page's truth is what Tesseract read of it.
    expect(columns?.cer?.rate).toBe(0)
    expect(columns?.behind).toBeNull()
    // A page taken for one line, one of them upside down, is misread as a whole.
    expect(oneLine?.cer?.rate).toBeGreaterThan(0.8)
    expect(oneLine?.behind?.interval?.[0]).toBeGreaterThan(0.5)
    expect(ppocr?.cer?.rate).toBeLessThan(0.02)

    const difference = await engine.call('pages.comparisonPage', { id: found.id, page: 0 })
    expect(difference.ways[0]?.parts).toHaveLength(1)
    const misread = difference.ways[1]?.parts.flatMap((part) =>
      part.kind === 'different' ? part.truth.split(/\s+/) : [],
    )
    expect(misread).toContain('dog')
    const shown = await glyphlab('ocr', 'differences', found.id, '--page', 'phototest.tif')
    expect(shown.stdout).toContain('== phototest.tif, tesseract: 0 differences')

    const run = await engine.call('runs.get', { runId: oneLine?.runId ?? '' })
    expect(run).toMatchObject({ status: 'FINISHED', experiment: 'OCR comparisons' })
    expect(run.params).toMatchObject({ engine: 'tesseract', psm: '7', preprocessing: 'none', pages: '2' })
    expect(run.metrics['cer']?.value).toBeCloseTo(oneLine?.cer?.rate ?? -1)
    expect(run.metrics['page_cer']?.count).toBe(2)
  }, 60_000)

  it('counts a page that can’t be read as missing, and goes on with the others', async () => {
    await engine.call('pages.setTruth', { pageId: simple, text: 'two words' })
    const { id, jobId, runIds } = await engine.call('pages.compare', {
      pageIds: [photo, simple],
      ways: [{ ...parseWay('tesseract'), pageLimit: 1 }, parseWay('tesseract psm=6')],
      experiment: 'limits',
    })
    await engine.call('pages.delete', { pageIds: [simple] })
    expect((await finished(jobId)).status).toBe('succeeded')
    const found = await engine.call('pages.comparison', { id })
    expect(found.ways[1]).toMatchObject({ done: 2, failed: 1 })
    const missing = found.readings.find(({ way, page }) => way === 1 && page === 1)
    expect(missing).toMatchObject({ cer: 1, wer: 1 })
    expect(missing?.error).toContain('page')
    await engine.call('pages.deleteComparison', { id })
    await expect(engine.call('pages.comparison', { id })).rejects.toThrow('There is no comparison')
    expect((await engine.call('runs.get', { runId: runIds[1] ?? '' })).status).toBe('FINISHED')
  }, 60_000)

  it('understands ways as they are written, and says what it does not', () => {
    expect(parseWay('my letters@champion lines=ppocr psm=6')).toMatchObject({
      engine: 'my letters@champion',
      lines: 'ppocr',
      psm: 6,
      preprocessing: 'auto',
    })
    expect(() => parseWay('tesseract psm=2')).toThrow('psm=2')
    expect(() => parseWay('tesseract speed=9')).toThrow('names no engine')
    expect(() => parseWay('tesseract preprocess=wash')).toThrow('"wash" is no step')
  })
})

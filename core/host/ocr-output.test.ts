import { execFile } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ServedEngine, serveEngine } from './testing/serve.ts'

const cli = path.join(import.meta.dirname, 'cli.ts')
const data = path.resolve(import.meta.dirname, '../../data/ocr')

let folder: string
let home: string
let engine: ServedEngine
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'glyphlab ocr output '))
  home = path.join(folder, 'home')
  engine = await serveEngine(home)
}, 60_000)
afterAll(async () => {
  await engine.end('SIGTERM')
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
})

interface Answer {
  code: number
  stdout: string
  lines: Record<string, unknown>[]
}

function glyphlab(...args: string[]): Promise<Answer> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', cli, ...args, '--home', home],
      { cwd: folder },
      (error, stdout) => {
        const lines = stdout.split('\n').filter((line) => line.startsWith('{'))
        resolve({
          code: typeof error?.code === 'number' ? error.code : 0,
          stdout,
          lines: args.includes('--json') ? lines.map((line) => JSON.parse(line)) : [],
        })
      },
    )
  })
}

const finished = async (jobId: string) => {
  for (;;) {
    const job = await engine.call('jobs.get', { jobId })
    if (!['queued', 'running'].includes(job.status)) return job
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const scans = (): string => {
  const source = mkdtempSync(path.join(folder, 'scans-'))
  mkdirSync(path.join(source, 'deeper'))
  copyFileSync(path.join(data, 'phototest.tif'), path.join(source, 'a: page?.tif'))
  copyFileSync(path.join(data, 'simple.png'), path.join(source, 'simple.png'))
  copyFileSync(path.join(data, 'simple-90.jpg'), path.join(source, 'deeper', 'simple.jpg'))
  writeFileSync(path.join(source, 'broken.png'), '')
  writeFileSync(path.join(source, 'notes.txt'), 'no picture')
  return source
}

describe('glyphlab ocr', () => {
  it('reads folders and writes a file a page; one bad file fails alone and is named', async () => {
    const source = scans()
    const out = path.join(folder, 'out')
    const answer = await glyphlab(
      'ocr',
      source,
      '--recursive',
      '--format',
      'hocr',
      '--pictures',
      '--out',
      out,
      '--json',
    )
    expect(answer.code).toBe(1)
    expect(answer.lines).toMatchObject([
      { file: path.join(source, 'broken.png'), error: { code: 'UNREADABLE_FILE' } },
      { format: 'hocr', directory: out, pages: 3, warnings: [] },
    ])
    expect(readdirSync(out).sort()).toEqual(
      [
        'a_ page_.hocr',
        'a_ page_.tif',
        'glyphlab-export.json',
        'simple-2.hocr',
        'simple-2.png',
        'simple.hocr',
        'simple.jpg',
      ].sort(),
    )
    expect(readFileSync(path.join(out, 'a_ page_.hocr'), 'utf8')).toContain('image &quot;a_ page_.tif&quot;')
    const about = JSON.parse(readFileSync(path.join(out, 'glyphlab-export.json'), 'utf8')) as {
      pages: { languageDigest: string }[]
    }
    expect(about.pages[0]?.languageDigest).toMatch(/^[0-9a-f]{64}$/)

    const again = await glyphlab(
      'ocr',
      path.join(source, 'simple.png'),
      '--format',
      'hocr',
      '--out',
      out,
      '--json',
    )
    expect(again).toMatchObject({ code: 1, lines: [{ error: { code: 'CONFLICT' } }] })
  }, 60_000)

  it('takes patterns, and writes all pages into one file that is never written over', async () => {
    const source = scans()
    const file = path.join(folder, 'all.pdf')
    const first = await glyphlab('ocr', `${source}/*.{tif,png}`, '--format', 'pdf', '--out', file, '--json')
    expect(first.code).toBe(1)
    expect(first.lines.at(-1)).toMatchObject({ file, pages: 2, files: 1 })
    const bytes = readFileSync(file)
    expect(bytes.toString('latin1').match(/\/Type \/Page /g)).toHaveLength(2)
    const second = await glyphlab('ocr', `${source}/simple.png`, '--format', 'pdf', '--out', file, '--json')
    expect(second).toMatchObject({ code: 1, lines: [{ error: { code: 'CONFLICT' } }] })
    expect(readFileSync(file).equals(bytes)).toBe(true)
    expect(readdirSync(folder).filter((name) => name.includes('.exporting-'))).toEqual([])
  }, 60_000)

  it('prints text formats, writes several formats side by side, and refuses what can’t be before it reads', async () => {
    const simple = path.join(data, 'simple.png')
    const printed = await glyphlab('ocr', simple, '--format', 'tsv')
    expect(printed.code).toBe(0)
    expect(printed.stdout).toMatch(/^level\tpage_num/)
    const out = path.join(folder, 'several')
    expect((await glyphlab('ocr', simple, '--format', 'txt,docx', '--out', out)).code).toBe(0)
    expect(existsSync(path.join(out, 'txt', 'simple.txt'))).toBe(true)
    expect(existsSync(path.join(out, 'docx', 'simple.docx'))).toBe(true)
    const unknown = await glyphlab('ocr', simple, '--format', 'odt', '--json')
    expect(unknown).toMatchObject({ code: 1, lines: [{ error: { code: 'INVALID_INPUT' } }] })
    const terminal = await glyphlab('ocr', simple, '--format', 'pdf', '--json')
    expect(terminal).toMatchObject({ code: 1, lines: [{ error: { code: 'INVALID_INPUT' } }] })
    const nothing = await glyphlab('ocr', path.join(folder, '*.nothing'), '--json')
    expect(nothing).toMatchObject({ code: 1, lines: [{ error: { code: 'NOT_FOUND' } }] })
  }, 60_000)
})

describe('what was read', () => {
  it('is found by its words, as corrected, and no longer once it is deleted', async () => {
    const read = await engine.call('pages.read', {
      files: [{ kind: 'path', path: path.join(data, 'phototest.tif') }],
    })
    await finished(read.jobId)
    const [pageId = ''] = read.pageIds
    const find = (text: string) => engine.call('pages.search', { text, pageId })
    const page = await engine.call('pages.get', { pageId })

    const both = await find('lazy quick')
    expect(both.items[0]?.words.map(({ index }) => page.words[index]?.text)).toEqual(
      page.words.filter(({ text }) => ['lazy', 'quick'].includes(text)).map(({ text }) => text),
    )
    expect(both.items[0]?.words[0]?.box).toEqual(page.words[both.items[0]?.words[0]?.index ?? -1]?.box)
    expect(both.items[0]?.snippet.filter(({ hit }) => hit)[0]).toMatchObject({ text: 'quick', hit: true })

    const phrase = await find('"brown dog"')
    const pairs = phrase.items[0]?.words.map(({ index }) => page.words[index]?.text)
    expect(new Set(pairs)).toEqual(new Set(['brown', 'dog']))
    expect(await find('"dog brown"')).toEqual({ total: 0, items: [] })
    expect((await find('lazy absent')).total).toBe(0)
    expect((await find('qui')).total).toBe(1)
    for (const odd of ['', '  ', '"', '***', 'a OR', '(', 'NEAR(', '-', "'; --"])
      expect((await find(odd)).items.length).toBeLessThanOrEqual(1)

    const lazy = page.words.find(({ text }) => text === 'lazy')?.index ?? -1
    await engine.call('pages.correctWord', { pageId, wordIndex: lazy, text: 'drèsden night' })
    expect((await find('dresden')).items[0]?.words.map(({ index }) => index)).toEqual([lazy])
    expect((await glyphlab('ocr', 'search', 'dresden night', '--json')).lines[0]).toMatchObject({ pageId })
    await engine.call('pages.correctWord', { pageId, wordIndex: lazy, text: null })
    expect((await find('dresden')).total).toBe(0)
    expect(await glyphlab('ocr', 'search', 'dresden')).toMatchObject({ code: 1 })

    await engine.call('pages.delete', { pageIds: [pageId] })
    expect((await find('quick')).total).toBe(0)
  }, 60_000)

  it('becomes a dataset of its corrected lines, words or pages, grouped by page', async () => {
    const read = await engine.call('pages.read', {
      files: [
        { kind: 'path', path: path.join(data, 'phototest.tif') },
        { kind: 'path', path: path.join(data, 'simple-90.jpg') },
      ],
    })
    await finished(read.jobId)
    const [photo = '', simple = ''] = read.pageIds
    const none = { name: 'Corrections', pageIds: [photo], onlyCorrected: true }
    const refused = await finished((await engine.call('pages.toDataset', none)).jobId)
    expect(refused.error?.code).toBe('INVALID_INPUT')

    await engine.call('pages.correctWord', { pageId: photo, wordIndex: 0, text: 'That' })
    await engine.call('pages.correctWord', { pageId: simple, wordIndex: 0, text: 'Corrected' })
    const samplesOf = async (input: object) => {
      const { jobId } = await engine.call('pages.toDataset', { name: 'Corrections', ...input })
      const job = await finished(jobId)
      expect(job.error).toBeNull()
      const versionId = String(job.result?.['datasetVersionId'])
      return (await engine.call('datasets.samples', { versionId })).items
    }
    const page = await engine.call('pages.get', { pageId: photo })
    const lines = await samplesOf({ onlyCorrected: true })
    expect(lines.map(({ text, group }) => [text, group])).toEqual([
      ['That is a lot of 12 point text to test the', 'phototest.tif'],
      ['Corrected', 'simple-90.jpg'],
    ])
    const words = await samplesOf({ pageIds: [photo], unit: 'words' })
    expect(words.map(({ text }) => text)).toEqual(
      page.words.map(({ text, correction }) => correction ?? text),
    )
    expect(words[1]?.width).toBe((page.words[1]?.box.x1 ?? 0) - (page.words[1]?.box.x0 ?? 0))
    const pages = await samplesOf({ pageIds: [photo], unit: 'pages' })
    expect(pages).toMatchObject([{ path: 'phototest.tif', hash: page.blob }])
    expect(pages[0]?.boxes[0]?.text).toBe('That is a lot of 12 point text to test the')
    expect(readdirSync(path.join(home, 'work')).filter((name) => name.startsWith('pages-'))).toEqual([])
    const byScript = await glyphlab('ocr', 'dataset', '--name', 'Corrections', '--json')
    expect(byScript.lines[0]).toMatchObject({ datasetName: 'Corrections', number: 4 })
  }, 60_000)
})

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OutputPage } from './output.ts'
import { searchablePdf } from './pdf.ts'
import { drawnPage, readPages, written } from './testing/pages.ts'

const has = (program: string): boolean => spawnSync(program, ['--version']).error === undefined
const hasPoppler = has('pdftotext')
const data = (name: string): string => path.resolve('data/ocr', name)

let folder: string
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'glyphlab-pdf-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const run = (program: string, ...args: string[]): string => execFileSync(program, args, { encoding: 'utf8' })

async function pdfOf(pages: OutputPage[], resolution = 300): Promise<{ file: string; bytes: Buffer }> {
  const bytes = await written(searchablePdf, pages, { resolution })
  const file = path.join(folder, `${pages[0]?.name}.pdf`)
  writeFileSync(file, bytes)
  return { file, bytes }
}

const white = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: '#fff' } })

describe('a searchable PDF', () => {
  let pages: OutputPage[]
  beforeAll(async () => {
    pages = await readPages([data('phototest.tif'), data('simple-90.jpg')])
  }, 60_000)

  it.skipIf(!has('qpdf'))('is sound to qpdf', async () => {
    const { file } = await pdfOf(pages)
    expect(run('qpdf', '--check', file)).toContain('No syntax or stream encoding errors found')
  })

  it('holds a JPEG byte for byte, whatever its orientation', async () => {
    const { bytes } = await pdfOf(pages)
    expect(bytes.includes(readFileSync(data('simple-90.jpg')))).toBe(true)
  })

  it.skipIf(!hasPoppler)('gives its words in order to who searches', async () => {
    const { file } = await pdfOf(pages)
    const text = run('pdftotext', file, '-')
    expect(text.split('\f').map((page) => page.split(/\s+/).filter(Boolean))).toEqual([
      ...pages.map((page) => page.words.map(({ text: word }) => word)),
      [],
    ])
  })

  it.skipIf(!hasPoppler)('shows the picture as it is and nothing of the text', async () => {
    const { file } = await pdfOf(pages)
    for (const [at, page] of pages.entries()) {
      const drawn = path.join(folder, 'drawn')
      const size = ['-scale-to-x', String(page.width), '-scale-to-y', String(page.height)]
      run('pdftoppm', '-png', '-singlefile', '-f', String(at + 1), ...size, file, drawn)
      const [was, is] = await Promise.all(
        [await page.picture(), readFileSync(`${drawn}.png`)].map((bytes) =>
          sharp(bytes).autoOrient().greyscale().resize(64, 64, { fit: 'fill' }).raw().toBuffer(),
        ),
      )
      const difference = [...(was ?? [])].map((value, index) => Math.abs(value - (is?.[index] ?? 0)))
      expect(difference.reduce((sum, value) => sum + value, 0) / difference.length).toBeLessThan(3)
    }
  })

  it.skipIf(!hasPoppler)('has the size that the resolution says, or the one assumed', async () => {
    const a4 = await drawnPage(await white(1654, 2339).withMetadata({ density: 200 }).png().toBuffer(), [
      'A4',
    ])
    const a5 = await drawnPage(await white(874, 1240).png().toBuffer(), ['A5'])
    const sizeOf = (file: string) =>
      /Page size:\s+([\d.]+) x ([\d.]+)/.exec(run('pdfinfo', file))?.slice(1).map(Number)
    expect(sizeOf((await pdfOf([a4])).file)).toEqual([595.44, 842.04])
    expect(sizeOf((await pdfOf([a5], 150)).file)).toEqual([419.52, 595.2])
  })

  it.skipIf(!hasPoppler)('is found in every script, from right to left too', async () => {
    const lines = [
      'Ελληνικά και русский язык',
      'שלום עולם טוב',
      'مرحبا بالعالم العربي',
      '汉字 かな 한국어',
      'größer naïve 𝔘𝔫𝔦 😀 end',
    ]
    const { file } = await pdfOf([await drawnPage(await white(800, 400).png().toBuffer(), lines)])
    const marks = /[\u200e\u200f\u202a-\u202e]/g
    const text = run('pdftotext', file, '-').replace(marks, '')
    for (const line of lines) expect(text.normalize('NFC')).toContain(line)
    if (has('qpdf')) expect(run('qpdf', '--check', file)).toContain('No syntax')
  })

  it.skipIf(!hasPoppler)('keeps every kind of PNG without loss', async () => {
    const grey = white(40, 30).greyscale()
    const kinds = {
      colour: await white(40, 30).png().toBuffer(),
      palette: await white(40, 30).png({ palette: true }).toBuffer(),
      grey: await grey.clone().png().toBuffer(),
      interlaced: await grey.clone().png({ progressive: true }).toBuffer(),
      transparent: await white(40, 30).ensureAlpha(0.5).png().toBuffer(),
      bilevel: await sharp(await grey.clone().png().toBuffer())
        .toColourspace('b-w')
        .tiff({ bitdepth: 1, compression: 'ccittfax4' })
        .toBuffer(),
      inks: await white(40, 30).toColourspace('cmyk').jpeg().toBuffer(),
    }
    for (const [kind, picture] of Object.entries(kinds)) {
      const { file } = await pdfOf([{ ...(await drawnPage(picture, ['x'])), name: kind }])
      const drawn = path.join(folder, kind)
      run('pdftoppm', '-png', '-singlefile', '-r', '300', file, drawn)
      const { channels } = await sharp(readFileSync(`${drawn}.png`)).stats()
      expect([kind, ...channels.map(({ min }) => min)]).toEqual([kind, 255, 255, 255])
    }
  })

  it.skipIf(!hasPoppler)('keeps the columns of a page apart, and lines that lie askew together', async () => {
    const column = (x: number, block: number, words: string[]) =>
      words.map((text, at) => ({
        text,
        read: null,
        confidence: 1,
        box: {
          x0: x + (at % 2) * 150,
          y0: 100 + at * 20 + (at % 2) * 4,
          x1: x + 130 + (at % 2) * 150,
          y1: 130 + at * 20 + (at % 2) * 4,
        },
        line: block * 10 + Math.floor(at / 2),
        block,
      }))
    const page = await drawnPage(await white(900, 400).png().toBuffer(), ['x'])
    const words = [
      ...column(20, 0, ['left1', 'left2', 'left3', 'left4', 'left5', 'left6']),
      ...column(480, 1, ['right1', 'right2', 'right3', 'right4', 'right5', 'right6']),
    ]
    const { file } = await pdfOf([{ ...page, name: 'columns', words }])
    expect(run('pdftotext', file, '-').split(/\s+/).filter(Boolean)).toEqual(words.map(({ text }) => text))
  })

  it.skipIf(!hasPoppler)(
    'finds the words of a page that lies on its side',
    async () => {
      const turned = await sharp(data('phototest.tif')).rotate(90).png().toBuffer()
      writeFileSync(path.join(folder, 'turned.png'), turned)
      const read = await readPages([path.join(folder, 'turned.png')])
      const { file } = await pdfOf(read)
      // In the order in which the file has it: poppler arranges turned text by rules of its own.
      const found = run('pdftotext', '-raw', file, '-').split(/\s+/).filter(Boolean)
      expect(found).toEqual(read[0]?.words.map(({ text }) => text))
    },
    60_000,
  )
})

import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp, { type Sharp } from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { characterErrorRate } from '../../evaluation/character-error-rate.ts'
import type { OcrEngine } from './engine.ts'
import { createTesseractEngine } from './tesseract.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const languageDirectory = join(root, 'node_modules/@tesseract.js-data/eng/4.0.0_best_int')
const sample = (name: string) => readFile(join(root, 'data/ocr', name))
const shared = join(root, '../shared/data/ocr-tesseract-test/testing')

const workingDirectory = process.cwd()
let emptyDirectory: string
let engine: OcrEngine
let pageText: string

beforeAll(async () => {
  emptyDirectory = await mkdtemp(join(tmpdir(), 'glyphlab-ocr-'))
  process.chdir(emptyDirectory)
  pageText = (await sample('phototest.txt')).toString()
  engine = createTesseractEngine({ languageDirectory })
})
afterAll(async () => {
  await engine.close()
  process.chdir(workingDirectory)
  await rm(emptyDirectory, { recursive: true })
})

test('a page of text is read exactly, with its lines, paragraphs and word boxes', async () => {
  const reading = await engine.read(await sample('phototest.tif'), 'phototest.tif')
  expect(reading.text).toBe(pageText)
  expect(reading).toMatchObject({
    engine: 'tesseract',
    language: 'eng',
    width: 640,
    height: 480,
    warnings: [],
  })
  expect(reading.confidence).toBeGreaterThan(0.9)
  expect(reading.words[0]).toMatchObject({ text: 'This', line: 0, block: 0 })
  expect(reading.words[0]?.box).toEqual({ x0: 36, y0: 92, x1: 96, y1: 116 })
  expect(reading.words.at(-1)).toMatchObject({ text: 'fox.', line: 7, block: 1 })
})

test('nothing is written into the working directory', async () => {
  await engine.read(await sample('simple.png'), 'simple.png')
  expect(await readdir(emptyDirectory)).toEqual([])
})

test.each(['simple.png', 'simple.jpg', 'simple.gif', 'simple.webp'])('%s is read', async (name) => {
  expect(await engine.read(await sample(name), name)).toMatchObject({ text: 'Tesseract.js\n', warnings: [] })
})

test.each(['simple-90.jpg', 'simple-180.jpg', 'simple-270.jpg'])(
  '%s is turned once, by its EXIF orientation, and its boxes lie on the displayed picture',
  async (name) => {
    const reading = await engine.read(await sample(name), name)
    expect(reading).toMatchObject({ text: 'Tesseract.js\n', width: 320, height: 180, warnings: [] })
    expect(reading.words[0]?.box).toEqual({ x0: 82, y0: 76, x1: 216, y1: 99 })
  },
)

// Where "This" lies on the page, turned with it.
test.each([
  ['phototest-rotated-180.png', { x0: 544, y0: 364, x1: 604, y1: 388 }],
  ['phototest-rotated-L.png', { x0: 92, y0: 544, x1: 116, y1: 604 }],
  ['phototest-rotated-R.png', { x0: 364, y0: 36, x1: 388, y1: 96 }],
])('%s, a page lying turned, is read exactly with boxes on the picture as it lies', async (name, box) => {
  const reading = await engine.read(await sample(name), name)
  expect(reading.text).toBe(pageText)
  expect(reading.words[0]).toMatchObject({ text: 'This', box })
  if (!name.includes('-R')) expect(reading.warnings.join()).toMatch('turned by 180 degrees')
})

test('a large page upside down is read exactly, with boxes on the picture as it lies', async () => {
  const bytes = await sharp(await sample('phototest-rotated-180.png'))
    .resize(1280, 960)
    .png()
    .toBuffer()
  const reading = await engine.read(bytes, 'large.png')
  expect(reading.text).toBe(pageText)
  const { x0 = 0, y0 = 0 } = reading.words[0]?.box ?? {}
  expect(Math.abs(x0 - 2 * 544)).toBeLessThan(5)
  expect(Math.abs(y0 - 2 * 364)).toBeLessThan(5)
  expect(reading.warnings.join()).toMatch('turned by 180 degrees')
})

test.each([
  ['16-bit grey', (page: Sharp) => page.toColourspace('grey16').png()],
  ['a palette of two colours', (page: Sharp) => page.png({ palette: true, colours: 2 })],
  ['CMYK', (page: Sharp) => page.toColourspace('cmyk').jpeg({ quality: 95 })],
  ['text on a transparent ground', (page: Sharp) => page.toColourspace('srgb').unflatten().png()],
  ['AVIF', (page: Sharp) => page.avif({ quality: 90 })],
])('%s is read as a person sees it', async (_, convert) => {
  const bytes = await convert(sharp(await sample('phototest.tif'))).toBuffer()
  expect((await engine.read(bytes, 'page')).text).toBe(pageText)
})

test('a blank picture says that no text was found', async () => {
  const blank = await sharp({ create: { width: 600, height: 400, channels: 3, background: 'white' } })
    .png()
    .toBuffer()
  const reading = await engine.read(blank, 'blank.png')
  expect(reading).toMatchObject({ text: '', confidence: null, words: [] })
  expect(reading.warnings.join()).toMatch('No text was found')
})

test('a file of three pages says that page 1 of 3 was read', async () => {
  const page = await sharp(await sample('phototest.tif'))
    .png()
    .toBuffer()
  const bytes = await sharp([page, page, page], { join: { animated: true } })
    .tiff()
    .toBuffer()
  const reading = await engine.read(bytes, 'three.tif')
  expect(reading).toMatchObject({ text: pageText, height: 480 })
  expect(reading.warnings.join()).toMatch('The file has 3 pages')
})

test('a picture 53,234 px tall is read in strips, with boxes on the whole picture', async () => {
  const page = await sharp(await sample('phototest.tif'))
    .png()
    .toBuffer()
  const tops = [0, 26_000, 52_700]
  const tall = await sharp({
    create: { width: 640, height: 53_234, channels: 3, background: 'white' },
    limitInputPixels: false,
  })
    .composite(tops.map((top) => ({ input: page, left: 0, top })))
    .png()
    .toBuffer()
  const reading = await engine.read(tall, 'tall.png')
  expect(reading.text).toBe([pageText, pageText, pageText].join('\n'))
  expect(reading.words.filter((word) => word.text === 'This').map((word) => word.box.y0)).toEqual(
    tops.map((top) => top + 92),
  )
  expect(reading.words.at(-1)).toMatchObject({ line: 23, block: 5 })
  expect(reading.warnings.join()).toMatch(/53234 px tall.* strips/)
})

test('a picture of more than 50 million pixels is scaled down, with boxes on the original', async () => {
  const page = await sharp(await sample('phototest.tif'))
    .resize(1280, 960)
    .png()
    .toBuffer()
  const huge = await sharp({ create: { width: 9600, height: 7200, channels: 3, background: 'white' } })
    .composite([{ input: page, left: 3000, top: 2000 }])
    .png({ compressionLevel: 1 })
    .toBuffer()
  const reading = await engine.read(huge, 'huge.png')
  expect(characterErrorRate(pageText, reading.text)).toBeLessThan(0.01)
  expect(reading).toMatchObject({ width: 9600, height: 7200 })
  expect(reading.words[0]?.text).toBe('This')
  expect(Math.abs((reading.words[0]?.box.x0 ?? 0) - 3072)).toBeLessThan(5)
  expect(Math.abs((reading.words[0]?.box.y0 ?? 0) - 2184)).toBeLessThan(5)
  expect(reading.warnings.join()).toMatch('9600 x 7200 px: it was read at 85 % of its size')
})

test('broken pictures are refused by name and the engine reads on', async () => {
  const jpeg = await sample('simple.jpg')
  const refused = [
    ['empty.png', Buffer.alloc(0), /^empty\.png: the file is empty/],
    ['cut.jpg', jpeg.subarray(0, jpeg.length / 2), /^cut\.jpg: the picture is damaged/],
    ['notes.txt', Buffer.from('no picture'), /^notes\.txt: not a picture/],
  ] as const
  for (const [name, bytes, message] of refused) {
    await expect(engine.read(bytes, name)).rejects.toMatchObject({
      code: 'UNREADABLE_FILE',
      message: expect.stringMatching(message),
    })
  }
  expect((await engine.read(jpeg, 'simple.jpg')).text).toBe('Tesseract.js\n')
})

test('a page over its time limit is given up, and the engine can be closed', async () => {
  const hasty = createTesseractEngine({ languageDirectory, pageTimeoutMs: 20 })
  for (const name of ['first.tif', 'second.tif']) {
    await expect(hasty.read(await sample('phototest.tif'), name)).rejects.toMatchObject({
      code: 'TIMED_OUT',
      message: expect.stringMatching(`${name}: reading took longer than the limit of 0.02 s`),
    })
  }
  await hasty.close()
})

test('closing the engine rejects what it reads and what waits, and does not hang', async () => {
  const closing = createTesseractEngine({ languageDirectory })
  await closing.read(await sample('simple.png'), 'simple.png')
  const page = await sample('phototest.tif')
  const reads = [closing.read(page, 'running.tif'), closing.read(page, 'waiting.tif')]
  const outcomes = Promise.allSettled(reads)
  await new Promise((resolve) => setTimeout(resolve, 50))
  await closing.close()
  for (const outcome of await outcomes) expect(outcome).toMatchObject({ reason: { code: 'CANCELLED' } })
  await expect(closing.read(page, 'late.tif')).rejects.toMatchObject({ code: 'CANCELLED' })
})

test.skipIf(!existsSync(shared)).each([
  ['8087_054.3B', 0.078],
  ['8071_093.3B', 0.0945],
  ['eurotext', 0.022],
])('%s, a whole page in columns, is read in order', async (name, limit) => {
  const truth = (await readFile(join(shared, `${name}.txt`))).toString()
  const reading = await engine.read(await readFile(join(shared, `${name}.tif`)), name)
  expect(characterErrorRate(truth, reading.text)).toBeLessThanOrEqual(limit)
})

test('the words "12" and "808" are found although they fill their pictures', {
  skip: !existsSync(shared),
}, async () => {
  for (const number of ['12', '808']) {
    const reading = await engine.read(await readFile(join(shared, `${number}.tif`)), number)
    expect(reading.text).toBe(`${number}\n`)
  }
})

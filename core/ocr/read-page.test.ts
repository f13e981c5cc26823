import { readFile } from 'node:fs/promises'
import path from 'node:path'
import sharp, { type Sharp } from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { characterErrorRate } from '../evaluation/character-error-rate.ts'
import type { OcrEngine } from './engines/engine.ts'
import { createTesseractEngine } from './engines/tesseract.ts'

const languageDirectory = path.resolve('node_modules/@tesseract.js-data/eng/4.0.0_best_int')
let engine: OcrEngine
let phototest: Buffer
let truth: string

beforeAll(async () => {
  engine = createTesseractEngine({ languageDirectory })
  phototest = await readFile(path.resolve('data/ocr/phototest.tif'))
  truth = await readFile(path.resolve('data/ocr/phototest.txt'), 'utf8')
})
afterAll(() => engine.close())

const page = (): Sharp => sharp(phototest).toColourspace('srgb')

describe('a page that reads badly as it is', () => {
  it('is straightened when it leans, says so, and has its boxes on the picture as it is', async () => {
    const leaning = await page().rotate(8, { background: '#ffffff' }).png().toBuffer()
    const reading = await engine.read(leaning, 'leaning.png')
    expect(characterErrorRate(truth, reading.text)).toBe(0)
    expect(reading.recipe.steps).toEqual([{ step: 'deskew', degrees: expect.closeTo(-8, 0) }])
    expect(reading.warnings).toEqual([
      expect.stringMatching(/^The page does not lie straight: it was straightened by 8/),
    ])
    const [first, last] = [reading.words[0], reading.words.at(-1)]
    expect(first?.text).toBe('This')
    // Turned by 8 degrees clockwise, the first line comes to lie at the top, right of where it was.
    const { width, height } = await sharp(leaning).metadata()
    expect(reading).toMatchObject({ width, height })
    expect(first?.box.x0).toBeGreaterThan(75)
    expect(last?.box.y1).toBeLessThanOrEqual(height)
    const asItIs = await engine.read(leaning, 'leaning.png', { psm: 3, preprocessing: 'none' })
    expect(asItIs.recipe).toEqual({ psm: 3, steps: [], tried: [], look: 'scan' })
    expect(characterErrorRate(truth, asItIs.text)).toBeGreaterThan(0.3)
  })

  it('is cured of specks, and says which remedy helped', async () => {
    const { data, info } = await page().greyscale().raw().toBuffer({ resolveWithObject: true })
    let seed = 7
    for (const at of data.keys()) {
      seed = (seed * 48_271) % 2_147_483_647
      if (seed % 100 < 4) data[at] = 0
      else if (seed % 100 < 8) data[at] = 255
    }
    const noisy = await sharp(data, { raw: { width: info.width, height: info.height, channels: 1 } })
      .png()
      .toBuffer()
    const reading = await engine.read(noisy, 'noisy.png')
    expect(characterErrorRate(truth, reading.text)).toBeLessThan(0.02)
    expect(reading.recipe.steps).toContainEqual({ step: 'denoise', size: 3 })
    expect(reading.recipe.tried.find(({ step }) => step.step === 'denoise')).toMatchObject({ helped: true })
    expect(reading.warnings.join()).toMatch(/taking out specks helped \(confidence \d+ %, then \d+ %\)/)
  })

  it('is read in the shadow too, where text would not be found at all', async () => {
    const { data, info } = await page().greyscale().raw().toBuffer({ resolveWithObject: true })
    for (const [at, value] of data.entries())
      data[at] = value * (0.15 + (0.45 * (at % info.width)) / info.width)
    const shaded = await sharp(data, { raw: { width: info.width, height: info.height, channels: 1 } })
      .png()
      .toBuffer()
    const [asItIs, byItself] = [
      await engine.read(shaded, 'shaded.png', { psm: 3, preprocessing: 'none' }),
      await engine.read(shaded, 'shaded.png'),
    ]
    expect(characterErrorRate(truth, asItIs.text)).toBeGreaterThan(0.2)
    expect(characterErrorRate(truth, byItself.text)).toBeLessThan(0.02)
  })

  it('is read by the recipe that is asked for, and no other', async () => {
    const reading = await engine.read(phototest, 'phototest.tif', {
      psm: 6,
      preprocessing: [
        { step: 'scale', factor: 2 },
        { step: 'binarise', method: 'sauvola' },
      ],
    })
    expect(reading.text.replace(/\s+/g, ' ')).toBe(truth.replace(/\s+/g, ' '))
    expect(reading.recipe).toEqual({
      psm: 6,
      steps: [
        { step: 'scale', factor: 2 },
        { step: 'binarise', method: 'sauvola' },
      ],
      tried: [],
      look: 'scan',
    })
    const plain = await engine.read(phototest, 'phototest.tif')
    for (const side of ['x0', 'y0', 'x1', 'y1'] as const)
      expect(Math.abs((reading.words[0]?.box[side] ?? 0) - (plain.words[0]?.box[side] ?? 0))).toBeLessThan(3)
  })

  it('of 2 x 2 px has no text, and is no failure', async () => {
    for (const greys of [
      [255, 10, 32, 13],
      [0, 80, 160, 240],
    ]) {
      const raw = { width: 2, height: 2, channels: 1 as const }
      const dot = await sharp(Buffer.from(greys), { raw }).png().toBuffer()
      expect(await engine.read(dot, 'dot.png')).toMatchObject({ words: [], confidence: null })
    }
  })
})

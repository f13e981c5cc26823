import { readFile } from 'node:fs/promises'
import path from 'node:path'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { photographed } from '../../build/bench/photographed.ts'
import { lookOf } from './page-look.ts'
import { prepareGreyPicture } from './preprocessing/grey-picture.ts'

const looksLike = async (bytes: Buffer) => {
  const limits = { width: 30_000, height: 10_000, pixels: 50_000_000 }
  return lookOf((await prepareGreyPicture(bytes, 'page', limits)).picture)
}
const page = () => readFile(path.resolve('data/ocr/phototest.tif'))

describe('the look of a page', () => {
  it.each([1, 2, 3, 4, 5, 6])('is that of a photograph under a lamp (%i)', async (seed) => {
    expect(await looksLike(await photographed(await page(), seed))).toBe('photograph')
  })

  it('is that of a scan in black and white', async () => {
    expect(await looksLike(await page())).toBe('scan')
  })

  it('is that of a scan on yellowed paper, in greys, a little unsharp', async () => {
    const grey = await sharp(await page())
      .greyscale()
      .linear(0.7, 40)
      .blur(0.7)
      .jpeg({ quality: 60 })
      .toBuffer()
    expect(await looksLike(grey)).toBe('scan')
  })

  it('is that of a scan where a page is empty', async () => {
    const white = sharp({ create: { width: 90, height: 40, channels: 3, background: '#fff' } })
    expect(await looksLike(await white.png().toBuffer())).toBe('scan')
  })
})

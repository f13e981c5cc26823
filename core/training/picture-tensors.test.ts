import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TrainingSamples } from '../domain/training-request.ts'
import { decodePictures, inputSizeFor, standardisation } from './picture-tensors.ts'

let work: string

beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'glyphlab-pictures-'))
})
afterEach(() => rm(work, { recursive: true, force: true }))

type Rgb = { r: number; g: number; b: number }

/** Flat pictures, each in a file of its own. */
async function samplesOf(
  pictures: { width: number; height: number; colour: Rgb }[],
): Promise<TrainingSamples> {
  const samples = await Promise.all(
    pictures.map(async ({ width, height, colour }, index) => {
      const file = join(work, `${index}.png`)
      const bytes = await sharp({ create: { width, height, channels: 3, background: colour } })
        .png()
        .toBuffer()
      await writeFile(file, bytes)
      const location = { file, offset: 0, length: bytes.length }
      return { path: `${index}.png`, location, label: 0, subset: 'train' as const, width, height }
    }),
  )
  return { datasetDigest: 'd'.repeat(64), labels: ['flat'], samples }
}

const grey = { r: 90, g: 90, b: 90 }
const red = { r: 200, g: 10, b: 10 }

describe('the size of a model’s input', () => {
  it('is the median of the longer sides, in one channel for grey pictures', async () => {
    const samples = await samplesOf([
      { width: 20, height: 10, colour: grey },
      { width: 10, height: 24, colour: grey },
      { width: 50, height: 50, colour: grey },
    ])
    expect(await inputSizeFor(samples, 0, 8)).toEqual({ width: 24, height: 24, channels: 1 })
  })

  it('is at most 64 px unless asked for, and three channels where there is colour', async () => {
    const samples = await samplesOf([
      { width: 200, height: 200, colour: grey },
      { width: 200, height: 200, colour: red },
    ])
    expect(await inputSizeFor(samples, 0, 8)).toEqual({ width: 64, height: 64, channels: 3 })
    expect(await inputSizeFor(samples, 100, 8)).toEqual({ width: 100, height: 100, channels: 3 })
  })

  it('is never smaller than the network can take', async () => {
    const samples = await samplesOf([{ width: 3, height: 3, colour: grey }])
    expect(await inputSizeFor(samples, 0, 8)).toMatchObject({ width: 8, height: 8 })
  })
})

describe('decoding', () => {
  it('gives the pixels in the order of the samples', async () => {
    const samples = await samplesOf([
      { width: 4, height: 4, colour: grey },
      { width: 9, height: 9, colour: red },
    ])
    const size = { width: 2, height: 2, channels: 3 } as const
    const { pixels } = await decodePictures(samples, size, { cacheDirectory: join(work, 'cache') })
    expect([...pixels.subarray(0, 3)]).toEqual([90, 90, 90])
    expect([...pixels.subarray(12, 15)]).toEqual([200, 10, 10])
  })

  it('decodes again what a half-written cache lacks', async () => {
    const samples = await samplesOf([{ width: 4, height: 4, colour: grey }])
    const size = { width: 4, height: 4, channels: 1 } as const
    await writeFile(join(work, `${samples.datasetDigest}-4x4x1-v1.pixels`), 'short')
    const { fromCache, pixels } = await decodePictures(samples, size, { cacheDirectory: work })
    expect(fromCache).toBe(false)
    expect([...new Set(pixels)]).toEqual([90])
  })

  it('goes on without a cache that can’t be written, and says why', async () => {
    const samples = await samplesOf([{ width: 4, height: 4, colour: grey }])
    const blocked = join(work, 'file')
    await writeFile(blocked, '')
    const size = { width: 4, height: 4, channels: 1 } as const
    const { cacheProblem } = await decodePictures(samples, size, { cacheDirectory: join(blocked, 'cache') })
    expect(cacheProblem).toMatch(/ENOTDIR|EEXIST/)
  })

  it('names the picture whose file is gone', async () => {
    const samples = await samplesOf([{ width: 4, height: 4, colour: grey }])
    await rm(join(work, '0.png'))
    const size = { width: 4, height: 4, channels: 1 } as const
    await expect(decodePictures(samples, size, { cacheDirectory: work })).rejects.toMatchObject({
      code: 'UNREADABLE_FILE',
      message: expect.stringMatching(/^0\.png: /),
    })
  })
})

describe('standardisation', () => {
  it('gives the training pixels mean 0 and variance 1', async () => {
    const samples = await samplesOf([
      { width: 1, height: 1, colour: grey },
      { width: 1, height: 1, colour: grey },
    ])
    const { scale, offset } = standardisation(samples, Uint8Array.of(100, 140))
    expect([100 * scale + offset, 140 * scale + offset]).toEqual([-1, 1])
  })

  it('leaves flat pictures in the range 0 to 1', async () => {
    const samples = await samplesOf([{ width: 1, height: 1, colour: grey }])
    expect(standardisation(samples, Uint8Array.of(90))).toEqual({ scale: 1 / 255, offset: 0 })
  })
})

import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile, rename, rm, utimes } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import sharp from 'sharp'
import type { ImagePreprocessing } from '../contract/index.ts'
import type { TrainingSamples } from '../domain/training-request.ts'
import { modelPixels } from '../imaging/image.ts'
import { forEachSample } from './slice-reader.ts'

type InputSize = Pick<ImagePreprocessing, 'width' | 'height' | 'channels'>

/** Bumped when `modelPixels` comes to other numbers, so that older caches are not taken for new ones. */
const cacheFormat = 'v1'

const picturesForChannels = 64
const largestMedianSide = 64
/** Chroma noise of a JPEG of a grey scene stays below this many levels of 255. */
const greyTolerance = 4

/**
 * The model's input size for a dataset: `imageSize` px on each side, or where that is 0 the median of the pictures'
 * longer sides, at most 64; one channel where all pictures looked at are grey, else three.
 * @throws GlyphlabError UNREADABLE_FILE, naming a picture that no longer decodes
 */
export async function inputSizeFor(
  { samples }: TrainingSamples,
  imageSize: number,
  smallestSide: number,
): Promise<InputSize> {
  const side = Math.max(smallestSide, imageSize || Math.min(largestMedianSide, medianSide(samples)))
  return { width: side, height: side, channels: (await looksGrey(samples)) ? 1 : 3 }
}

function medianSide(samples: TrainingSamples['samples']): number {
  const sides = samples.map(({ width, height }) => Math.max(width, height)).sort((a, b) => a - b)
  return sides[Math.floor(sides.length / 2)] ?? largestMedianSide
}

async function looksGrey(samples: TrainingSamples['samples']): Promise<boolean> {
  const count = Math.min(picturesForChannels, samples.length)
  const spread = Array.from({ length: count }, (_, n) => Math.floor((n * samples.length) / count))
  let grey = true
  await forEachSample(samples, spread, availableParallelism(), async (bytes, { path }) => {
    if (!grey) return
    const pixels = await modelPixels(bytes, path, { width: 32, height: 32, channels: 3 })
    for (let at = 0; at + 2 < pixels.length; at += 3) {
      const [red, green, blue] = [pixels[at] as number, pixels[at + 1] as number, pixels[at + 2] as number]
      if (Math.max(red, green, blue) - Math.min(red, green, blue) > greyTolerance) grey = false
    }
  })
  return grey
}

export interface DecodeOptions {
  cacheDirectory: string
  /** Called after each picture with how many are done. Throwing from it ends the decoding. */
  onPicture?: (done: number, total: number) => void
}

export interface PictureTensors {
  /** `[samples, height, width, channels]`, 0..255, in the order of the samples. */
  pixels: Uint8Array
  fromCache: boolean
  /** Why the decoded pictures could not be kept for the next run, if so. */
  cacheProblem: string | null
}

/**
 * Decodes every picture of a dataset, or takes the tensors that an earlier run left in the cache.
 * @throws GlyphlabError UNREADABLE_FILE, naming the picture that no longer decodes
 */
export async function decodePictures(
  { samples, datasetDigest }: TrainingSamples,
  size: InputSize,
  { cacheDirectory, onPicture }: DecodeOptions,
): Promise<PictureTensors> {
  const { width, height, channels } = size
  const bytesPerPicture = width * height * channels
  const cacheName = `${datasetDigest}-${width}x${height}x${channels}-${cacheFormat}.pixels`
  const cacheFile = join(cacheDirectory, cacheName)

  const cached = await readFile(cacheFile).catch(() => null)
  if (cached?.length === samples.length * bytesPerPicture) {
    // Of the cached files, those that were not used for longest go first.
    const now = new Date()
    await utimes(cacheFile, now, now).catch(() => undefined)
    return { pixels: cached, fromCache: true, cacheProblem: null }
  }

  // Each picture is decoded by one thread and several pictures at once: threads within a small one only cost.
  sharp.concurrency(1)
  const pixels = new Uint8Array(samples.length * bytesPerPicture)
  const all = samples.map((_, index) => index)
  let done = 0
  await forEachSample(samples, all, availableParallelism() + 1, async (bytes, { path }, index) => {
    pixels.set(await modelPixels(bytes, path, size), index * bytesPerPicture)
    done++
    onPicture?.(done, samples.length)
  })
  return { pixels, fromCache: false, cacheProblem: await writeCache(cacheFile, pixels) }
}

/** Returns the reason when it could not be written: the run can do without. */
async function writeCache(file: string, pixels: Uint8Array): Promise<string | null> {
  const fresh = `${file}.new-${randomBytes(4).toString('hex')}`
  try {
    await mkdir(dirname(file), { recursive: true })
    const handle = await open(fresh, 'w')
    try {
      await handle.writeFile(pixels)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(fresh, file)
    return null
  } catch (cause) {
    await rm(fresh, { force: true }).catch(() => undefined)
    return cause instanceof Error ? cause.message : String(cause)
  }
}

/**
 * The scale and offset that give the training pictures' pixels mean 0 and variance 1, so that a first step is neither
 * too long nor too short on dark, bright or flat pictures.
 * @param pixels as `decodePictures` returns them
 */
export function standardisation(
  { samples }: TrainingSamples,
  pixels: Uint8Array,
): Pick<ImagePreprocessing, 'scale' | 'offset'> {
  const bytesPerPicture = pixels.length / samples.length
  const counts = new Float64Array(256)
  for (const [index, { subset }] of samples.entries()) {
    if (subset !== 'train') continue
    const end = (index + 1) * bytesPerPicture
    for (let at = index * bytesPerPicture; at < end; at++) {
      const pixel = pixels[at] as number
      counts[pixel] = (counts[pixel] as number) + 1
    }
  }
  let total = 0
  let sum = 0
  let squares = 0
  for (const [pixel, count] of counts.entries()) {
    total += count
    sum += count * pixel
    squares += count * pixel * pixel
  }
  const mean = sum / total
  const deviation = Math.sqrt(squares / total - mean * mean)
  return deviation > 0 ? { scale: 1 / deviation, offset: -mean / deviation } : { scale: 1 / 255, offset: 0 }
}

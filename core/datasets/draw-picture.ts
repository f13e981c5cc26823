import sharp from 'sharp'
import { createRandom } from '../domain/random.ts'
import { displayedImage, readingPixels } from '../imaging/image.ts'
import { encodePng } from '../imaging/png.ts'
import type { PixelStep } from './transformations/draft-sample.ts'

/** `[height, width, 3]`, 0..255. */
interface Pixels {
  data: Uint8Array
  width: number
  height: number
}

async function decode(bytes: Buffer, name: string): Promise<Pixels> {
  const { data, info } = await (await displayedImage(bytes, name))
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
  const { width, height, channels } = info
  if (channels === 3) return { data, width, height }
  const colour = new Uint8Array(width * height * 3)
  for (let at = 0; at < width * height; at++) colour.fill(data[at * channels] ?? 0, at * 3, at * 3 + 3)
  return { data: colour, width, height }
}

function crop({ data, width }: Pixels, { box }: Extract<PixelStep, { kind: 'crop' }>): Pixels {
  const size = { width: box.x1 - box.x0, height: box.y1 - box.y0 }
  const out = new Uint8Array(size.width * size.height * 3)
  for (let y = 0; y < size.height; y++) {
    const start = ((box.y0 + y) * width + box.x0) * 3
    out.set(data.subarray(start, start + size.width * 3), y * size.width * 3)
  }
  return { data: out, ...size }
}

async function resize(
  { data, width, height }: Pixels,
  step: Extract<PixelStep, { kind: 'resize' }>,
): Promise<Pixels> {
  const resized = await sharp(data, { raw: { width, height, channels: 3 } })
    .resize(step.width, step.height, {
      fit: step.mode === 'on-white' ? 'contain' : 'fill',
      background: '#ffffff',
      kernel: 'lanczos3',
    })
    .raw({ depth: 'uchar' })
    .toBuffer()
  return { data: resized, width: step.width, height: step.height }
}

/** Noise of variance 1 from four uniform numbers (Irwin and Hall): no logarithm, so the same on every machine. */
function noiseSource(seed: number): () => number {
  const random = createRandom(seed, 'noise')
  return () => (random.next() + random.next() + random.next() + random.next() - 2) * Math.sqrt(3)
}

/** Turned about its middle, then shifted; between pixels by bilinear weights; the edge's pixels go on outside. */
function distort({ data, width, height }: Pixels, step: Extract<PixelStep, { kind: 'distort' }>): Pixels {
  const out = new Uint8Array(data.length)
  const radians = (step.degrees * Math.PI) / 180
  const [cos, sin] = [Math.cos(radians), Math.sin(radians)]
  const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2]
  const noise = step.noise > 0 ? noiseSource(step.seed) : () => 0
  const value = (x: number, y: number, channel: number) => data[(y * width + x) * 3 + channel] ?? 0
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [dx, dy] = [x - step.shiftX - middleX, y - step.shiftY - middleY]
      let fromX = dx * cos + dy * sin + middleX
      let fromY = dy * cos - dx * sin + middleY
      if (step.mirror) fromX = width - 1 - fromX
      if (step.upsideDown) fromY = height - 1 - fromY
      fromX = Math.min(width - 1, Math.max(0, fromX))
      fromY = Math.min(height - 1, Math.max(0, fromY))
      const [left, top] = [Math.floor(fromX), Math.floor(fromY)]
      const [right, bottom] = [Math.min(width - 1, left + 1), Math.min(height - 1, top + 1)]
      const [shareX, shareY] = [fromX - left, fromY - top]
      const added = noise() * step.noise
      for (let channel = 0; channel < 3; channel++) {
        const upper = value(left, top, channel) * (1 - shareX) + value(right, top, channel) * shareX
        const lower = value(left, bottom, channel) * (1 - shareX) + value(right, bottom, channel) * shareX
        const mixed = upper * (1 - shareY) + lower * shareY
        const shown = Math.round(mixed * step.brightness + added)
        out[(y * width + x) * 3 + channel] = Math.min(255, Math.max(0, shown))
      }
    }
  }
  return { data: out, width, height }
}

/**
 * Decodes a picture as a person sees it, applies the steps and encodes it as PNG, bit by bit the same each time.
 * @throws GlyphlabError UNREADABLE_FILE, naming `name`
 */
export function drawPicture(
  bytes: Buffer,
  name: string,
  steps: readonly PixelStep[],
): Promise<{ content: Buffer; width: number; height: number }> {
  return readingPixels(name, async () => {
    let pixels = await decode(bytes, name)
    for (const step of steps) {
      if (step.kind === 'crop') pixels = crop(pixels, step)
      else if (step.kind === 'resize') pixels = await resize(pixels, step)
      else pixels = distort(pixels, step)
    }
    const { data, width, height } = pixels
    return { content: encodePng(data, width, height), width, height }
  })
}

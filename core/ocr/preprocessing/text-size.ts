import sharp from 'sharp'
import type { GreyPicture } from './grey-picture.ts'
import { otsuThreshold } from './thresholds.ts'

/** px; the median height of letters in 11 point text at 300 dpi. */
const usualHeight = 24
/** px; letters between these are read as well as any. */
const readable = { least: 14, most: 70 }
const largestFactor = 4
/** Pixels looked at, from the middle of the picture. */
const looked = 2_000_000

/** The median height in px of what looks like letters, by connected ink; null where there is too little. */
export function measureLetterHeight(picture: GreyPicture): number | null {
  const { pixels, width, height } = middleWithin(picture)
  const threshold = otsuThreshold(pixels)
  const dark = pixels.reduce((count, value) => count + (value <= threshold ? 1 : 0), 0)
  const inkIsDark = dark * 2 <= pixels.length
  const ink = new Uint8Array(pixels.length)
  for (let at = 0; at < pixels.length; at++)
    ink[at] = (pixels[at] as number) <= threshold === inkIsDark ? 1 : 0
  const heights: number[] = []
  const stack: number[] = []
  for (let start = 0; start < ink.length; start++) {
    if (ink[start] === 0) continue
    let [top, bottom, size] = [Number.POSITIVE_INFINITY, 0, 0]
    let [left, right] = [width, 0]
    ink[start] = 0
    stack.push(start)
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      const y = Math.floor(at / width)
      const x = at - y * width
      top = Math.min(top, y)
      bottom = Math.max(bottom, y)
      left = Math.min(left, x)
      right = Math.max(right, x)
      size++
      for (let dy = -1; dy <= 1; dy++) {
        for (let dx = -1; dx <= 1; dx++) {
          const [nx, ny] = [x + dx, y + dy]
          const next = ny * width + nx
          if (nx < 0 || ny < 0 || nx >= width || ny >= height || ink[next] === 0) continue
          ink[next] = 0
          stack.push(next)
        }
      }
    }
    const [tall, wide] = [bottom - top + 1, right - left + 1]
    if (tall >= 5 && size >= 8 && tall < height / 4 && wide < 6 * tall && tall < 6 * wide) heights.push(tall)
  }
  if (heights.length < 4) return null
  return heights.sort((a, b) => a - b)[Math.floor(heights.length / 2)] ?? null
}

function middleWithin(picture: GreyPicture): GreyPicture {
  const { pixels, width, height } = picture
  if (width * height <= looked) return picture
  const rows = Math.max(1, Math.min(height, Math.floor(looked / width)))
  const top = Math.floor((height - rows) / 2)
  return { pixels: pixels.subarray(top * width, (top + rows) * width), width, height: rows }
}

/** The factor that brings letters to their size at 300 dpi; 1 where they can be read as they are. */
export function scaleForReading(picture: GreyPicture): number {
  const height = measureLetterHeight(picture)
  if (height === null || (height >= readable.least && height <= readable.most)) return 1
  return Number(Math.min(largestFactor, usualHeight / height).toFixed(2))
}

export async function scaled(picture: GreyPicture, factor: number): Promise<GreyPicture> {
  const width = Math.max(1, Math.round(picture.width * factor))
  const height = Math.max(1, Math.round(picture.height * factor))
  const pixels = await sharp(picture.pixels, {
    raw: { width: picture.width, height: picture.height, channels: 1 },
    limitInputPixels: false,
  })
    .resize(width, height, { fit: 'fill', kernel: 'lanczos3' })
    .greyscale()
    .raw()
    .toBuffer()
  return { pixels, width, height }
}

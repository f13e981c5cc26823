import sharp from 'sharp'
import type { GreyPicture } from './grey-picture.ts'
import { mapped, otsuThreshold } from './thresholds.ts'

const tile = 32
/** Part of a tile's pixels that are darker than its paper. */
const paperRank = 0.85
/** Paper is never taken for darker than this, so that a solid black area stays black. */
const darkestPaper = 60

/** Paper of less than this part of the brightest is in shadow. */
const unevenPart = 0.65

const inversion = Uint8Array.from({ length: 256 }, (_, value) => 255 - value)

export const inverted = (picture: GreyPicture): GreyPicture => ({
  ...picture,
  pixels: mapped(picture.pixels, inversion),
})

/** Whether light text stands on dark ground: most of the picture is on the dark side. */
export function isDark({ pixels }: GreyPicture): boolean {
  const threshold = otsuThreshold(pixels)
  let dark = 0
  for (const value of pixels) if (value <= threshold) dark++
  return dark > 0.6 * pixels.length
}

/** The median of the square of `size` px around each pixel: specks go, edges stay. */
export async function denoised(picture: GreyPicture, size: number): Promise<GreyPicture> {
  const pixels = await sharp(picture.pixels, {
    raw: { width: picture.width, height: picture.height, channels: 1 },
    limitInputPixels: false,
  })
    .median(size)
    .greyscale()
    .raw()
    .toBuffer()
  return { ...picture, pixels }
}

/** Whether the paper is so much darker in one place than in another that text may be lost there. */
export function isUnevenlyLit(picture: GreyPicture): boolean {
  const [columns, rows] = [Math.ceil(picture.width / tile), Math.ceil(picture.height / tile)]
  const paper = paperOfTiles(picture, columns, rows).sort()
  const rank = (part: number) => paper[Math.floor(part * (paper.length - 1))] as number
  return rank(0.2) < unevenPart * rank(0.8)
}

/** Uneven light taken out (each pixel by the paper around it), then ink and paper drawn apart to 0 and 255. */
export function evenlyLit({ pixels, width, height }: GreyPicture): GreyPicture {
  const [columns, rows] = [Math.ceil(width / tile), Math.ceil(height / tile)]
  const paper = paperOfTiles({ pixels, width, height }, columns, rows)
  const result = Buffer.allocUnsafe(pixels.length)
  for (let y = 0; y < height; y++) {
    const [top, bottom, down] = neighbours(y, rows)
    for (let x = 0; x < width; x++) {
      const [left, right, across] = neighbours(x, columns)
      const upper = mix(paper[top * columns + left] as number, paper[top * columns + right] as number, across)
      const lower = mix(
        paper[bottom * columns + left] as number,
        paper[bottom * columns + right] as number,
        across,
      )
      const at = y * width + x
      result[at] = Math.min(255, (255 * (pixels[at] as number)) / mix(upper, lower, down))
    }
  }
  return { pixels: stretched(result), width, height }
}

const mix = (a: number, b: number, part: number): number => a + (b - a) * part

/** The tiles on either side of a pixel, and how far it lies from the first's middle to the second's. */
function neighbours(at: number, count: number): [number, number, number] {
  const place = Math.max(0, Math.min(count - 1, (at + 0.5) / tile - 0.5))
  const first = Math.floor(place)
  return [first, Math.min(count - 1, first + 1), place - first]
}

function paperOfTiles({ pixels, width, height }: GreyPicture, columns: number, rows: number): Float32Array {
  const paper = new Float32Array(columns * rows)
  const counts = new Uint32Array(256)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      counts.fill(0)
      const [right, bottom] = [Math.min(width, (column + 1) * tile), Math.min(height, (row + 1) * tile)]
      for (let y = row * tile; y < bottom; y++) {
        for (let x = column * tile; x < right; x++) {
          const value = pixels[y * width + x] as number
          counts[value] = (counts[value] as number) + 1
        }
      }
      let left = paperRank * (right - column * tile) * (bottom - row * tile)
      const rank = counts.findIndex((count) => {
        left -= count
        return left < 0
      })
      paper[row * columns + column] = Math.max(darkestPaper, rank)
    }
  }
  return paper
}

function stretched(pixels: Buffer): Buffer {
  const counts = new Uint32Array(256)
  for (const value of pixels) counts[value] = (counts[value] as number) + 1
  let left = 0.01 * pixels.length
  const ink = counts.findIndex((count) => {
    left -= count
    return left < 0
  })
  if (ink >= 230) return pixels
  const levels = Uint8Array.from({ length: 256 }, (_, value) =>
    Math.min(255, Math.max(0, (255 * (value - ink)) / (250 - ink))),
  )
  return mapped(pixels, levels)
}

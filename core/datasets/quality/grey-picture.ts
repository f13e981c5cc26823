import { inflateSync } from 'node:zlib'
import type { ColourMode } from '../../domain/picture-measure.ts'
import { displayedImage, readingPixels } from '../../imaging/image.ts'

/** Larger pictures are measured on a copy of this many px a side. */
const largestSide = 256

export interface GreyPicture {
  /** `[height, width]`, 0..255, as displayed (turned, on white). */
  pixels: Uint8Array
  width: number
  height: number
  mode: ColourMode
}

const pngSignature = 0x89504e47

/** The predictor of the PNG specification, 9.4. */
function paeth(left: number, above: number, corner: number): number {
  const guess = left + above - corner
  const a = Math.abs(guess - left)
  const b = Math.abs(guess - above)
  const c = Math.abs(guess - corner)
  if (a <= b && a <= c) return left
  return b <= c ? above : corner
}

/**
 * A small 8-bit grey PNG with nothing special in it, in a tenth of the time that a decoder needs to start; null for
 * anything else. The content was checked when it was stored.
 */
export function decodeGreyPng(bytes: Buffer): GreyPicture | null {
  if (bytes.length < 57 || bytes.readUInt32BE(0) !== pngSignature) return null
  const width = bytes.readUInt32BE(16)
  const height = bytes.readUInt32BE(20)
  const plain = bytes[24] === 8 && bytes[25] === 0 && bytes[28] === 0
  if (!plain || width === 0 || height === 0 || width > largestSide || height > largestSide) return null
  const data: Buffer[] = []
  for (let at = 33; at + 12 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at)
    const type = bytes.toString('latin1', at + 4, at + 8)
    if (type === 'IDAT') data.push(bytes.subarray(at + 8, at + 8 + length))
    else if (type === 'IEND') break
    else return null
    at += 12 + length
  }
  const first = data[0]
  if (!first) return null
  let rows: Buffer
  try {
    rows = inflateSync(data.length === 1 ? first : Buffer.concat(data), {
      maxOutputLength: (width + 1) * height,
    })
  } catch {
    return null
  }
  if (rows.length !== (width + 1) * height) return null
  const pixels = new Uint8Array(width * height)
  for (let y = 0; y < height; y++) {
    const filter = rows[y * (width + 1)]
    const from = y * (width + 1) + 1
    const to = y * width
    if (filter === 0) {
      pixels.set(rows.subarray(from, from + width), to)
      continue
    }
    for (let x = 0; x < width; x++) {
      const left = x > 0 ? (pixels[to + x - 1] as number) : 0
      const above = y > 0 ? (pixels[to + x - width] as number) : 0
      const corner = x > 0 && y > 0 ? (pixels[to + x - width - 1] as number) : 0
      const predicted =
        filter === 1
          ? left
          : filter === 2
            ? above
            : filter === 3
              ? (left + above) >> 1
              : paeth(left, above, corner)
      pixels[to + x] = (rows[from + x] as number) + predicted
    }
  }
  return { pixels, width, height, mode: 'grey' }
}

/**
 * The grey values of a picture as a person sees it, at most 256 px a side, and the colour mode of its file.
 * @throws GlyphlabError UNREADABLE_FILE, naming `name`
 */
export async function greyPicture(bytes: Buffer, name: string): Promise<GreyPicture> {
  const plain = decodeGreyPng(bytes)
  if (plain) return plain
  return readingPixels(name, async () => {
    const image = await displayedImage(bytes, name)
    // Of the file: what the steps of the pipeline make of it does not show here.
    const { space, depth, hasAlpha, channels } = await image.metadata()
    const { data, info } = await image
      .resize(largestSide, largestSide, { fit: 'inside', withoutEnlargement: true, kernel: 'linear' })
      .greyscale()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true })
    const mode =
      space === 'cmyk'
        ? 'cmyk'
        : depth === 'ushort' || depth === 'short'
          ? '16-bit'
          : hasAlpha
            ? 'alpha'
            : channels < 3
              ? 'grey'
              : 'colour'
    return { pixels: data, width: info.width, height: info.height, mode }
  })
}

/** The mean of each cell of a `[rows, columns]` grid laid over the picture. */
export function areaGrid(
  { pixels, width, height }: Pick<GreyPicture, 'pixels' | 'width' | 'height'>,
  columns: number,
  rows: number,
): Float32Array {
  // Separable: first along the rows, then down the columns, with the share that each px has in each cell.
  const across = new Float32Array(height * columns)
  for (let column = 0; column < columns; column++) {
    const from = (column * width) / columns
    const to = ((column + 1) * width) / columns
    for (let x = Math.floor(from); x < to; x++) {
      const share = (Math.min(to, x + 1) - Math.max(from, x)) / (to - from)
      for (let y = 0; y < height; y++) {
        const at = y * columns + column
        across[at] = (across[at] as number) + share * (pixels[y * width + x] as number)
      }
    }
  }
  const grid = new Float32Array(rows * columns)
  for (let row = 0; row < rows; row++) {
    const from = (row * height) / rows
    const to = ((row + 1) * height) / rows
    for (let y = Math.floor(from); y < to; y++) {
      const share = (Math.min(to, y + 1) - Math.max(from, y)) / (to - from)
      for (let column = 0; column < columns; column++) {
        const at = row * columns + column
        grid[at] = (grid[at] as number) + share * (across[y * columns + column] as number)
      }
    }
  }
  return grid
}

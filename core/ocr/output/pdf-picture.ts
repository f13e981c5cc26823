import { promisify } from 'node:util'
import { deflate } from 'node:zlib'
import sharp from 'sharp'
import { displayedImage, readingPixels } from '../../imaging/image.ts'

/** A picture as a PDF holds it: its bytes and how they are coded. */
export interface PdfPicture {
  /** Entries of the image's dictionary. */
  entries: string
  bytes: Uint8Array
  /** EXIF orientation in which the bytes are to be drawn. */
  orientation: number
  /** Pixels per inch; null where the file does not say. */
  resolution: number | null
}

const deflated = promisify(deflate)

/** Files without a resolution often say 72; a page of 2,400 dpi is a page that is not. */
const leastResolution = 73
const mostResolution = 2_400

interface Coded {
  entries: string
  bytes: Uint8Array
}

const image = (
  width: number,
  height: number,
  depth: number,
  space: string,
  filter: string,
  more = '',
): string =>
  `/Type /XObject /Subtype /Image /Width ${width} /Height ${height} /BitsPerComponent ${depth} /ColorSpace ${space} /Filter ${filter}${more}`

const spaces: Record<number, string> = { 1: '/DeviceGray', 3: '/DeviceRGB', 4: '/DeviceCMYK' }

/** Frame headers that viewers decode: baseline, extended and progressive, with Huffman codes. */
const plainFrames = [0xc0, 0xc1, 0xc2]

/** A JPEG file as it is, byte for byte; null for one of a kind that viewers don't decode. */
function jpegAsItIs(bytes: Buffer): Coded | null {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return null
  let adobe = false
  for (let at = 2; at + 9 < bytes.length && bytes[at] === 0xff; ) {
    const marker = bytes[at + 1] ?? 0
    // Fill bytes may stand before a marker.
    if (marker === 0xff) {
      at += 1
      continue
    }
    if (marker === 0xee && bytes.toString('latin1', at + 4, at + 9) === 'Adobe') adobe = true
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      const [depth, components] = [bytes[at + 4], bytes[at + 9] ?? 0]
      const space = spaces[components]
      if (!plainFrames.includes(marker) || depth !== 8 || !space) return null
      // Adobe's programs write the inks inverted.
      const decode = components === 4 && adobe ? ' /Decode [1 0 1 0 1 0 1 0]' : ''
      const [height, width] = [bytes.readUInt16BE(at + 5), bytes.readUInt16BE(at + 7)]
      return { entries: image(width, height, 8, space, '/DCTDecode', decode), bytes }
    }
    at += 2 + bytes.readUInt16BE(at + 2)
  }
  return null
}

const pngSignature = '89504e470d0a1a0a'
/** Grey, RGB and palette: values a pixel. The others have transparency, which a person sees on white. */
const pngValues: Record<number, number> = { 0: 1, 2: 3, 3: 1 }

/** The compressed pixels of a PNG file as they are, since PDF knows its filters; null where it does not take them so. */
function pngAsItIs(bytes: Buffer): Coded | null {
  if (bytes.toString('hex', 0, 8) !== pngSignature) return null
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)]
  const [depth, type, interlaced] = [bytes[24] ?? 0, bytes[25] ?? 0, bytes[28]]
  const values = pngValues[type]
  if (values === undefined || interlaced !== 0) return null
  const parts: Buffer[] = []
  let palette: Buffer | null = null
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at)
    const name = bytes.toString('latin1', at + 4, at + 8)
    const content = bytes.subarray(at + 8, at + 8 + length)
    if (name === 'tRNS') return null
    if (name === 'PLTE') palette = content
    if (name === 'IDAT') parts.push(content)
    at += 12 + length
  }
  if (type === 3 && !palette) return null
  const space =
    type === 3 && palette
      ? `[/Indexed /DeviceRGB ${palette.length / 3 - 1} <${palette.toString('hex')}>]`
      : (spaces[values] ?? '')
  const parameters = ` /DecodeParms << /Predictor 15 /Colors ${values} /BitsPerComponent ${depth} /Columns ${width} >>`
  return {
    entries: image(width, height, depth, space, '/FlateDecode', parameters),
    bytes: Buffer.concat(parts),
  }
}

/** 1 for black and white alone, 8 for grey, 24 for colour. */
function bitsNeeded(pixels: Uint8Array, channels: number): 1 | 8 | 24 {
  let bits: 1 | 8 = 1
  for (let at = 0; at < pixels.length; at += channels) {
    const value = pixels[at]
    if (channels === 3 && (value !== pixels[at + 1] || value !== pixels[at + 2])) return 24
    if (value !== 0 && value !== 255) bits = 8
  }
  return bits
}

/** One bit a pixel, rows filled up to whole bytes. */
function packBits(pixels: Uint8Array, channels: number, width: number, height: number): Uint8Array {
  const stride = Math.ceil(width / 8)
  const packed = new Uint8Array(stride * height)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      if (pixels[(y * width + x) * channels] === 255) {
        const at = y * stride + (x >> 3)
        packed[at] = (packed[at] ?? 0) | (128 >> (x & 7))
      }
  return packed
}

/** What a person sees, without loss and in the fewest bits. */
async function pixelsOf(bytes: Buffer, name: string): Promise<Coded> {
  const { data, info } = await readingPixels(name, async () =>
    (await displayedImage(bytes, name)).raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true }),
  )
  const { width, height, channels } = info
  const bits = bitsNeeded(data, channels)
  if (bits === 24)
    return { entries: image(width, height, 8, '/DeviceRGB', '/FlateDecode'), bytes: await deflated(data) }
  const grey =
    bits === 1
      ? packBits(data, channels, width, height)
      : channels === 1
        ? data
        : Uint8Array.from({ length: width * height }, (_, at) => data[at * channels] ?? 0)
  return { entries: image(width, height, bits, '/DeviceGray', '/FlateDecode'), bytes: await deflated(grey) }
}

/** @throws GlyphlabError UNREADABLE_FILE */
export async function pdfPicture(bytes: Buffer, name: string): Promise<PdfPicture> {
  // What sharp does not read itself tells no resolution.
  const facts = await sharp(bytes)
    .metadata()
    .catch(() => null)
  const density = facts?.density ?? 0
  const resolution = density >= leastResolution && density <= mostResolution ? density : null
  const kept = jpegAsItIs(bytes) ?? pngAsItIs(bytes)
  if (kept) return { ...kept, orientation: facts?.orientation ?? 1, resolution }
  return { ...(await pixelsOf(bytes, name)), orientation: 1, resolution }
}

/** Draws the unit square of an image over a page of `width` x `height`, turned by its EXIF orientation. */
export function drawingMatrix(orientation: number, width: number, height: number): number[] {
  const [w, h] = [width, height]
  const matrices: Record<number, number[]> = {
    1: [w, 0, 0, h, 0, 0],
    2: [-w, 0, 0, h, w, 0],
    3: [-w, 0, 0, -h, w, h],
    4: [w, 0, 0, -h, 0, h],
    5: [0, -h, -w, 0, w, h],
    6: [0, -h, w, 0, 0, h],
    7: [0, h, w, 0, 0, 0],
    8: [0, h, -w, 0, w, 0],
  }
  return matrices[orientation] ?? [w, 0, 0, h, 0, 0]
}

import { checkSize, type Decoder, damaged, type RawPicture, unsupported } from './decoder.ts'

/** Where the bits of each colour lie in a pixel of 16 or 32 bits; a mask of 0 is a colour that is not there. */
interface Masks {
  red: number
  green: number
  blue: number
  alpha: number
}

interface Header {
  width: number
  height: number
  topDown: boolean
  bits: number
  compression: 'none' | 'rle8' | 'rle4'
  masks: Masks
  /** RGB triples. */
  palette: Buffer
  pixelsAt: number
}

const masks15: Masks = { red: 0x7c00, green: 0x03e0, blue: 0x001f, alpha: 0 }
const masks32: Masks = { red: 0xff0000, green: 0x00ff00, blue: 0x0000ff, alpha: 0 }

/** Sizes of the second header: OS/2 1 and 2 (short and long), Windows 3, its two extensions, 4 and 5. */
const headerSizes = new Set([12, 16, 40, 52, 56, 64, 108, 124])

function parseSize(bytes: Buffer, name: string): { width: number; height: number; topDown: boolean } {
  if (bytes.length < 26) throw damaged(name, 'cut short in its header')
  const old = bytes.readUInt32LE(14) === 12
  const width = old ? bytes.readUInt16LE(18) : bytes.readInt32LE(18)
  const height = old ? bytes.readUInt16LE(20) : bytes.readInt32LE(22)
  checkSize(name, width, Math.abs(height))
  return { width, height: Math.abs(height), topDown: height < 0 }
}

function parseMasks(bytes: Buffer, headerSize: number): Masks {
  const at = (index: number) => bytes.readUInt32LE(54 + 4 * index)
  return { red: at(0), green: at(1), blue: at(2), alpha: headerSize >= 56 ? at(3) : 0 }
}

function parsePalette(bytes: Buffer, at: number, entrySize: number, count: number): Buffer {
  const palette = Buffer.alloc(3 * 256)
  for (let index = 0; index < Math.min(count, 256); index++) {
    const from = at + index * entrySize
    for (let colour = 0; colour < 3; colour++) palette[3 * index + colour] = bytes[from + 2 - colour] ?? 0
  }
  return palette
}

function parseHeader(bytes: Buffer, name: string): Header {
  const size = parseSize(bytes, name)
  const headerSize = bytes.readUInt32LE(14)
  const old = headerSize === 12
  if (bytes.length < 14 + headerSize) throw damaged(name, 'cut short in its header')
  const bits = bytes.readUInt16LE(old ? 24 : 28)
  const method = headerSize >= 40 ? bytes.readUInt32LE(30) : 0
  // OS/2 gives 3 and 4 other meanings, and Windows has JPEG and PNG inside for printers.
  const known = method <= 2 || ((method === 3 || method === 6) && headerSize !== 64)
  if (!known) throw unsupported(name, `a BMP picture compressed by method ${method}`)
  if (![1, 2, 4, 8, 16, 24, 32].includes(bits)) throw damaged(name, `its header says ${bits} bits a pixel`)
  if ((method === 1 && bits !== 8) || (method === 2 && bits !== 4))
    throw damaged(name, `run lengths of ${bits} bits a pixel`)

  const bitFields = method === 3 || method === 6
  const extraMasks = bitFields && headerSize === 40 ? (method === 6 ? 16 : 12) : 0
  if (bytes.length < 14 + headerSize + extraMasks) throw damaged(name, 'cut short in its header')
  const paletteAt = 14 + headerSize + extraMasks
  const entrySize = old ? 3 : 4
  const given = headerSize >= 40 ? bytes.readUInt32LE(46) : 0
  const colours = bits <= 8 ? given || 2 ** bits : 0
  return {
    ...size,
    bits,
    compression: method === 1 ? 'rle8' : method === 2 ? 'rle4' : 'none',
    masks: bitFields ? parseMasks(bytes, method === 6 ? 56 : headerSize) : bits === 16 ? masks15 : masks32,
    palette: parsePalette(bytes, paletteAt, entrySize, colours),
    pixelsAt: bytes.readUInt32LE(10) || paletteAt + colours * entrySize,
  }
}

/** Palette indices, `[height, width]`, in the file's order of rows. */
function unpackIndices(bytes: Buffer, { width, height, bits, pixelsAt }: Header): Uint8Array {
  const stride = Math.ceil((width * bits) / 32) * 4
  const indices = new Uint8Array(width * height)
  const mask = 2 ** bits - 1
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const byte = bytes[pixelsAt + y * stride + ((x * bits) >> 3)] ?? 0
      indices[y * width + x] = (byte >> (8 - bits - ((x * bits) & 7))) & mask
    }
  }
  return indices
}

/** As `unpackIndices`, from run lengths. Pixels that are jumped over keep the first colour. */
function expandRuns(bytes: Buffer, header: Header, name: string): Uint8Array {
  const { width, height, pixelsAt } = header
  const nibbles = header.compression === 'rle4'
  const indices = new Uint8Array(width * height)
  let [x, y, at] = [0, 0, pixelsAt]
  const put = (index: number) => {
    if (x < width && y < height) indices[y * width + x] = index
    x++
  }
  const next = (): number => {
    const byte = bytes[at++]
    if (byte === undefined) throw damaged(name, 'cut short in its pixels')
    return byte
  }
  while (y < height) {
    const count = next()
    const value = next()
    if (count > 0) {
      for (let n = 0; n < count; n++) put(nibbles ? (n % 2 === 0 ? value >> 4 : value & 15) : value)
    } else if (value === 0) {
      x = 0
      y++
    } else if (value === 1) {
      break
    } else if (value === 2) {
      x += next()
      y += next()
    } else {
      const start = at
      const length = nibbles ? Math.ceil(value / 2) : value
      if (start + length > bytes.length) throw damaged(name, 'cut short in its pixels')
      for (let n = 0; n < value; n++) {
        const byte = bytes[start + (nibbles ? n >> 1 : n)] ?? 0
        put(nibbles ? (n % 2 === 0 ? byte >> 4 : byte & 15) : byte)
      }
      at = start + length + (length % 2)
    }
  }
  return indices
}

/** A function that takes a colour out of a pixel and stretches it to 0..255. */
function extractor(mask: number): (pixel: number) => number {
  if (mask === 0) return () => 0
  const shift = 31 - Math.clz32(mask & -mask)
  const top = mask >>> shift
  return (pixel) => Math.round((((pixel & mask) >>> shift) * 255) / top)
}

/** Pixels of 16, 24 or 32 bits as RGB, with alpha where the file has one that is not 0 everywhere. */
function unpackColours(bytes: Buffer, header: Header): RawPicture {
  const { width, height, bits, masks, pixelsAt, topDown } = header
  const stride = Math.ceil((width * bits) / 32) * 4
  const [red, green, blue, alpha] = [masks.red, masks.green, masks.blue, masks.alpha].map(extractor) as [
    (pixel: number) => number,
    (pixel: number) => number,
    (pixel: number) => number,
    (pixel: number) => number,
  ]
  const step = bits / 8
  const channels = masks.alpha === 0 ? 3 : 4
  const pixels = new Uint8Array(width * height * channels)
  let opaque = channels === 3
  for (let row = 0; row < height; row++) {
    let to = (topDown ? row : height - 1 - row) * width * channels
    for (let from = pixelsAt + row * stride, x = 0; x < width; x++, from += step, to += channels) {
      const pixel =
        step === 2
          ? bytes.readUInt16LE(from)
          : step === 3
            ? bytes.readUIntLE(from, 3)
            : bytes.readUInt32LE(from)
      pixels[to] = red(pixel)
      pixels[to + 1] = green(pixel)
      pixels[to + 2] = blue(pixel)
      if (channels === 4) {
        pixels[to + 3] = alpha(pixel)
        opaque ||= (pixels[to + 3] as number) > 0
      }
    }
  }
  // Many programs leave the alpha of an opaque picture at 0.
  if (!opaque) for (let at = 3; at < pixels.length; at += 4) pixels[at] = 255
  return { width, height, channels, pixels }
}

function paint(indices: Uint8Array, { width, height, palette, topDown }: Header): RawPicture {
  const pixels = new Uint8Array(3 * width * height)
  for (let row = 0; row < height; row++) {
    let to = (topDown ? row : height - 1 - row) * width * 3
    for (let from = row * width; from < (row + 1) * width; from++, to += 3) {
      const colour = 3 * (indices[from] as number)
      pixels[to] = palette[colour] as number
      pixels[to + 1] = palette[colour + 1] as number
      pixels[to + 2] = palette[colour + 2] as number
    }
  }
  return { width, height, channels: 3, pixels }
}

/** Windows and OS/2 bitmaps of 1 to 32 bits, plain or in run lengths, from below or from the top. */
export const bmp: Decoder = {
  id: 'bmp',
  title: 'BMP',
  mediaType: 'image/bmp',

  detects: (bytes) =>
    bytes.length >= 18 && bytes.toString('latin1', 0, 2) === 'BM' && headerSizes.has(bytes.readUInt32LE(14)),

  inspect: async (bytes, name) => ({ ...parseSize(bytes, name), pages: 1 }),

  async decode(bytes, name) {
    const header = parseHeader(bytes, name)
    if (header.compression !== 'none') return paint(expandRuns(bytes, header, name), header)
    const stride = Math.ceil((header.width * header.bits) / 32) * 4
    const rowBytes = Math.ceil((header.width * header.bits) / 8)
    if (bytes.length < header.pixelsAt + stride * (header.height - 1) + rowBytes)
      throw damaged(name, 'cut short in its pixels')
    return header.bits <= 8 ? paint(unpackIndices(bytes, header), header) : unpackColours(bytes, header)
  },
}

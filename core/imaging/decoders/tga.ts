import { checkSize, type Decoder, damaged, type RawPicture } from './decoder.ts'

interface Header {
  width: number
  height: number
  kind: 'palette' | 'colour' | 'grey'
  packed: boolean
  /** Bits a pixel. */
  bits: number
  alphaBits: number
  fromTop: boolean
  fromRight: boolean
  palette: { first: number; length: number; bits: number; at: number }
  pixelsAt: number
}

const kinds: Record<number, Header['kind']> = { 1: 'palette', 2: 'colour', 3: 'grey' }

/** A TGA file has no signature at its start, so every field of the header must make sense; null otherwise. */
function parseHeader(bytes: Buffer): Header | null {
  if (bytes.length < 19) return null
  const type = bytes[2] as number
  const kind = kinds[type & 7]
  const hasPalette = bytes[1] as number
  if (kind === undefined || type > 11 || (type & 4) !== 0 || hasPalette > 1) return null
  const palette = {
    first: bytes.readUInt16LE(3),
    length: bytes.readUInt16LE(5),
    bits: bytes[7] as number,
    at: 18 + (bytes[0] as number),
  }
  if ((kind === 'palette') !== (hasPalette === 1) && kind === 'palette') return null
  if (hasPalette === 0 && (palette.first !== 0 || palette.length !== 0)) return null
  if (hasPalette === 1 && (palette.length === 0 || ![15, 16, 24, 32].includes(palette.bits))) return null
  const [width, height] = [bytes.readUInt16LE(12), bytes.readUInt16LE(14)]
  const bits = bytes[16] as number
  const descriptor = bytes[17] as number
  const depths = { palette: [8, 16], colour: [15, 16, 24, 32], grey: [8, 16] }[kind]
  const alphaBits = descriptor & 15
  if (width === 0 || height === 0 || !depths.includes(bits) || alphaBits > 8 || descriptor >= 64) return null
  return {
    width,
    height,
    kind,
    packed: type >= 9,
    bits,
    alphaBits,
    fromTop: (descriptor & 32) !== 0,
    fromRight: (descriptor & 16) !== 0,
    palette,
    pixelsAt: palette.at + (hasPalette ? palette.length * Math.ceil(palette.bits / 8) : 0),
  }
}

/** The pixels' bytes in the file's order, without packets. */
function unpack(bytes: Buffer, name: string, header: Header): Buffer {
  const { width, height, packed, pixelsAt } = header
  const size = Math.ceil(header.bits / 8)
  const total = width * height * size
  if (!packed) {
    if (bytes.length < pixelsAt + total) throw damaged(name, 'cut short in its pixels')
    return bytes.subarray(pixelsAt, pixelsAt + total)
  }
  // A packet of two or more bytes stands for 128 pixels at most.
  if ((bytes.length - pixelsAt) * 128 < width * height) throw damaged(name, 'cut short in its pixels')
  const out = Buffer.alloc(total)
  let at = pixelsAt
  for (let to = 0; to < total; ) {
    const head = bytes[at++]
    const count = ((head ?? 0) & 127) + 1
    const run = ((head ?? 0) & 128) !== 0
    const length = run ? size : count * size
    if (head === undefined || at + length > bytes.length) throw damaged(name, 'cut short in its pixels')
    const end = Math.min(total, to + count * size)
    if (run) out.fill(bytes.subarray(at, at + size), to, end)
    else bytes.copy(out, to, at, at + (end - to))
    at += length
    to = end
  }
  return out
}

const widen5 = (value: number): number => Math.round(((value & 31) * 255) / 31)

/** RGB + alpha of a colour of 15 to 32 bits at `at`; alpha is 255 where `alphaBits` is 0. */
function writeColour(
  from: Buffer,
  at: number,
  bits: number,
  alphaBits: number,
  to: Uint8Array,
  end: number,
): void {
  if (bits <= 16) {
    const value = from.readUInt16LE(at)
    to[end] = widen5(value >> 10)
    to[end + 1] = widen5(value >> 5)
    to[end + 2] = widen5(value)
    to[end + 3] = bits === 16 && alphaBits > 0 ? (value >> 15) * 255 : 255
    return
  }
  to[end] = from[at + 2] as number
  to[end + 1] = from[at + 1] as number
  to[end + 2] = from[at] as number
  to[end + 3] = bits === 32 && alphaBits > 0 ? (from[at + 3] as number) : 255
}

function paint(bytes: Buffer, name: string, header: Header): RawPicture {
  const { width, height, kind, bits, alphaBits, palette, fromTop, fromRight } = header
  const stored = unpack(bytes, name, header)
  const size = Math.ceil(bits / 8)
  const entry = Math.ceil(palette.bits / 8)
  const pixels = new Uint8Array(4 * width * height)
  let visible = false
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const from = (row * width + column) * size
      const y = fromTop ? row : height - 1 - row
      const x = fromRight ? width - 1 - column : column
      const to = 4 * (y * width + x)
      if (kind === 'colour') writeColour(stored, from, bits, alphaBits, pixels, to)
      else if (kind === 'grey') {
        pixels.fill(stored[from] as number, to, to + 3)
        pixels[to + 3] = bits === 16 && alphaBits > 0 ? (stored[from + 1] as number) : 255
      } else {
        const index = (size === 2 ? stored.readUInt16LE(from) : (stored[from] as number)) - palette.first
        if (index < 0 || index >= palette.length)
          throw damaged(name, 'a colour that its palette does not have')
        writeColour(bytes, palette.at + index * entry, palette.bits, alphaBits, pixels, to)
      }
      visible ||= (pixels[to + 3] as number) > 0
    }
  }
  // Many programs leave the alpha of an opaque picture at 0.
  if (!visible) for (let at = 3; at < pixels.length; at += 4) pixels[at] = 255
  return { width, height, channels: 4, pixels }
}

function headerOf(bytes: Buffer, name: string): Header {
  const header = parseHeader(bytes)
  if (!header) throw damaged(name, 'its header makes no sense')
  checkSize(name, header.width, header.height)
  return header
}

/** Truevision TGA: palette, colour and grey, plain or in run lengths. */
export const tga: Decoder = {
  id: 'tga',
  title: 'TGA',
  mediaType: 'image/x-tga',

  detects: (bytes) => parseHeader(bytes) !== null,

  async inspect(bytes, name) {
    const { width, height } = headerOf(bytes, name)
    return { width, height, pages: 1 }
  },

  async decode(bytes, name) {
    const header = headerOf(bytes, name)
    if (bytes.length < header.pixelsAt) throw damaged(name, 'cut short in its palette')
    return paint(bytes, name, header)
  },
}

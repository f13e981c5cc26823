import { checkSize, type Decoder, damaged, type RawPicture, unsupported } from './decoder.ts'

interface Header {
  width: number
  height: number
  channels: 1 | 2 | 3 | 4
  /** The value of white. */
  top: number
  coding: 'ascii' | 'binary' | 'bits'
  pixelsAt: number
}

const isSpace = (byte: number | undefined): boolean =>
  byte !== undefined && (byte === 32 || (byte >= 9 && byte <= 13))

/** Reads numbers between white space and comments (`#` to the end of the line). */
class Words {
  at: number
  private readonly bytes: Buffer
  private readonly name: string

  constructor(bytes: Buffer, name: string, at: number) {
    this.bytes = bytes
    this.name = name
    this.at = at
  }

  private skip(): void {
    for (;;) {
      while (isSpace(this.bytes[this.at])) this.at++
      if (this.bytes[this.at] !== 0x23) return
      while (this.at < this.bytes.length && this.bytes[this.at] !== 10 && this.bytes[this.at] !== 13)
        this.at++
    }
  }

  number(): number {
    this.skip()
    let value = 0
    const start = this.at
    for (let digit = this.digit(); digit !== null; digit = this.digit()) value = value * 10 + digit
    if (this.at === start || this.at - start > 9)
      throw damaged(this.name, `no number where one belongs, at byte ${start}`)
    return value
  }

  /** One digit; of plain PBM, whose pixels may stand without a space between them. */
  bit(): number {
    this.skip()
    const bit = this.digit()
    if (bit !== 0 && bit !== 1) throw damaged(this.name, `neither 0 nor 1 at byte ${this.at}`)
    return bit
  }

  private digit(): number | null {
    const digit = (this.bytes[this.at] ?? 0) - 0x30
    if (digit < 0 || digit > 9) return null
    this.at++
    return digit
  }
}

function parsePam(bytes: Buffer, name: string): Header {
  const end = bytes.subarray(0, 4096).indexOf('ENDHDR\n')
  if (end < 0) throw damaged(name, 'its header has no end')
  const fields = new Map<string, string>()
  for (const line of bytes.toString('latin1', 3, end).split('\n')) {
    const [, key = '', value = ''] = /^\s*([A-Z]+)\s+(.*?)\s*$/.exec(line) ?? []
    fields.set(key, value)
  }
  const number = (key: string) => Number(fields.get(key) ?? Number.NaN)
  const channels = number('DEPTH')
  if (channels !== 1 && channels !== 2 && channels !== 3 && channels !== 4)
    throw unsupported(name, `a PAM picture of ${channels} channels`)
  return {
    width: number('WIDTH'),
    height: number('HEIGHT'),
    channels,
    top: number('MAXVAL'),
    coding: 'binary',
    pixelsAt: end + 'ENDHDR\n'.length,
  }
}

function parseHeader(bytes: Buffer, name: string): Header {
  const kind = (bytes[1] ?? 0) - 0x30
  let header: Header
  if (kind === 7) header = parsePam(bytes, name)
  else {
    const words = new Words(bytes, name, 2)
    const [width, height] = [words.number(), words.number()]
    const bitmap = kind === 1 || kind === 4
    header = {
      width,
      height,
      channels: kind === 3 || kind === 6 ? 3 : 1,
      top: bitmap ? 1 : words.number(),
      coding: kind <= 3 ? 'ascii' : bitmap ? 'bits' : 'binary',
      // One white space parts the header from binary pixels.
      pixelsAt: words.at + (kind <= 3 ? 0 : 1),
    }
  }
  checkSize(name, header.width, header.height)
  if (!(header.top >= 1 && header.top <= 65_535))
    throw damaged(name, `its header says ${header.top} for white`)
  return header
}

/** A step of 0..255 for each value up to `top`; a value above counts as white. */
const scaleTo255 = (value: number, top: number): number => Math.round((Math.min(value, top) * 255) / top)

function readAscii(bytes: Buffer, name: string, header: Header): Uint8Array {
  const { width, height, channels, top, pixelsAt } = header
  const count = width * height * channels
  // Each value takes a byte at least, so that a header can't claim memory that the file does not back.
  if (bytes.length - pixelsAt < count) throw damaged(name, 'cut short in its pixels')
  const words = new Words(bytes, name, pixelsAt)
  const bitmap = bytes[1] === 0x31
  const pixels = new Uint8Array(count)
  for (let at = 0; at < count; at++)
    pixels[at] = bitmap ? 255 - 255 * words.bit() : scaleTo255(words.number(), top)
  return pixels
}

function readBits(bytes: Buffer, name: string, { width, height, pixelsAt }: Header): Uint8Array {
  const stride = Math.ceil(width / 8)
  if (bytes.length - pixelsAt < stride * height) throw damaged(name, 'cut short in its pixels')
  const pixels = new Uint8Array(width * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const byte = bytes[pixelsAt + y * stride + (x >> 3)] as number
      pixels[y * width + x] = (byte >> (7 - (x & 7))) & 1 ? 0 : 255
    }
  }
  return pixels
}

function readBinary(bytes: Buffer, name: string, header: Header): Uint8Array {
  const { width, height, channels, top, pixelsAt } = header
  const count = width * height * channels
  const size = top > 255 ? 2 : 1
  if (bytes.length - pixelsAt < count * size) throw damaged(name, 'cut short in its pixels')
  if (top === 255) return new Uint8Array(bytes.subarray(pixelsAt, pixelsAt + count))
  const pixels = new Uint8Array(count)
  for (let at = 0; at < count; at++) {
    const value = size === 2 ? bytes.readUInt16BE(pixelsAt + 2 * at) : (bytes[pixelsAt + at] as number)
    pixels[at] = scaleTo255(value, top)
  }
  return pixels
}

const readers = { ascii: readAscii, bits: readBits, binary: readBinary }

/** The Netpbm family: PBM, PGM and PPM, in text or binary, up to 16 bits, and PAM. The first picture of a file. */
export const pnm: Decoder = {
  id: 'pnm',
  title: 'PBM, PGM, PPM, PAM',
  mediaType: 'image/x-portable-anymap',

  detects(bytes) {
    const kind = (bytes[1] ?? 0) - 0x30
    return bytes[0] === 0x50 && kind >= 1 && kind <= 7 && (isSpace(bytes[2]) || bytes[2] === 0x23)
  },

  async inspect(bytes, name) {
    const { width, height } = parseHeader(bytes, name)
    return { width, height, pages: 1 }
  },

  async decode(bytes, name): Promise<RawPicture> {
    const header = parseHeader(bytes, name)
    const { width, height, channels } = header
    return { width, height, channels, pixels: readers[header.coding](bytes, name, header) }
  },
}

import { crc32 } from 'node:zlib'

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const maxStored = 65_535

function chunk(type: string, content: Buffer): Buffer {
  const out = Buffer.alloc(12 + content.length)
  out.writeUInt32BE(content.length, 0)
  out.write(type, 4, 'latin1')
  content.copy(out, 8)
  out.writeUInt32BE(crc32(out.subarray(4, 8 + content.length)), 8 + content.length)
  return out
}

function adler32(bytes: Buffer): number {
  let a = 1
  let b = 0
  // The sums of this many bytes fit into 32 bits: one division for all of them (RFC 1950, 9).
  for (let start = 0; start < bytes.length; start += 5_552) {
    const end = Math.min(bytes.length, start + 5_552)
    for (let at = start; at < end; at++) {
      a += bytes[at] ?? 0
      b += a
    }
    a %= 65_521
    b %= 65_521
  }
  return b * 65536 + a
}

/** Writes bits from the lowest up, as deflate wants them. */
class BitWriter {
  private readonly out: Buffer
  private length = 0
  private held = 0
  private count = 0

  /** @param most bytes that are ever written */
  constructor(most: number) {
    this.out = Buffer.allocUnsafe(most)
  }

  put(value: number, bits: number): void {
    this.held |= value << this.count
    this.count += bits
    while (this.count >= 8) {
      this.out[this.length++] = this.held & 255
      this.held >>>= 8
      this.count -= 8
    }
  }

  end(): Buffer {
    if (this.count > 0) this.put(0, 8 - this.count)
    return this.out.subarray(0, this.length)
  }
}

function reversed(code: number, bits: number): number {
  let result = 0
  for (let bit = 0; bit < bits; bit++) result |= ((code >> bit) & 1) << (bits - 1 - bit)
  return result
}

/** The fixed Huffman codes of RFC 1951, 3.2.6, by symbol: bits in the order of writing, and how many. */
const fixedCodes = Array.from({ length: 286 }, (_, symbol) => {
  if (symbol < 144) return { code: reversed(0x30 + symbol, 8), bits: 8 }
  if (symbol < 256) return { code: reversed(0x190 + symbol - 144, 9), bits: 9 }
  if (symbol < 280) return { code: reversed(symbol - 256, 7), bits: 7 }
  return { code: reversed(0xc0 + symbol - 280, 8), bits: 8 }
})
const longestRun = 258

/** Lengths of a run and their symbols (RFC 1951, 3.2.5). */
const lengths = Array.from({ length: 29 }, (_, index) => {
  const extra = index < 8 || index === 28 ? 0 : (index >> 2) - 1
  const from = index === 28 ? 258 : index < 8 ? 3 + index : 3 + ((4 + (index & 3)) << extra)
  return { symbol: 257 + index, from, to: from + 2 ** extra - 1, extra }
})

/**
 * A zlib stream of one block with fixed codes, in which only runs of one byte are shortened. No compressor has a say in
 * it, so equal pixels give equal bytes on every machine.
 */
function runLengthZlib(bytes: Buffer): Buffer {
  const writer = new BitWriter(Math.ceil(bytes.length * 1.125) + 64)
  const symbol = (value: number) => {
    const { code, bits } = fixedCodes[value] as { code: number; bits: number }
    writer.put(code, bits)
  }
  writer.put(1, 1)
  writer.put(1, 2)
  for (let at = 0; at < bytes.length; ) {
    const byte = bytes[at] as number
    symbol(byte)
    at++
    let run = 0
    while (run < longestRun && bytes[at + run] === byte) run++
    const length = lengths.findLast(({ from }) => from <= run)
    if (!length) continue
    const taken = Math.min(run, length.to)
    symbol(length.symbol)
    writer.put(taken - length.from, length.extra)
    // Distance 1: the byte before, again.
    writer.put(0, 5)
    at += taken
  }
  symbol(256)
  const check = Buffer.alloc(4)
  check.writeUInt32BE(adler32(bytes))
  return Buffer.concat([Buffer.from([0x78, 0x01]), writer.end(), check])
}

/** A zlib stream of stored blocks: no compressor has a say in it, so equal pixels give equal bytes on every machine. */
function storedZlib(bytes: Buffer): Buffer {
  const parts: Buffer[] = [Buffer.from([0x78, 0x01])]
  for (let start = 0; start < bytes.length; start += maxStored) {
    const block = bytes.subarray(start, start + maxStored)
    const header = Buffer.alloc(5)
    header[0] = start + block.length === bytes.length ? 1 : 0
    header.writeUInt16LE(block.length, 1)
    header.writeUInt16LE(~block.length & 0xffff, 3)
    parts.push(header, block)
  }
  const check = Buffer.alloc(4)
  check.writeUInt32BE(adler32(bytes))
  return Buffer.concat([...parts, check])
}

/**
 * An uncompressed 8-bit grey PNG of `[height, width]` pixels (PNG specification, RFC 1950 and 1951).
 * For pictures that come as bare pixels (IDX): small, and the same bytes everywhere.
 */
export function encodeGreyPng(pixels: Uint8Array, width: number, height: number): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header[8] = 8
  const rows = Buffer.alloc(height * (width + 1))
  for (let y = 0; y < height; y++) rows.set(pixels.subarray(y * width, (y + 1) * width), y * (width + 1) + 1)
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', storedZlib(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** The grey values of RGB pixels that are all grey; null when one has a colour. */
function greyOf(pixels: Uint8Array): Uint8Array | null {
  for (let at = 0; at < pixels.length; at += 3)
    if (pixels[at] !== pixels[at + 1] || pixels[at] !== pixels[at + 2]) return null
  return Uint8Array.from({ length: pixels.length / 3 }, (_, index) => pixels[3 * index] as number)
}

/**
 * An 8-bit PNG of `[height, width, 1 or 3]` pixels, grey where no pixel has a colour: the same bytes on every machine,
 * and small where much of the picture is one colour from left to right or from top to bottom, as pages of text are.
 */
export function encodePng(pixels: Uint8Array, width: number, height: number): Buffer {
  const grey = pixels.length === width * height ? pixels : greyOf(pixels)
  const values = grey ?? pixels
  const stride = grey ? width : 3 * width
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header[8] = 8
  header[9] = grey ? 0 : 2
  const rows = Buffer.allocUnsafe(height * (stride + 1))
  for (let y = 0, to = 0; y < height; y++) {
    // Filter 2: each byte less the one above it.
    rows[to++] = 2
    for (let from = y * stride; from < (y + 1) * stride; from++)
      rows[to++] = (values[from] as number) - (y > 0 ? (values[from - stride] as number) : 0)
  }
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', runLengthZlib(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

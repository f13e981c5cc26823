import { constants, crc32, deflateSync } from 'node:zlib'

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

/** The Paeth predictor of the PNG specification: of left, above and upper left, the nearest to left + above - upper left. */
function paeth(left: number, above: number, corner: number): number {
  const guess = left + above - corner
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - above), Math.abs(guess - corner)]
  if (a <= b && a <= c) return left
  return b <= c ? above : corner
}

/**
 * An 8-bit PNG of `[height, width, channels]` pixels, grey or RGB, compressed. Only runs are looked for, never matches
 * by hash, whose choice differs between builds of zlib: equal pixels give equal bytes on every machine.
 */
export function encodePng(pixels: Uint8Array, width: number, height: number, channels: 1 | 3): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header[8] = 8
  header[9] = channels === 3 ? 2 : 0
  const stride = width * channels
  const rows = Buffer.alloc(height * (stride + 1))
  for (let y = 0; y < height; y++) {
    const from = y * stride
    const to = y * (stride + 1)
    rows[to] = 4
    for (let x = 0; x < stride; x++) {
      const left = x >= channels ? (pixels[from + x - channels] ?? 0) : 0
      const above = y > 0 ? (pixels[from + x - stride] ?? 0) : 0
      const corner = y > 0 && x >= channels ? (pixels[from + x - stride - channels] ?? 0) : 0
      rows[to + 1 + x] = (pixels[from + x] ?? 0) - paeth(left, above, corner)
    }
  }
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 6, strategy: constants.Z_RLE })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

import { createRequire } from 'node:module'
import { checkSize, type Decoder, damaged, loadLibrary, type RawPicture, unsupported } from './decoder.ts'

interface FrameInfo {
  width: number
  height: number
  bitsPerSample: number
  componentCount: number
  isSigned: boolean
}

interface J2kDecoder {
  getEncodedBuffer(length: number): Uint8Array
  decode(): void
  getFrameInfo(): FrameInfo
  getDecodedBuffer(): Uint8Array
  getColorSpace(): number
  delete(): void
}

interface OpenJpeg {
  J2KDecoder: new () => J2kDecoder
}

const boxSignature = Buffer.from('0000000c6a5020200d0a870a', 'hex')
const codestream = Buffer.from('ff4fff51', 'hex')
/** OpenJPEG's number for the colour space YCC. */
const ycc = 3

let library: Promise<OpenJpeg> | null = null

function openJpeg(name: string): Promise<OpenJpeg> {
  library ??= loadLibrary(name, 'a JPEG 2000 picture', async () => {
    const require = createRequire(import.meta.url)
    const start = require('@cornerstonejs/codec-openjpeg/decodewasmjs') as (
      options: object,
    ) => Promise<OpenJpeg>
    const silent = () => undefined
    return start({ print: silent, printErr: silent })
  })
  library.catch(() => {
    library = null
  })
  return library
}

/** The size of the reference grid less its offset, from the SIZ segment (ISO 15444-1, A.5.1). */
function parseSize(bytes: Buffer, name: string): { width: number; height: number; components: number } {
  const at = bytes.indexOf(codestream)
  if (at < 0 || at + 42 > bytes.length) throw damaged(name, 'it holds no JPEG 2000 codestream')
  const word = (index: number) => bytes.readUInt32BE(at + 8 + 4 * index)
  const [width, height] = [word(0) - word(2), word(1) - word(3)]
  checkSize(name, width, height)
  return { width, height, components: bytes.readUInt16BE(at + 40) }
}

/** Values of any depth as 0..255. */
function toBytes(buffer: Uint8Array, { bitsPerSample, isSigned }: FrameInfo): Uint8Array {
  if (bitsPerSample === 8 && !isSigned) return buffer.slice()
  const count = bitsPerSample > 8 ? buffer.length / 2 : buffer.length
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength)
  const top = 2 ** bitsPerSample - 1
  const shift = isSigned ? 2 ** (bitsPerSample - 1) : 0
  const out = new Uint8Array(count)
  for (let at = 0; at < count; at++) {
    const value =
      bitsPerSample > 8
        ? isSigned
          ? view.getInt16(2 * at, true)
          : view.getUint16(2 * at, true)
        : isSigned
          ? view.getInt8(at)
          : view.getUint8(at)
    out[at] = Math.round(((value + shift) * 255) / top)
  }
  return out
}

/** In place, from full-range YCC (BT.601) to RGB. */
function yccToRgb(pixels: Uint8Array): void {
  const clamped = new Uint8ClampedArray(pixels.buffer, pixels.byteOffset, pixels.length)
  for (let at = 0; at + 2 < clamped.length; at += 3) {
    const y = clamped[at] as number
    const cb = (clamped[at + 1] as number) - 128
    const cr = (clamped[at + 2] as number) - 128
    clamped[at] = y + 1.402 * cr
    clamped[at + 1] = y - 0.344136 * cb - 0.714136 * cr
    clamped[at + 2] = y + 1.772 * cb
  }
}

function read(decoder: J2kDecoder, bytes: Buffer, name: string): RawPicture {
  decoder.getEncodedBuffer(bytes.length).set(bytes)
  try {
    decoder.decode()
  } catch (cause) {
    throw damaged(name, 'the JPEG 2000 decoder gave up', cause)
  }
  const frame = decoder.getFrameInfo()
  const { width, height, componentCount: channels } = frame
  if (channels !== 1 && channels !== 3) throw damaged(name, 'cut short in its pixels')
  const pixels = toBytes(decoder.getDecodedBuffer(), frame)
  if (pixels.length !== width * height * channels) throw damaged(name, 'its pixels are not all there')
  if (channels === 3 && decoder.getColorSpace() === ycc) yccToRgb(pixels)
  return { width, height, channels, pixels }
}

/** JPEG 2000, bare (J2K) or in its boxes (JP2), by OpenJPEG in WebAssembly. */
export const jp2: Decoder = {
  id: 'jp2',
  title: 'JPEG 2000',
  mediaType: 'image/jp2',

  detects: (bytes) => bytes.subarray(0, 12).equals(boxSignature) || bytes.subarray(0, 4).equals(codestream),

  async inspect(bytes, name) {
    const { width, height } = parseSize(bytes, name)
    return { width, height, pages: 1 }
  },

  async decode(bytes, name) {
    const { components } = parseSize(bytes, name)
    // The library gives grey and RGB only.
    if (components !== 1 && components !== 3)
      throw unsupported(name, `a JPEG 2000 picture of ${components} channels`)
    const { J2KDecoder } = await openJpeg(name)
    const decoder = new J2KDecoder()
    try {
      return read(decoder, bytes, name)
    } finally {
      decoder.delete()
    }
  },
}

import { GlyphlabError } from '../../contract/index.ts'

/** Decoded pixels, 8 bits a value, rows from the top, as a person sees them but for transparency. */
export interface RawPicture {
  /** px */
  width: number
  height: number
  /** Grey, grey + alpha, RGB, RGB + alpha. */
  channels: 1 | 2 | 3 | 4
  /** `[height, width, channels]` */
  pixels: Uint8Array
}

export interface PictureHeader {
  /** px, of the page asked for. */
  width: number
  height: number
  /** Pages in the file, at least 1. */
  pages: number
}

/** Reads pictures of one format that sharp does not. Libraries are loaded on first use. */
export interface Decoder {
  id: string
  title: string
  mediaType: string
  /** Whether these bytes begin a file of this format; the file's name is never asked. */
  detects(bytes: Buffer): boolean
  /** The size without decoding, where the format has it in a header. `page` counts from 1. @throws GlyphlabError UNREADABLE_FILE */
  inspect(bytes: Buffer, name: string, page: number): Promise<PictureHeader>
  /** @throws GlyphlabError UNREADABLE_FILE, before memory is taken where the picture is too large. */
  decode(bytes: Buffer, name: string, page: number): Promise<RawPicture>
}

/** Most pixels that are decoded outside of sharp: 8192 x 8192, 256 MB as RGB + alpha. */
const maxDecodedPixels = 67_108_864

/** The picture is damaged in a way that `what` tells. */
export function damaged(name: string, what: string, cause?: unknown): GlyphlabError {
  return new GlyphlabError(
    'UNREADABLE_FILE',
    `${name}: the picture is damaged and can't be decoded (${what}).`,
    undefined,
    { cause },
  )
}

/** The picture is whole, but of a kind that can't be decoded. `what` begins with an article. */
export function unsupported(name: string, what: string): GlyphlabError {
  return new GlyphlabError('UNREADABLE_FILE', `${name}: ${what} can't be decoded. Convert it to PNG first.`)
}

/** @throws GlyphlabError UNREADABLE_FILE for sides that are not positive, or more pixels than are decoded. */
export function checkSize(name: string, width: number, height: number): void {
  if (!(width > 0 && height > 0)) throw damaged(name, `its header says ${width} x ${height} px`)
  if (width * height > maxDecodedPixels) {
    throw new GlyphlabError(
      'UNREADABLE_FILE',
      `${name}: the picture has ${width} x ${height} px, more than ${Math.floor(maxDecodedPixels / 1e6)} million pixels in this format. Scale it down first.`,
    )
  }
}

/**
 * Loads a decoder's library, which a small server may have been built without.
 * @throws GlyphlabError UNREADABLE_FILE when it is not there
 */
export async function loadLibrary<T>(name: string, what: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : ''
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw cause
    throw unsupported(name, `${what} (this installation has no decoder for it)`)
  }
}

import sharp, { type Metadata, type Sharp } from 'sharp'
import { GlyphlabError, type ImagePreprocessing } from '../contract/index.ts'
import { decoderFor, readableFormats } from './decoders/index.ts'
import { encodePng } from './png.ts'
import { isOtherMarkup, unreadFormat } from './unread-formats.ts'
import { verifyPlainPng } from './verify-png.ts'

/** A picture with more pixels than this is refused: it would take gigabytes to decode. */
export const maxPixels = 268_402_689 // 16383 x 16383, sharp's own default

const maxPixelsInMemory = 16_777_216

sharp.cache(false)

export interface ImageInfo {
  /** Displayed (EXIF-turned) size in px. */
  width: number
  height: number
  mediaType: string
  /** Frames or pages in the file. */
  pages: number
}

/** Formats whose pages are pictures in their own right; the frames of an animation are not. */
const pagedTypes = ['image/tiff', 'application/pdf']

/** How many pages of a file can be read one by one. */
export const readablePages = ({ mediaType, pages }: ImageInfo): number =>
  pagedTypes.includes(mediaType) ? pages : 1

const mediaTypes: Record<string, string> = {
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  gif: 'image/gif',
  tiff: 'image/tiff',
  avif: 'image/avif',
  heif: 'image/heif',
  svg: 'image/svg+xml',
}

/** `page` counts from 1; only files with `readablePages` have more than one. */
function openBySharp(bytes: Buffer, page: number): Sharp {
  const paged = page > 1 ? { page: page - 1 } : {}
  return sharp(bytes, { limitInputPixels: maxPixels, failOn: 'error', ...paged })
}

/** Any picture as the start of a sharp pipeline: what sharp doesn't read is decoded first. */
async function open(bytes: Buffer, name: string, page: number): Promise<Sharp> {
  const decoder = decoderFor(bytes)
  if (!decoder) return openBySharp(bytes, page)
  const { pixels, width, height, channels } = await decoder.decode(bytes, name, page)
  return sharp(pixels, { raw: { width, height, channels } })
}

function refuseUnread(bytes: Buffer, name: string): void {
  if (bytes.length === 0) throw new GlyphlabError('UNREADABLE_FILE', `${name}: the file is empty (0 bytes).`)
  const format = unreadFormat(bytes)
  if (format)
    throw new GlyphlabError('UNREADABLE_FILE', `${name}: ${format} can't be read. Convert it to PNG first.`)
  if (isOtherMarkup(bytes)) throw notAPicture(name)
}

const notAPicture = (name: string): GlyphlabError =>
  new GlyphlabError(
    'UNREADABLE_FILE',
    `${name}: not a picture in a format that can be decoded (${readableFormats}).`,
  )

function unreadable(name: string, cause: unknown): GlyphlabError {
  const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause)
  if (reason.includes('pixel limit')) {
    return new GlyphlabError(
      'UNREADABLE_FILE',
      `${name}: the picture has more than ${Math.round(maxPixels / 1e6)} million pixels. Scale it down first.`,
    )
  }
  const foreign = ['unsupported image format', 'compression format']
  if (foreign.some((words) => reason.includes(words))) return notAPicture(name)
  return new GlyphlabError(
    'UNREADABLE_FILE',
    `${name}: the picture is damaged and can't be decoded (${reason}).`,
  )
}

function displayed(metadata: Metadata): { width: number; height: number } {
  const turned = (metadata.orientation ?? 1) >= 5
  return turned
    ? { width: metadata.height, height: metadata.width }
    : { width: metadata.width, height: metadata.height }
}

/**
 * Reads the header only, where the format has one. The type comes from the bytes, never from the name.
 * @param page from 1
 * @throws GlyphlabError UNREADABLE_FILE, naming `name` and the reason.
 */
export async function inspectImage(bytes: Buffer, name: string, page = 1): Promise<ImageInfo> {
  refuseUnread(bytes, name)
  return readingPixels(name, async () => {
    const decoder = decoderFor(bytes)
    if (decoder) {
      const { width, height, pages } = await decoder.inspect(bytes, name, page)
      return { width, height, mediaType: decoder.mediaType, pages }
    }
    const metadata = await openBySharp(bytes, page).metadata()
    if (metadata.width * metadata.height > maxPixels) throw new Error('Input image exceeds pixel limit')
    if (metadata.channels > (metadata.space === 'cmyk' ? 5 : 4)) {
      throw new GlyphlabError(
        'UNREADABLE_FILE',
        `${name}: a picture of ${metadata.channels} channels can't be shown. Convert it to RGB first.`,
      )
    }
    return {
      ...displayed(metadata),
      mediaType: mediaTypes[metadata.format] ?? `image/${metadata.format}`,
      pages: metadata.pages ?? 1,
    }
  })
}

/**
 * The picture as a person sees it: turned by its EXIF orientation, transparency on white, in sRGB with 8 bits.
 * Returns a sharp pipeline for more steps; errors in the pixels appear when it runs (wrap with `readingPixels`).
 * @param page from 1
 * @throws GlyphlabError UNREADABLE_FILE for a picture that sharp doesn't decode itself
 */
export async function displayedImage(bytes: Buffer, name: string, page = 1): Promise<Sharp> {
  const image = await open(bytes, name, page)
  return image.autoOrient().flatten({ background: '#ffffff' }).toColourspace('srgb')
}

/** Runs `read` and turns a decoder's error into UNREADABLE_FILE with the file's name. */
export async function readingPixels<T>(name: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (cause) {
    throw cause instanceof GlyphlabError ? cause : unreadable(name, cause)
  }
}

/**
 * Decodes every pixel, so that a truncated or damaged file is found, and returns its size as displayed.
 * @throws GlyphlabError UNREADABLE_FILE
 */
export async function verifyImage(bytes: Buffer, name: string, page = 1): Promise<ImageInfo> {
  const plain = verifyPlainPng(bytes)
  if (plain) return { ...plain, mediaType: 'image/png', pages: 1 }
  const info = await inspectImage(bytes, name, page)
  // `stats` streams, at three times the cost: for pictures that should not lie decoded in memory.
  const small = info.width * info.height <= maxPixelsInMemory
  await readingPixels<unknown>(name, () => {
    const decoder = decoderFor(bytes)
    if (decoder) return decoder.decode(bytes, name, page)
    return small ? openBySharp(bytes, page).raw().toBuffer() : openBySharp(bytes, page).stats()
  })
  return info
}

/**
 * One page as a picture file of its own: a PNG whose bytes are the same on every machine.
 * @param page from 1
 * @throws GlyphlabError UNREADABLE_FILE
 */
export async function pagePicture(bytes: Buffer, name: string, page: number): Promise<Buffer> {
  return readingPixels(name, async () => {
    const image = await displayedImage(bytes, name, page)
    const { data, info } = await image.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true })
    return encodePng(data, info.width, info.height)
  })
}

/**
 * A model's input from a picture: `[height, width, channels]` bytes, 0..255. The picture is stretched to the model's
 * size (as training did), so that app, server and bundle see the same numbers.
 * @throws GlyphlabError UNREADABLE_FILE
 */
export async function modelPixels(
  bytes: Buffer,
  name: string,
  { width, height, channels }: Pick<ImagePreprocessing, 'width' | 'height' | 'channels'>,
): Promise<Uint8Array> {
  refuseUnread(bytes, name)
  return readingPixels(name, async () => {
    const image = (await displayedImage(bytes, name)).resize(width, height, {
      fit: 'fill',
      kernel: 'lanczos3',
      fastShrinkOnLoad: false,
    })
    const pixels = await (channels === 1 ? image.greyscale() : image).raw({ depth: 'uchar' }).toBuffer()
    if (pixels.length !== width * height * channels) {
      throw new GlyphlabError(
        'UNREADABLE_FILE',
        `${name}: decoded to ${pixels.length} values where ${width * height * channels} were expected.`,
      )
    }
    return pixels
  })
}

import sharp, { type Metadata, type Sharp } from 'sharp'
import { GlyphlabError, type ImagePreprocessing } from '../contract/index.ts'
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
  /** Frames or pages in the file; only the first is used. */
  pages: number
}

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

function open(bytes: Buffer): Sharp {
  return sharp(bytes, { limitInputPixels: maxPixels, failOn: 'error' })
}

function unreadable(name: string, cause: unknown): GlyphlabError {
  const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause)
  if (reason.includes('pixel limit')) {
    return new GlyphlabError(
      'UNREADABLE_FILE',
      `${name}: the picture has more than ${Math.round(maxPixels / 1e6)} million pixels. Scale it down first.`,
    )
  }
  if (reason.includes('unsupported image format') || reason.includes('compression format')) {
    return new GlyphlabError(
      'UNREADABLE_FILE',
      `${name}: not a picture in a format that can be decoded (JPEG, PNG, WebP, TIFF, GIF, AVIF).`,
    )
  }
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
 * Reads the header only. The type comes from the bytes, never from the name.
 * @throws GlyphlabError UNREADABLE_FILE, naming `name` and the reason.
 */
export async function inspectImage(bytes: Buffer, name: string): Promise<ImageInfo> {
  if (bytes.length === 0) throw new GlyphlabError('UNREADABLE_FILE', `${name}: the file is empty (0 bytes).`)
  try {
    const metadata = await open(bytes).metadata()
    if (metadata.width * metadata.height > maxPixels) throw new Error('Input image exceeds pixel limit')
    return {
      ...displayed(metadata),
      mediaType: mediaTypes[metadata.format] ?? `image/${metadata.format}`,
      pages: metadata.pages ?? 1,
    }
  } catch (cause) {
    throw unreadable(name, cause)
  }
}

/**
 * The picture as a person sees it: turned by its EXIF orientation, transparency on white, in sRGB with 8 bits.
 * Returns a sharp pipeline for more steps; errors in the pixels appear when it runs (wrap with `readingPixels`).
 */
export function displayedImage(bytes: Buffer): Sharp {
  return open(bytes).autoOrient().flatten({ background: '#ffffff' }).toColourspace('srgb')
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
export async function verifyImage(bytes: Buffer, name: string): Promise<ImageInfo> {
  const plain = verifyPlainPng(bytes)
  if (plain) return { ...plain, mediaType: 'image/png', pages: 1 }
  const info = await inspectImage(bytes, name)
  // `stats` streams, at three times the cost: for pictures that should not lie decoded in memory.
  const small = info.width * info.height <= maxPixelsInMemory
  await readingPixels<unknown>(name, () => (small ? open(bytes).raw().toBuffer() : open(bytes).stats()))
  return info
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
  if (bytes.length === 0) throw new GlyphlabError('UNREADABLE_FILE', `${name}: the file is empty (0 bytes).`)
  return readingPixels(name, async () => {
    const image = displayedImage(bytes).resize(width, height, {
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

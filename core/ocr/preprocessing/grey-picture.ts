import sharp from 'sharp'
import { GlyphlabError } from '../../contract/index.ts'
import { displayedImage, inspectImage, readingPixels } from '../../imaging/image.ts'

/** One byte a pixel, 0 black to 255 white, rows from the top. */
export interface GreyPicture {
  pixels: Buffer
  /** px */
  width: number
  height: number
}

export interface PreparedPicture {
  picture: GreyPicture
  /** Size in px of the displayed original. */
  width: number
  height: number
  /** px of `picture` per px of the displayed original, at most 1. */
  scale: number
  /** Pages in the file; `picture` is the first. */
  pages: number
}

export interface PictureLimits {
  /** Widest picture, in px. */
  width: number
  /** Tallest picture that is read in one piece, in px; a taller one is cut into strips. */
  height: number
  /** Most pixels read in one piece. */
  pixels: number
}

function readableScale(width: number, height: number, limits: PictureLimits): number {
  const pieceHeight = Math.min(height, limits.height)
  return Math.min(1, limits.width / width, Math.sqrt(limits.pixels / (width * pieceHeight)))
}

/**
 * A picture file as grey pixels, as a person sees it: turned by its EXIF orientation, transparency on white. Scaled
 * down where it exceeds `limits`; its height is not limited, since a tall picture is cut into strips later.
 * @throws GlyphlabError UNREADABLE_FILE
 */
export async function prepareGreyPicture(
  bytes: Buffer,
  name: string,
  limits: PictureLimits,
): Promise<PreparedPicture> {
  const info = await inspectImage(bytes, name)
  const scale = readableScale(info.width, info.height, limits)
  const width = Math.max(1, Math.round(info.width * scale))
  const height = Math.max(1, Math.round(info.height * scale))
  const pixels = await readingPixels(name, async () => {
    const grey = (await displayedImage(bytes, name)).greyscale()
    const sized = scale < 1 ? grey.resize(width, height, { fit: 'fill', fastShrinkOnLoad: false }) : grey
    return sized.raw({ depth: 'uchar' }).toBuffer()
  })
  if (pixels.length !== width * height) {
    throw new GlyphlabError(
      'UNREADABLE_FILE',
      `${name}: decoded to ${pixels.length} grey values where ${width * height} were expected.`,
    )
  }
  return {
    picture: { pixels, width, height },
    width: info.width,
    height: info.height,
    scale,
    pages: info.pages,
  }
}

/** The picture as a binary PGM file, which tesseract reads without a decoder and which can't carry an EXIF turn. */
export function toPgm({ pixels, width, height }: GreyPicture): Buffer {
  return Buffer.concat([Buffer.from(`P5\n${width} ${height}\n255\n`), pixels])
}

/** Puts a white margin of `margin` px on every side. */
export function withMargin(picture: GreyPicture, margin: number): GreyPicture {
  const width = picture.width + 2 * margin
  const height = picture.height + 2 * margin
  const pixels = Buffer.alloc(width * height, 255)
  for (let row = 0; row < picture.height; row++) {
    const from = row * picture.width
    picture.pixels.copy(pixels, (row + margin) * width + margin, from, from + picture.width)
  }
  return { pixels, width, height }
}

/** The middle of the picture, half as wide and half as tall. */
export function middleOf(picture: GreyPicture): GreyPicture {
  const width = Math.ceil(picture.width / 2)
  const height = Math.ceil(picture.height / 2)
  const left = Math.floor((picture.width - width) / 2)
  const top = Math.floor((picture.height - height) / 2)
  const pixels = Buffer.allocUnsafe(width * height)
  for (let row = 0; row < height; row++) {
    const from = (top + row) * picture.width + left
    picture.pixels.copy(pixels, row * width, from, from + width)
  }
  return { pixels, width, height }
}

/** Degrees clockwise. */
export type Turn = 90 | 180 | 270

export async function turned(picture: GreyPicture, degrees: Turn): Promise<GreyPicture> {
  const { data, info } = await sharp(picture.pixels, {
    raw: { width: picture.width, height: picture.height, channels: 1 },
    limitInputPixels: false,
  })
    .rotate(degrees)
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { pixels: data, width: info.width, height: info.height }
}

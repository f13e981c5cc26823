import sharp, { type Sharp } from 'sharp'
import { GlyphlabError } from '../contract/index.ts'
import { displayedImage, inspectImage, readingPixels } from './image.ts'

/** A line of text as a recogniser sees it. */
export interface LinePixels {
  /** `[height, width]`: 0 ink, 255 paper. */
  pixels: Uint8Array
  /** A multiple of `lineWidthStep`, px. */
  width: number
  height: number
}

/** Lines are widened with paper to a multiple of this, so that many share a width. */
export const lineWidthStep = 32
export const widestLine = 8192

/** Paper on either side, so that the outermost letters do not touch the border, px. */
export const lineMargin = 8
/** A picture whose greys lie closer together is left as it is: it is empty, and would become noise. */
const leastContrast = 24

/**
 * A picture of one line, scaled to a height with its proportions kept, in greys stretched from ink to paper.
 * @throws GlyphlabError UNREADABLE_FILE, naming `name`, for what is no picture or wider than any line
 */
export async function linePixels(bytes: Buffer, name: string, height: number): Promise<LinePixels> {
  return readingPixels(name, async () => {
    const width = widthFor(await inspectImage(bytes, name), name, height)
    return lineOf((await displayedImage(bytes, name)).greyscale(), width, height)
  })
}

/**
 * A line of a page that is decoded already, prepared as `linePixels` prepares its picture.
 * @throws GlyphlabError UNREADABLE_FILE, naming `name`, for what is wider than any line
 */
export async function cutLinePixels(
  { pixels, width, height }: { pixels: Buffer; width: number; height: number },
  box: { left: number; top: number; width: number; height: number },
  name: string,
  lineHeight: number,
): Promise<LinePixels> {
  const cut = sharp(pixels, { raw: { width, height, channels: 1 }, limitInputPixels: false }).extract(box)
  return lineOf(cut.greyscale(), widthFor(box, name, lineHeight), lineHeight)
}

async function lineOf(grey: Sharp, shownWidth: number, height: number): Promise<LinePixels> {
  const { data, info } = await grey
    .resize({ height, fit: 'fill', kernel: 'lanczos3', fastShrinkOnLoad: false, width: shownWidth })
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
  stretch(data)
  const width = Math.ceil((info.width + 2 * lineMargin) / lineWidthStep) * lineWidthStep
  const pixels = new Uint8Array(width * height).fill(255)
  for (let row = 0; row < height; row++) {
    pixels.set(data.subarray(row * info.width, (row + 1) * info.width), row * width + lineMargin)
  }
  return { pixels, width, height }
}

function widthFor(
  { width: fullWidth, height: fullHeight }: { width: number; height: number },
  name: string,
  height: number,
): number {
  const width = Math.max(1, Math.round((fullWidth * height) / fullHeight))
  if (width <= widestLine - 2 * lineMargin) return width
  throw new GlyphlabError(
    'UNREADABLE_FILE',
    `${name}: with ${fullWidth} x ${fullHeight} px it is too wide for a line of text. Cut it into pieces.`,
  )
}

/** In place: the darkest hundredth becomes 0, the lightest tenth 255. */
function stretch(pixels: Uint8Array): void {
  const counts = new Uint32Array(256)
  for (const pixel of pixels) counts[pixel] = (counts[pixel] as number) + 1
  const quantile = (part: number): number => {
    let left = part * pixels.length
    return counts.findIndex((count) => {
      left -= count
      return left < 0
    })
  }
  const [ink, paper] = [quantile(0.01), quantile(0.9)]
  if (paper - ink < leastContrast) return
  const levels = Uint8ClampedArray.from({ length: 256 }, (_, level) => (255 * (level - ink)) / (paper - ink))
  for (let at = 0; at < pixels.length; at++) pixels[at] = levels[pixels[at] as number] as number
}

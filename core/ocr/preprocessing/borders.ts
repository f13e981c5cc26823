import type { GreyPicture } from './grey-picture.ts'
import { otsuThreshold } from './thresholds.ts'

/** A row or column is border while so much of it is dark. */
const darkPart = 0.6
/** A border is at most this part of the side. */
const deepest = 0.25

/**
 * How deep, in px, dark borders (a scanner's lid, the table under a page) reach into the picture from each side. Rows
 * and columns at an edge count while most of their pixels are dark.
 */
export function measureBorders({ pixels, width, height }: GreyPicture): {
  left: number
  top: number
  right: number
  bottom: number
} {
  const threshold = otsuThreshold(pixels)
  const darkRow = (y: number) => {
    let dark = 0
    for (let x = 0; x < width; x++) if ((pixels[y * width + x] as number) <= threshold) dark++
    return dark > darkPart * width
  }
  const darkColumn = (x: number) => {
    let dark = 0
    for (let y = 0; y < height; y++) if ((pixels[y * width + x] as number) <= threshold) dark++
    return dark > darkPart * height
  }
  const depth = (side: number, isDark: (at: number) => boolean) => {
    let reached = 0
    for (let at = 0; at < side * deepest; at++) if (isDark(at)) reached = at + 1
    return reached
  }
  return {
    left: depth(width, darkColumn),
    right: depth(width, (at) => darkColumn(width - 1 - at)),
    top: depth(height, darkRow),
    bottom: depth(height, (at) => darkRow(height - 1 - at)),
  }
}

/** The picture without its dark borders, and where its upper left corner lay, px; the picture itself where it has none. */
export function withoutBorders(picture: GreyPicture): { picture: GreyPicture; left: number; top: number } {
  const { left, top, right, bottom } = measureBorders(picture)
  if (left + top + right + bottom === 0) return { picture, left, top }
  const [width, height] = [picture.width - left - right, picture.height - top - bottom]
  const pixels = Buffer.allocUnsafe(width * height)
  for (let row = 0; row < height; row++) {
    const from = (top + row) * picture.width + left
    picture.pixels.copy(pixels, row * width, from, from + width)
  }
  return { picture: { pixels, width, height }, left, top }
}

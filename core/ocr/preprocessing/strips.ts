import type { GreyPicture } from './grey-picture.ts'

export interface Strip extends GreyPicture {
  /** Row of the whole picture at which the strip begins. */
  top: number
}

/** Rows whose darkest and brightest pixel differ by less than this hold no text, whatever the background's colour. */
const quietContrast = 24

function contrast({ pixels, width }: GreyPicture, row: number): number {
  let darkest = 255
  let brightest = 0
  for (let index = row * width; index < (row + 1) * width; index++) {
    const value = pixels[index] ?? 0
    if (value < darkest) darkest = value
    if (value > brightest) brightest = value
  }
  return brightest - darkest
}

/** Where to cut between two rows: the middle of the tallest blank space, or the row of least contrast if none is blank. */
function quietestRow(picture: GreyPicture, from: number, to: number): number {
  let space = { middle: from, rows: 0 }
  let faintest = { row: to, contrast: 256 }
  let blankSince = from
  for (let row = from; row < to; row++) {
    const rowContrast = contrast(picture, row)
    if (rowContrast < faintest.contrast) faintest = { row, contrast: rowContrast }
    if (rowContrast >= quietContrast) blankSince = row + 1
    const rows = row + 1 - blankSince
    if (rows > space.rows) space = { middle: blankSince + Math.floor(rows / 2), rows }
  }
  return space.rows > 0 ? space.middle : faintest.row
}

/**
 * Cuts a picture taller than `tallest` px into strips of half to whole that height, between lines of text where there
 * is a blank row. Strips share the picture's memory.
 */
export function cutIntoStrips(picture: GreyPicture, tallest: number): Strip[] {
  const strips: Strip[] = []
  let top = 0
  while (top < picture.height) {
    const rest = picture.height - top
    const bottom =
      rest <= tallest ? picture.height : quietestRow(picture, top + Math.ceil(tallest / 2), top + tallest)
    strips.push({
      pixels: picture.pixels.subarray(top * picture.width, bottom * picture.width),
      width: picture.width,
      height: bottom - top,
      top,
    })
    top = bottom
  }
  return strips
}

import type Tesseract from 'tesseract.js'
import type { Box, PageSegmentation } from '../../contract/index.ts'
import { type GreyPicture, toPgm } from '../preprocessing/grey-picture.ts'
import { otsuThreshold } from '../preprocessing/thresholds.ts'
import type { TesseractWorker } from './tesseract-worker.ts'

/** A line of text on a page, in px, and the block it belongs to, from 0. */
export interface TextLine {
  box: Box
  block: number
}

/** px; lower or narrower pieces are specks and rules. */
const leastHeight = 6

const paragraphsOf = (blocks: readonly Tesseract.Block[]) => blocks.flatMap(({ paragraphs }) => paragraphs)

/** The lines of a page in reading order, as tesseract's layout analysis finds them; else all the ink as one line. */
export async function findLines(
  picture: GreyPicture,
  psm: PageSegmentation,
  worker: TesseractWorker,
): Promise<TextLine[]> {
  const isOneLine = psm === 7 || psm === 8 || psm === 10 || psm === 13
  const blocks = isOneLine ? [] : await worker.analyse(toPgm(picture), psm)
  const found = paragraphsOf(blocks).flatMap(({ lines }, block) =>
    lines
      .map(({ bbox }) => ({ box: within(bbox, picture), block }))
      .filter(({ box }) => box.y1 - box.y0 >= leastHeight && box.x1 > box.x0),
  )
  if (found.length > 0) return found
  const band = inkBand(picture)
  return band ? [{ box: band, block: 0 }] : []
}

const within = ({ x0, y0, x1, y1 }: Box, { width, height }: GreyPicture): Box => ({
  x0: Math.max(0, Math.floor(x0)),
  y0: Math.max(0, Math.floor(y0)),
  x1: Math.min(width, Math.ceil(x1)),
  y1: Math.min(height, Math.ceil(y1)),
})

/** Where the ink of a picture lies, by its profiles along both sides; null for an empty one. */
export function inkBand({ pixels, width, height }: GreyPicture): Box | null {
  const threshold = otsuThreshold(pixels)
  let dark = 0
  for (const value of pixels) if (value <= threshold) dark++
  const inkIsDark = dark * 2 <= pixels.length
  const rows = new Uint32Array(height)
  const columns = new Uint32Array(width)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if ((pixels[y * width + x] as number) <= threshold !== inkIsDark) continue
      rows[y] = (rows[y] as number) + 1
      columns[x] = (columns[x] as number) + 1
    }
  }
  const isInk = (count: number) => count > 0
  const box = {
    x0: columns.findIndex(isInk),
    y0: rows.findIndex(isInk),
    x1: columns.findLastIndex(isInk) + 1,
    y1: rows.findLastIndex(isInk) + 1,
  }
  return box.y1 - box.y0 >= leastHeight && dark < pixels.length ? box : null
}

import type { Box, OcrWord, PageSegmentation } from '../../contract/index.ts'
import { wordsOfLine } from '../engines/line-words.ts'
import { inkBand, type TextLine } from '../engines/text-lines.ts'
import { inReadingOrder, type Ordered } from '../layout/reading-order.ts'
import type { GreyPicture, Turn } from '../preprocessing/grey-picture.ts'
import { after, inPlace, placed, turnedAround } from '../preprocessing/placement.ts'
import { measureLetterHeight } from '../preprocessing/text-size.ts'
import { movedWords } from '../words.ts'
import { detectText } from './detector.ts'
import type { PpocrModels } from './model-files.ts'
import { boxAt, type SlantedBox } from './rectangle.ts'
import { pixelsPerFrame, recogniseLine, upsideDown } from './text-recogniser.ts'

/** px; letters of this height are found best, and the longer side is looked at with this where there are no letters. */
const foundLetters = 11
const usualSide = 1_600
const largestScale = 3
/** px of the longer side: enough to tell how a page lies. */
const turnSide = 960
/** So many of a page's longest lines tell whether it stands upside down. */
const askedLines = 24

/** Degrees; lines that lean less are in order as they lie, and their boxes as exact. */
const leastLean = 1

const boxOf = ({ width, height, place }: SlantedBox): Box =>
  placed({ x0: 0, y0: 0, x1: width, y1: height }, place)

/** Pieces in reading order, judged as they lie once the lean of the lines is taken out. */
function ordered(pieces: SlantedBox[], psm: PageSegmentation): Ordered<SlantedBox>[] {
  const leans = pieces
    .map(({ degrees }) => degrees)
    .filter((degrees) => degrees <= 45)
    .sort((a, b) => a - b)
  const lean = leans[leans.length >> 1] ?? 0
  const none = { width: 0, height: 0 }
  const straight = Math.abs(lean) < leastLean ? inPlace : turnedAround(none, none, -lean)
  return inReadingOrder(
    pieces,
    (piece) => boxOf({ ...piece, place: after(straight, piece.place) }),
    !oneColumnModes.has(psm),
  )
}

/** How much a picture is scaled before text is looked for. */
function lookingScale(picture: GreyPicture): number {
  const letters = measureLetterHeight(picture)
  const side = Math.max(picture.width, picture.height)
  if (letters === null) return Math.min(1, usualSide / side)
  const factor = Math.min(largestScale, foundLetters / letters)
  return factor > 0.8 && factor < 1.2 ? 1 : factor
}

const oneLineModes: ReadonlySet<PageSegmentation> = new Set([7, 8, 10, 13])
const oneColumnModes: ReadonlySet<PageSegmentation> = new Set([4, 6])

const asSlanted = ({ x0, y0, x1, y1 }: Box): SlantedBox =>
  boxAt({ x: (x0 + x1) / 2, y: (y0 + y1) / 2 }, x1 - x0, y1 - y0, 0)

/** All the ink as one line: for pictures of a line, and those in which no text is found. */
function wholeLine(picture: GreyPicture): SlantedBox[] {
  const band = inkBand(picture)
  return band ? [asSlanted(band)] : []
}

/** The pieces of text of a picture. */
async function findText(
  picture: GreyPicture,
  psm: PageSegmentation,
  models: PpocrModels,
): Promise<SlantedBox[]> {
  if (oneLineModes.has(psm)) return wholeLine(picture)
  const found = await detectText(picture, models, lookingScale(picture))
  const isLine = picture.width > 2 * picture.height
  return found.length === 0 && isLine ? wholeLine(picture) : found
}

/** Upright boxes around the lines of a picture, in reading order; the pieces of a line together. */
export async function readableLines(
  picture: GreyPicture,
  psm: PageSegmentation,
  models: PpocrModels,
): Promise<TextLine[]> {
  const lines = new Map<number, TextLine>()
  const pieces = ordered(await findText(picture, psm, models), psm)
  for (const { item, line, block } of pieces) {
    const { x0, y0, x1, y1 } = boxOf(item)
    const before = lines.get(line)?.box ?? { x0: picture.width, y0: picture.height, x1: 0, y1: 0 }
    const box = {
      x0: Math.max(0, Math.min(before.x0, Math.floor(x0))),
      y0: Math.max(0, Math.min(before.y0, Math.floor(y0))),
      x1: Math.min(picture.width, Math.max(before.x1, Math.ceil(x1))),
      y1: Math.min(picture.height, Math.max(before.y1, Math.ceil(y1))),
    }
    lines.set(line, { box, block })
  }
  return [...lines.values()].filter(({ box }) => box.x1 > box.x0 && box.y1 > box.y0)
}

/** The words of a picture in reading order. */
export async function readWords(
  picture: GreyPicture,
  psm: PageSegmentation,
  models: PpocrModels,
): Promise<OcrWord[]> {
  const words: OcrWord[] = []
  const pieces = ordered(await findText(picture, psm, models), psm)
  let [line, block, lastLine, lastBlock] = [-1, -1, -1, -1]
  for (const piece of pieces) {
    const { width, height, place } = piece.item
    const { characters, width: sampled } = await recogniseLine(picture, piece.item, models)
    if (characters.length === 0) continue
    // Numbers without holes, also where a piece gave no text.
    if (piece.line !== lastLine) line++
    if (piece.block !== lastBlock) block++
    ;[lastLine, lastBlock] = [piece.line, piece.block]
    const perFrame = (pixelsPerFrame * width) / sampled
    const own = { x0: 0, y0: 0, x1: width, y1: height }
    const read = wordsOfLine(characters, { left: 0, perFrame, box: own }, line, block)
    words.push(...movedWords(read, place))
  }
  return words
}

/** How a page must be turned, clockwise, for its text to stand upright; 0 where it does, and where nothing tells. */
export async function uprightTurn(picture: GreyPicture, models: PpocrModels): Promise<Turn | 0> {
  const side = Math.max(picture.width, picture.height)
  const boxes = await detectText(picture, models, Math.min(1, turnSide / side))
  const stands = ({ degrees }: SlantedBox) => degrees > 45
  const length = (some: SlantedBox[]) => some.reduce((sum, { width }) => sum + width, 0)
  const standing = boxes.filter(stands)
  const isOnItsSide = length(standing) > length(boxes) / 2
  const lines = (isOnItsSide ? standing : boxes.filter((box) => !stands(box)))
    .sort((a, b) => b.width - a.width)
    .slice(0, askedLines)
  let votes = 0
  for (const line of lines) votes += (await upsideDown(picture, line, models)) - 0.5
  const isReversed = votes > 0
  if (isOnItsSide) return isReversed ? 90 : 270
  return isReversed ? 180 : 0
}

import { type Box, GlyphlabError, type PageArrangement, type QuarterTurn } from '../contract/index.ts'

export interface Size {
  width: number
  height: number
}

export const turnedSize = ({ width, height }: Size, degrees: QuarterTurn | 0): Size =>
  degrees === 90 || degrees === 270 ? { width: height, height: width } : { width, height }

/** Where a box comes to lie when its picture, of this size, is turned clockwise. */
export function turnedBox({ x0, y0, x1, y1 }: Box, { width, height }: Size, degrees: QuarterTurn | 0): Box {
  if (degrees === 90) return { x0: height - y1, y0: x0, x1: height - y0, y1: x1 }
  if (degrees === 180) return { x0: width - x1, y0: height - y1, x1: width - x0, y1: height - y0 }
  if (degrees === 270) return { x0: y0, y0: width - x1, x1: y1, y1: width - x0 }
  return { x0, y0, x1, y1 }
}

/** A change of the picture on view. */
export type PictureChange = { kind: 'turn'; degrees: QuarterTurn } | { kind: 'crop'; box: Box }

/** The size of the picture on view. */
export const arrangedSize = ({ turn, crop, ...original }: PageArrangement): Size =>
  crop === null ? turnedSize(original, turn) : { width: crop.x1 - crop.x0, height: crop.y1 - crop.y0 }

/** px; a smaller rest of a page is taken for a slip. */
const leastSide = 8

/** The box within the page, in whole pixels. @throws GlyphlabError INVALID_INPUT */
function cutWithin({ x0, y0, x1, y1 }: Box, { width, height }: Size): Box {
  const cut = {
    x0: Math.max(0, Math.floor(x0)),
    y0: Math.max(0, Math.floor(y0)),
    x1: Math.min(width, Math.ceil(x1)),
    y1: Math.min(height, Math.ceil(y1)),
  }
  if (cut.x1 - cut.x0 >= leastSide && cut.y1 - cut.y0 >= leastSide) return cut
  throw new GlyphlabError(
    'INVALID_INPUT',
    `Less than ${leastSide} px of the page would be left. Draw what is to stay on the page of ${width} x ${height} px.`,
  )
}

/** The arrangement after one change more. @throws GlyphlabError INVALID_INPUT */
export function arrangedBy(before: PageArrangement, change: PictureChange): PageArrangement {
  const { turn, crop } = before
  if (change.kind === 'turn')
    return {
      ...before,
      turn: ((turn + change.degrees) % 360) as PageArrangement['turn'],
      crop: crop && turnedBox(crop, turnedSize(before, turn), change.degrees),
    }
  const cut = cutWithin(change.box, arrangedSize(before))
  const [left, top] = [crop?.x0 ?? 0, crop?.y0 ?? 0]
  const moved = { x0: cut.x0 + left, y0: cut.y0 + top, x1: cut.x1 + left, y1: cut.y1 + top }
  const whole = turnedSize(before, turn)
  const isWhole = moved.x1 - moved.x0 === whole.width && moved.y1 - moved.y0 === whole.height
  return { ...before, crop: isWhole ? null : moved }
}

/** Whether the picture on view is the original. */
export const isOriginal = ({ turn, crop }: PageArrangement): boolean => turn === 0 && crop === null

/** Where a box of the page, of this size, lies after a change; null where its middle is cut off. */
export function boxAfter(box: Box, size: Size, change: PictureChange): Box | null {
  if (change.kind === 'turn') return turnedBox(box, size, change.degrees)
  const cut = cutWithin(change.box, size)
  const [x, y] = [(box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2]
  if (x < cut.x0 || x > cut.x1 || y < cut.y0 || y > cut.y1) return null
  return {
    x0: Math.max(0, box.x0 - cut.x0),
    y0: Math.max(0, box.y0 - cut.y0),
    x1: Math.min(cut.x1, box.x1) - cut.x0,
    y1: Math.min(cut.y1, box.y1) - cut.y0,
  }
}

import sharp from 'sharp'
import type { LabelledBox } from '../../contract/index.ts'
import type { ImageInfo } from '../../imaging/image.ts'
import { counted, type Notes } from './notes.ts'

/** Rounds away what binary fractions add (0.1 + 0.2), so that x + width and back give equal numbers. In px. */
export const roundPixels = (value: number): number => Math.round(value * 1e6) / 1e6

/** Boxes that stand out by less than this, in px, are a matter of rounding: they are cut without a word. */
const tolerance = 0.5

export interface DrawnBoxes {
  boxes: LabelledBox[]
  /** Size in px of the picture as the annotation knows it; null when it does not say. */
  drawnOn: { width: number; height: number } | null
  /** The size is in another unit (tenths of a millimetre): boxes are scaled without a word. */
  otherUnit?: boolean
}

interface Picture {
  path: string
  info: Pick<ImageInfo, 'width' | 'height'>
  content: Buffer
}

type Mapping = (box: LabelledBox) => LabelledBox

const mapped = (box: LabelledBox, corners: [number, number, number, number]): LabelledBox => {
  const [ax, ay, bx, by] = corners.map(roundPixels) as [number, number, number, number]
  return { ...box, x0: Math.min(ax, bx), y0: Math.min(ay, by), x1: Math.max(ax, bx), y1: Math.max(ay, by) }
}

/** From the stored picture (`width` x `height`) to the displayed one, for each EXIF orientation that swaps the sides. */
const turns: Record<number, (width: number, height: number) => Mapping> = {
  5: () => (box) => mapped(box, [box.y0, box.x0, box.y1, box.x1]),
  6: (_, height) => (box) => mapped(box, [height - box.y0, box.x0, height - box.y1, box.x1]),
  7: (width, height) => (box) =>
    mapped(box, [height - box.y0, width - box.x0, height - box.y1, width - box.x1]),
  8: (width) => (box) => mapped(box, [box.y0, width - box.x0, box.y1, width - box.x1]),
}

/** How boxes get from the picture that they were drawn on to the displayed one. */
async function mappingOf(
  { path, info, content }: Picture,
  { drawnOn, otherUnit }: DrawnBoxes,
  notes: Notes,
): Promise<Mapping | null> {
  const { width, height } = info
  if (!drawnOn || (drawnOn.width === width && drawnOn.height === height)) return null
  if (drawnOn.width === height && drawnOn.height === width) {
    const { orientation = 1 } = await sharp(content).metadata()
    const turn = turns[orientation]?.(drawnOn.width, drawnOn.height)
    if (turn) {
      notes.add(
        'turned',
        path,
        (count, names) =>
          `The boxes of ${counted(count, 'picture')} were drawn before the turn that the camera noted (EXIF); they were turned along (${names}).`,
      )
      return turn
    }
  }
  const sizes = `${drawnOn.width} x ${drawnOn.height} px, not ${width} x ${height} px`
  const scale = { x: width / drawnOn.width, y: height / drawnOn.height }
  if (Math.abs(scale.x / scale.y - 1) < 0.01) {
    if (!otherUnit)
      notes.add(
        'scaled',
        `${path}: ${sizes}`,
        (count, names) =>
          `The annotations of ${counted(count, 'picture')} are for another size; their boxes were scaled (${names}).`,
      )
    return (box) => mapped(box, [box.x0 * scale.x, box.y0 * scale.y, box.x1 * scale.x, box.y1 * scale.y])
  }
  notes.add(
    'misfit',
    `${path}: ${sizes}`,
    (count, names) =>
      `The annotations of ${counted(count, 'picture')} are for a picture of another shape; check their boxes (${names}).`,
  )
  return null
}

/**
 * Boxes as they are drawn on a picture, in px of the displayed (EXIF-turned) picture: turned or scaled where the
 * annotation was made for another size, cut at the picture's edges. What is changed or dropped is noted by name.
 */
export async function fitBoxes(picture: Picture, drawn: DrawnBoxes, notes: Notes): Promise<LabelledBox[]> {
  const mapping = drawn.boxes.length > 0 ? await mappingOf(picture, drawn, notes) : null
  const { width, height } = picture.info
  return drawn.boxes.flatMap((original) => {
    const box = mapping ? mapping(original) : original
    const cut = {
      ...box,
      x0: Math.max(0, box.x0),
      y0: Math.max(0, box.y0),
      x1: Math.min(width, box.x1),
      y1: Math.min(height, box.y1),
    }
    if (!(cut.x0 < cut.x1 && cut.y0 < cut.y1)) {
      notes.add(
        'dropped',
        picture.path,
        (count, names) =>
          `${counted(count, 'box', 'boxes')} without an area inside the picture ${count === 1 ? 'was' : 'were'} left out (${names}).`,
      )
      return []
    }
    const over = Math.max(cut.x0 - box.x0, cut.y0 - box.y0, box.x1 - cut.x1, box.y1 - cut.y1)
    if (over > tolerance)
      notes.add(
        'cut',
        picture.path,
        (count, names) =>
          `${counted(count, 'box', 'boxes')} reached beyond the picture and ${count === 1 ? 'was' : 'were'} cut at its edge (${names}).`,
      )
    return [cut]
  })
}

/** The smallest box around points `[x0, y0, x1, y1, ...]`; null without two coordinates or with one that is no number. */
export function boxAround(
  points: readonly number[],
): { x0: number; y0: number; x1: number; y1: number } | null {
  if (points.length < 2 || !points.every(Number.isFinite)) return null
  const xs = points.filter((_, index) => index % 2 === 0).slice(0, Math.floor(points.length / 2))
  const ys = points.filter((_, index) => index % 2 === 1)
  return {
    x0: xs.reduce((a, b) => Math.min(a, b)),
    y0: ys.reduce((a, b) => Math.min(a, b)),
    x1: xs.reduce((a, b) => Math.max(a, b)),
    y1: ys.reduce((a, b) => Math.max(a, b)),
  }
}

import type { Box } from '../../contract/index.ts'
import type { GreyPicture } from '../preprocessing/grey-picture.ts'

/** The box in whole pixels within the picture; null for nothing. */
export function boxWithin({ x0, y0, x1, y1 }: Box, { width, height }: GreyPicture): Box | null {
  const box = {
    x0: Math.max(0, Math.floor(x0)),
    y0: Math.max(0, Math.floor(y0)),
    x1: Math.min(width, Math.ceil(x1)),
    y1: Math.min(height, Math.ceil(y1)),
  }
  return box.x1 > box.x0 && box.y1 > box.y0 ? box : null
}

/** A part of a picture; the box is whole and lies within. */
export function partOf(picture: GreyPicture, { x0, y0, x1, y1 }: Box): GreyPicture {
  const [width, height] = [x1 - x0, y1 - y0]
  const pixels = Buffer.allocUnsafe(width * height)
  for (let row = 0; row < height; row++) {
    const from = (y0 + row) * picture.width + x0
    picture.pixels.copy(pixels, row * width, from, from + width)
  }
  return { pixels, width, height }
}

/** The grey that most of a picture has: its paper. */
export function paperOf({ pixels }: GreyPicture): number {
  const counts = new Uint32Array(256)
  const step = Math.max(1, Math.floor(pixels.length / 200_000))
  for (let at = 0; at < pixels.length; at += step)
    counts[pixels[at] as number] = (counts[pixels[at] as number] ?? 0) + 1
  return counts.indexOf(Math.max(...counts))
}

/** The picture with paper in place of these parts. */
export function without(picture: GreyPicture, boxes: readonly Box[]): GreyPicture {
  const pixels = Buffer.from(picture.pixels)
  const paper = paperOf(picture)
  for (const wanted of boxes) {
    const box = boxWithin(wanted, picture)
    if (!box) continue
    for (let y = box.y0; y < box.y1; y++)
      pixels.fill(paper, y * picture.width + box.x0, y * picture.width + box.x1)
  }
  return { ...picture, pixels }
}

/** The picture with paper everywhere but in these parts. */
export function withOnly(picture: GreyPicture, boxes: readonly Box[]): GreyPicture {
  const pixels = Buffer.alloc(picture.pixels.length, paperOf(picture))
  for (const wanted of boxes) {
    const box = boxWithin(wanted, picture)
    if (!box) continue
    for (let y = box.y0; y < box.y1; y++) {
      const from = y * picture.width + box.x0
      picture.pixels.copy(pixels, from, from, y * picture.width + box.x1)
    }
  }
  return { ...picture, pixels }
}

/** Whether the middle of one box lies in another. */
export const liesIn = ({ x0, y0, x1, y1 }: Box, outer: Box): boolean => {
  const [x, y] = [(x0 + x1) / 2, (y0 + y1) / 2]
  return x >= outer.x0 && x <= outer.x1 && y >= outer.y0 && y <= outer.y1
}

import type { Box, LabelledBox } from '../../../../../core/contract/index.ts'

/** Boxes are in whole px of the displayed picture; x1 and y1 are exclusive. */

interface Size {
  width: number
  height: number
}

/** Sides of a box that a handle moves. */
export type Handle = 'nw' | 'n' | 'ne' | 'e' | 'se' | 's' | 'sw' | 'w'
export const handles: readonly Handle[] = ['nw', 'n', 'ne', 'e', 'se', 's', 'sw', 'w']

const between = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value))

/** Moves a box, kept whole within its picture. */
export function moved<B extends Box>(box: B, dx: number, dy: number, { width, height }: Size): B {
  const x = between(Math.round(dx), Math.min(0, -box.x0), Math.max(0, width - box.x1))
  const y = between(Math.round(dy), Math.min(0, -box.y0), Math.max(0, height - box.y1))
  return { ...box, x0: box.x0 + x, x1: box.x1 + x, y0: box.y0 + y, y1: box.y1 + y }
}

/** Moves sides of a box within its picture; it keeps at least 1 px each way. */
export function resized<B extends Box>(
  box: B,
  handle: Handle,
  dx: number,
  dy: number,
  { width, height }: Size,
): B {
  const next = { ...box }
  const [x, y] = [Math.round(dx), Math.round(dy)]
  if (handle.includes('w')) next.x0 = between(box.x0 + x, 0, box.x1 - 1)
  if (handle.includes('e')) next.x1 = between(box.x1 + x, box.x0 + 1, width)
  if (handle.includes('n')) next.y0 = between(box.y0 + y, 0, box.y1 - 1)
  if (handle.includes('s')) next.y1 = between(box.y1 + y, box.y0 + 1, height)
  return next
}

/** The box between two points of a picture; null when it is too small to be meant. */
export function spanned(
  a: { x: number; y: number },
  b: { x: number; y: number },
  { width, height }: Size,
  least: number,
): Box | null {
  const box = {
    x0: between(Math.round(Math.min(a.x, b.x)), 0, width),
    y0: between(Math.round(Math.min(a.y, b.y)), 0, height),
    x1: between(Math.round(Math.max(a.x, b.x)), 0, width),
    y1: between(Math.round(Math.max(a.y, b.y)), 0, height),
  }
  return box.x1 - box.x0 < least || box.y1 - box.y0 < least ? null : box
}

/** A box in the middle, to begin with by keyboard. */
export function middleBox({ width, height }: Size, label: string): LabelledBox {
  const box = {
    x0: Math.floor(width * 0.375),
    y0: Math.floor(height * 0.375),
    x1: Math.ceil(width * 0.625),
    y1: Math.ceil(height * 0.625),
  }
  return { ...box, label, text: null }
}

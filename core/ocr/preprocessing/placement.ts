import type { Box } from '../../contract/index.ts'

/** Maps a point of one picture to another: `x' = a x + b y + c`, `y' = d x + e y + f`. */
export interface Placement {
  a: number
  b: number
  c: number
  d: number
  e: number
  f: number
}

export const inPlace: Placement = { a: 1, b: 0, c: 0, d: 0, e: 1, f: 0 }

export const scaledBy = (x: number, y = x): Placement => ({ a: x, b: 0, c: 0, d: 0, e: y, f: 0 })

export const movedBy = (c: number, f: number): Placement => ({ ...inPlace, c, f })

/** First `inner`, then `outer`. */
export function after(outer: Placement, inner: Placement): Placement {
  return {
    a: outer.a * inner.a + outer.b * inner.d,
    b: outer.a * inner.b + outer.b * inner.e,
    c: outer.a * inner.c + outer.b * inner.f + outer.c,
    d: outer.d * inner.a + outer.e * inner.d,
    e: outer.d * inner.b + outer.e * inner.e,
    f: outer.d * inner.c + outer.e * inner.f + outer.f,
  }
}

/** The way back. */
export function inverse({ a, b, c, d, e, f }: Placement): Placement {
  const size = a * e - b * d
  return {
    a: e / size,
    b: -b / size,
    c: (b * f - e * c) / size,
    d: -d / size,
    e: a / size,
    f: (d * c - a * f) / size,
  }
}

/** A turn by `degrees` clockwise around the middle of a picture of size `from`, onto the middle of one of size `to`. */
export function turnedAround(
  from: { width: number; height: number },
  to: { width: number; height: number },
  degrees: number,
): Placement {
  const angle = (degrees * Math.PI) / 180
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
  const [x, y] = [from.width / 2, from.height / 2]
  return {
    a: cos,
    b: -sin,
    c: to.width / 2 - cos * x + sin * y,
    d: sin,
    e: cos,
    f: to.height / 2 - sin * x - cos * y,
  }
}

/** The upright rectangle around where a box comes to lie. */
export function placed(box: Box, { a, b, c, d, e, f }: Placement): Box {
  const corners = [
    [box.x0, box.y0],
    [box.x1, box.y0],
    [box.x0, box.y1],
    [box.x1, box.y1],
  ].map(([x = 0, y = 0]) => ({ x: a * x + b * y + c, y: d * x + e * y + f }))
  const xs = corners.map(({ x }) => x)
  const ys = corners.map(({ y }) => y)
  return { x0: Math.min(...xs), y0: Math.min(...ys), x1: Math.max(...xs), y1: Math.max(...ys) }
}

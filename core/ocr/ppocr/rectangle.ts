import type { Placement } from '../preprocessing/placement.ts'

export interface Point {
  x: number
  y: number
}

/** A rectangle at any angle: `width` along the direction in which its text runs, `place` brings its own px to the page. */
export interface SlantedBox {
  width: number
  height: number
  /** From its own upper left corner at (0, 0) to the page. */
  place: Placement
  /** Of the direction of the text, degrees clockwise, -45..135. */
  degrees: number
}

const cross = (o: Point, a: Point, b: Point): number => (a.x - o.x) * (b.y - o.y) - (a.y - o.y) * (b.x - o.x)

/** The convex hull of points that are sorted by x, then y (Andrew's monotone chain). */
function hullOf(points: readonly Point[]): Point[] {
  const half = (ordered: Iterable<Point>): Point[] => {
    const chain: Point[] = []
    for (const point of ordered) {
      while (chain.length > 1 && cross(chain.at(-2) as Point, chain.at(-1) as Point, point) <= 0) chain.pop()
      chain.push(point)
    }
    chain.pop()
    return chain
  }
  return [...half(points), ...half(points.toReversed())]
}

/**
 * The rectangle of the smallest area around points (one of its sides lies on the hull), read along its longer side: from
 * left to right, or from top to bottom where it stands.
 */
export function smallestBoxAround(points: readonly Point[]): SlantedBox {
  const sorted = points.toSorted((a, b) => a.x - b.x || a.y - b.y)
  const hull = hullOf(sorted)
  let best: { area: number; angle: number; min: Point; max: Point } | undefined
  for (let at = 0; at < Math.max(1, hull.length); at++) {
    const [from, to] = [hull[at] ?? sorted[0], hull[(at + 1) % Math.max(1, hull.length)] ?? sorted[0]]
    if (!from || !to) continue
    // Modulo a right angle: the sides of a rectangle are alike.
    const raw = Math.atan2(to.y - from.y, to.x - from.x)
    const angle = raw - Math.round(raw / (Math.PI / 2)) * (Math.PI / 2)
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
    const min = { x: Number.POSITIVE_INFINITY, y: Number.POSITIVE_INFINITY }
    const max = { x: Number.NEGATIVE_INFINITY, y: Number.NEGATIVE_INFINITY }
    for (const { x, y } of hull.length > 0 ? hull : sorted) {
      const [u, v] = [cos * x + sin * y, cos * y - sin * x]
      min.x = Math.min(min.x, u)
      min.y = Math.min(min.y, v)
      max.x = Math.max(max.x, u)
      max.y = Math.max(max.y, v)
    }
    const area = (max.x - min.x) * (max.y - min.y)
    if (best === undefined || area < best.area) best = { area, angle, min, max }
  }
  const { angle, min, max } = best ?? { angle: 0, min: { x: 0, y: 0 }, max: { x: 0, y: 0 } }
  return slantedBox(angle, { u: (min.x + max.x) / 2, v: (min.y + max.y) / 2 }, max.x - min.x, max.y - min.y)
}

/** Text that stands is this much taller than wide. */
const standing = 1.5

function slantedBox(
  angle: number,
  { u, v }: { u: number; v: number },
  wide: number,
  tall: number,
): SlantedBox {
  const middle = {
    x: Math.cos(angle) * u - Math.sin(angle) * v,
    y: Math.sin(angle) * u + Math.cos(angle) * v,
  }
  return tall > standing * wide
    ? boxAt(middle, tall, wide, angle + Math.PI / 2)
    : boxAt(middle, wide, tall, angle)
}

export function boxAt(middle: Point, width: number, height: number, angle: number): SlantedBox {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
  return {
    width,
    height,
    degrees: (angle * 180) / Math.PI,
    place: {
      a: cos,
      b: -sin,
      c: middle.x - cos * (width / 2) + sin * (height / 2),
      d: sin,
      e: cos,
      f: middle.y - sin * (width / 2) - cos * (height / 2),
    },
  }
}

export function middleOfBox({ width, height, place: { a, b, c, d, e, f } }: SlantedBox): Point {
  return { x: a * (width / 2) + b * (height / 2) + c, y: d * (width / 2) + e * (height / 2) + f }
}

/** The box with `margin` more on every side, all of it `scale` times as large. */
export function grownBox(box: SlantedBox, margin: number, scale: number): SlantedBox {
  const middle = middleOfBox(box)
  return boxAt(
    { x: middle.x * scale, y: middle.y * scale },
    (box.width + 2 * margin) * scale,
    (box.height + 2 * margin) * scale,
    (box.degrees * Math.PI) / 180,
  )
}

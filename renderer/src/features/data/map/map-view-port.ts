/** What of the map is on view: the map's point at the centre, and px per unit of the map. */
export interface ViewPort {
  x: number
  y: number
  scale: number
}

export interface Size {
  width: number
  height: number
}

const margin = 24
const mostZoom = 400

/** The whole map, with a margin. */
export function fitted(places: Float32Array, { width, height }: Size): ViewPort {
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity]
  for (let at = 0; at < places.length; at += 2) {
    const [x, y] = [places[at] as number, places[at + 1] as number]
    left = Math.min(left, x)
    right = Math.max(right, x)
    top = Math.min(top, y)
    bottom = Math.max(bottom, y)
  }
  if (!Number.isFinite(left)) return { x: 0, y: 0, scale: 1 }
  const scale = Math.min(
    Math.max(1, width - 2 * margin) / Math.max(right - left, 1e-6),
    Math.max(1, height - 2 * margin) / Math.max(bottom - top, 1e-6),
  )
  return { x: (left + right) / 2, y: (top + bottom) / 2, scale }
}

/** Zooms by a factor around a px of the view; what lies there stays there. */
export function zoomed(
  view: ViewPort,
  factor: number,
  at: { x: number; y: number },
  size: Size,
  whole: ViewPort,
): ViewPort {
  const scale = Math.min(whole.scale * mostZoom, Math.max(whole.scale * 0.5, view.scale * factor))
  const [dx, dy] = [at.x - size.width / 2, at.y - size.height / 2]
  return {
    x: view.x + dx / view.scale - dx / scale,
    y: view.y + dy / view.scale - dy / scale,
    scale,
  }
}

export const moved = (view: ViewPort, dx: number, dy: number): ViewPort => ({
  ...view,
  x: view.x - dx / view.scale,
  y: view.y - dy / view.scale,
})

/** Where a point of the map lies, px of the view. */
export const onView = (view: ViewPort, size: Size, x: number, y: number) => ({
  x: (x - view.x) * view.scale + size.width / 2,
  y: (y - view.y) * view.scale + size.height / 2,
})

/** The drawn point nearest to a px of the view, at most `within` px away; null when there is none. */
export function nearestPoint(
  places: Float32Array,
  shown: Uint8Array,
  view: ViewPort,
  size: Size,
  at: { x: number; y: number },
  within: number,
): number | null {
  const x = view.x + (at.x - size.width / 2) / view.scale
  const y = view.y + (at.y - size.height / 2) / view.scale
  let best: number | null = null
  let least = (within / view.scale) ** 2
  for (let point = 0; point < shown.length; point += 1) {
    if (shown[point] === 0) continue
    const [dx, dy] = [(places[point * 2] as number) - x, (places[point * 2 + 1] as number) - y]
    const squared = dx * dx + dy * dy
    if (squared >= least) continue
    least = squared
    best = point
  }
  return best
}

/** The drawn points inside a polygon of px of the view (`[x, y, x, y, ...]`). */
export function pointsInside(
  places: Float32Array,
  shown: Uint8Array,
  view: ViewPort,
  size: Size,
  polygon: readonly number[],
): number[] {
  const inside: number[] = []
  const [xs, ys] = [polygon.filter((_, at) => at % 2 === 0), polygon.filter((_, at) => at % 2 === 1)]
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)]
  for (let point = 0; point < shown.length; point += 1) {
    if (shown[point] === 0) continue
    const { x, y } = onView(view, size, places[point * 2] as number, places[point * 2 + 1] as number)
    if (x < left || x > right || y < top || y > bottom) continue
    let odd = false
    for (let at = 0, before = xs.length - 1; at < xs.length; before = at, at += 1) {
      const [x0, y0] = [xs[before] as number, ys[before] as number]
      const [x1, y1] = [xs[at] as number, ys[at] as number]
      if (y0 > y !== y1 > y && x < ((x0 - x1) * (y - y1)) / (y0 - y1) + x1) odd = !odd
    }
    if (odd) inside.push(point)
  }
  return inside
}

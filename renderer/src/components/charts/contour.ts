export interface ContourPoint {
  /** 0..1 across and up. */
  x: number
  y: number
  value: number
}

/** A surface over a grid: row by row from below, NaN where no point is near enough to say anything. */
export interface Surface {
  columns: number
  rows: number
  values: Float64Array
  low: number
  high: number
}

type Place = readonly [x: number, y: number]

const cross = (a: Place, b: Place, c: Place) => (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])

/** The convex hull, counter-clockwise (Andrew's monotone chain). */
function hullOf(places: readonly Place[]): Place[] {
  const sorted = [...places].sort((a, b) => a[0] - b[0] || a[1] - b[1])
  const half = (list: readonly Place[]) => {
    const chain: Place[] = []
    for (const place of list) {
      for (;;) {
        const [before, last] = [chain.at(-2), chain.at(-1)]
        if (!before || !last || cross(before, last, place) > 0) break
        chain.pop()
      }
      chain.push(place)
    }
    return chain.slice(0, -1)
  }
  return [...half(sorted), ...half(sorted.toReversed())]
}

const slack = 1e-9

const isWithin = (hull: readonly Place[], place: Place): boolean =>
  hull.every((corner, index) => cross(corner, hull[(index + 1) % hull.length] ?? corner, place) >= -slack)

/**
 * The value between points by inverse distance (Shepard 1968, the third power): it goes through each point and never
 * beyond the smallest and largest value. Outside the points' hull there is none. Null with fewer than three points, or
 * with all of them on one line.
 */
export function surfaceOf(points: readonly ContourPoint[], columns = 56, rows = 40): Surface | null {
  const hull = hullOf(points.map(({ x, y }) => [x, y]))
  const area = hull.reduce(
    (sum, corner, index) => sum + cross([0, 0], corner, hull[(index + 1) % hull.length] ?? corner),
    0,
  )
  if (hull.length < 3 || Math.abs(area) < 1e-6) return null
  const values = new Float64Array(columns * rows).fill(Number.NaN)
  for (let row = 0; row < rows; row += 1)
    for (let column = 0; column < columns; column += 1) {
      const [x, y] = [column / (columns - 1), row / (rows - 1)]
      if (!isWithin(hull, [x, y])) continue
      let [sum, weights] = [0, 0]
      for (const point of points) {
        const squared = (point.x - x) ** 2 + (point.y - y) ** 2
        const weight = 1 / Math.max(squared, 1e-12) ** 1.5
        sum += weight * point.value
        weights += weight
      }
      values[row * columns + column] = sum / weights
    }
  const all = points.map(({ value }) => value)
  return { columns, rows, values, low: Math.min(...all), high: Math.max(...all) }
}

/** The line of one level as pieces between grid cells (marching squares): x1, y1, x2, y2 in 0..1. */
export function levelLine(
  { columns, rows, values }: Surface,
  level: number,
): [number, number, number, number][] {
  const pieces: [number, number, number, number][] = []
  const at = (column: number, row: number) => values[row * columns + column] ?? Number.NaN
  for (let row = 0; row + 1 < rows; row += 1)
    for (let column = 0; column + 1 < columns; column += 1) {
      const corners = [
        [column, row],
        [column + 1, row],
        [column + 1, row + 1],
        [column, row + 1],
      ] as const
      const heights = corners.map(([x, y]) => at(x, y))
      if (heights.some(Number.isNaN)) continue
      const crossed = corners.flatMap((corner, index): Place[] => {
        const next = corners[(index + 1) % 4] ?? corner
        const [from, to] = [heights[index] ?? 0, heights[(index + 1) % 4] ?? 0]
        if (from >= level === to >= level) return []
        const share = (level - from) / (to - from)
        return [
          [
            (corner[0] + share * (next[0] - corner[0])) / (columns - 1),
            (corner[1] + share * (next[1] - corner[1])) / (rows - 1),
          ],
        ]
      })
      for (let index = 0; index + 1 < crossed.length; index += 2) {
        const [from, to] = [crossed[index], crossed[index + 1]]
        if (from && to) pieces.push([from[0], from[1], to[0], to[1]])
      }
    }
  return pieces
}

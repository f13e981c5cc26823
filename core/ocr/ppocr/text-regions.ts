import { grownBox, type Point, type SlantedBox, smallestBoxAround } from './rectangle.ts'

/** How much a pixel of a page looks like text, 0..255. */
export interface TextMap {
  values: Uint8Array
  width: number
  height: number
}

/** A pixel is text from here on, and a region by its mean (PP-OCR's 0.3 and 0.6). */
const leastText = 0.3 * 255
const leastMean = 0.6 * 255
/** px of the map; smaller regions are specks. */
const leastSide = 3
/** The map shows text shrunk; its box grows by this times area over perimeter (Liao et al. 2020, "DB"). */
const growth = 1.5

/**
 * The regions of a text map, each a connected piece of it with the smallest rectangle around it, grown to the text's
 * size; in px of a page that is `scale` times as large as the map.
 */
export function textRegions({ values, width, height }: TextMap, scale: number): SlantedBox[] {
  const regions: SlantedBox[] = []
  const seen = new Uint8Array(values.length)
  const stack: number[] = []
  for (let start = 0; start < values.length; start++) {
    if (seen[start] === 1 || (values[start] as number) < leastText) continue
    let [sum, count] = [0, 0]
    // The outermost pixels of each row: the others lie within their hull.
    const rows = new Map<number, { left: number; right: number }>()
    seen[start] = 1
    stack.push(start)
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      const y = Math.floor(at / width)
      const x = at - y * width
      sum += values[at] as number
      count++
      const row = rows.get(y)
      if (!row) rows.set(y, { left: x, right: x })
      else {
        row.left = Math.min(row.left, x)
        row.right = Math.max(row.right, x)
      }
      for (let ny = Math.max(0, y - 1); ny <= Math.min(height - 1, y + 1); ny++) {
        for (let nx = Math.max(0, x - 1); nx <= Math.min(width - 1, x + 1); nx++) {
          const next = ny * width + nx
          if (seen[next] === 1 || (values[next] as number) < leastText) continue
          seen[next] = 1
          stack.push(next)
        }
      }
    }
    if (sum / count < leastMean) continue
    const corners: Point[] = []
    for (const [y, { left, right }] of rows)
      corners.push({ x: left, y }, { x: left, y: y + 1 }, { x: right + 1, y }, { x: right + 1, y: y + 1 })
    const box = smallestBoxAround(corners)
    if (Math.min(box.width, box.height) < leastSide) continue
    const margin = (growth * box.width * box.height) / (2 * (box.width + box.height))
    regions.push(grownBox(box, margin, scale))
  }
  return regions
}

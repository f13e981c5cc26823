import { boxAround } from './boxes.ts'

type Rectangle = { x0: number; y0: number; x1: number; y1: number }

/** COCO's compressed run lengths: 5 bits a character from `0` on, little end first, each from the third on as a difference to the one two before. */
function unpackRuns(packed: string): number[] {
  const runs: number[] = []
  let at = 0
  while (at < packed.length) {
    let value = 0
    let shift = 0
    let more = true
    while (more && at < packed.length) {
      const code = packed.charCodeAt(at++) - 48
      value |= (code & 0x1f) << shift
      shift += 5
      more = (code & 0x20) !== 0
      if (!more && code & 0x10) value |= -1 << shift
    }
    if (runs.length > 2) value += runs[runs.length - 2] ?? 0
    runs.push(value)
  }
  return runs
}

/**
 * The box around a mask in run lengths (cocoapi, maskApi.c): `size` is [height, width], runs go down the columns and
 * begin with a run of background. Null for an empty mask.
 */
export function boxOfRuns(counts: readonly number[] | string, height: number): Rectangle | null {
  const runs = typeof counts === 'string' ? unpackRuns(counts) : counts
  let box: Rectangle | null = null
  let position = 0
  for (const [index, run] of runs.entries()) {
    const start = position
    position += run
    if (index % 2 === 0 || run <= 0) continue
    const x0 = Math.floor(start / height)
    const x1 = Math.floor((position - 1) / height) + 1
    const spans = x1 - x0 > 1
    const y0 = spans ? 0 : start % height
    const y1 = spans ? height : ((position - 1) % height) + 1
    box = box
      ? {
          x0: Math.min(box.x0, x0),
          y0: Math.min(box.y0, y0),
          x1: Math.max(box.x1, x1),
          y1: Math.max(box.y1, y1),
        }
      : { x0, y0, x1, y1 }
  }
  return box
}

/** The box around COCO's polygons, each `[x, y, x, y, ...]`. */
export const boxOfPolygons = (polygons: readonly (readonly number[])[]): Rectangle | null =>
  boxAround(polygons.flat())

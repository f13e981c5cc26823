import type { Box } from '../../contract/index.ts'
import type { GreyPicture } from '../preprocessing/grey-picture.ts'
import { otsuThreshold } from '../preprocessing/thresholds.ts'

/** Lines that are drawn, as the boxes of their ink. */
export interface Rules {
  across: Box[]
  down: Box[]
}

/** px; no letter has a stroke of this length. */
const leastRun = 40
const leastLength = 60
/** px of a break in a line's ink. */
const longestBreak = 2
/** A line is so many times as long as it is thick, however it leans. */
const leastSlimness = 12

interface Run {
  /** Across the line: the row of a horizontal line. */
  at: number
  from: number
  to: number
}

/** Long runs of ink, row after row. */
function longRuns(
  pixels: Buffer,
  { threshold, isDark }: { threshold: number; isDark: boolean },
  rows: number,
  length: number,
): Run[] {
  const found: Run[] = []
  for (let at = 0; at < rows; at++) {
    const start = at * length
    let from = -1
    let last = -1
    // Every run has a pixel at a multiple of its least length.
    for (let probe = leastRun - 1; probe < length; probe += leastRun) {
      if ((pixels[start + probe] as number) <= threshold !== isDark || probe <= last) continue
      from = probe
      while (from > 0 && (pixels[start + from - 1] as number) <= threshold === isDark) from--
      last = probe
      for (let place = probe + 1; place < length && place - last <= longestBreak + 1; place++)
        if ((pixels[start + place] as number) <= threshold === isDark) last = place
      if (last + 1 - from >= leastRun) found.push({ at, from, to: last + 1 })
    }
  }
  return found
}

interface Piece {
  first: number
  last: number
  from: number
  to: number
}

/** Joins runs that touch those of the row before: a line that leans goes over several rows. */
function pieces(runs: Iterable<Run>): Piece[] {
  const done: Piece[] = []
  let open: Piece[] = []
  for (const run of runs) {
    const still = open.filter(({ last }) => run.at - last <= longestBreak)
    if (still.length < open.length) done.push(...open.filter((piece) => !still.includes(piece)))
    open = still
    const touching = open.filter(
      ({ from, to }) => from <= run.to + longestBreak && to >= run.from - longestBreak,
    )
    const joined = touching.reduce<Piece>(
      (all, piece) => ({
        first: Math.min(all.first, piece.first),
        last: Math.max(all.last, piece.last),
        from: Math.min(all.from, piece.from),
        to: Math.max(all.to, piece.to),
      }),
      { first: run.at, last: run.at, from: run.from, to: run.to },
    )
    open = [...open.filter((piece) => !touching.includes(piece)), joined]
  }
  return [...done, ...open]
}

const isLine = ({ first, last, from, to }: Piece): boolean =>
  to - from >= leastLength && (last + 1 - first) * leastSlimness <= to - from

/** Of an evenly spread sample of the pixels, which is much faster and tells the same. */
function inkOf({ pixels }: GreyPicture): { threshold: number; isDark: boolean } {
  const step = Math.max(1, Math.floor(pixels.length / 500_000))
  const sample = Buffer.allocUnsafe(Math.floor(pixels.length / step))
  for (let at = 0; at < sample.length; at++) sample[at] = pixels[at * step] as number
  const threshold = otsuThreshold(sample)
  let dark = 0
  for (const value of sample) if (value <= threshold) dark++
  return { threshold, isDark: dark * 2 <= sample.length }
}

/**
 * The lines that are drawn on a picture, which lies straight or nearly so.
 * @param leastAcross with fewer lines across, none down are looked for
 */
export function findRules(picture: GreyPicture, leastAcross = 0): Rules {
  const { width, height } = picture
  const ink = inkOf(picture)
  const across = pieces(longRuns(picture.pixels, ink, height, width))
    .filter(isLine)
    .map(({ first, last, from, to }) => ({ x0: from, y0: first, x1: to, y1: last + 1 }))
  if (across.length < leastAcross) return { across, down: [] }
  // The columns are copied to rows, which memory gives many times as fast.
  const turned = Buffer.allocUnsafe(picture.pixels.length)
  const side = 64
  for (let top = 0; top < height; top += side)
    for (let left = 0; left < width; left += side)
      for (let y = top; y < Math.min(height, top + side); y++)
        for (let x = left; x < Math.min(width, left + side); x++)
          turned[x * height + y] = picture.pixels[y * width + x] as number
  const down = pieces(longRuns(turned, ink, width, height))
    .filter(isLine)
    .map(({ first, last, from, to }) => ({ x0: first, y0: from, x1: last + 1, y1: to }))
  return { across, down }
}

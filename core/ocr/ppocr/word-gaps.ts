import { otsuThreshold } from '../preprocessing/thresholds.ts'
import type { LineSample } from './line-sample.ts'

/** Part of a line's height at its upper and lower edge that is left out: its neighbours reach into it. */
const edge = 0.06
/** A column holds ink from so many dark pixels on: fewer are noise. */
const leastInk = 2

/** Which columns of a line hold no ink. */
export function blankColumns({ pixels, width, height }: LineSample): boolean[] {
  const threshold = otsuThreshold(pixels)
  let dark = 0
  for (const value of pixels) if (value <= threshold) dark++
  const inkIsDark = dark * 2 <= pixels.length
  const [from, to] = [Math.floor(edge * height), Math.ceil((1 - edge) * height)]
  return Array.from({ length: width }, (_, column) => {
    let ink = 0
    for (let row = from; row < to; row++)
      if ((pixels[row * width + column] as number) <= threshold === inkIsDark) ink++
    return ink < leastInk
  })
}

/** The longest run of blank columns between two of them, px. */
export function blankBetween(blank: readonly boolean[], from: number, to: number): number {
  let [longest, run] = [0, 0]
  for (let column = Math.max(0, Math.round(from)); column < Math.min(blank.length, to); column++) {
    run = blank[column] ? run + 1 : 0
    longest = Math.max(longest, run)
  }
  return longest
}

/** px of a line of 48: from this white on words stand apart, and from the second on where the model thinks of a space. */
const wordGap = 9
const likelyGap = 5
const thoughtOf = 0.02
/** And in multiples of the usual white between the line's letters, for letters that are set apart. */
const timesUsual = 2.2

/** Whether a space stands in a gap of a line whose gaps are usually `usual` px wide. */
export const isWordGap = (gap: number, usual: number, spaceProbability: number): boolean =>
  gap >= timesUsual * usual && (gap >= wordGap || (gap >= likelyGap && spaceProbability >= thoughtOf))

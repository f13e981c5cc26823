import type { Sample } from '../../../../core/contract/index.ts'

/** The cells of a grid, px. */
export interface CellShape {
  columns: number
  width: number
  /** Of the picture within the cell. */
  height: number
  /** Of what stands under the picture. */
  caption: number
  /** Lines of text, with their transcription under each. */
  lines: boolean
}

export const gap = 6
export const margin = 12
const captionHeight = 18
const lineCaptionHeight = 36
/** A line's share of the side that a square cell would have. */
const lineShare = 0.42
const leastAspect = 2.5
/** How many of the first samples tell what the rest are. */
const looksAt = 100

/**
 * How many times as wide as tall the lines of a set are, most of them; null where it is no set of lines: its pictures
 * are wide and have a text.
 */
export function lineAspect(sampleAt: (position: number) => Sample | undefined): number | null {
  const aspects: number[] = []
  let [seen, lines] = [0, 0]
  for (let position = 0; position < looksAt; position += 1) {
    const sample = sampleAt(position)
    if (!sample) break
    seen += 1
    const aspect = sample.width / sample.height
    aspects.push(aspect)
    if (sample.text && aspect >= leastAspect) lines += 1
  }
  if (seen === 0 || lines < seen * 0.6) return null
  aspects.sort((a, b) => a - b)
  return aspects[Math.floor(aspects.length * 0.9)] ?? null
}

/**
 * Cells that fill a row of `viewWidth` px. Pictures get squares; lines get cells of one height, as wide as most of them
 * ask for. @param leastSide least side of a square cell, px @param aspect of lines, from `lineAspect`
 */
export function cellShape(viewWidth: number, leastSide: number, aspect: number | null): CellShape {
  const room = Math.max(0, viewWidth - 2 * margin)
  const height = Math.round(leastSide * lineShare)
  const least = aspect === null ? leastSide : Math.min(room, Math.max(leastSide * 1.5, height * aspect))
  const columns = Math.max(1, Math.floor((room + gap) / (least + gap)))
  const width = Math.max(Math.floor(least), Math.floor((room + gap) / columns) - gap)
  if (aspect === null)
    return { columns, width, height: width, caption: leastSide >= 88 ? captionHeight : 0, lines: false }
  return { columns, width, height, caption: lineCaptionHeight, lines: true }
}

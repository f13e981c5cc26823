import { describe, expect, it } from 'vitest'
import { blankBetween, blankColumns, isWordGap } from './word-gaps.ts'

/** A white line of 60 x 48 px with strokes of 4 px at some columns. */
function lineWith(strokes: number[]) {
  const [width, height] = [60, 48]
  const pixels = new Uint8Array(width * height).fill(255)
  for (const at of strokes)
    for (let row = 10; row < 38; row++) pixels.fill(0, row * width + at, row * width + at + 4)
  return { pixels, width, height }
}

describe('the white between letters', () => {
  it('is measured where no stroke stands, up to the next one', () => {
    const blank = blankColumns(lineWith([4, 12, 40]))
    expect(blankBetween(blank, 5, 13)).toBe(4)
    expect(blankBetween(blank, 13, 41)).toBe(24)
  })

  it('is the same for light letters on dark ground', () => {
    const line = lineWith([4, 30])
    const inverted = { ...line, pixels: line.pixels.map((value) => 255 - value) }
    expect(blankColumns(inverted)).toEqual(blankColumns(line))
  })

  it('parts words where it is wide, or where the model thinks of a space', () => {
    expect(isWordGap(10, 2, 0)).toBe(true)
    expect(isWordGap(6, 2, 0)).toBe(false)
    expect(isWordGap(6, 2, 0.1)).toBe(true)
  })

  it('parts no letters that are set apart: all their gaps are wide', () => {
    expect(isWordGap(20, 18, 0.1)).toBe(false)
    expect(isWordGap(45, 18, 0)).toBe(true)
  })
})

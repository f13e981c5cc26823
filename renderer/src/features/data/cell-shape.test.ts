import { describe, expect, it } from 'vitest'
import type { Sample } from '../../../../core/contract/index.ts'
import { cellShape, gap, lineAspect, margin } from './cell-shape.ts'

const sample = (width: number, height: number, text: string | null): Sample => ({
  ordinal: 0,
  path: 'a.png',
  hash: '',
  bytes: 1,
  width,
  height,
  mediaType: 'image/png',
  label: '',
  subset: 'train',
  text,
  value: null,
  group: null,
  boxes: [],
})

describe('the cells of the grid', () => {
  it('are squares for pictures, and as wide as most lines for lines', () => {
    const photos = Array.from({ length: 20 }, () => sample(400, 300, null))
    const lines = Array.from({ length: 20 }, (_, n) => sample(800 + 20 * n, 40, 'Ein Wort'))
    expect(lineAspect((n) => photos[n])).toBeNull()
    expect(lineAspect((n) => [...photos, ...lines][n])).toBeNull()
    expect(lineAspect((n) => lines[n])).toBe(1160 / 40)
    expect(lineAspect(() => undefined)).toBeNull()

    expect(cellShape(800, 96, null)).toMatchObject({ columns: 7, width: 105, height: 105, lines: false })
    expect(cellShape(800, 96, 8)).toMatchObject({ columns: 2, width: 385, height: 40, lines: true })
  })

  it('never leave the view', () => {
    for (const width of [200, 777, 1600])
      for (const aspect of [null, 3, 29, 400]) {
        const shape = cellShape(width, 96, aspect)
        const used = shape.columns * (shape.width + gap) - gap + 2 * margin
        expect(used).toBeLessThanOrEqual(width)
      }
  })
})

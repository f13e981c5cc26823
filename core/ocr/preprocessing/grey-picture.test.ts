import { expect, test } from 'vitest'
import type { GreyPicture } from './grey-picture.ts'
import { placed } from './placement.ts'
import { unprocessed, withStep } from './steps.ts'

test.each([90, 180, 270] as const)(
  'a box found in a picture turned by %i degrees is mapped back exactly',
  async (degrees) => {
    // One dark rectangle on white, 7 x 5 px, at x 1..2, y 2..4.
    const picture: GreyPicture = { width: 7, height: 5, pixels: Buffer.alloc(35, 255) }
    const box = { x0: 1, y0: 2, x1: 3, y1: 5 }
    for (let y = box.y0; y < box.y1; y++) picture.pixels.fill(0, y * 7 + box.x0, y * 7 + box.x1)

    const { picture: result, back } = await withStep(unprocessed(picture), { step: 'turn', degrees })
    const dark = [...result.pixels.keys()].filter((index) => result.pixels[index] === 0)
    const xs = dark.map((index) => index % result.width)
    const ys = dark.map((index) => Math.floor(index / result.width))
    const found = {
      x0: Math.min(...xs),
      y0: Math.min(...ys),
      x1: Math.max(...xs) + 1,
      y1: Math.max(...ys) + 1,
    }
    const mapped = placed(found, back)
    for (const side of ['x0', 'y0', 'x1', 'y1'] as const) expect(mapped[side]).toBeCloseTo(box[side], 9)
  },
)

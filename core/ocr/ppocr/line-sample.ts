import type { GreyPicture } from '../preprocessing/grey-picture.ts'
import type { SlantedBox } from './rectangle.ts'

/** A line of text cut out upright: `[height, width]` greys. */
export interface LineSample {
  pixels: Uint8Array
  width: number
  height: number
}

/**
 * Cuts `box` out of a picture, upright and `height` px tall, from column `from` to `to` of its own px. Each pixel is the
 * mean of bilinear samples, as many as it covers.
 */
export function sampleLine(
  picture: GreyPicture,
  box: SlantedBox,
  height: number,
  from = 0,
  to = box.width,
): LineSample {
  const scale = box.height / height
  const width = Math.max(1, Math.round((to - from) / scale))
  const perSide = Math.max(1, Math.min(4, Math.round(scale)))
  const { a, b, c, d, e, f } = box.place
  const pixels = new Uint8Array(width * height)
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      let sum = 0
      for (let sub = 0; sub < perSide * perSide; sub++) {
        const u = from + (column + ((sub % perSide) + 0.5) / perSide) * scale
        const v = (row + (Math.floor(sub / perSide) + 0.5) / perSide) * scale
        sum += greyAt(picture, a * u + b * v + c - 0.5, d * u + e * v + f - 0.5)
      }
      pixels[row * width + column] = Math.round(sum / (perSide * perSide))
    }
  }
  return { pixels, width, height }
}

function greyAt({ pixels, width, height }: GreyPicture, x: number, y: number): number {
  const [px, py] = [Math.min(width - 1, Math.max(0, x)), Math.min(height - 1, Math.max(0, y))]
  const [x0, y0] = [Math.floor(px), Math.floor(py)]
  const [x1, y1] = [Math.min(width - 1, x0 + 1), Math.min(height - 1, y0 + 1)]
  const [across, down] = [px - x0, py - y0]
  const upper =
    (pixels[y0 * width + x0] as number) * (1 - across) + (pixels[y0 * width + x1] as number) * across
  const lower =
    (pixels[y1 * width + x0] as number) * (1 - across) + (pixels[y1 * width + x1] as number) * across
  return upper * (1 - down) + lower * down
}

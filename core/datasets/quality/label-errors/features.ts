import { areaGrid, type GreyPicture } from '../grey-picture.ts'

const side = 32
const cell = 8
const cells = side / cell
const directions = 9
/** Grey values of a coarse grid beside the gradients: what is where, however smooth. */
const coarse = 8

export const featureCount = (cells - 1) * (cells - 1) * 4 * directions + coarse * coarse

/**
 * Histograms of oriented gradients of a picture stretched to 32 x 32: cells of 8 px, nine unsigned directions with
 * votes shared between two, blocks of 2 x 2 cells normalised by their length, clipped at 0.2 and normalised again
 * (Dalal and Triggs, CVPR 2005), and an 8 x 8 grid of grey values.
 * @returns `[featureCount]`
 */
export function pictureFeatures(picture: GreyPicture): Float32Array {
  const grid = areaGrid(picture, side, side)
  const votes = new Float32Array(cells * cells * directions)
  const at = (x: number, y: number) =>
    grid[Math.min(side - 1, Math.max(0, y)) * side + Math.min(side - 1, Math.max(0, x))] as number
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const dx = at(x + 1, y) - at(x - 1, y)
      const dy = at(x, y + 1) - at(x, y - 1)
      const strength = Math.hypot(dx, dy)
      if (strength === 0) continue
      const angle = (((Math.atan2(dy, dx) + Math.PI) % Math.PI) / Math.PI) * directions
      const first = Math.floor(angle) % directions
      const share = angle - Math.floor(angle)
      const place = (Math.floor(y / cell) * cells + Math.floor(x / cell)) * directions
      votes[place + first] = (votes[place + first] as number) + strength * (1 - share)
      const second = place + ((first + 1) % directions)
      votes[second] = (votes[second] as number) + strength * share
    }
  }
  const features = new Float32Array(featureCount)
  let to = 0
  for (let row = 0; row + 1 < cells; row++) {
    for (let column = 0; column + 1 < cells; column++) {
      const start = to
      for (const place of [row * cells + column, row * cells + column + 1]) {
        for (const below of [0, cells]) {
          for (let direction = 0; direction < directions; direction++)
            features[to++] = votes[(place + below) * directions + direction] as number
        }
      }
      normalise(features, start, to, 0.2)
    }
  }
  const grey = areaGrid(picture, coarse, coarse)
  for (let index = 0; index < grey.length; index++) features[to++] = (grey[index] as number) / 255 - 0.5
  return features
}

function normalise(values: Float32Array, start: number, end: number, clip: number): void {
  for (const most of [clip, 1]) {
    let squares = 1e-3
    for (let at = start; at < end; at++) squares += (values[at] as number) ** 2
    const scale = 1 / Math.sqrt(squares)
    for (let at = start; at < end; at++) values[at] = Math.min(most, (values[at] as number) * scale)
  }
}

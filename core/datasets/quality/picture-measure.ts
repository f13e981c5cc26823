import type { PictureMeasure } from '../../domain/picture-measure.ts'
import { areaGrid, type GreyPicture } from './grey-picture.ts'

const side = 32
const kept = 8

/** `cosines[u * side + x]` of the DCT-II, for the frequencies 1..8. */
const cosines = Float32Array.from({ length: kept * side }, (_, index) => {
  const [u, x] = [Math.floor(index / side) + 1, index % side]
  return Math.cos(((2 * x + 1) * u * Math.PI) / (2 * side))
})

function toWords(bits: ArrayLike<boolean>): [number, number] {
  let high = 0
  let low = 0
  for (let bit = 0; bit < 32; bit++) {
    if (bits[bit]) high |= 1 << bit
    if (bits[bit + 32]) low |= 1 << bit
  }
  return [high >>> 0, low >>> 0]
}

/**
 * pHash: the signs against the median of the 8 x 8 lowest frequencies (without the constant ones) of a DCT of 32 x 32
 * cells (Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010, 3.2).
 */
function dctHash(grid: Float32Array): [number, number] {
  const partial = new Float32Array(side * kept)
  for (let y = 0; y < side; y++) {
    for (let u = 0; u < kept; u++) {
      let sum = 0
      for (let x = 0; x < side; x++) sum += (grid[y * side + x] as number) * (cosines[u * side + x] as number)
      partial[y * kept + u] = sum
    }
  }
  const values = new Float32Array(kept * kept)
  for (let v = 0; v < kept; v++) {
    for (let u = 0; u < kept; u++) {
      let sum = 0
      for (let y = 0; y < side; y++)
        sum += (partial[y * kept + u] as number) * (cosines[v * side + y] as number)
      values[v * kept + u] = sum
    }
  }
  const sorted = values.slice().sort()
  const median = ((sorted[31] as number) + (sorted[32] as number)) / 2
  return toWords(Array.from(values, (value) => value > median))
}

/** dHash: whether each of 8 x 8 cells is darker than its right neighbour (9 x 8 cells). */
function gradientHash(picture: GreyPicture): [number, number] {
  const grid = areaGrid(picture, 9, 8)
  const bits = Array.from({ length: 64 }, (_, bit) => {
    const at = Math.floor(bit / 8) * 9 + (bit % 8)
    return (grid[at] as number) < (grid[at + 1] as number)
  })
  return toWords(bits)
}

export function measurePicture(picture: GreyPicture): PictureMeasure {
  const { pixels, mode } = picture
  const counts = new Uint32Array(256)
  for (let at = 0; at < pixels.length; at++) {
    const pixel = pixels[at] as number
    counts[pixel] = (counts[pixel] as number) + 1
  }
  let sum = 0
  let squares = 0
  let below = 0
  let low = -1
  let high = 255
  for (let value = 0; value < 256; value++) {
    const count = counts[value] as number
    sum += count * value
    squares += count * value * value
    below += count
    if (low < 0 && below > pixels.length * 0.01) low = value
    if (below < pixels.length * 0.99) high = Math.min(255, value + 1)
  }
  if ((counts[0] as number) >= pixels.length * 0.99) high = 0
  const brightness = sum / pixels.length
  return {
    brightness,
    contrast: Math.sqrt(Math.max(0, squares / pixels.length - brightness * brightness)),
    low,
    high,
    mode,
    dct: dctHash(areaGrid(picture, side, side)),
    gradient: gradientHash(picture),
  }
}

/** Cells of the grid on which two pictures are compared; both have about the aspect ratio of the first. */
function commonGrid(a: GreyPicture, b: GreyPicture): { columns: number; rows: number } {
  const shape = Math.sqrt(a.width / a.height)
  const least = (x: number, y: number, wanted: number) => Math.max(4, Math.min(x, y, Math.round(wanted)))
  return { columns: least(a.width, b.width, 32 * shape), rows: least(a.height, b.height, 32 / shape) }
}

/** Pearson's correlation of two pictures' grey values, cell by cell: a change of light or contrast does not matter. */
export function correlation(a: GreyPicture, b: GreyPicture): number {
  const { columns, rows } = commonGrid(a, b)
  const [x, y] = [areaGrid(a, columns, rows), areaGrid(b, columns, rows)]
  const mean = (grid: Float32Array) => grid.reduce((sum, value) => sum + value, 0) / grid.length
  const [meanX, meanY] = [mean(x), mean(y)]
  let [both, ofX, ofY] = [0, 0, 0]
  for (let at = 0; at < x.length; at++) {
    const [dx, dy] = [(x[at] as number) - meanX, (y[at] as number) - meanY]
    both += dx * dy
    ofX += dx * dx
    ofY += dy * dy
  }
  return ofX === 0 || ofY === 0 ? 0 : both / Math.sqrt(ofX * ofY)
}

import type { GreyPicture } from './grey-picture.ts'

/** The grey value (ink is at most this) that tells two kinds of pixels apart best (Otsu 1979). */
export function otsuThreshold(pixels: Uint8Array): number {
  const counts = new Float64Array(256)
  for (const value of pixels) counts[value] = (counts[value] as number) + 1
  const total = counts.reduce((sum, count, value) => sum + count * value, 0)
  let below = 0
  let sumBelow = 0
  let best = { spread: -1, value: 127 }
  for (let value = 0; value < 255; value++) {
    below += counts[value] as number
    sumBelow += value * (counts[value] as number)
    const above = pixels.length - below
    if (below === 0 || above === 0) continue
    const distance = sumBelow / below - (total - sumBelow) / above
    const spread = below * above * distance * distance
    if (spread > best.spread) best = { spread, value }
  }
  return best.value
}

/** Ink black, paper white, by one threshold for the whole picture. */
export function binarisedByOtsu(picture: GreyPicture): GreyPicture {
  const threshold = otsuThreshold(picture.pixels)
  const levels = Uint8Array.from({ length: 256 }, (_, value) => (value <= threshold ? 0 : 255))
  return { ...picture, pixels: mapped(picture.pixels, levels) }
}

export function mapped(pixels: Uint8Array, levels: Uint8Array): Buffer {
  const result = Buffer.allocUnsafe(pixels.length)
  for (let at = 0; at < pixels.length; at++) result[at] = levels[pixels[at] as number] as number
  return result
}

/** How much of the deviation counts, and the largest deviation there is (Sauvola and Pietikäinen 2000). */
const sauvolaK = 0.2
const largestDeviation = 128

/**
 * Ink black, paper white, by a threshold for each pixel from the mean and deviation of the square of `window` px around
 * it: what lies in shadow is read like what lies in light. Memory is a few rows, whatever the picture's size.
 */
export function binarisedBySauvola({ pixels, width, height }: GreyPicture, window: number): GreyPicture {
  const reach = Math.max(1, Math.floor(window / 2))
  const result = Buffer.allocUnsafe(pixels.length)
  const sums = new Float64Array(width)
  const squares = new Float64Array(width)
  const addRow = (row: number, sign: 1 | -1) => {
    const start = row * width
    for (let x = 0; x < width; x++) {
      const value = pixels[start + x] as number
      sums[x] = (sums[x] as number) + sign * value
      squares[x] = (squares[x] as number) + sign * value * value
    }
  }
  for (let row = 0; row < Math.min(reach, height); row++) addRow(row, 1)
  for (let y = 0; y < height; y++) {
    if (y + reach < height) addRow(y + reach, 1)
    if (y - reach - 1 >= 0) addRow(y - reach - 1, -1)
    const rows = Math.min(height - 1, y + reach) - Math.max(0, y - reach) + 1
    let sum = 0
    let square = 0
    for (let x = 0; x < Math.min(reach, width); x++) {
      sum += sums[x] as number
      square += squares[x] as number
    }
    for (let x = 0; x < width; x++) {
      if (x + reach < width) {
        sum += sums[x + reach] as number
        square += squares[x + reach] as number
      }
      if (x - reach - 1 >= 0) {
        sum -= sums[x - reach - 1] as number
        square -= squares[x - reach - 1] as number
      }
      const count = rows * (Math.min(width - 1, x + reach) - Math.max(0, x - reach) + 1)
      const mean = sum / count
      const deviation = Math.sqrt(Math.max(0, square / count - mean * mean))
      const threshold = mean * (1 + sauvolaK * (deviation / largestDeviation - 1))
      const at = y * width + x
      result[at] = (pixels[at] as number) <= threshold ? 0 : 255
    }
  }
  return { pixels: result, width, height }
}

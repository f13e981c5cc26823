import sharp from 'sharp'
import type { GreyPicture } from './grey-picture.ts'
import { otsuThreshold } from './thresholds.ts'

/** Degrees clockwise by which lines of text are found to lean, and how clearly: 1 is not at all. */
export interface Skew {
  degrees: number
  clarity: number
}

/** Skew is looked for within this many degrees. */
const widest = 15
/** px; the longer side of the copy that is measured. */
const measuredSide = 1_000
const coarse = 0.5
const fine = 0.05

/** The picture reduced by a whole factor, each pixel the mean of those it stands for. */
function reduced({ pixels, width, height }: GreyPicture): GreyPicture {
  const factor = Math.max(1, Math.round(Math.max(width, height) / measuredSide))
  if (factor === 1) return { pixels, width, height }
  const [small, low] = [Math.floor(width / factor), Math.floor(height / factor)]
  if (small === 0 || low === 0) return { pixels, width, height }
  const result = Buffer.allocUnsafe(small * low)
  const sums = new Uint32Array(small)
  for (let y = 0; y < low; y++) {
    sums.fill(0)
    for (let row = y * factor; row < (y + 1) * factor; row++) {
      let at = row * width
      for (let x = 0; x < small; x++) {
        let sum = 0
        for (let step = 0; step < factor; step++) sum += pixels[at++] as number
        sums[x] = (sums[x] as number) + sum
      }
    }
    for (let x = 0; x < small; x++) result[y * small + x] = (sums[x] as number) / (factor * factor)
  }
  return { pixels: result, width: small, height: low }
}

/** The lower edges of ink: where letters stand on their lines. */
function lowerEdges(picture: GreyPicture): { xs: Float32Array; ys: Float32Array } {
  const { pixels, width, height } = picture
  const threshold = otsuThreshold(pixels)
  let dark = 0
  for (const value of pixels) if (value <= threshold) dark++
  const inkIsDark = dark * 2 <= pixels.length
  const isInk = (at: number) => (pixels[at] as number) <= threshold === inkIsDark
  const xs: number[] = []
  const ys: number[] = []
  for (let y = 1; y < height - 2; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x
      if (!isInk(at) || isInk(at + width)) continue
      xs.push(x - width / 2)
      ys.push(y - height / 2)
    }
  }
  return { xs: Float32Array.from(xs), ys: Float32Array.from(ys) }
}

/**
 * How far lines of text lean, by the projection profile (Postl 1986): the lower edges of ink are summed along lines of
 * each angle; the sums differ most at the angle of the text. A picture without lines has a clarity near 1.
 */
export function measureSkew(picture: GreyPicture): Skew {
  const small = reduced(picture)
  const { xs, ys } = lowerEdges(small)
  if (xs.length < 50) return { degrees: 0, clarity: 1 }
  const reach = Math.ceil(small.height / 2 + (small.width / 2) * Math.tan((widest * Math.PI) / 180)) + 2
  const counts = new Float64Array(2 * reach + 1)
  const sharpness = (degrees: number): number => {
    counts.fill(0)
    const slope = Math.tan((degrees * Math.PI) / 180)
    for (let at = 0; at < xs.length; at++) {
      const bin = Math.round((ys[at] as number) - slope * (xs[at] as number)) + reach
      counts[bin] = (counts[bin] as number) + 1
    }
    return counts.reduce((sum, count) => sum + count * count, 0)
  }
  let best = { degrees: 0, sharpness: sharpness(0) }
  let sum = 0
  let tried = 0
  const look = (degrees: number) => {
    const found = sharpness(degrees)
    if (found > best.sharpness) best = { degrees, sharpness: found }
    return found
  }
  for (let degrees = -widest; degrees <= widest; degrees += coarse, tried++) sum += look(degrees)
  const around = best.degrees
  for (let degrees = around - coarse; degrees <= around + coarse; degrees += fine) look(degrees)
  return { degrees: Number(best.degrees.toFixed(2)), clarity: best.sharpness / (sum / tried) }
}

/** The whole picture turned by `degrees` clockwise on white; it grows so that no corner is lost. */
export async function leaning(picture: GreyPicture, degrees: number): Promise<GreyPicture> {
  const { data, info } = await sharp(picture.pixels, {
    raw: { width: picture.width, height: picture.height, channels: 1 },
    limitInputPixels: false,
  })
    .rotate(degrees, { background: '#ffffff' })
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { pixels: data, width: info.width, height: info.height }
}

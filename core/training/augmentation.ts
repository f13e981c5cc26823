import type { ImagePreprocessing, TrainingOptions } from '../contract/index.ts'
import { createRandom, type Random } from '../domain/random.ts'

export type AugmentationOptions = Pick<
  TrainingOptions,
  'flipHorizontal' | 'flipVertical' | 'shift' | 'crop' | 'rotation' | 'colour' | 'noise' | 'blur'
>

type Size = Pick<ImagePreprocessing, 'width' | 'height' | 'channels'>

/** Whether these options change any picture. */
export function augments(options: AugmentationOptions): boolean {
  const { flipHorizontal, flipVertical, shift, crop, rotation, colour, noise, blur } = options
  return (
    flipHorizontal || flipVertical || [shift, crop, rotation, colour, noise, blur].some((most) => most > 0)
  )
}

/**
 * A training picture as it is shown in one epoch: the same for the same seed, epoch and sample, in whatever order and
 * thread it is made.
 * @param pixels `[height, width, channels]`, 0..255
 * @param epoch 1-based
 */
export function augmentPicture(
  pixels: Uint8Array,
  size: Size,
  options: AugmentationOptions,
  { seed, epoch, sample }: { seed: number; epoch: number; sample: number },
): Uint8Array {
  const random = createRandom(seed, `augmentation of ${sample} in epoch ${epoch}`)
  let values = moved(pixels, size, options, random)
  if (options.colour > 0) recolour(values, size, options.colour, random)
  if (options.blur > 0) values = blurred(values, size, options.blur * random.next())
  if (options.noise > 0) addNoise(values, 255 * options.noise * random.next(), random)
  const result = new Uint8Array(values.length)
  for (let at = 0; at < values.length; at++) {
    result[at] = Math.min(255, Math.max(0, Math.round(values[at] as number)))
  }
  return result
}

/** Uniform in -1..1. */
const either = (random: Random): number => 2 * random.next() - 1

/** Flips, crop, turn and shift at once, with bilinear sampling; what was outside takes the border's values. */
function moved(
  pixels: Uint8Array,
  { width, height, channels }: Size,
  { flipHorizontal, flipVertical, shift, crop, rotation }: AugmentationOptions,
  random: Random,
): Float32Array {
  // All are drawn, whatever the options, so that switching one on changes nothing else.
  const mirror = random.next() < 0.5 && flipHorizontal ? -1 : 1
  const turnOver = random.next() < 0.5 && flipVertical ? -1 : 1
  const part = 1 - crop * random.next()
  const offsetX = ((1 - part) / 2) * either(random) + shift * either(random)
  const offsetY = ((1 - part) / 2) * either(random) + shift * either(random)
  const angle = (rotation * either(random) * Math.PI) / 180
  const values = new Float32Array(pixels.length)
  if (mirror === 1 && turnOver === 1 && part === 1 && offsetX === 0 && offsetY === 0 && angle === 0) {
    values.set(pixels)
    return values
  }
  const [cosine, sine] = [Math.cos(angle) * part, Math.sin(angle) * part]
  const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2]
  let at = 0
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const [x, y] = [(column - middleX) * mirror, (row - middleY) * turnOver]
      const fromX = clamp(cosine * x - sine * y + middleX + offsetX * width, width - 1)
      const fromY = clamp(sine * x + cosine * y + middleY + offsetY * height, height - 1)
      const left = Math.floor(fromX)
      const top = Math.floor(fromY)
      const [partX, partY] = [fromX - left, fromY - top]
      const first = (top * width + left) * channels
      const right = left < width - 1 ? channels : 0
      const below = top < height - 1 ? width * channels : 0
      for (let channel = 0; channel < channels; channel++) {
        const corner = first + channel
        const upper = (pixels[corner] as number) * (1 - partX) + (pixels[corner + right] as number) * partX
        const lower =
          (pixels[corner + below] as number) * (1 - partX) +
          (pixels[corner + below + right] as number) * partX
        values[at++] = upper * (1 - partY) + lower * partY
      }
    }
  }
  return values
}

function clamp(value: number, most: number): number {
  return Math.min(most, Math.max(0, value))
}

/** Brightness, contrast around the picture's mean, and saturation. */
function recolour(values: Float32Array, { channels }: Size, most: number, random: Random): void {
  const brightness = 127 * most * either(random)
  const contrast = 1 + most * either(random)
  const saturation = 1 + most * either(random)
  let sum = 0
  for (const value of values) sum += value
  const mean = sum / values.length
  for (let at = 0; at < values.length; at++) {
    values[at] = ((values[at] as number) - mean) * contrast + mean + brightness
  }
  if (channels !== 3) return
  for (let at = 0; at < values.length; at += 3) {
    const [red, green, blue] = [values[at] as number, values[at + 1] as number, values[at + 2] as number]
    const grey = 0.299 * red + 0.587 * green + 0.114 * blue
    values[at] = grey + (red - grey) * saturation
    values[at + 1] = grey + (green - grey) * saturation
    values[at + 2] = grey + (blue - grey) * saturation
  }
}

/** Gaussian, along rows and then along columns. @param radius standard deviation, px */
function blurred(values: Float32Array, { width, height, channels }: Size, radius: number): Float32Array {
  const reach = Math.ceil(3 * radius)
  if (reach === 0) return values
  const weights = Float64Array.from({ length: 2 * reach + 1 }, (_, at) =>
    Math.exp(-((at - reach) ** 2) / (2 * radius * radius)),
  )
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const along = (source: Float32Array, step: number, length: number, placeOf: (at: number) => number) => {
    const result = new Float32Array(source.length)
    for (let at = 0; at < source.length; at++) {
      const place = placeOf(at)
      let sum = 0
      for (let tap = -reach; tap <= reach; tap++) {
        const other = clamp(place + tap, length - 1)
        sum += (weights[tap + reach] as number) * (source[at + (other - place) * step] as number)
      }
      result[at] = sum / total
    }
    return result
  }
  const rows = along(values, channels, width, (at) => Math.floor(at / channels) % width)
  return along(rows, width * channels, height, (at) => Math.floor(at / (width * channels)))
}

/** Gaussian (Box and Muller). @param deviation in levels of 255 */
function addNoise(values: Float32Array, deviation: number, random: Random): void {
  for (let at = 0; at < values.length; at++) {
    const length = Math.sqrt(-2 * Math.log(1 - random.next()))
    values[at] = (values[at] as number) + deviation * length * Math.cos(2 * Math.PI * random.next())
  }
}

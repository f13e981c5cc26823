import type { TrainingOptions } from '../../contract/index.ts'
import type { Random } from '../../domain/random.ts'

type LineAugmentation = Pick<TrainingOptions, 'elastic' | 'perspective' | 'dilation' | 'noise' | 'blur'>

interface Size {
  width: number
  height: number
}

/**
 * A line as another printing, another scan of it might look: warped, in another perspective, with thicker or thinner
 * strokes, blurred, noisy; each as strong as its option, drawn from `random`.
 * @param ink `[height, width]`: 0 paper, 1 ink
 * @returns a picture of the same size
 */
export function augmentLine(
  ink: Float32Array,
  size: Size,
  { elastic, perspective, dilation, noise, blur }: LineAugmentation,
  random: Random,
): Float32Array {
  let shown = ink
  if (elastic > 0 || perspective > 0) shown = warped(shown, size, elastic, perspective, random)
  if (dilation > 0) shown = restroked(shown, size, dilation * (2 * random.next() - 1))
  if (blur > 0) shown = blurred(shown, size, blur * random.next())
  if (noise > 0) shown = noisy(shown, noise * random.next(), random)
  return shown
}

/** Waves through the line (Simard et al. 2003, with smooth fields from few sines), and a lean with other line ends. */
function warped(
  ink: Float32Array,
  { width, height }: Size,
  elastic: number,
  perspective: number,
  random: Random,
): Float32Array {
  const signed = () => 2 * random.next() - 1
  const waves = Array.from({ length: 3 }, () => ({
    length: height * (1 + 4 * random.next()),
    phase: 2 * Math.PI * random.next(),
    rise: (elastic * height * signed()) / 14,
    push: (elastic * height * signed()) / 14,
  }))
  const lean = (perspective * signed()) / 3
  const [left, right] = [1 + (perspective * signed()) / 6, 1 + (perspective * signed()) / 6]
  const middle = (height - 1) / 2
  const result = new Float32Array(ink.length)
  for (let x = 0; x < width; x++) {
    let [dx, dy] = [0, 0]
    for (const { length, phase, rise, push } of waves) {
      const angle = (2 * Math.PI * x) / length + phase
      dy += rise * Math.sin(angle)
      dx += push * Math.cos(angle)
    }
    const scale = left + ((right - left) * x) / width
    for (let y = 0; y < height; y++) {
      const fromMiddle = (y - middle) * scale
      result[y * width + x] = sample(ink, width, height, x + dx + lean * fromMiddle, middle + fromMiddle + dy)
    }
  }
  return result
}

/** Between four pixels; paper outside. */
function sample(ink: Float32Array, width: number, height: number, x: number, y: number): number {
  const [column, row] = [Math.floor(x), Math.floor(y)]
  const [fx, fy] = [x - column, y - row]
  const at = (r: number, c: number) =>
    r < 0 || c < 0 || r >= height || c >= width ? 0 : (ink[r * width + c] as number)
  const top = at(row, column) * (1 - fx) + at(row, column + 1) * fx
  const bottom = at(row + 1, column) * (1 - fx) + at(row + 1, column + 1) * fx
  return top * (1 - fy) + bottom * fy
}

/** Dilated by a cross of one pixel (`amount` > 0) or eroded, and mixed with what it was. */
function restroked(ink: Float32Array, { width, height }: Size, amount: number): Float32Array {
  const choose = amount > 0 ? Math.max : Math.min
  const part = Math.min(1, Math.abs(amount))
  return ink.map((value, at) => {
    const x = at % width
    const y = (at - x) / width
    const left = x > 0 ? (ink[at - 1] as number) : value
    const right = x < width - 1 ? (ink[at + 1] as number) : value
    const up = y > 0 ? (ink[at - width] as number) : value
    const down = y < height - 1 ? (ink[at + width] as number) : value
    return value * (1 - part) + part * choose(value, left, right, up, down)
  })
}

/** Gaussian blur in two passes; `deviation` in px. */
function blurred(ink: Float32Array, { width, height }: Size, deviation: number): Float32Array {
  if (deviation < 0.1) return ink
  const reach = Math.ceil(2 * deviation)
  const weights = Array.from({ length: 2 * reach + 1 }, (_, at) =>
    Math.exp(-((at - reach) ** 2) / (2 * deviation ** 2)),
  )
  const sum = weights.reduce((total, weight) => total + weight, 0)
  const pass = (from: Float32Array, stride: number, count: number): Float32Array =>
    from.map((_, at) => {
      const place = Math.floor(at / stride) % count
      let value = 0
      for (const [tap, weight] of weights.entries()) {
        const moved = Math.min(count - 1, Math.max(0, place + tap - reach)) - place
        value += (weight / sum) * (from[at + moved * stride] as number)
      }
      return value
    })
  return pass(pass(ink, 1, width), width, height)
}

function noisy(ink: Float32Array, deviation: number, random: Random): Float32Array {
  // The sum of two uniform numbers is near enough to a bell, and cheap.
  return ink.map((value) =>
    Math.min(1, Math.max(0, value + deviation * Math.sqrt(6) * (random.next() + random.next() - 1))),
  )
}

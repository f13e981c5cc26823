import type { PictureManifest } from '../domain/model-manifest.ts'

export interface InputValues {
  values: Float32Array
  /** `[pictures, ...]`, in the layout of the model. */
  shape: number[]
}

/**
 * A model's input from pixels.
 * @param pixels `[pictures, height, width, channels]`, 0..255; one channel serves a model of three as well
 */
export function inputValues(
  { preprocessing, signature }: Pick<PictureManifest, 'preprocessing' | 'signature'>,
  pixels: Uint8Array,
  { height, width, given = preprocessing.channels }: { height: number; width: number; given?: number },
): InputValues {
  const { channels } = preprocessing
  const first = signature.input.layout === 'nchw'
  const area = height * width
  const pictures = pixels.length / (area * given)
  const values = new Float32Array(pictures * area * channels)
  for (let channel = 0; channel < channels; channel++) {
    const scale = preprocessing.perChannel?.scale[channel] ?? preprocessing.scale
    const offset = preprocessing.perChannel?.offset[channel] ?? preprocessing.offset
    const from = given === 1 ? 0 : channel
    const [start, step] = first ? [channel * area, 1] : [channel, channels]
    for (let picture = 0; picture < pictures; picture++) {
      let read = picture * area * given + from
      let write = picture * area * channels + start
      for (let at = 0; at < area; at++) {
        values[write] = (pixels[read] as number) * scale + offset
        read += given
        write += step
      }
    }
  }
  return {
    values,
    shape: first ? [pictures, channels, height, width] : [pictures, height, width, channels],
  }
}

/** Whether the sizes that a model has are those that are wanted; an open one fits any. */
export function fits(found: readonly (number | null)[], wanted: readonly number[]): boolean {
  return found.length === wanted.length && found.every((size, axis) => size === null || size === wanted[axis])
}

/** In place: each row of `width` logits becomes probabilities. */
export function softmaxRows(values: Float32Array, width: number): Float32Array {
  for (let start = 0; start < values.length; start += width) {
    const row = values.subarray(start, start + width)
    const top = Math.max(...row)
    let sum = 0
    for (let at = 0; at < width; at++) {
      const power = Math.exp((row[at] as number) - top)
      row[at] = power
      sum += power
    }
    for (let at = 0; at < width; at++) row[at] = (row[at] as number) / sum
  }
  return values
}

import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core'
import type { TensorFlow } from '../backends/backend.ts'

/** Kernel `[features, gates * units]`, recurrent kernel `[units, gates * units]`, bias as the cell's first one. */
export type CellWeights = [Tensor2D, Tensor2D, Tensor]

export interface Recurrence {
  /** From the last frame to the first. */
  reverse: boolean
  [name: string]: boolean
}

/** What a bidirectional layer runs in each direction. Another cell = one more of these. */
export interface RecurrentCell {
  /** As saved models name the bidirectional layer. */
  className: string
  gates: number
  firstBias(units: number): { shape: number[]; values: Float32Array }
  /** @param input `[batch, frames, features]` @returns `[batch, frames, units]` */
  run(tf: TensorFlow, input: Tensor3D, weights: CellWeights, attrs: Recurrence): Tensor3D
}

/** Inputs times kernel plus bias, over all frames and lines at once: `[batch, frames, gates * units]`. */
export function project(tf: TensorFlow, input: Tensor3D, kernel: Tensor2D, bias: Tensor): Tensor3D {
  const [batch, frames, features] = input.shape
  const rows = tf.reshape(input, [batch * frames, features]) as Tensor2D
  return tf.reshape(tf.add(tf.matMul(rows, kernel), bias), [batch, frames, kernel.shape[1]])
}

/** The product of what was said one frame before with the slopes, over all frames and lines at once. */
export function recurrentGradient(
  tf: TensorFlow,
  outputs: Tensor3D,
  slopes: Tensor3D,
  { reverse }: Recurrence,
): Tensor2D {
  const [batch, frames, units] = outputs.shape
  const wide = slopes.shape[2]
  if (frames === 1) return tf.zeros([units, wide])
  const rows = batch * (frames - 1)
  const before = tf.slice(outputs, [0, reverse ? 1 : 0, 0], [batch, frames - 1, units])
  const after = tf.slice(slopes, [0, reverse ? 0 : 1, 0], [batch, frames - 1, wide])
  return tf.matMul(
    tf.reshape(before, [rows, units]) as Tensor2D,
    tf.reshape(after, [rows, wide]) as Tensor2D,
    true,
  )
}

/** The frames `[batch, wide]` of `[batch, frames, wide]` in the order in which they are read. */
export function framesInOrder(tf: TensorFlow, projected: Tensor3D, { reverse }: Recurrence): Tensor2D[] {
  // `unstack` has no gradient where it gives a single tensor.
  if (projected.shape[1] === 1) return [tf.squeeze(projected, [1])]
  // The tape holds the array that `unstack` returns: it must keep its order.
  const frames = tf.unstack(projected, 1) as Tensor2D[]
  return reverse ? frames.toReversed() : frames
}

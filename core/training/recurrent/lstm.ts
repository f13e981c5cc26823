import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core'
import type { TensorFlow } from '../backends/backend.ts'
import { type LstmAttrs, lstmBackward, lstmForward, registerLstmKernels } from './lstm-kernels.ts'

/**
 * The outputs of an LSTM at every frame, `[batch, frames, units]`.
 *
 * On `wasm` the recurrence is a single op with a gradient of its own; elsewhere it is unrolled into the backend's ops.
 * @param projected `[batch, frames, 4 units]`: inputs times kernel plus bias, gates in the order input, forget, cell,
 *   output
 * @param recurrent `[units, 4 units]`
 */
export function lstm(tf: TensorFlow, projected: Tensor3D, recurrent: Tensor2D, attrs: LstmAttrs): Tensor3D {
  return tf.getBackend() === 'wasm'
    ? fused(tf, projected, recurrent, attrs)
    : unrolled(tf, projected, recurrent, attrs)
}

function fused(tf: TensorFlow, projected: Tensor3D, recurrent: Tensor2D, attrs: LstmAttrs): Tensor3D {
  registerLstmKernels()
  const op = tf.customGrad((z, weights, save) => {
    const [x, u] = [z as Tensor3D, weights as Tensor2D]
    const [outputs, gates, cells] = tf
      .engine()
      .runKernel(lstmForward, { projected: x, recurrent: u }, attrs) as Tensor[] as [
      Tensor3D,
      Tensor3D,
      Tensor3D,
    ]
    ;(save as (tensors: Tensor[]) => void)([u, outputs, gates, cells])
    return {
      value: outputs,
      gradFunc: (gradient: Tensor, saved: Tensor[]) => {
        const [matrix, said, opened, kept] = saved as [Tensor2D, Tensor3D, Tensor3D, Tensor3D]
        const slopes = tf
          .engine()
          .runKernel(
            lstmBackward,
            { gradient, gates: opened, cells: kept, recurrent: matrix },
            attrs,
          ) as Tensor3D
        return [slopes, recurrentGradient(tf, said, slopes, attrs)]
      },
    }
  })
  return op(projected, recurrent) as Tensor3D
}

/** The product of what was said one frame before with the slopes, over all frames and lines at once. */
function recurrentGradient(
  tf: TensorFlow,
  outputs: Tensor3D,
  slopes: Tensor3D,
  { reverse }: LstmAttrs,
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

function unrolled(
  tf: TensorFlow,
  projected: Tensor3D,
  recurrent: Tensor2D,
  { reverse }: LstmAttrs,
): Tensor3D {
  const [batch, , wide] = projected.shape
  const units = wide / 4
  // The tape holds the array that `unstack` returns: it must keep its order.
  const unstacked = tf.unstack(projected, 1) as Tensor2D[]
  const frames = reverse ? unstacked.toReversed() : unstacked
  let output: Tensor2D = tf.zeros([batch, units])
  let cell: Tensor2D = tf.zeros([batch, units])
  const outputs = frames.map((frame) => {
    const sums = tf.add(frame, tf.matMul(output, recurrent)) as Tensor2D
    const [input, forget, fresh, out] = tf.split(sums, 4, 1) as [Tensor2D, Tensor2D, Tensor2D, Tensor2D]
    cell = tf.add(tf.mul(tf.sigmoid(forget), cell), tf.mul(tf.sigmoid(input), tf.tanh(fresh)))
    output = tf.mul(tf.sigmoid(out), tf.tanh(cell))
    return output
  })
  if (reverse) outputs.reverse()
  return tf.stack(outputs, 1) as Tensor3D
}

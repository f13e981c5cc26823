import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core'
import type { TensorFlow } from '../backends/backend.ts'
import { framesInOrder, project, type Recurrence, type RecurrentCell, recurrentGradient } from './cell.ts'
import { lstmBackward, lstmForward, registerLstmKernels } from './lstm-kernels.ts'

export const lstmCell: RecurrentCell = {
  className: 'GlyphlabBidirectionalLstm',
  gates: 4,
  // A forget gate that begins open lets gradients through long lines (Jozefowicz et al. 2015).
  firstBias: (units) => ({
    shape: [4 * units],
    values: new Float32Array(4 * units).fill(1, units, 2 * units),
  }),
  run: (tf, input, [kernel, recurrent, bias], attrs) =>
    lstm(tf, project(tf, input, kernel, bias), recurrent, attrs),
}

/**
 * The outputs of an LSTM at every frame, `[batch, frames, units]`.
 *
 * On `wasm` the recurrence is a single op with a gradient of its own; elsewhere it is unrolled into the backend's ops.
 * @param projected `[batch, frames, 4 units]`: inputs times kernel plus bias, gates in the order input, forget, cell,
 *   output
 * @param recurrent `[units, 4 units]`
 */
function lstm(tf: TensorFlow, projected: Tensor3D, recurrent: Tensor2D, attrs: Recurrence): Tensor3D {
  return tf.getBackend() === 'wasm'
    ? fused(tf, projected, recurrent, attrs)
    : unrolled(tf, projected, recurrent, attrs)
}

function fused(tf: TensorFlow, projected: Tensor3D, recurrent: Tensor2D, attrs: Recurrence): Tensor3D {
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

function unrolled(tf: TensorFlow, projected: Tensor3D, recurrent: Tensor2D, attrs: Recurrence): Tensor3D {
  const [batch, , wide] = projected.shape
  const units = wide / 4
  let output: Tensor2D = tf.zeros([batch, units])
  let cell: Tensor2D = tf.zeros([batch, units])
  const outputs = framesInOrder(tf, projected, attrs).map((frame) => {
    const sums = tf.add(frame, tf.matMul(output, recurrent)) as Tensor2D
    const [input, forget, fresh, out] = tf.split(sums, 4, 1) as [Tensor2D, Tensor2D, Tensor2D, Tensor2D]
    cell = tf.add(tf.mul(tf.sigmoid(forget), cell), tf.mul(tf.sigmoid(input), tf.tanh(fresh)))
    output = tf.mul(tf.sigmoid(out), tf.tanh(cell))
    return output
  })
  if (attrs.reverse) outputs.reverse()
  return tf.stack(outputs, 1) as Tensor3D
}

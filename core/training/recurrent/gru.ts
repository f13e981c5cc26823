import type { Tensor, Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core'
import type { TensorFlow } from '../backends/backend.ts'
import { framesInOrder, project, type Recurrence, type RecurrentCell, recurrentGradient } from './cell.ts'
import { gruBackward, gruForward, registerGruKernels } from './gru-kernels.ts'

/** The weights are those of Keras' GRU with `reset_after=True`: the bias of the inputs, then that of the state. */
export const gruCell: RecurrentCell = {
  className: 'GlyphlabBidirectionalGru',
  gates: 3,
  firstBias: (units) => ({ shape: [2, 3 * units], values: new Float32Array(6 * units) }),
  run(tf, input, [kernel, recurrent, bias], attrs) {
    const [ofInputs, ofState] = tf.unstack(bias, 0) as [Tensor1D, Tensor1D]
    return gru(tf, project(tf, input, kernel, ofInputs), recurrent, ofState, attrs)
  },
}

/**
 * The outputs of a GRU at every frame, `[batch, frames, units]`.
 *
 * On `wasm` the recurrence is a single op with a gradient of its own; elsewhere it is unrolled into the backend's ops.
 * @param projected `[batch, frames, 3 units]`: inputs times kernel plus bias, gates in the order update, reset,
 *   candidate
 * @param recurrent `[units, 3 units]`
 * @param bias `[3 units]`: added to the state's product, in the candidate before the reset
 */
function gru(
  tf: TensorFlow,
  projected: Tensor3D,
  recurrent: Tensor2D,
  bias: Tensor1D,
  attrs: Recurrence,
): Tensor3D {
  return tf.getBackend() === 'wasm'
    ? fused(tf, projected, recurrent, bias, attrs)
    : unrolled(tf, projected, recurrent, bias, attrs)
}

function fused(
  tf: TensorFlow,
  projected: Tensor3D,
  recurrent: Tensor2D,
  bias: Tensor1D,
  attrs: Recurrence,
): Tensor3D {
  registerGruKernels()
  const op = tf.customGrad((z, weights, shift, save) => {
    const [x, u, b] = [z as Tensor3D, weights as Tensor2D, shift as Tensor1D]
    const [outputs, gates, offers] = tf
      .engine()
      .runKernel(gruForward, { projected: x, recurrent: u, bias: b }, attrs) as Tensor[] as [
      Tensor3D,
      Tensor3D,
      Tensor3D,
    ]
    ;(save as unknown as (tensors: Tensor[]) => void)([u, outputs, gates, offers])
    return {
      value: outputs,
      gradFunc: (gradient: Tensor, saved: Tensor[]) => {
        const [matrix, said, opened, offered] = saved as [Tensor2D, Tensor3D, Tensor3D, Tensor3D]
        const [ofInputs, ofProducts] = tf
          .engine()
          .runKernel(
            gruBackward,
            { gradient, gates: opened, offers: offered, outputs: said, recurrent: matrix },
            attrs,
          ) as Tensor[] as [Tensor3D, Tensor3D]
        return [ofInputs, recurrentGradient(tf, said, ofProducts, attrs), tf.sum(ofProducts, [0, 1])]
      },
    }
  })
  return op(projected, recurrent, bias) as Tensor3D
}

function unrolled(
  tf: TensorFlow,
  projected: Tensor3D,
  recurrent: Tensor2D,
  bias: Tensor1D,
  attrs: Recurrence,
): Tensor3D {
  const [batch, , wide] = projected.shape
  let output: Tensor2D = tf.zeros([batch, wide / 3])
  const outputs = framesInOrder(tf, projected, attrs).map((frame) => {
    const product = tf.add(tf.matMul(output, recurrent), bias)
    const [updateIn, resetIn, freshIn] = tf.split(frame, 3, 1) as [Tensor2D, Tensor2D, Tensor2D]
    const [updateOf, resetOf, offered] = tf.split(product, 3, 1) as [Tensor2D, Tensor2D, Tensor2D]
    const update = tf.sigmoid(tf.add(updateIn, updateOf))
    const reset = tf.sigmoid(tf.add(resetIn, resetOf))
    const fresh = tf.tanh(tf.add(freshIn, tf.mul(reset, offered)))
    output = tf.add(tf.mul(update, output), tf.mul(tf.sub(1, update), fresh))
    return output
  })
  if (attrs.reverse) outputs.reverse()
  return tf.stack(outputs, 1) as Tensor3D
}

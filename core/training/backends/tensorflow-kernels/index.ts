import type { KernelBackend, NamedTensorInfoMap, Tensor, TensorInfo } from '@tensorflow/tfjs-core'
import type { TensorFlow } from '../backend.ts'

/** What tfjs-node's backend object offers beyond the common interface. */
interface NodeBackend extends KernelBackend {
  binding: { TF_ATTR_TYPE: number; TF_FLOAT: number }
  executeSingleOutput(name: string, attributes: object[], inputs: TensorInfo[]): TensorInfo
}

interface KernelArguments {
  inputs: NamedTensorInfoMap
  backend: unknown
}

const backendName = 'tensorflow'
const reluGradient = 'GlyphlabReluGradient'

let registered = false

/**
 * Replaces what tfjs-node 4.22 composes of many ops where TensorFlow has one of its own; a step of a small network took
 * half its time for these. Once a process.
 * - The gradient of a relu: `ReluGrad` in place of a comparison, a test for NaN, two selections and a product.
 * - Adding a bias: `BiasAdd`, with the same sums as the general `Add`, which broadcasts slowly.
 * @param tf of tfjs-node: its own engine holds the kernels
 */
export function registerTrainingKernels(tf: TensorFlow): void {
  if (registered) return
  registered = true
  tf.registerKernel({
    kernelName: reluGradient,
    backendName,
    kernelFunc({ inputs, backend }: KernelArguments) {
      const { dy, x } = inputs
      return floatOp(backend, 'ReluGrad', [dy as TensorInfo, x as TensorInfo])
    },
  })
  tf.unregisterGradient(tf.Relu)
  tf.registerGradient({
    kernelName: tf.Relu,
    inputsToSave: ['x'],
    gradFunc(dy, [x]) {
      return { x: () => tf.engine().runKernel(reluGradient, { dy: dy as Tensor, x: x as Tensor }) as Tensor }
    },
  })
  const general = tf.getKernel(tf.Add, backendName)
  tf.unregisterKernel(tf.Add, backendName)
  tf.registerKernel({
    ...general,
    kernelFunc(call) {
      const { a, b } = call.inputs as { a: TensorInfo; b: TensorInfo }
      return addsBias(a, b) ? floatOp(call.backend, 'BiasAdd', [a, b]) : general.kernelFunc(call)
    },
  })
}

/** A vector as long as the last side of what it is added to. */
function addsBias(a: TensorInfo, b: TensorInfo): boolean {
  const floats = a.dtype === 'float32' && b.dtype === 'float32'
  return floats && a.shape.length >= 2 && b.shape.length === 1 && a.shape.at(-1) === b.shape[0]
}

function floatOp(backend: unknown, name: string, inputs: TensorInfo[]): TensorInfo {
  const node = backend as NodeBackend
  const { TF_ATTR_TYPE, TF_FLOAT } = node.binding
  return node.executeSingleOutput(name, [{ name: 'T', type: TF_ATTR_TYPE, value: TF_FLOAT }], inputs)
}

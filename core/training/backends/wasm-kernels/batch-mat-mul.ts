import type { BatchMatMulAttrs, TensorInfo } from '@tensorflow/tfjs-core'
import { ShippedKernels, type WasmKernel } from './wasm-kernel.ts'

type Kernel = WasmKernel<'a' | 'b', BatchMatMulAttrs>

/**
 * Matrix product, `[..., rows, inner] x [..., inner, columns]`, either transposed. The shipped kernel leaves XNNPACK
 * for a scalar loop as soon as one side is transposed, as in every gradient of a dense layer; transposing first and
 * multiplying then is many times faster.
 */
export function batchMatMul(shipped: Kernel): Kernel {
  return (call) => {
    const { a, b } = call.inputs
    const { transposeA, transposeB } = call.attrs
    if (!transposeA && !transposeB) return shipped(call)

    const kernels = new ShippedKernels(call.backend)
    const left = transposeA ? kernels.transpose(a, lastTwoSwapped(a)) : a
    const right = transposeB ? kernels.transpose(b, lastTwoSwapped(b)) : b
    const product = shipped({
      ...call,
      inputs: { a: left, b: right },
      attrs: { transposeA: false, transposeB: false },
    })
    if (left !== a) kernels.dispose(left)
    if (right !== b) kernels.dispose(right)
    return product
  }
}

function lastTwoSwapped({ shape }: TensorInfo): number[] {
  const axes = shape.map((_, axis) => axis)
  const rank = axes.length
  return [...axes.slice(0, -2), rank - 1, rank - 2]
}

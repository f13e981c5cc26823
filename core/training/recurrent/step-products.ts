import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm'
import { BatchMatMul, getKernel, Sigmoid, type TensorInfo } from '@tensorflow/tfjs-core'
import { ShippedKernels } from '../backends/wasm-kernels/wasm-kernel.ts'

/** XNNPACK's matrix product keeps the packed right side as long as that tensor lives: one packing for all frames. */
export class StepProducts extends ShippedKernels {
  readonly #wasm: BackendWasm

  constructor(backend: BackendWasm) {
    super(backend)
    this.#wasm = backend
  }

  product(a: TensorInfo, b: TensorInfo): TensorInfo {
    return getKernel(BatchMatMul, 'wasm').kernelFunc({
      inputs: { a, b },
      attrs: { transposeA: false, transposeB: false },
      backend: this.#wasm,
    }) as TensorInfo
  }

  sigmoid(x: TensorInfo): TensorInfo {
    return getKernel(Sigmoid, 'wasm').kernelFunc({ inputs: { x }, backend: this.#wasm }) as TensorInfo
  }

  /** The tensor's place on the heap: to be taken anew after each allocation, which may move it. */
  view(tensor: TensorInfo): Float32Array {
    return this.#wasm.typedArrayFromHeap(tensor) as Float32Array
  }
}

export function tanh(x: number): number {
  const fading = Math.exp(-2 * Math.abs(x))
  const size = (1 - fading) / (1 + fading)
  return x < 0 ? -size : size
}

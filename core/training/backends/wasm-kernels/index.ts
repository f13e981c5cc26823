import {
  BatchMatMul,
  type BatchMatMulAttrs,
  Conv2DBackpropFilter,
  type Conv2DBackpropFilterAttrs,
  Conv2DBackpropInput,
  type Conv2DBackpropInputAttrs,
  MaxPoolGrad,
  type MaxPoolGradAttrs,
} from '@tensorflow/tfjs-core'
import { batchMatMul } from './batch-mat-mul.ts'
import { conv2dBackpropFilter } from './conv2d-backprop-filter.ts'
import { conv2dBackpropInput } from './conv2d-backprop-input.ts'
import { maxPoolGrad } from './max-pool-grad.ts'
import { addKernel, replaceKernel } from './wasm-kernel.ts'

let registered = false

/** Registers the kernels that tfjs-backend-wasm 4.22 lacks, has wrong, or has slow for training. Once a process. */
export function registerTrainingKernels(): void {
  if (registered) return
  registered = true
  addKernel<'x' | 'dy', Conv2DBackpropFilterAttrs>(Conv2DBackpropFilter, conv2dBackpropFilter)
  replaceKernel<'dy' | 'input', MaxPoolGradAttrs>(MaxPoolGrad, () => maxPoolGrad)
  replaceKernel<'dy' | 'filter', Conv2DBackpropInputAttrs>(Conv2DBackpropInput, conv2dBackpropInput)
  replaceKernel<'a' | 'b', BatchMatMulAttrs>(BatchMatMul, batchMatMul)
}

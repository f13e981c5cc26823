import {
  BatchMatMul,
  type BatchMatMulAttrs,
  Conv2DBackpropFilter,
  type Conv2DBackpropFilterAttrs,
  Conv2DBackpropInput,
  type Conv2DBackpropInputAttrs,
  DepthwiseConv2dNativeBackpropFilter,
  type DepthwiseConv2dNativeBackpropFilterAttrs,
  DepthwiseConv2dNativeBackpropInput,
  type DepthwiseConv2dNativeBackpropInputAttrs,
  MaxPoolGrad,
  type MaxPoolGradAttrs,
} from '@tensorflow/tfjs-core'
import { batchMatMul } from './batch-mat-mul.ts'
import { conv2dBackpropFilter } from './conv2d-backprop-filter.ts'
import { conv2dBackpropInput } from './conv2d-backprop-input.ts'
import { depthwiseBackpropFilter, depthwiseBackpropInput } from './depthwise-backprop.ts'
import { maxPoolGrad } from './max-pool-grad.ts'
import { addKernel, replaceKernel } from './wasm-kernel.ts'

let registered = false

/** Registers the kernels that tfjs-backend-wasm 4.22 lacks, has wrong, or has slow for training. Once a process. */
export function registerTrainingKernels(): void {
  if (registered) return
  registered = true
  addKernel<'x' | 'dy', Conv2DBackpropFilterAttrs>(Conv2DBackpropFilter, conv2dBackpropFilter)
  addKernel<'x' | 'dy', DepthwiseConv2dNativeBackpropFilterAttrs>(
    DepthwiseConv2dNativeBackpropFilter,
    depthwiseBackpropFilter,
  )
  addKernel<'dy' | 'filter', DepthwiseConv2dNativeBackpropInputAttrs>(
    DepthwiseConv2dNativeBackpropInput,
    depthwiseBackpropInput,
  )
  replaceKernel<'dy' | 'input', MaxPoolGradAttrs>(MaxPoolGrad, () => maxPoolGrad)
  replaceKernel<'dy' | 'filter', Conv2DBackpropInputAttrs>(Conv2DBackpropInput, conv2dBackpropInput)
  replaceKernel<'a' | 'b', BatchMatMulAttrs>(BatchMatMul, batchMatMul)
}

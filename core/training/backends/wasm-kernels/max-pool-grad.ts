import { backend_util, type MaxPoolGradAttrs, type TensorInfo } from '@tensorflow/tfjs-core'
import type { KernelCall } from './wasm-kernel.ts'

/**
 * Gradient of max pooling: each window hands its gradient to its largest input, the first one of equals.
 *
 * The shipped kernel starts its search from the smallest positive float, so it is wrong in windows without a positive
 * value. This one is a pass of JavaScript over the wasm heap.
 */
export function maxPoolGrad({
  inputs: { dy, input },
  attrs: { filterSize, strides, pad, dimRoundingMode },
  backend,
}: KernelCall<'dy' | 'input', MaxPoolGradAttrs>): TensorInfo {
  const info = backend_util.computePool2DInfo(
    input.shape as [number, number, number, number],
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  )
  // Allocated before the views are taken: it may grow, and so move, the heap.
  const dx = backend.makeOutput(input.shape, 'float32')
  const inputs = backend.typedArrayFromHeap(input) as Float32Array
  const gradients = backend.typedArrayFromHeap(dy) as Float32Array
  const result = backend.typedArrayFromHeap(dx) as Float32Array
  result.fill(0)
  scatter(info, inputs, gradients, result)
  return dx
}

function scatter(
  info: backend_util.Conv2DInfo,
  inputs: Float32Array,
  gradients: Float32Array,
  result: Float32Array,
): void {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth } = info
  const { strideHeight, strideWidth, effectiveFilterHeight, effectiveFilterWidth } = info
  const { top, left } = info.padInfo
  let window = 0
  for (let picture = 0; picture < batchSize; picture++) {
    for (let outRow = 0; outRow < outHeight; outRow++) {
      const firstRow = Math.max(0, outRow * strideHeight - top)
      const endRow = Math.min(inHeight, outRow * strideHeight - top + effectiveFilterHeight)
      for (let outColumn = 0; outColumn < outWidth; outColumn++) {
        const firstColumn = Math.max(0, outColumn * strideWidth - left)
        const endColumn = Math.min(inWidth, outColumn * strideWidth - left + effectiveFilterWidth)
        for (let channel = 0; channel < inChannels; channel++, window++) {
          let largest = Number.NEGATIVE_INFINITY
          let at = -1
          for (let row = firstRow; row < endRow; row++) {
            const start = ((picture * inHeight + row) * inWidth + firstColumn) * inChannels + channel
            const end = start + (endColumn - firstColumn) * inChannels
            for (let index = start; index < end; index += inChannels) {
              const value = inputs[index] as number
              if (value > largest) {
                largest = value
                at = index
              }
            }
          }
          // NaN inputs have no largest: the run stops at the loss, not here.
          if (at >= 0) result[at] = (result[at] as number) + (gradients[window] as number)
        }
      }
    }
  }
}

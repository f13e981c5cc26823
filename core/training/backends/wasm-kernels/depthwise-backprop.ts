import {
  backend_util,
  type DepthwiseConv2dNativeBackpropFilterAttrs,
  type DepthwiseConv2dNativeBackpropInputAttrs,
  type TensorInfo,
} from '@tensorflow/tfjs-core'
import { spread, turnedPadding } from './spread.ts'
import { type KernelCall, ShippedKernels } from './wasm-kernel.ts'

type Shape4 = [number, number, number, number]

/**
 * Gradient of a depthwise convolution by its filter, `[height, width, channels, multiplier]`. The backend ships none;
 * this one is a pass of JavaScript over the wasm heap.
 */
export function depthwiseBackpropFilter({
  inputs: { x, dy },
  attrs: { strides, dilations, pad, dimRoundingMode, filterShape },
  backend,
}: KernelCall<'x' | 'dy', DepthwiseConv2dNativeBackpropFilterAttrs>): TensorInfo {
  const info = backend_util.computeConv2DInfo(
    x.shape as Shape4,
    filterShape,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    true,
  )
  // Allocated before the views are taken: it may grow, and so move, the heap.
  const result = backend.makeOutput(filterShape, 'float32')
  const inputs = backend.typedArrayFromHeap(x) as Float32Array
  const gradients = backend.typedArrayFromHeap(dy) as Float32Array
  const sums = new Float64Array(filterShape.reduce((product, side) => product * side, 1))
  const multiplier = info.outChannels / info.inChannels
  forEachTap(info, (input, output, tap) => {
    const filter = tap * info.outChannels
    for (let channel = 0; channel < info.outChannels; channel++) {
      const from = multiplier === 1 ? channel : Math.floor(channel / multiplier)
      sums[filter + channel] =
        (sums[filter + channel] as number) +
        (inputs[input + from] as number) * (gradients[output + channel] as number)
    }
  })
  ;(backend.typedArrayFromHeap(result) as Float32Array).set(sums)
  return result
}

/**
 * Gradient of a depthwise convolution by its input, `[batch, height, width, channels]`. The backend ships none; without
 * a channel multiplier it is itself a depthwise convolution, of the spread gradient with the turned filter.
 */
export function depthwiseBackpropInput({
  inputs: { dy, filter },
  attrs: { strides, dilations, pad, dimRoundingMode, inputShape },
  backend,
}: KernelCall<'dy' | 'filter', DepthwiseConv2dNativeBackpropInputAttrs>): TensorInfo {
  const info = backend_util.computeConv2DInfo(
    inputShape,
    filter.shape as Shape4,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    true,
  )
  const padding = turnedPadding(info)
  if (padding && info.outChannels === info.inChannels) {
    const kernels = new ShippedKernels(backend)
    const apart = info.strideHeight > 1 || info.strideWidth > 1
    const gradient = apart ? spread(backend, dy, info) : dy
    const turned = kernels.reverse(filter, [0, 1])
    // The shipped kernel takes no padding of its own per side.
    const padded = kernels.pad(gradient, padding)
    const result = kernels.depthwiseConv2d(padded, turned, [info.dilationHeight, info.dilationWidth])
    kernels.dispose(turned, padded)
    if (apart) kernels.dispose(gradient)
    return result
  }

  const dx = backend.makeOutput(inputShape, 'float32')
  const gradients = backend.typedArrayFromHeap(dy) as Float32Array
  const filters = backend.typedArrayFromHeap(filter) as Float32Array
  const result = backend.typedArrayFromHeap(dx) as Float32Array
  result.fill(0)
  const multiplier = info.outChannels / info.inChannels
  forEachTap(info, (input, output, tap) => {
    const weights = tap * info.outChannels
    for (let channel = 0; channel < info.outChannels; channel++) {
      const at = input + Math.floor(channel / multiplier)
      result[at] =
        (result[at] as number) +
        (gradients[output + channel] as number) * (filters[weights + channel] as number)
    }
  })
  return dx
}

/** Offsets of the first channel of each input and output that a tap of the filter joins. */
function forEachTap(
  info: backend_util.Conv2DInfo,
  visit: (input: number, output: number, tap: number) => void,
): void {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels, padInfo } = info
  for (let picture = 0; picture < batchSize; picture++) {
    for (let outRow = 0; outRow < outHeight; outRow++) {
      for (let filterRow = 0; filterRow < info.filterHeight; filterRow++) {
        const row = outRow * info.strideHeight - padInfo.top + filterRow * info.dilationHeight
        if (row < 0 || row >= inHeight) continue
        for (let outColumn = 0; outColumn < outWidth; outColumn++) {
          const output = ((picture * outHeight + outRow) * outWidth + outColumn) * outChannels
          for (let filterColumn = 0; filterColumn < info.filterWidth; filterColumn++) {
            const column = outColumn * info.strideWidth - padInfo.left + filterColumn * info.dilationWidth
            if (column < 0 || column >= inWidth) continue
            const input = ((picture * inHeight + row) * inWidth + column) * inChannels
            visit(input, output, filterRow * info.filterWidth + filterColumn)
          }
        }
      }
    }
  }
}

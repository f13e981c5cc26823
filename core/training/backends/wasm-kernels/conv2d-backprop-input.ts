import { backend_util, type Conv2DBackpropInputAttrs } from '@tensorflow/tfjs-core'
import { ShippedKernels, type WasmKernel } from './wasm-kernel.ts'

type Kernel = WasmKernel<'dy' | 'filter', Conv2DBackpropInputAttrs>

/**
 * Gradient of a convolution by its input, `[batch, height, width, channels]`. The shipped kernel is a scalar loop;
 * with stride 1 the same sums are a convolution of the gradient with the turned filter, which XNNPACK does.
 */
export function conv2dBackpropInput(shipped: Kernel): Kernel {
  return (call) => {
    const { dy, filter } = call.inputs
    const { strides, pad, dataFormat, dimRoundingMode, inputShape } = call.attrs
    const info = backend_util.computeConv2DInfo(
      inputShape,
      filter.shape as [number, number, number, number],
      strides,
      1,
      pad,
      dimRoundingMode,
      false,
      backend_util.convertConv2DDataFormat(dataFormat),
    )
    const rows = info.filterHeight - 1
    const columns = info.filterWidth - 1
    const { top, bottom, left, right } = info.padInfo
    const overPadded = top > rows || bottom > rows || left > columns || right > columns
    if (
      info.strideHeight !== 1 ||
      info.strideWidth !== 1 ||
      overPadded ||
      info.dataFormat !== 'channelsLast'
    ) {
      return shipped(call)
    }

    const kernels = new ShippedKernels(call.backend)
    const turned = kernels.reverse(filter, [0, 1])
    const swapped = kernels.transpose(turned, [0, 1, 3, 2])
    const result = kernels.conv2d(dy, swapped, {
      pad: [
        [0, 0],
        [rows - top, rows - bottom],
        [columns - left, columns - right],
        [0, 0],
      ],
      dilations: [1, 1],
    })
    kernels.dispose(turned, swapped)
    return result
  }
}

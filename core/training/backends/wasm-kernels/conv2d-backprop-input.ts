import { backend_util, type Conv2DBackpropInputAttrs } from '@tensorflow/tfjs-core'
import { spread, turnedPadding } from './spread.ts'
import { ShippedKernels, type WasmKernel } from './wasm-kernel.ts'

type Kernel = WasmKernel<'dy' | 'filter', Conv2DBackpropInputAttrs>

/**
 * Gradient of a convolution by its input, `[batch, height, width, channels]`. The shipped kernel is a scalar loop;
 * the same sums are a convolution of the spread gradient with the turned filter, which XNNPACK does.
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
    const padding = turnedPadding(info)
    if (!padding || info.dataFormat !== 'channelsLast') return shipped(call)

    const kernels = new ShippedKernels(call.backend)
    const apart = info.strideHeight > 1 || info.strideWidth > 1
    const gradient = apart ? spread(call.backend, dy, info) : dy
    const turned = kernels.reverse(filter, [0, 1])
    const swapped = kernels.transpose(turned, [0, 1, 3, 2])
    const result = kernels.conv2d(gradient, swapped, {
      pad: padding as backend_util.ExplicitPadding,
      dilations: [1, 1],
    })
    kernels.dispose(turned, swapped)
    if (apart) kernels.dispose(gradient)
    return result
  }
}

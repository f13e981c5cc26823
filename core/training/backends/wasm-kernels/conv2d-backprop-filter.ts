import { backend_util, type Conv2DBackpropFilterAttrs, type TensorInfo } from '@tensorflow/tfjs-core'
import { type KernelCall, ShippedKernels } from './wasm-kernel.ts'

/**
 * Gradient of a convolution by its filter, `[height, width, channels, output channels]`. The backend ships none.
 *
 * It is itself a convolution, so it runs on XNNPACK: the input, with channels as its batch and pictures as its
 * channels, is convolved with the output's gradient, whose positions lie `stride` apart in the input.
 */
export function conv2dBackpropFilter({
  inputs: { x, dy },
  attrs: { strides, pad, dataFormat, dimRoundingMode, filterShape },
  backend,
}: KernelCall<'x' | 'dy', Conv2DBackpropFilterAttrs>): TensorInfo {
  const info = backend_util.computeConv2DInfo(
    x.shape as [number, number, number, number],
    filterShape,
    strides,
    1,
    pad,
    dimRoundingMode,
    false,
    backend_util.convertConv2DDataFormat(dataFormat),
  )
  if (info.dataFormat !== 'channelsLast') throw new Error('only NHWC convolutions can be trained on wasm')
  const { top, bottom, left, right } = info.padInfo
  const kernels = new ShippedKernels(backend)

  const pictures = kernels.transpose(x, [3, 1, 2, 0])
  const padded =
    top + bottom + left + right > 0
      ? kernels.pad(pictures, [
          [0, 0],
          [top, bottom],
          [left, right],
          [0, 0],
        ])
      : pictures
  const gradient = kernels.transpose(dy, [1, 2, 0, 3])
  const sums = kernels.conv2d(padded, gradient, {
    pad: 'valid',
    dilations: [info.strideHeight, info.strideWidth],
  })
  kernels.dispose(padded, gradient)
  if (padded !== pictures) kernels.dispose(pictures)

  // A stride that does not divide the input leaves rows and columns that no filter tap ever saw.
  const whole = sums.shape[1] === info.filterHeight && sums.shape[2] === info.filterWidth
  const cut = whole
    ? sums
    : kernels.slice(
        sums,
        [0, 0, 0, 0],
        [info.inChannels, info.filterHeight, info.filterWidth, info.outChannels],
      )
  const result = kernels.transpose(cut, [1, 2, 0, 3])
  kernels.dispose(cut)
  if (!whole) kernels.dispose(sums)
  return result
}

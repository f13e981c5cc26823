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
  const { effectiveFilterHeight, effectiveFilterWidth, strideHeight, strideWidth, padInfo } = info
  const { top, bottom, left, right } = padInfo
  const usual =
    [effectiveFilterHeight, effectiveFilterWidth, strideHeight, strideWidth].every((side) => side === 2) &&
    top + bottom + left + right === 0
  if (usual) scatterByTwo(info, inputs, gradients, result)
  else scatter(info, inputs, gradients, result)
  return dx
}

/**
 * Windows of 2x2 side by side. Which input is the largest can't be foretold, so the places are computed from the
 * comparisons: a branch for each would be mispredicted half of the time.
 */
function scatterByTwo(
  { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth }: backend_util.Conv2DInfo,
  inputs: Float32Array,
  gradients: Float32Array,
  result: Float32Array,
): void {
  const line = inWidth * inChannels
  let window = 0
  for (let picture = 0; picture < batchSize; picture++) {
    for (let outRow = 0; outRow < outHeight; outRow++) {
      let upper = (picture * inHeight + 2 * outRow) * line
      for (let outColumn = 0; outColumn < outWidth; outColumn++, upper += inChannels) {
        for (let channel = 0; channel < inChannels; channel++, upper++, window++) {
          const lower = upper + line
          const above =
            upper + inChannels * Number((inputs[upper + inChannels] as number) > (inputs[upper] as number))
          const below =
            lower + inChannels * Number((inputs[lower + inChannels] as number) > (inputs[lower] as number))
          const at = above + (below - above) * Number((inputs[below] as number) > (inputs[above] as number))
          result[at] = gradients[window] as number
        }
      }
    }
  }
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
  // Offsets of a window's inputs from its first one; they change only where the border cuts a window.
  const taps = new Int32Array(effectiveFilterHeight * effectiveFilterWidth)
  let tapCount = 0
  let tapRows = 0
  let tapColumns = 0
  let window = 0
  for (let picture = 0; picture < batchSize; picture++) {
    for (let outRow = 0; outRow < outHeight; outRow++) {
      const firstRow = Math.max(0, outRow * strideHeight - top)
      const rows = Math.min(inHeight, outRow * strideHeight - top + effectiveFilterHeight) - firstRow
      for (let outColumn = 0; outColumn < outWidth; outColumn++) {
        const firstColumn = Math.max(0, outColumn * strideWidth - left)
        const columns = Math.min(inWidth, outColumn * strideWidth - left + effectiveFilterWidth) - firstColumn
        if (rows !== tapRows || columns !== tapColumns) {
          tapCount = 0
          for (let row = 0; row < rows; row++) {
            for (let column = 0; column < columns; column++) {
              taps[tapCount++] = (row * inWidth + column) * inChannels
            }
          }
          tapRows = rows
          tapColumns = columns
        }
        let first = ((picture * inHeight + firstRow) * inWidth + firstColumn) * inChannels
        for (let channel = 0; channel < inChannels; channel++, first++, window++) {
          let at = first
          let largest = inputs[first] as number
          for (let tap = 1; tap < tapCount; tap++) {
            const index = first + (taps[tap] as number)
            const value = inputs[index] as number
            if (value > largest) {
              largest = value
              at = index
            }
          }
          result[at] = (result[at] as number) + (gradients[window] as number)
        }
      }
    }
  }
}

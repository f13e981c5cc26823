import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm'
import type { backend_util, TensorInfo } from '@tensorflow/tfjs-core'

/**
 * Moves the positions of a convolution's gradient, `[batch, height, width, channels]`, as far apart as its strides were,
 * with zeros between: what is left to do is a convolution with stride 1.
 */
export function spread(
  backend: BackendWasm,
  dy: TensorInfo,
  { batchSize, outHeight, outWidth, outChannels, strideHeight, strideWidth }: backend_util.Conv2DInfo,
): TensorInfo {
  const height = (outHeight - 1) * strideHeight + 1
  const width = (outWidth - 1) * strideWidth + 1
  // Allocated before the views are taken: it may grow, and so move, the heap.
  const result = backend.makeOutput([batchSize, height, width, outChannels], 'float32')
  const from = backend.typedArrayFromHeap(dy) as Float32Array
  const to = backend.typedArrayFromHeap(result) as Float32Array
  to.fill(0)
  let source = 0
  for (let picture = 0; picture < batchSize; picture++) {
    for (let row = 0; row < outHeight; row++) {
      let target = (picture * height + row * strideHeight) * width * outChannels
      for (let column = 0; column < outWidth; column++) {
        for (let channel = 0; channel < outChannels; channel++) {
          to[target + channel] = from[source + channel] as number
        }
        source += outChannels
        target += strideWidth * outChannels
      }
    }
  }
  return result
}

/** The padding with which the turned filter goes over a spread gradient; null where a side would lose rows. */
export function turnedPadding(info: backend_util.Conv2DInfo): [number, number][] | null {
  const { effectiveFilterHeight, effectiveFilterWidth, padInfo, inHeight, inWidth } = info
  const top = effectiveFilterHeight - 1 - padInfo.top
  const left = effectiveFilterWidth - 1 - padInfo.left
  const spreadHeight = (info.outHeight - 1) * info.strideHeight + 1
  const spreadWidth = (info.outWidth - 1) * info.strideWidth + 1
  const bottom = inHeight - spreadHeight + padInfo.top
  const right = inWidth - spreadWidth + padInfo.left
  if (Math.min(top, left, bottom, right) < 0) return null
  return [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ]
}

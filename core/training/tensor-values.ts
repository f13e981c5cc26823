import type { Tensor } from '@tensorflow/tfjs-core'

/** The values of a tensor that nobody needs after it. */
export async function valuesOf(tensor: Tensor): Promise<Float32Array> {
  try {
    return (await tensor.data()) as Float32Array
  } finally {
    tensor.dispose()
  }
}

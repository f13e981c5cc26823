/** Thread entry: makes augmented batches for `AugmentationPool`. */
import { parentPort, workerData } from 'node:worker_threads'
import { augmentPicture } from './augmentation.ts'
import type { AugmentationJob, AugmentationSet } from './augmentation-pool.ts'

const { pixels, size, options, seed, inputOf } = workerData as AugmentationSet
const all = new Uint8Array(pixels)
const values = size.width * size.height * size.channels

parentPort?.on('message', ({ id, indices, epoch }: AugmentationJob) => {
  const inputs = new Float32Array(indices.length * values)
  for (const [row, sample] of indices.entries()) {
    const picture = all.subarray(sample * values, (sample + 1) * values)
    const shown = augmentPicture(picture, size, options, { seed, epoch, sample })
    for (let at = 0; at < values; at++) inputs[row * values + at] = inputOf[shown[at] as number] as number
  }
  parentPort?.postMessage({ id, inputs }, [inputs.buffer])
})

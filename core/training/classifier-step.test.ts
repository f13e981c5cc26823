import { beforeAll, describe, expect, it } from 'vitest'
import { cnnSmall } from './architectures/cnn-small.ts'
import type { TensorFlow } from './backends/backend.ts'
import { wasmBackend } from './backends/wasm.ts'
import { type Batch, classifierStep } from './classifier-step.ts'

let tf: TensorFlow

beforeAll(async () => {
  tf = (await wasmBackend.load()).tf
})

const batch: Batch = {
  size: 8,
  inputs: Float32Array.from({ length: 8 * 144 }, (_, index) => ((index * 37) % 101) / 101),
  labels: Uint32Array.from([0, 1, 2, 0, 1, 2, 0, 1]),
}

describe('a training step', () => {
  it('lowers the loss of the batch it learns', () => {
    const step = classifierStep(
      tf,
      cnnSmall.build(tf, { height: 12, width: 12, channels: 1, labels: 3, seed: 1 }),
      0.001,
    )
    const first = step.train(batch, 0.01)
    for (let n = 0; n < 30; n++) step.train(batch, 0.01)
    expect(step.evaluate(batch).loss).toBeLessThan(first.loss / 2)
  })

  it('leaves no tensor behind', () => {
    const step = classifierStep(
      tf,
      cnnSmall.build(tf, { height: 12, width: 12, channels: 1, labels: 3, seed: 1 }),
      0.001,
    )
    step.train(batch, 0.001)
    step.evaluate(batch)
    const { numTensors } = tf.memory()
    for (let n = 0; n < 5; n++) {
      step.train(batch, 0.001)
      step.evaluate(batch)
      expect(tf.memory().numTensors).toBe(numTensors)
    }
  })

  it('starts from equal weights for equal seeds only', () => {
    const weights = (seed: number) =>
      cnnSmall
        .build(tf, { height: 12, width: 12, channels: 1, labels: 3, seed })
        .classifier.getWeights()[0]
        ?.dataSync()
    expect(weights(5)).toEqual(weights(5))
    expect(weights(6)).not.toEqual(weights(5))
  })
})

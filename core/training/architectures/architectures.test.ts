import { beforeAll, describe, expect, it } from 'vitest'
import type { TensorFlow } from '../backends/backend.ts'
import { wasmBackend } from '../backends/wasm.ts'
import { type Batch, classifierLearner, plainLoss } from '../classifier-learner.ts'
import { createOptimiser, plainOptimiser } from '../optimisers.ts'
import { trainStep } from '../training-step.ts'
import { architectures } from './index.ts'

let tf: TensorFlow

beforeAll(async () => {
  tf = (await wasmBackend.load()).tf
})

describe.each(architectures.map((architecture) => [architecture.id, architecture] as const))(
  '%s',
  (_, one) => {
    const side = Math.max(16, one.smallestSide)
    const input = { height: side, width: side, channels: 3, labels: 3, seed: 1 } as const
    const batch: Batch = {
      size: 6,
      inputs: Float32Array.from({ length: 6 * side * side * 3 }, (_, at) => ((at * 37) % 101) / 50 - 1),
      labels: Uint32Array.from([0, 1, 2, 0, 1, 2]),
    }

    it('learns a batch by heart, with as many tensors after a step as before', async () => {
      const learner = classifierLearner(tf, one.build(tf, input), plainLoss)
      const optimiser = createOptimiser(tf, learner.variables, plainOptimiser)
      const first = await trainStep(tf, learner, optimiser, batch, 0.003, 1)
      const { numTensors } = tf.memory()
      let last = first
      for (let step = 2; step <= 25; step++) {
        last = await trainStep(tf, learner, optimiser, batch, 0.003, step)
      }
      expect(tf.memory().numTensors).toBe(numTensors)
      expect(last.loss).toBeLessThan(first.loss / 2)
    })

    it('starts from equal weights for equal seeds only', () => {
      const weights = (seed: number) =>
        one
          .build(tf, { ...input, seed })
          .classifier.getWeights()
          .map((weight) => weight.dataSync())
      expect(weights(5)).toEqual(weights(5))
      expect(weights(6)).not.toEqual(weights(5))
    })

    it('works on its smallest picture, and gives probabilities', async () => {
      const small = { ...input, height: one.smallestSide, width: one.smallestSide }
      const learner = classifierLearner(tf, one.build(tf, small), plainLoss)
      const values = one.smallestSide ** 2 * 3
      const { probabilities } = await learner.predict({
        size: 1,
        inputs: batch.inputs.slice(0, values),
        labels: Uint32Array.of(0),
      })
      expect(probabilities.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5)
    })
  },
)

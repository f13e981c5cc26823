import { beforeAll, describe, expect, it } from 'vitest'
import { cnnSmall } from './architectures/cnn-small.ts'
import type { TensorFlow } from './backends/backend.ts'
import { wasmBackend } from './backends/wasm.ts'
import { type Batch, classifierLearner, plainLoss } from './classifier-learner.ts'
import { createOptimiser, plainOptimiser } from './optimisers.ts'
import { trainStep } from './training-step.ts'

let tf: TensorFlow

beforeAll(async () => {
  tf = (await wasmBackend.load()).tf
})

const batch: Batch = {
  size: 8,
  inputs: Float32Array.from({ length: 8 * 144 }, (_, index) => ((index * 37) % 101) / 101),
  labels: Uint32Array.from([0, 1, 2, 0, 1, 2, 0, 1]),
}

const input = { height: 12, width: 12, channels: 1, labels: 3, seed: 1 } as const

function stepper(options: Partial<typeof plainOptimiser> = {}, loss: Partial<typeof plainLoss> = {}) {
  const learner = classifierLearner(tf, cnnSmall.build(tf, input), { ...plainLoss, ...loss })
  const optimiser = createOptimiser(tf, learner.variables, { ...plainOptimiser, ...options })
  let steps = 0
  return {
    train: (rate: number) => trainStep(tf, learner, optimiser, batch, rate, ++steps),
    evaluate: () => learner.predict(batch),
  }
}

describe('a training step', () => {
  it.each([
    ['sgd', 0.1],
    ['momentum', 0.02],
    ['adam', 0.01],
    ['adamw', 0.01],
    ['rmsprop', 0.003],
  ] as const)('lowers the loss of the batch it learns, with %s', async (optimizer, rate) => {
    const step = stepper({ optimizer, weightDecay: 0.001, gradientClip: 5 })
    const first = await step.train(rate)
    for (let n = 0; n < 40; n++) await step.train(rate)
    expect((await step.evaluate()).loss).toBeLessThan(first.loss / 2)
  })

  it('moves as far as Adam does by tfjs', async () => {
    const ours = stepper()
    for (let n = 0; n < 5; n++) await ours.train(0.01)
    const model = cnnSmall.build(tf, input)
    const learner = classifierLearner(tf, model, plainLoss)
    const theirs = tf.train.adam(0.01, 0.9, 0.999, 1e-7)
    for (let n = 0; n < 5; n++)
      theirs.minimize(() => learner.forward(batch, n).loss, false, learner.variables)
    expect((await ours.evaluate()).loss).toBeCloseTo((await learner.predict(batch)).loss, 4)
  })

  it('takes no longer a way than the clipped gradient', async () => {
    const far = stepper({ optimizer: 'sgd', gradientClip: 1e-6 })
    const before = (await far.evaluate()).loss
    await far.train(1)
    expect((await far.evaluate()).loss).toBeCloseTo(before, 4)
  })

  it('leaves no tensor behind', async () => {
    const step = stepper({ gradientClip: 1, weightDecay: 0.1 }, { dropout: 0.5, labelSmoothing: 0.1 })
    await step.train(0.001)
    await step.evaluate()
    const { numTensors } = tf.memory()
    for (let n = 0; n < 5; n++) {
      await step.train(0.001)
      await step.evaluate()
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

import { beforeAll, describe, expect, it } from 'vitest'
import { type ImagePreprocessing, type Subset, trainingOptions } from '../contract/index.ts'
import { createRandom } from '../domain/random.ts'
import type { TrainingSamples } from '../domain/training-request.ts'
import { cnnSmall } from './architectures/cnn-small.ts'
import type { TensorFlow } from './backends/backend.ts'
import { wasmBackend } from './backends/wasm.ts'
import { PictureBatches } from './batches.ts'
import { classifierLearner, plainLoss } from './classifier-learner.ts'
import { classifierTask } from './classifier-task.ts'
import { type EpochOutcome, Trainer, type TrainingListener } from './trainer.ts'

let tf: TensorFlow

beforeAll(async () => {
  tf = (await wasmBackend.load()).tf
})

const side = 8
const preprocessing: ImagePreprocessing = {
  width: side,
  height: side,
  channels: 1,
  scale: 1 / 255,
  offset: 0,
}
const options = trainingOptions.parse({ epochs: 4, batchSize: 5 })

/** Dark pictures are of class 0, bright ones of class 1. */
function pictures(subsets: Subset[]): PictureBatches {
  const random = createRandom(3, 'pixels')
  const pixels = Uint8Array.from(
    { length: subsets.length * side * side },
    (_, at) => (Math.floor(at / (side * side)) % 2) * 128 + random.integer(128),
  )
  const samples: TrainingSamples = {
    datasetDigest: '',
    labels: ['dark', 'bright'],
    samples: subsets.map((subset, index) => ({
      path: `${index}.png`,
      location: { file: '', offset: 0, length: 0 },
      label: index % 2,
      subset,
      width: side,
      height: side,
    })),
  }
  return new PictureBatches(pixels, samples, preprocessing)
}

function trainerOf(batches: PictureBatches, listener: Partial<TrainingListener> = {}, chosen = options) {
  const model = cnnSmall.build(tf, { height: side, width: side, channels: 1, labels: 2, seed: 1 })
  const task = classifierTask(classifierLearner(tf, model, plainLoss), batches)
  return new Trainer(tf, task, chosen, {
    onStep() {},
    onEvaluation() {},
    async onDivergence() {},
    async onEpoch() {},
    ...listener,
  })
}

const subsets = Array.from(
  { length: 24 },
  (_, index): Subset => (index < 12 ? 'train' : index < 18 ? 'validation' : 'test'),
)

describe('the trainer', () => {
  it('goes through every training picture once an epoch, the last batch being smaller', async () => {
    const steps: number[] = []
    const summary = await trainerOf(pictures(subsets), { onStep: ({ step }) => void steps.push(step) }).train(
      {
        stopRequested: false,
      },
    )
    expect(steps).toEqual(Array.from({ length: 12 }, (_, index) => index + 1))
    expect(summary).toMatchObject({ steps: 12, stoppedEarly: false })
  })

  it('marks the epoch with the best validation accuracy', async () => {
    const epochs: EpochOutcome[] = []
    const summary = await trainerOf(pictures(subsets), {
      async onEpoch(outcome) {
        epochs.push(outcome)
      },
    }).train({ stopRequested: false })
    const accuracies = epochs.map(({ validation }) => validation?.metrics['accuracy'] ?? 0)
    expect(summary.best.validation?.metrics['accuracy']).toBe(Math.max(...accuracies))
    expect(epochs.filter(({ best }) => best).at(-1)).toBe(summary.best)
  })

  it('stops after the step at hand and counts the part of the epoch', async () => {
    const control = { stopRequested: false }
    const epochs: number[] = []
    const summary = await trainerOf(pictures(subsets), {
      onStep({ step }) {
        if (step === 4) control.stopRequested = true
      },
      async onEpoch({ epochsDone }) {
        epochs.push(epochsDone)
      },
    }).train(control)
    expect(summary).toMatchObject({ steps: 4, stoppedEarly: true })
    expect(epochs).toEqual([1, 4 / 3])
  })

  it('refuses to go on with a loss that is not a number, and names the step, the pictures and the layer', async () => {
    let last = 0
    const trainer = trainerOf(
      pictures(subsets),
      {
        onStep({ step }) {
          last = step
        },
      },
      { ...options, learningRate: 1e38 },
    )
    const failure: unknown = await trainer.train({ stopRequested: false }).catch((cause: unknown) => cause)
    expect(failure).toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(
        new RegExp(
          `became \\S+ at step ${last}, on (\\d+\\.png, ){4}\\d+\\.png\\. It began in the (weights|output) of layer`,
        ),
      ),
    })
  })

  it('names the layer that blew up where the loss is huge and still a number', async () => {
    const chosen = { ...options, optimizer: 'sgd' as const, learningRate: 1e3 }
    const trainer = trainerOf(pictures(subsets), {}, chosen)
    const failure: unknown = await trainer.train({ stopRequested: false }).catch((cause: unknown) => cause)
    expect(failure).toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(
        /loss became \d[\d.e+]* at step \d+, .* It began in layer "\w+", which makes values up to [\d.e+]+ of values up to /,
      ),
    })
  })

  it('ends early after so many epochs without a better validation', async () => {
    const chosen = { ...options, epochs: 50, patience: 2, learningRate: 1e-12 }
    const summary = await trainerOf(pictures(subsets), {}, chosen).train({ stopRequested: false })
    expect(summary.steps).toBeLessThan(50 * 3)
    expect(summary.stoppedEarly).toBe(false)
  })

  it('holds as many tensors after many epochs as after one', async () => {
    const counts: number[] = []
    const chosen = { ...options, epochs: 8, ema: 0.9, gradientClip: 1, optimizer: 'adamw' as const }
    await trainerOf(
      pictures(subsets),
      {
        async onEpoch() {
          counts.push(tf.memory().numTensors)
        },
      },
      chosen,
    ).train({ stopRequested: false })
    expect(new Set(counts).size).toBe(1)
  })

  it('has no evaluation of a subset without samples', async () => {
    const trainer = trainerOf(pictures(subsets.map(() => 'train')))
    expect(await trainer.evaluate('test')).toBeNull()
  })
})

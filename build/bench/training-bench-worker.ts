/** Process entry of the `training` benchmark: one backend; each message asks for that many timed steps. */
import type { Tensor } from '@tensorflow/tfjs-core'
import type { BackendId } from '../../core/contract/index.ts'
import { createRandom } from '../../core/domain/random.ts'
import { type ClassifierModel, classifierOf } from '../../core/training/architectures/architecture.ts'
import type { TensorFlow } from '../../core/training/backends/backend.ts'
import { backendById } from '../../core/training/backends/index.ts'
import { type Batch, classifierLearner, plainLoss } from '../../core/training/classifier-learner.ts'
import { createOptimiser, plainOptimiser } from '../../core/training/optimisers.ts'
import { valuesOf } from '../../core/training/tensor-values.ts'
import { trainStep } from '../../core/training/training-step.ts'

/** Each of the timed runs, in ms. */
export interface StepTimes {
  train: number[]
  inference1: number[]
  inference64: number[]
}

/** The first reply tells whether the backend works; its times are empty. */
export type StepTimesReply = StepTimes | { problem: string }

const side = 28
const batchSize = 64
const classes = 10
const warmUpSteps = 5

/** The network of the published figures: convolutions of 16 and 32, a dense layer of 64. */
function referenceModel(tf: TensorFlow): ClassifierModel {
  const seeded = (seed: number) => ({ kernelInitializer: tf.initializers.glorotUniform({ seed }) })
  const input = tf.input({ shape: [side, side, 1] })
  const trunk = [
    tf.layers.conv2d({ filters: 16, kernelSize: 3, activation: 'relu', ...seeded(1) }),
    tf.layers.maxPooling2d({ poolSize: 2 }),
    tf.layers.conv2d({ filters: 32, kernelSize: 3, activation: 'relu', ...seeded(2) }),
    tf.layers.maxPooling2d({ poolSize: 2 }),
    tf.layers.flatten(),
    tf.layers.dense({ units: 64, activation: 'relu', ...seeded(3) }),
  ]
  let features = input
  for (const layer of trunk) features = layer.apply(features) as typeof input
  return classifierOf(tf, 'reference', input, features, tf.layers.dense({ units: classes, ...seeded(4) }))
}

function madeUpBatch(size: number): Batch {
  const random = createRandom(7, 'made-up pictures')
  return {
    size,
    inputs: Float32Array.from({ length: size * side * side }, () => random.integer(256) / 255),
    labels: Uint32Array.from({ length: size }, () => random.integer(classes)),
  }
}

async function timed(count: number, run: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = []
  for (let n = 0; n < count; n++) {
    const start = performance.now()
    await run()
    times.push(performance.now() - start)
  }
  return times
}

async function serve(id: BackendId): Promise<void> {
  const { tf } = await backendById(id).load()
  const model = referenceModel(tf)
  const learner = classifierLearner(tf, model, plainLoss)
  const optimiser = createOptimiser(tf, learner.variables, plainOptimiser)
  let steps = 0
  const batch = madeUpBatch(batchSize)
  const infer = (size: number) => {
    const inputs = tf.tensor(batch.inputs.subarray(0, size * side * side), [size, side, side, 1])
    return () => valuesOf(tf.tidy(() => model.classifier.predict(inputs) as Tensor))
  }
  const inferOne = infer(1)
  const inferBatch = infer(batchSize)
  const measure = async (count: number): Promise<StepTimes> => ({
    train: await timed(count, () => trainStep(tf, learner, optimiser, batch, 0.001, ++steps)),
    inference1: await timed(count, inferOne),
    inference64: await timed(count, inferBatch),
  })
  await measure(warmUpSteps)
  process.on('message', async (count: number) => process.send?.(await measure(count)))
  process.send?.({ train: [], inference1: [], inference64: [] } satisfies StepTimes)
}

process.once('disconnect', () => process.exit(0))
serve(process.argv[2] as BackendId).catch((cause: unknown) => {
  const problem = cause instanceof Error ? cause.message : String(cause)
  process.send?.({ problem } satisfies StepTimesReply, undefined, undefined, () => process.exit(1))
})

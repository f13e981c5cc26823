/** Process entry of tests: compares a backend with the pure JavaScript one, and trains a small network on it. */
import '@tensorflow/tfjs-backend-cpu'
import type { BackendId } from '../../contract/index.ts'
import { createRandom } from '../../domain/random.ts'
import { cnnSmall } from '../architectures/cnn-small.ts'
import type { TensorFlow } from '../backends/backend.ts'
import { backendById } from '../backends/index.ts'
import { type Batch, classifierLearner, plainLoss } from '../classifier-learner.ts'
import { createOptimiser, plainOptimiser } from '../optimisers.ts'
import { trainStep } from '../training-step.ts'
import { kernelCases, resultsOf, worstDifference } from './kernel-cases.ts'

export type AgreementReply =
  | { problem: string }
  | {
      device: string
      /** Worst difference by kernel. */
      differences: Record<string, number>
      /** Of the same training on both. */
      losses: { expected: number[]; found: number[] }
      /** Tensors after the first and the last step. */
      tensors: [number, number]
    }

const side = 8
const trainedSteps = 8

async function lossesOn(tf: TensorFlow): Promise<{ losses: number[]; tensors: [number, number] }> {
  const model = cnnSmall.build(tf, { height: side, width: side, channels: 1, labels: 3, seed: 1 })
  const learner = classifierLearner(tf, model, plainLoss)
  const optimiser = createOptimiser(tf, learner.variables, plainOptimiser)
  const random = createRandom(2, 'pictures')
  const batch: Batch = {
    size: 9,
    inputs: Float32Array.from(
      { length: 9 * side ** 2 },
      (_, at) => (Math.floor(at / side ** 2) % 3) / 3 + random.next(),
    ),
    labels: Uint32Array.from({ length: 9 }, (_, at) => at % 3),
  }
  const losses: number[] = []
  let after = 0
  for (let step = 1; step <= trainedSteps; step++) {
    losses.push((await trainStep(tf, learner, optimiser, batch, 0.003, step)).loss)
    if (step === 1) after = tf.memory().numTensors
  }
  const held = tf.memory().numTensors
  optimiser.dispose()
  model.logits.dispose()
  tf.disposeVariables()
  return { losses, tensors: [after, held] }
}

async function answer(id: BackendId): Promise<AgreementReply> {
  try {
    const { tf, detail, device } = await backendById(id).load()
    // All copies of tfjs share one engine in a process: the reference is the same code on another of its backends.
    const own = tf.getBackend()
    const on = async <T>(backend: string, run: () => Promise<T>): Promise<T> => {
      await tf.setBackend(backend)
      return run()
    }
    const differences: Record<string, number> = {}
    for (const one of kernelCases)
      differences[`${one.group}: ${one.name}`] = worstDifference(
        await on('cpu', () => resultsOf(tf, one)),
        await on(own, () => resultsOf(tf, one)),
      )
    const { losses: expected } = await on('cpu', () => lossesOn(tf))
    const { losses: found, tensors } = await on(own, () => lossesOn(tf))
    return { device: device ?? detail, differences, losses: { expected, found }, tensors }
  } catch (cause) {
    return { problem: cause instanceof Error ? cause.message : String(cause) }
  }
}

process.once('message', async (id: BackendId) => {
  const reply = await answer(id)
  process.send?.(reply, undefined, undefined, () => process.exit(0))
})

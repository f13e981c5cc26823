/** Process entry: loads one backend and says whether it works and how fast it trains; see `probe.ts`. */
import { GlyphlabError } from '../contract/index.ts'
import { createRandom } from '../domain/random.ts'
import { architectureById } from './architectures/index.ts'
import type { TensorFlow } from './backends/backend.ts'
import { backendById } from './backends/index.ts'
import { classifierLearner, plainLoss } from './classifier-learner.ts'
import { createOptimiser, plainOptimiser } from './optimisers.ts'
import type { ProbeReply, ProbeRequest, StepTimingRequest } from './probe.ts'
import { valuesOf } from './tensor-values.ts'
import { trainStep } from './training-step.ts'

const warmUpSteps = 3
const timedSteps = 15
const longestTimingMs = 3000

async function answer({ backend: id, timing, packagesDirectory }: ProbeRequest): Promise<ProbeReply> {
  const { title, load } = backendById(id)
  try {
    const { tf, detail } = await load({ packagesDirectory })
    const [product] = await valuesOf(tf.tidy(() => tf.matMul(tf.tensor2d([[2]]), tf.tensor2d([[3]]))))
    if (product !== 6) throw new Error(`it computes 2 * 3 = ${product}`)
    return {
      status: { id, title, available: true, detail },
      msPerStep: timing && (await medianStepMs(tf, timing)),
    }
  } catch (cause) {
    if (!(cause instanceof GlyphlabError)) console.error(cause)
    const reason = cause instanceof Error ? cause.message : String(cause)
    return { status: { id, title, available: false, detail: `not available: ${reason}` }, msPerStep: null }
  }
}

/** Median ms of a training step on made-up pictures. */
async function medianStepMs(
  tf: TensorFlow,
  { architecture, input, batchSize }: StepTimingRequest,
): Promise<number> {
  const learner = classifierLearner(tf, architectureById(architecture).build(tf, input), plainLoss)
  const optimiser = createOptimiser(tf, learner.variables, plainOptimiser)
  const random = createRandom(input.seed, 'made-up pictures')
  const values = batchSize * input.height * input.width * input.channels
  const batch = {
    size: batchSize,
    inputs: Float32Array.from({ length: values }, () => random.integer(256) / 255),
    labels: Uint32Array.from({ length: batchSize }, () => random.integer(input.labels)),
  }
  let steps = 0
  const step = () => trainStep(tf, learner, optimiser, batch, 0.001, ++steps)
  for (let n = 0; n < warmUpSteps; n++) await step()
  const times: number[] = []
  const end = performance.now() + longestTimingMs
  do {
    const start = performance.now()
    await step()
    times.push(performance.now() - start)
  } while (times.length < timedSteps && performance.now() < end)
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.POSITIVE_INFINITY
}

process.once('disconnect', () => process.exit(1))
process.once('message', async (request: ProbeRequest) => {
  const reply = await answer(request)
  process.send?.(reply, undefined, undefined, () => process.exit(0))
})

import type { Tensor } from '@tensorflow/tfjs-core'
import type { TensorFlow } from './backends/backend.ts'
import type { Optimiser } from './optimisers.ts'
import type { BatchNumbers, Learner } from './task.ts'

/**
 * One optimiser step on a batch. Where the loss is no number, the weights stay as they are, so that one can look for
 * where it began. Values are waited for: `webgpu` can't be read from at once.
 * @param rate learning rate of this step
 * @param step 1-based
 */
export async function trainStep<Batch extends { size: number }>(
  tf: TensorFlow,
  learner: Learner<Batch>,
  optimiser: Optimiser,
  batch: Batch,
  rate: number,
  step: number,
): Promise<BatchNumbers> {
  let kept: Tensor | undefined
  const gradients = tf.tidy(() => {
    const { grads } = tf.variableGrads(() => {
      const { loss, output } = learner.forward(batch, step)
      kept = tf.keep(output)
      return loss
    }, learner.variables)
    return learner.variables.map((variable) => grads[variable.name] as Tensor)
  })
  try {
    const numbers = learner.numbers(batch, (await kept?.data()) as Float32Array)
    if (Number.isFinite(numbers.loss)) optimiser.apply(gradients, rate, step)
    return numbers
  } finally {
    tf.dispose([...gradients, ...(kept ? [kept] : [])])
  }
}

import type { Tensor } from '@tensorflow/tfjs-core'
import type { TensorFlow } from './backends/backend.ts'
import type { Optimiser } from './optimisers.ts'
import type { BatchNumbers, Learner } from './task.ts'

/**
 * One optimiser step on a batch. Where the loss is no number, the weights stay as they are, so that one can look for
 * where it began.
 * @param rate learning rate of this step
 * @param step 1-based
 */
export function trainStep<Batch extends { size: number }>(
  tf: TensorFlow,
  learner: Learner<Batch>,
  optimiser: Optimiser,
  batch: Batch,
  rate: number,
  step: number,
): BatchNumbers {
  let numbers: BatchNumbers = { loss: Number.NaN, metrics: {} }
  tf.tidy(() => {
    let kept: Tensor | undefined
    const { grads } = tf.variableGrads(() => {
      const { loss, output } = learner.forward(batch, step)
      kept = tf.keep(output)
      return loss
    }, learner.variables)
    numbers = learner.numbers(batch, kept?.dataSync() as Float32Array)
    kept?.dispose()
    if (!Number.isFinite(numbers.loss)) return
    optimiser.apply(
      learner.variables.map((variable) => grads[variable.name] as Tensor),
      rate,
      step,
    )
  })
  return numbers
}

import type { Tensor } from '@tensorflow/tfjs-core'
import type { TensorFlow } from './backends/backend.ts'
import type { Optimiser } from './optimisers.ts'
import type { BatchNumbers, Learner } from './task.ts'

/**
 * One optimiser step on a batch.
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
  const values = tf.tidy(() => {
    let kept: Tensor | undefined
    const { grads } = tf.variableGrads(() => {
      const { loss, output } = learner.forward(batch, step)
      kept = tf.keep(output)
      return loss
    }, learner.variables)
    optimiser.apply(
      learner.variables.map((variable) => grads[variable.name] as Tensor),
      rate,
      step,
    )
    const output = kept?.dataSync()
    kept?.dispose()
    return output
  })
  return learner.numbers(batch, values as Float32Array)
}

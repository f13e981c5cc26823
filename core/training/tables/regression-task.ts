import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Scalar, Tensor, Variable } from '@tensorflow/tfjs-core'
import type { TrainingOptions } from '../../contract/index.ts'
import { createRandom } from '../../domain/random.ts'
import { regressionFigures } from '../../evaluation/regression-report.ts'
import type { ClassifierModel } from '../architectures/architecture.ts'
import type { TensorFlow } from '../backends/backend.ts'
import type { Evaluation, Learner, Task } from '../task.ts'
import { valuesOf } from '../tensor-values.ts'
import type { RowBatch, TableBatches } from './table-batches.ts'

export interface RegressionEvaluation extends Evaluation {
  /** The samples, their targets and what was predicted, in the subset's order and the target's unit. */
  samples: Uint32Array
  actual: Float64Array
  predicted: Float64Array
}

type RegressionOptions = Pick<TrainingOptions, 'regressionLoss' | 'dropout' | 'seed'>

const evaluationBatch = 1_024

/**
 * A network with one output under the squared error, or Huber's (1964), of the standardised target.
 * @param deviation of the target, in which its absolute errors are told
 */
export function regressionLearner(
  tf: TensorFlow,
  { logits: model, features, head }: Pick<ClassifierModel, 'logits' | 'features' | 'head'>,
  { regressionLoss, dropout, seed }: RegressionOptions,
  deviation: number,
): Learner<RowBatch> & { predict(batch: RowBatch): Promise<Float32Array> } {
  const inputsOf = ({ inputs, size }: RowBatch): Tensor => tf.tensor2d(inputs, [size, inputs.length / size])
  const outputOf = (batch: RowBatch, step: number): Tensor => {
    if (dropout === 0) return model.apply(inputsOf(batch), { training: true }) as Tensor
    const values = features.apply(inputsOf(batch), { training: true }) as Tensor
    const random = createRandom(seed, `dropout ${step}`)
    const kept = Float32Array.from({ length: values.size }, () =>
      random.next() < dropout ? 0 : 1 / (1 - dropout),
    )
    return head.apply(tf.mul(values, tf.tensor(kept, values.shape))) as Tensor
  }
  return {
    variables: model.trainableWeights.map((weight) => weight.read() as Variable),
    statistics: model.nonTrainableWeights.map((weight) => weight.read() as Variable),

    forward(batch, step) {
      const output = outputOf(batch, step)
      const error = tf.sub(output, tf.tensor2d(batch.targets, [batch.size, 1]))
      if (regressionLoss === 'mse') return { loss: tf.mean(tf.square(error)) as Scalar, output }
      const size = tf.abs(error)
      const inner = tf.minimum(size, 1)
      // Squared up to 1, then linear: both parts and their slopes meet there.
      const losses = tf.add(tf.mul(tf.square(inner), 0.5), tf.sub(size, inner))
      return { loss: tf.mean(losses) as Scalar, output }
    },

    numbers({ targets, size }, output) {
      let [loss, away] = [0, 0]
      for (let row = 0; row < size; row++) {
        const error = (output[row] as number) - (targets[row] as number)
        loss += lossOf(error, regressionLoss)
        away += Math.abs(error)
      }
      return { loss: loss / size, metrics: { mae: (away / size) * deviation } }
    },

    predict: (batch) => valuesOf(tf.tidy(() => model.apply(inputsOf(batch), { training: false }) as Tensor)),
  }
}

function lossOf(error: number, loss: TrainingOptions['regressionLoss']): number {
  const size = Math.abs(error)
  if (loss === 'mse') return error * error
  return size <= 1 ? (error * error) / 2 : size - 0.5
}

/** Learning to predict a number. The best epoch is the one with the lowest validation loss. */
export function regressionTask(
  learner: ReturnType<typeof regressionLearner>,
  rows: TableBatches,
  { regressionLoss }: Pick<TrainingOptions, 'regressionLoss'>,
  scale: { mean: number; deviation: number },
): Task<RowBatch, RegressionEvaluation> {
  return {
    ...learner,
    nameOf: (index) => rows.nameOf(index),
    indices: (subset) => rows.indices(subset),
    batch: async (indices) => rows.batch(indices),

    async evaluate(subset, onBatch) {
      const samples = rows.indices(subset)
      if (samples.length === 0) return null
      const actual = new Float64Array(samples.length)
      const predicted = new Float64Array(samples.length)
      let loss = 0
      for (let start = 0; start < samples.length; start += evaluationBatch) {
        const batch = rows.batch(samples.subarray(start, start + evaluationBatch))
        const output = await learner.predict(batch)
        for (let row = 0; row < batch.size; row++) {
          const value = output[row] as number
          loss += lossOf(value - (batch.targets[row] as number), regressionLoss)
          actual[start + row] = rows.valueOf(samples[start + row] as number)
          predicted[start + row] = value * scale.deviation + scale.mean
        }
        onBatch(start + batch.size, samples.length)
        await nextTurn()
      }
      const { mae, rmse, r2 } = regressionFigures(actual, predicted)
      return {
        loss: loss / samples.length,
        metrics: { mae, rmse, ...(r2 === null ? {} : { r2 }) },
        samples,
        actual,
        predicted,
      }
    },

    isBetter: (candidate, best) => candidate.loss < best.loss,
  }
}

import type { Scalar, Tensor, Variable } from '@tensorflow/tfjs-core'
import type { ClassifierModel } from './architectures/architecture.ts'
import type { TensorFlow } from './backends/backend.ts'

export interface Batch {
  size: number
  /** `[size, height, width, channels]` */
  inputs: Float32Array
  /** Class of each picture. */
  labels: Uint32Array
}

export interface BatchOutcome {
  /** Mean cross-entropy in nats. */
  loss: number
  correct: number
  /** Class with the highest score of each picture. */
  predicted: Uint32Array
}

/** One optimiser step on a batch, and the same numbers without a step for evaluation. */
export interface ClassifierStep {
  /** @param learningRate of this step */
  train(batch: Batch, learningRate: number): BatchOutcome
  evaluate(batch: Batch): BatchOutcome
  dispose(): void
}

/** Adam (Kingma and Ba, 2015) on the softmax cross-entropy of a classifier. */
export function classifierStep(
  tf: TensorFlow,
  { logits: model }: ClassifierModel,
  learningRate: number,
): ClassifierStep {
  class ScheduledAdam extends tf.AdamOptimizer {
    setLearningRate(rate: number): void {
      this.learningRate = rate
    }
  }
  const optimizer = new ScheduledAdam(learningRate, 0.9, 0.999, 1e-7)
  const pictureShape = shapeOf(model.inputs)
  const labelCount = shapeOf(model.outputs).at(-1) ?? 0
  const variables = model.trainableWeights.map((weight) => weight.read() as Variable)

  const inputsOf = (batch: Batch): Tensor => tf.tensor(batch.inputs, [batch.size, ...pictureShape])
  const oneHot = (batch: Batch): Tensor => {
    const values = new Float32Array(batch.size * labelCount)
    for (let row = 0; row < batch.size; row++) values[row * labelCount + (batch.labels[row] as number)] = 1
    return tf.tensor2d(values, [batch.size, labelCount])
  }

  return {
    train(batch, rate) {
      optimizer.setLearningRate(rate)
      const scores = tf.tidy(() => {
        const inputs = inputsOf(batch)
        const targets = oneHot(batch)
        let kept: Tensor | undefined
        const { grads } = tf.variableGrads(() => {
          kept = tf.keep(model.apply(inputs, { training: true }) as Tensor)
          return tf.losses.softmaxCrossEntropy(targets, kept) as Scalar
        }, variables)
        optimizer.applyGradients(grads as Record<string, Variable>)
        const values = kept?.dataSync()
        kept?.dispose()
        return values
      })
      return outcomeOf(batch, scores as Float32Array, labelCount)
    },

    evaluate(batch) {
      const scores = tf.tidy(() => (model.apply(inputsOf(batch), { training: false }) as Tensor).dataSync())
      return outcomeOf(batch, scores as Float32Array, labelCount)
    },

    dispose() {
      optimizer.dispose()
    },
  }
}

/** A tensor's shape without the batch. */
function shapeOf([tensor]: { shape: (number | null)[] }[]): number[] {
  return (tensor?.shape.slice(1) ?? []).map((size) => size ?? 0)
}

/** @param scores logits, `[size, labelCount]` */
function outcomeOf({ size, labels }: Batch, scores: Float32Array, labelCount: number): BatchOutcome {
  const predicted = new Uint32Array(size)
  let correct = 0
  let loss = 0
  for (let row = 0; row < size; row++) {
    const start = row * labelCount
    const label = labels[row] as number
    let best = 0
    for (let column = 1; column < labelCount; column++) {
      if ((scores[start + column] as number) > (scores[start + best] as number)) best = column
    }
    const highest = scores[start + best] as number
    let sum = 0
    for (let column = 0; column < labelCount; column++) {
      sum += Math.exp((scores[start + column] as number) - highest)
    }
    loss += Math.log(sum) + highest - (scores[start + label] as number)
    predicted[row] = best
    if (best === label) correct++
  }
  return { loss: loss / size, correct, predicted }
}

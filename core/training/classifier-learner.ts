import type { Scalar, Tensor, Variable } from '@tensorflow/tfjs-core'
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers'
import type { TrainingOptions } from '../contract/index.ts'
import { createRandom } from '../domain/random.ts'
import type { ClassifierModel } from './architectures/architecture.ts'
import type { TensorFlow } from './backends/backend.ts'
import type { BatchNumbers, Learner } from './task.ts'
import { valuesOf } from './tensor-values.ts'

export interface Batch {
  size: number
  /** `[size, height, width, channels]` */
  inputs: Float32Array
  /** Class of each picture. */
  labels: Uint32Array
  /** Where pictures are mixed: the second class of each, and the part of it, 0..1. */
  mixed?: { labels: Uint32Array; parts: Float32Array }
}

export interface ClassifierLoss extends Pick<TrainingOptions, 'labelSmoothing' | 'dropout' | 'seed'> {
  /** What a picture of each class counts; all the same where left out. */
  classWeights?: Float32Array
}

export const plainLoss: ClassifierLoss = { labelSmoothing: 0, dropout: 0, seed: 0 }

export interface ClassifierLearner extends Learner<Batch> {
  /** Probabilities, `[size, labels]`, and the numbers, without a step. */
  predict(batch: Batch): Promise<BatchNumbers & { probabilities: Float32Array }>
}

/** A classifier under the softmax cross-entropy, in nats. */
export function classifierLearner(
  tf: TensorFlow,
  { logits: model, features, head }: ClassifierModel,
  { labelSmoothing, dropout, seed, classWeights }: ClassifierLoss,
): ClassifierLearner {
  const pictureShape = shapeOf(model.inputs)
  const labelCount = shapeOf(model.outputs).at(-1) ?? 0
  const inputsOf = (batch: Batch): Tensor => tf.tensor(batch.inputs, [batch.size, ...pictureShape])
  const smooth = (targets: Float32Array): Float32Array =>
    labelSmoothing > 0
      ? targets.map((target) => target * (1 - labelSmoothing) + labelSmoothing / labelCount)
      : targets

  /** Inverted dropout (Srivastava et al., 2014) before the last layer: seeded by the step, and no part of the model. */
  const scoresOf = (batch: Batch, step: number): Tensor => {
    const inputs = inputsOf(batch)
    if (dropout === 0) return model.apply(inputs, { training: true }) as Tensor
    const values = features.apply(inputs, { training: true }) as Tensor
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
      const output = scoresOf(batch, step)
      const targets = tf.tensor2d(smooth(targetsOf(batch, labelCount)), [batch.size, labelCount])
      if (!classWeights) return { loss: tf.losses.softmaxCrossEntropy(targets, output) as Scalar, output }
      const weights = tf.tensor1d(Float32Array.from(batch.labels, (label) => classWeights[label] ?? 1))
      const losses = tf.neg(tf.sum(tf.mul(targets, tf.logSoftmax(output)), -1))
      return { loss: tf.div(tf.sum(tf.mul(losses, weights)), tf.sum(weights)) as Scalar, output }
    },

    numbers(batch, scores) {
      return numbersOf(batch, scores, labelCount)
    },

    async faultOn(batch) {
      const inputs = inputsOf(batch)
      try {
        return await faultyLayer(tf, model, inputs)
      } finally {
        inputs.dispose()
      }
    },

    async predict(batch) {
      const scores = await valuesOf(
        tf.tidy(() => model.apply(inputsOf(batch), { training: false }) as Tensor),
      )
      const numbers = numbersOf(batch, scores, labelCount)
      return { ...numbers, probabilities: softmax(scores, labelCount) }
    },
  }
}

/**
 * The first layer with weights or outputs that are no numbers; where all are, the one whose output is furthest beyond
 * its input.
 */
async function faultyLayer(tf: TensorFlow, model: LayersModel, inputs: Tensor): Promise<string | null> {
  const layers = model.layers.slice(1)
  const probe = tf.model({
    inputs: model.inputs,
    outputs: layers.map(({ output }) => output as SymbolicTensor),
  })
  const outputs = tf.tidy(() => [probe.apply(inputs, { training: true })].flat() as Tensor[])
  const finite = async (tensor: Tensor) => (await tensor.data()).every(Number.isFinite)
  try {
    for (const [index, layer] of layers.entries()) {
      for (const weights of layer.getWeights())
        if (!(await finite(weights))) return `the weights of layer "${layer.name}"`
      if (!(await finite(outputs[index] as Tensor))) return `the output of layer "${layer.name}"`
    }
    const largest = new Map<string, number>([[model.layers[0]?.name ?? '', await largestOf(inputs)]])
    let furthest = { name: '', growth: 0, from: 0, to: 0 }
    for (const [index, layer] of layers.entries()) {
      const to = await largestOf(outputs[index] as Tensor)
      largest.set(layer.name, to)
      const before = [layer.input].flat().map(({ sourceLayer }) => largest.get(sourceLayer.name) ?? 0)
      const from = Math.max(...before)
      // Growth from nothing to little is none that matters.
      const growth = to / Math.max(from, 1)
      if (growth > furthest.growth) furthest = { name: layer.name, growth, from, to }
    }
    const { name, from, to } = furthest
    if (name === '') return null
    return `layer "${name}", which makes values up to ${to.toPrecision(2)} of values up to ${from.toPrecision(2)}`
  } finally {
    tf.dispose(outputs)
  }
}

const largestOf = async (tensor: Tensor): Promise<number> =>
  ((await tensor.data()) as Float32Array).reduce((largest, value) => Math.max(largest, Math.abs(value)), 0)

/** A tensor's shape without the batch. */
function shapeOf([tensor]: { shape: (number | null)[] }[]): number[] {
  return (tensor?.shape.slice(1) ?? []).map((size) => size ?? 0)
}

/** `[size, labelCount]`, rows summing to 1. */
function targetsOf({ size, labels, mixed }: Batch, labelCount: number): Float32Array {
  const targets = new Float32Array(size * labelCount)
  for (let row = 0; row < size; row++) {
    const part = mixed?.parts[row] ?? 0
    const at = row * labelCount + (labels[row] as number)
    targets[at] = 1 - part
    if (!mixed) continue
    const other = row * labelCount + (mixed.labels[row] as number)
    targets[other] = (targets[other] as number) + part
  }
  return targets
}

/** @param scores logits, `[size, labelCount]` */
function numbersOf(batch: Batch, scores: Float32Array, labelCount: number): BatchNumbers {
  const { size, labels, mixed } = batch
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
    const normaliser = Math.log(sum) + highest
    const part = mixed?.parts[row] ?? 0
    loss += (1 - part) * (normaliser - (scores[start + label] as number))
    if (mixed) loss += part * (normaliser - (scores[start + (mixed.labels[row] as number)] as number))
    if (best === label) correct++
  }
  return { loss: loss / size, metrics: { accuracy: correct / size } }
}

function softmax(scores: Float32Array, labelCount: number): Float32Array {
  const probabilities = new Float32Array(scores.length)
  for (let start = 0; start < scores.length; start += labelCount) {
    let highest = Number.NEGATIVE_INFINITY
    for (let at = start; at < start + labelCount; at++) highest = Math.max(highest, scores[at] as number)
    let sum = 0
    for (let at = start; at < start + labelCount; at++) {
      const value = Math.exp((scores[at] as number) - highest)
      probabilities[at] = value
      sum += value
    }
    for (let at = start; at < start + labelCount; at++)
      probabilities[at] = (probabilities[at] as number) / sum
  }
  return probabilities
}

import type { LayersModel, layers, SymbolicTensor } from '@tensorflow/tfjs-layers'
import type { TrainingChoices } from '../../contract/index.ts'
import type { TensorFlow } from '../backends/backend.ts'

export interface ArchitectureInput {
  /** Size of the model's input, `[height, width, channels]`. */
  height: number
  width: number
  channels: 1 | 3
  /** How many classes it tells apart. */
  labels: number
  /** Every initial weight follows from it. */
  seed: number
}

export interface ClassifierModel {
  /** `[batch, height, width, channels]` to probabilities `[batch, labels]`; this one is saved. */
  classifier: LayersModel
  /** The same layers up to the values before the softmax, on which the loss is computed. */
  logits: LayersModel
  /** The same layers up to the inputs of the last one, and that one: between them a training may put a dropout. */
  features: LayersModel
  head: layers.Layer
}

/** The models that share a classifier's layers, from its input, its last features and its last layer. */
export function classifierOf(
  tf: TensorFlow,
  name: string,
  picture: SymbolicTensor,
  features: SymbolicTensor,
  head: layers.Layer,
): ClassifierModel {
  const logits = head.apply(features) as SymbolicTensor
  const probabilities = tf.layers.softmax({ name: 'probabilities' }).apply(logits) as SymbolicTensor
  return {
    classifier: tf.model({ name, inputs: picture, outputs: probabilities }),
    logits: tf.model({ inputs: picture, outputs: logits }),
    features: tf.model({ inputs: picture, outputs: features }),
    head,
  }
}

/** A kind of network. Adding one = one file and one line in `index.ts`. */
export interface Architecture {
  id: string
  title: string
  description: string
  /** The smallest side of a picture it can work on, in px. */
  smallestSide: number
  /** Options with which it learns best; the general defaults elsewhere. */
  defaults?: TrainingChoices
  build(tf: TensorFlow, input: ArchitectureInput): ClassifierModel
}

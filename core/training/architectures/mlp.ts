import type { SymbolicTensor } from '@tensorflow/tfjs-layers'
import type { TrainingOptions } from '../../contract/index.ts'
import { createRandom } from '../../domain/random.ts'
import type { TensorFlow } from '../backends/backend.ts'
import { type ClassifierModel, classifierOf } from './architecture.ts'

export interface MlpInput extends Pick<TrainingOptions, 'layers' | 'width' | 'batchNorm' | 'seed'> {
  /** Inputs that a row becomes. */
  inputs: number
  /** Classes, or 1 for a number. */
  outputs: number
}

/** Hidden layers of equal width: dense, batch normalisation where it is asked for, relu. */
export function mlp(
  tf: TensorFlow,
  { inputs, outputs, layers, width, batchNorm, seed }: MlpInput,
): ClassifierModel {
  const random = createRandom(seed, 'initial weights')
  const draw = () => random.integer(2 ** 31)
  const row = tf.input({ name: 'row', shape: [inputs] })
  let features: SymbolicTensor = row
  for (let layer = 1; layer <= layers; layer++) {
    const dense = tf.layers.dense({
      name: `dense_${layer}`,
      units: width,
      useBias: !batchNorm,
      kernelInitializer: tf.initializers.heUniform({ seed: draw() }),
    })
    features = dense.apply(features) as SymbolicTensor
    if (batchNorm)
      features = tf.layers.batchNormalization({ name: `norm_${layer}` }).apply(features) as SymbolicTensor
    features = tf.layers.reLU({ name: `relu_${layer}` }).apply(features) as SymbolicTensor
  }
  const head = tf.layers.dense({
    name: 'logits',
    units: outputs,
    kernelInitializer: tf.initializers.glorotUniform({ seed: draw() }),
  })
  return classifierOf(tf, 'mlp', row, features, head)
}

export const mlpClassifier = {
  id: 'mlp-classifier',
  title: 'Network for tables: a class',
  description:
    'Learns to tell the classes of a table’s rows from its columns: numbers, categories and dates.',
}

export const mlpRegressor = {
  id: 'mlp-regressor',
  title: 'Network for tables: a number',
  description: 'Learns to predict the number in a table’s target column from its other columns.',
}

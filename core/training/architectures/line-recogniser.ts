import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers'
import type { RecurrentCellName } from '../../contract/index.ts'
import { createRandom } from '../../domain/random.ts'
import type { TensorFlow } from '../backends/backend.ts'
import { bidirectional } from '../recurrent/bidirectional.ts'

export interface RecogniserInput {
  /** Of a line, px: a multiple of 8. */
  height: number
  /** Size of the alphabet; the network has one class more, the blank, which is the last. */
  characters: number
  /** Of the recurrent layer. */
  cell: RecurrentCellName
  /** Every initial weight follows from it. */
  seed: number
}

export interface RecogniserModel {
  /** `[batch, height, width, 1]` to probabilities `[batch, width / 4, characters + 1]`; this one is saved. */
  recogniser: LayersModel
  /** The same layers up to the values before the softmax. */
  logits: LayersModel
}

/**
 * Convolutions, a column of features every 4 px, a bidirectional LSTM or GRU over them, a softmax over the alphabet and
 * the blank (Shi et al. 2015, in the small form of Wick et al. 2018). The first convolution moves in steps of 2 px: it
 * has no gradient by its input, and the rest works on a quarter of the pixels.
 */
export const lineRecogniser = {
  id: 'line-recogniser',
  title: 'Line recogniser',
  description:
    'Learns to read lines of text in any script and type from pictures of lines with their transcriptions.',

  build(tf: TensorFlow, { height, characters, cell, seed }: RecogniserInput): RecogniserModel {
    const random = createRandom(seed, 'initial weights')
    const draw = () => random.integer(2 ** 31)
    const convolution = (name: string, filters: number, kernelSize: number, strides: number) =>
      tf.layers.conv2d({
        name,
        filters,
        kernelSize,
        strides,
        padding: 'same',
        activation: 'relu',
        kernelInitializer: tf.initializers.heUniform({ seed: draw() }),
      })
    const filters = 48
    const Recurrent = bidirectional(tf, cell)
    const line = tf.input({ name: 'line', shape: [height, null, 1] as unknown as number[] })
    const steps: { apply(input: SymbolicTensor): unknown }[] = [
      convolution('convolution_1', 16, 5, 2),
      convolution('convolution_2', 32, 3, 1),
      tf.layers.maxPooling2d({ name: 'pooling_2', poolSize: [2, 2] }),
      convolution('convolution_3', filters, 3, 1),
      tf.layers.maxPooling2d({ name: 'pooling_3', poolSize: [2, 1], strides: [2, 1] }),
      tf.layers.permute({ name: 'columns', dims: [2, 1, 3] }),
      tf.layers.reshape({ name: 'frames', targetShape: [null as unknown as number, (height / 8) * filters] }),
      new Recurrent({ name: 'recurrent', units: 80, seed: draw() }),
      tf.layers.dense({
        name: 'logits',
        units: characters + 1,
        kernelInitializer: tf.initializers.glorotUniform({ seed: draw() }),
      }),
    ]
    let logits = line
    for (const step of steps) logits = step.apply(logits) as SymbolicTensor
    const probabilities = tf.layers
      .softmax({ name: 'probabilities', axis: -1 })
      .apply(logits) as SymbolicTensor
    return {
      recogniser: tf.model({ name: 'line_recogniser', inputs: line, outputs: probabilities }),
      logits: tf.model({ inputs: line, outputs: logits }),
    }
  },
}

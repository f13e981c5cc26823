import { createRandom } from '../../domain/random.ts'
import { type Architecture, classifierOf } from './architecture.ts'

/**
 * Two convolutions (3x3, 16 and 32 filters) with max pooling, a dense layer of 128, softmax: for small pictures such
 * as characters, digits and icons.
 */
export const cnnSmall: Architecture = {
  id: 'cnn-small',
  title: 'Small convolutional network',
  description: 'Learns small pictures (characters, digits, icons) from scratch in minutes, without a GPU.',
  smallestSide: 8,

  build(tf, { height, width, channels, labels, seed }) {
    const random = createRandom(seed, 'initial weights')
    // He's range keeps the variance through a relu, Glorot's through the linear layer at the end.
    const beforeRelu = () => tf.initializers.heUniform({ seed: random.integer(2 ** 31) })
    const beforeSoftmax = () => tf.initializers.glorotUniform({ seed: random.integer(2 ** 31) })
    const convolution = (name: string, filters: number) =>
      tf.layers.conv2d({
        name,
        filters,
        kernelSize: 3,
        padding: 'same',
        activation: 'relu',
        kernelInitializer: beforeRelu(),
      })
    const pooling = (name: string) => tf.layers.maxPooling2d({ name, poolSize: 2 })

    const picture = tf.input({ name: 'picture', shape: [height, width, channels] })
    const trunk = [
      convolution('convolution_1', 16),
      pooling('pooling_1'),
      convolution('convolution_2', 32),
      pooling('pooling_2'),
      tf.layers.flatten({ name: 'flatten' }),
      tf.layers.dense({ name: 'dense_1', units: 128, activation: 'relu', kernelInitializer: beforeRelu() }),
    ]
    let features = picture
    for (const layer of trunk) features = layer.apply(features) as typeof picture
    const head = tf.layers.dense({ name: 'logits', units: labels, kernelInitializer: beforeSoftmax() })
    return classifierOf(tf, 'cnn_small', picture, features, head)
  },
}

import type { SymbolicTensor } from '@tensorflow/tfjs-layers'
import { createRandom } from '../../domain/random.ts'
import { type Architecture, classifierOf } from './architecture.ts'

/** Filters and stride of each block. */
const blocks: readonly [number, number][] = [
  [32, 1],
  [64, 2],
  [64, 1],
  [128, 2],
  [128, 1],
]

/**
 * Depthwise separable convolutions (Howard et al., 2017, MobileNet): 3x3 filters of one channel each, then 1x1 ones that
 * mix the channels, both with batch normalisation. Few weights and few multiplications.
 */
export const mobilenetSmall: Architecture = {
  id: 'mobilenet-small',
  title: 'Small MobileNet',
  description: 'Few weights: models of about 150 kB for phones and browsers.',
  smallestSide: 8,

  build(tf, { height, width, channels, labels, seed }) {
    const random = createRandom(seed, 'initial weights')
    const heNormal = () => tf.initializers.heNormal({ seed: random.integer(2 ** 31) })
    const normalised = (name: string) => [
      tf.layers.batchNormalization({ name: `${name}_normalisation`, momentum: 0.9 }),
      tf.layers.reLU({ name: `${name}_relu` }),
    ]
    const convolution = (name: string, filters: number, kernelSize: number) => [
      tf.layers.conv2d({
        name,
        filters,
        kernelSize,
        padding: 'same',
        useBias: false,
        kernelInitializer: heNormal(),
      }),
      ...normalised(name),
    ]
    const depthwise = (name: string, strides: number) => [
      tf.layers.depthwiseConv2d({
        name,
        kernelSize: 3,
        strides,
        padding: 'same',
        useBias: false,
        depthwiseInitializer: heNormal(),
      }),
      ...normalised(name),
    ]
    const picture = tf.input({ name: 'picture', shape: [height, width, channels] })
    const trunk = [
      ...convolution('convolution', 16, 3),
      ...blocks.flatMap(([filters, strides], index) => [
        ...depthwise(`block_${index + 1}_depthwise`, strides),
        ...convolution(`block_${index + 1}_pointwise`, filters, 1),
      ]),
      tf.layers.globalAveragePooling2d({ name: 'mean' }),
    ]
    let features: SymbolicTensor = picture
    for (const layer of trunk) features = layer.apply(features) as SymbolicTensor
    const kernelInitializer = tf.initializers.glorotUniform({ seed: random.integer(2 ** 31) })
    const head = tf.layers.dense({ name: 'logits', units: labels, kernelInitializer })
    return classifierOf(tf, 'mobilenet_small', picture, features, head)
  },
}

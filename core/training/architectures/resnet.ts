import type { SymbolicTensor } from '@tensorflow/tfjs-layers'
import type { TrainingChoices } from '../../contract/index.ts'
import { createRandom } from '../../domain/random.ts'
import { type Architecture, classifierOf } from './architecture.ts'

const firstFilters = 16

/**
 * A residual network for small pictures (He et al., 2016, as for CIFAR): a convolution, stages of basic blocks (two 3x3
 * convolutions with batch normalisation and a way around them), each stage after the first with half the side and twice
 * the filters, the mean over all positions, softmax.
 * @param blocks in each stage
 */
function resnet(
  id: string,
  title: string,
  description: string,
  blocks: readonly number[],
  defaults: TrainingChoices = {},
): Architecture {
  return {
    id,
    title,
    description,
    defaults,
    smallestSide: 2 ** blocks.length,

    build(tf, { height, width, channels, labels, seed }) {
      const random = createRandom(seed, 'initial weights')
      const heNormal = () => tf.initializers.heNormal({ seed: random.integer(2 ** 31) })
      const convolution = (name: string, filters: number, kernelSize: number, strides: number) =>
        tf.layers.conv2d({
          name,
          filters,
          kernelSize,
          strides,
          padding: 'same',
          useBias: false,
          kernelInitializer: heNormal(),
        })
      const normalisation = (name: string) => tf.layers.batchNormalization({ name, momentum: 0.9 })
      const relu = (name: string) => tf.layers.reLU({ name })
      const through = (x: SymbolicTensor, ...layers: { apply(x: SymbolicTensor): unknown }[]) =>
        layers.reduce((value, layer) => layer.apply(value) as SymbolicTensor, x)

      const picture = tf.input({ name: 'picture', shape: [height, width, channels] })
      let x = through(
        picture,
        convolution('convolution', firstFilters, 3, 1),
        normalisation('normalisation'),
        relu('relu'),
      )
      for (const [stage, count] of blocks.entries()) {
        for (let block = 0; block < count; block++) {
          const name = `stage_${stage + 1}_block_${block + 1}`
          const filters = firstFilters * 2 ** stage
          const strides = stage > 0 && block === 0 ? 2 : 1
          const long = through(
            x,
            convolution(`${name}_convolution_1`, filters, 3, strides),
            normalisation(`${name}_normalisation_1`),
            relu(`${name}_relu_1`),
            convolution(`${name}_convolution_2`, filters, 3, 1),
            normalisation(`${name}_normalisation_2`),
          )
          const short =
            strides === 1
              ? x
              : through(
                  x,
                  convolution(`${name}_shortcut`, filters, 1, strides),
                  normalisation(`${name}_shortcut_normalisation`),
                )
          const sum = tf.layers.add({ name: `${name}_sum` }).apply([long, short]) as SymbolicTensor
          x = through(sum, relu(`${name}_relu_2`))
        }
      }
      const features = through(x, tf.layers.globalAveragePooling2d({ name: 'mean' }))
      const kernelInitializer = tf.initializers.glorotUniform({ seed: random.integer(2 ** 31) })
      const head = tf.layers.dense({ name: 'logits', units: labels, kernelInitializer })
      return classifierOf(tf, id.replace('-', '_'), picture, features, head)
    },
  }
}

export const resnet8 = resnet(
  'resnet-8',
  'Residual network, 8 layers',
  'More exact than the small network on varied pictures, and several times slower.',
  [1, 1, 1],
)

export const resnet14 = resnet(
  'resnet-14',
  'Residual network, 14 layers',
  'Deeper: for photos and many classes. Better with a GPU, or with patience.',
  [2, 2, 2],
)

export const resnet18 = resnet(
  'resnet-18',
  'Residual network, 18 layers',
  'The deepest one: for large pictures and many classes, with a GPU.',
  [2, 2, 2, 2],
)

/** A short training that is hard on the network while it lasts, and the average of what it came by. */
export const best = resnet(
  'best',
  'Best for small pictures',
  'The residual network with 8 layers, with the options that were seen to learn best: moved pictures, a learning rate that rises and falls once, averaged weights. Switch flips on where a mirrored picture means the same.',
  [1, 1, 1],
  {
    epochs: 15,
    learningRate: 0.1,
    optimizer: 'momentum',
    schedule: 'one-cycle',
    weightDecay: 0.0005,
    labelSmoothing: 0.05,
    ema: 0.998,
    shift: 0.08,
  },
)

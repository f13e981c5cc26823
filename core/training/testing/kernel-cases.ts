import type { Tensor } from '@tensorflow/tfjs-core'
import { createRandom } from '../../domain/random.ts'
import type { TensorFlow } from '../backends/backend.ts'

/** An op that networks are trained with, and the shapes of its inputs. */
export interface KernelCase {
  group: string
  name: string
  run(tf: TensorFlow, ...inputs: Tensor[]): Tensor
  shapes: number[][]
}

type Padding = 'valid' | 'same' | number

const convolutions: [string, number[], number[], number | [number, number], Padding][] = [
  ['3x3, no padding', [4, 9, 9, 3], [3, 3, 3, 5], 1, 'valid'],
  ['3x3, same size', [4, 9, 9, 3], [3, 3, 3, 5], 1, 'same'],
  ['3x3, stride 2, same', [3, 10, 8, 2], [3, 3, 2, 4], 2, 'same'],
  ['3x3, stride 2, rows left over', [3, 10, 8, 2], [3, 3, 2, 4], 2, 'valid'],
  ['5x5 on odd sizes, one channel', [2, 11, 13, 1], [5, 5, 1, 6], 1, 'same'],
  ['1x3', [2, 11, 13, 1], [1, 3, 1, 6], 1, 'same'],
  ['1x1', [2, 12, 12, 4], [1, 1, 4, 4], 1, 'valid'],
  ['4x4, stride 3', [2, 9, 9, 2], [4, 4, 2, 3], 3, 'valid'],
  ['1x1, stride 2, same', [2, 9, 8, 3], [1, 1, 3, 4], 2, 'same'],
  ['2x2, stride 3, gaps between windows', [2, 9, 8, 3], [2, 2, 3, 2], 3, 'valid'],
  ['strides that differ', [2, 9, 12, 2], [3, 3, 2, 3], [1, 2], 'same'],
  ['one picture', [1, 5, 5, 1], [3, 3, 1, 1], 1, 'valid'],
  ['padding in pixels', [2, 7, 7, 2], [3, 3, 2, 3], 1, 1],
  ['more padding than the filter needs', [2, 5, 5, 2], [2, 2, 2, 3], 1, 3],
]

const products: [string, number[], number[], boolean, boolean][] = [
  ['neither transposed', [5, 7], [7, 6], false, false],
  ['left transposed', [7, 5], [7, 6], true, false],
  ['right transposed', [5, 7], [6, 7], false, true],
  ['both transposed', [7, 5], [6, 7], true, true],
  ['a single row', [1, 7], [6, 7], false, true],
  ['a batch, left transposed', [3, 7, 5], [3, 7, 6], true, false],
  ['a batch, right transposed', [3, 5, 7], [3, 6, 7], false, true],
]

const depthwise: [string, number[], number[], number, Padding][] = [
  ['3x3, same size', [2, 9, 8, 5], [3, 3, 5, 1], 1, 'same'],
  ['3x3, no padding', [2, 9, 8, 5], [3, 3, 5, 1], 1, 'valid'],
  ['3x3, stride 2, same', [2, 10, 7, 4], [3, 3, 4, 1], 2, 'same'],
  ['3x3, stride 2, rows left over', [2, 10, 8, 4], [3, 3, 4, 1], 2, 'valid'],
  ['5x5 on odd sizes, one channel', [1, 11, 13, 1], [5, 5, 1, 1], 1, 'same'],
  ['1x3', [1, 6, 7, 3], [1, 3, 3, 1], 1, 'same'],
  ['two filters a channel', [2, 6, 7, 3], [3, 3, 3, 2], 1, 'same'],
  ['two filters a channel, stride 2', [2, 7, 6, 3], [3, 3, 3, 2], 2, 'valid'],
  ['more padding than the filter needs', [1, 5, 5, 2], [2, 2, 2, 1], 1, 3],
]

type Sides = [number, number]

const averages: [string, number[], Sides, Sides][] = [
  ['2x2', [2, 8, 8, 3], [2, 2], [2, 2]],
  ['2x2, a row left over', [2, 9, 7, 3], [2, 2], [2, 2]],
  ['3x3, windows that overlap', [2, 7, 8, 2], [3, 3], [1, 1]],
  ['4x1', [2, 8, 8, 3], [4, 1], [4, 1]],
]

const maxima: [string, number[], Sides, Sides, 'valid' | 'same'][] = [
  ['2x2', [2, 8, 8, 3], [2, 2], [2, 2], 'valid'],
  ['2x2, a row left over', [2, 9, 8, 3], [2, 2], [2, 2], 'valid'],
  ['2x2, windows cut by the border', [2, 9, 7, 3], [2, 2], [2, 2], 'same'],
  ['3x3, windows that overlap', [2, 7, 8, 2], [3, 3], [1, 1], 'same'],
  ['3x3, stride 2', [1, 9, 9, 4], [3, 3], [2, 2], 'same'],
  ['4x1', [2, 8, 8, 3], [4, 1], [4, 1], 'valid'],
]

// Weighted: the plain sum of squares of what is normalised hardly depends on the input.
const normalise: KernelCase['run'] = (tf, x, scale, offset, weights) => {
  const { mean, variance } = tf.moments(x as Tensor, [0, 1, 2])
  const normal = tf.batchNorm(
    x as Tensor,
    mean as never,
    variance as never,
    offset as never,
    scale as never,
    1e-3,
  )
  return tf.mul(normal, weights as Tensor)
}

/** Everything that the architectures need of a backend. */
export const kernelCases: readonly KernelCase[] = [
  ...convolutions.map(
    ([name, picture, filter, strides, pad]): KernelCase => ({
      group: 'a convolution',
      name,
      run: (tf, x, w) => tf.conv2d(x as never, w as never, strides, pad) as Tensor,
      shapes: [picture, filter],
    }),
  ),
  ...products.map(
    ([name, left, right, transposeA, transposeB]): KernelCase => ({
      group: 'a matrix product',
      name,
      run: (tf, a, b) => tf.matMul(a as Tensor, b as Tensor, transposeA, transposeB),
      shapes: [left, right],
    }),
  ),
  ...depthwise.map(
    ([name, picture, filter, strides, pad]): KernelCase => ({
      group: 'a depthwise convolution',
      name,
      run: (tf, x, w) => tf.depthwiseConv2d(x as never, w as never, strides, pad) as Tensor,
      shapes: [picture, filter],
    }),
  ),
  ...averages.map(
    ([name, picture, size, strides]): KernelCase => ({
      group: 'average pooling',
      name,
      run: (tf, x) => tf.avgPool(x as never, size, strides, 'valid') as Tensor,
      shapes: [picture],
    }),
  ),
  ...maxima.map(
    ([name, picture, size, strides, pad]): KernelCase => ({
      group: 'max pooling',
      name,
      run: (tf, x) => tf.maxPool(x as never, size, strides, pad) as Tensor,
      shapes: [picture],
    }),
  ),
  {
    group: 'max pooling',
    name: 'where every value of a window is negative',
    run: (tf, x) => tf.maxPool(tf.sub(x as Tensor, 1) as never, 2, 2, 'valid') as Tensor,
    shapes: [[2, 6, 6, 3]],
  },
  ...[
    ['of pictures', [3, 5, 7, 4]] as const,
    ['of one channel', [2, 4, 3, 1]] as const,
    ['of single values', [8, 1, 1, 3]] as const,
  ].map(
    ([name, shape]): KernelCase => ({
      group: 'batch normalisation',
      name,
      run: normalise,
      shapes: [[...shape], [shape[3]], [shape[3]], [...shape]],
    }),
  ),
  {
    group: 'what else a network needs',
    name: 'relu',
    run: (tf, x) => tf.relu(x as Tensor),
    shapes: [[5, 7]],
  },
  {
    group: 'what else a network needs',
    name: 'softmax',
    run: (tf, x) => tf.softmax(x as Tensor),
    shapes: [[5, 7]],
  },
  {
    group: 'what else a network needs',
    name: 'softmax cross-entropy',
    run: (tf, x) => tf.losses.softmaxCrossEntropy(tf.oneHot(tf.tensor1d([0, 3, 6], 'int32'), 7), x as Tensor),
    shapes: [[3, 7]],
  },
]

/** Seeded values in -0.5..0.5. */
function values(tf: TensorFlow, shape: number[], stream: string): Tensor {
  const random = createRandom(1, stream)
  const count = shape.reduce((product, side) => product * side, 1)
  return tf.tensor(
    Float32Array.from({ length: count }, () => random.next() - 0.5),
    shape,
  )
}

/** The op's value and the gradients of the sum of its squares, on the backend that is active. */
export async function resultsOf(tf: TensorFlow, { run, shapes }: KernelCase): Promise<Float32Array[]> {
  const inputs = shapes.map((shape, index) => values(tf, shape, `input ${index}`))
  const value = run(tf, ...inputs)
  const gradients = tf.grads((...tensors: Tensor[]) => tf.square(run(tf, ...tensors)))(inputs)
  return Promise.all([value, ...gradients].map(async (tensor) => (await tensor.data()) as Float32Array))
}

/** The largest difference, as a part of the largest expected value; infinite where the shapes differ. */
export function worstDifference(expected: readonly Float32Array[], found: readonly Float32Array[]): number {
  return Math.max(
    ...expected.map((values, index) => {
      const others = found[index] ?? new Float32Array()
      if (others.length !== values.length) return Number.POSITIVE_INFINITY
      const scale = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-9)
      const worst = values.reduce((largest, value, at) => {
        const away = Math.abs(value - (others[at] ?? Number.NaN))
        return Number.isNaN(away) ? Number.POSITIVE_INFINITY : Math.max(largest, away)
      }, 0)
      return worst / scale
    }),
  )
}

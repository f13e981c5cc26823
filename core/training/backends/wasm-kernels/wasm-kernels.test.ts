import '@tensorflow/tfjs-backend-cpu'
import type { Tensor } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { createRandom } from '../../../domain/random.ts'
import type { TensorFlow } from '../backend.ts'
import { wasmBackend } from '../wasm.ts'

let tf: TensorFlow

beforeAll(async () => {
  tf = (await wasmBackend.load()).tf
})

/** Seeded values in -0.5..0.5. */
function values(shape: number[], stream: string): Tensor {
  const random = createRandom(1, stream)
  const count = shape.reduce((product, side) => product * side, 1)
  return tf.tensor(
    Float32Array.from({ length: count }, () => random.next() - 0.5),
    shape,
  )
}

type Op = (...inputs: Tensor[]) => Tensor

/** The op's value and the gradients of the sum of its squares, on one backend. */
async function results(backend: string, op: Op, shapes: number[][]): Promise<Float32Array[]> {
  await tf.setBackend(backend)
  const inputs = shapes.map((shape, index) => values(shape, `input ${index}`))
  const value = op(...inputs)
  const gradients = tf.grads((...tensors: Tensor[]) => tf.square(op(...tensors)))(inputs)
  return Promise.all([value, ...gradients].map(async (tensor) => (await tensor.data()) as Float32Array))
}

async function expectAgreement(op: Op, shapes: number[][]): Promise<void> {
  const reference = await results('cpu', op, shapes)
  const actual = await results('wasm', op, shapes)
  for (const [index, expected] of reference.entries()) {
    const found = actual[index] ?? new Float32Array()
    const scale = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-9)
    const worst = expected.reduce(
      (largest, value, at) => Math.max(largest, Math.abs(value - (found[at] ?? Number.NaN))),
      0,
    )
    expect(found.length).toBe(expected.length)
    expect(worst / scale).toBeLessThan(1e-5)
  }
}

describe('a convolution and its gradients on wasm agree with the pure JavaScript backend', () => {
  const cases: [string, number[], number[], number | [number, number], 'valid' | 'same' | number][] = [
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
  it.each(cases)('%s', async (_, picture, filter, strides, pad) => {
    await expectAgreement(
      (x, w) => tf.conv2d(x as never, w as never, strides, pad) as Tensor,
      [picture, filter],
    )
  })
})

describe('a matrix product and its gradients on wasm agree with the pure JavaScript backend', () => {
  const cases: [string, number[], number[], boolean, boolean][] = [
    ['neither transposed', [5, 7], [7, 6], false, false],
    ['left transposed', [7, 5], [7, 6], true, false],
    ['right transposed', [5, 7], [6, 7], false, true],
    ['both transposed', [7, 5], [6, 7], true, true],
    ['a single row', [1, 7], [6, 7], false, true],
    ['a batch, left transposed', [3, 7, 5], [3, 7, 6], true, false],
    ['a batch, right transposed', [3, 5, 7], [3, 6, 7], false, true],
  ]
  it.each(cases)('%s', async (_, left, right, transposeA, transposeB) => {
    await expectAgreement(
      (a, b) => tf.matMul(a as Tensor, b as Tensor, transposeA, transposeB),
      [left, right],
    )
  })
})

describe('a depthwise convolution and its gradients on wasm agree with the pure JavaScript backend', () => {
  const cases: [string, number[], number[], number, 'valid' | 'same' | number][] = [
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
  it.each(cases)('%s', async (_, picture, filter, strides, pad) => {
    await expectAgreement(
      (x, w) => tf.depthwiseConv2d(x as never, w as never, strides, pad) as Tensor,
      [picture, filter],
    )
  })
})

describe('average pooling and its gradient on wasm agree with the pure JavaScript backend', () => {
  const cases: [string, number[], [number, number], [number, number], 'valid'][] = [
    ['2x2', [2, 8, 8, 3], [2, 2], [2, 2], 'valid'],
    ['2x2, a row left over', [2, 9, 7, 3], [2, 2], [2, 2], 'valid'],
    ['3x3, windows that overlap', [2, 7, 8, 2], [3, 3], [1, 1], 'valid'],
    ['4x1', [2, 8, 8, 3], [4, 1], [4, 1], 'valid'],
  ]
  it.each(cases)('%s', async (_, picture, size, strides, pad) => {
    await expectAgreement((x) => tf.avgPool(x as never, size, strides, pad) as Tensor, [picture])
  })
})

describe('batch normalisation and its gradients on wasm agree with the pure JavaScript backend', () => {
  // Weighted: the plain sum of squares of what is normalised hardly depends on the input.
  const normalise: Op = (x, scale, offset, weights) => {
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
  it.each([
    ['of pictures', [3, 5, 7, 4]],
    ['of one channel', [2, 4, 3, 1]],
    ['of single values', [8, 1, 1, 3]],
  ])('%s', async (_, shape) => {
    const channels = [shape.at(-1) ?? 1]
    await expectAgreement(normalise, [shape, channels, channels, shape])
  })
})

describe('max pooling and its gradient on wasm agree with the pure JavaScript backend', () => {
  const cases: [string, number[], [number, number], [number, number], 'valid' | 'same'][] = [
    ['2x2', [2, 8, 8, 3], [2, 2], [2, 2], 'valid'],
    ['2x2, a row left over', [2, 9, 8, 3], [2, 2], [2, 2], 'valid'],
    ['2x2, windows cut by the border', [2, 9, 7, 3], [2, 2], [2, 2], 'same'],
    ['3x3, windows that overlap', [2, 7, 8, 2], [3, 3], [1, 1], 'same'],
    ['3x3, stride 2', [1, 9, 9, 4], [3, 3], [2, 2], 'same'],
    ['4x1', [2, 8, 8, 3], [4, 1], [4, 1], 'valid'],
  ]
  it.each(cases)('%s', async (_, picture, size, strides, pad) => {
    await expectAgreement((x) => tf.maxPool(x as never, size, strides, pad) as Tensor, [picture])
  })

  it('where every value of a window is negative', async () => {
    await expectAgreement(
      (x) => tf.maxPool(tf.sub(x as Tensor, 1) as never, 2, 2, 'valid') as Tensor,
      [[2, 6, 6, 3]],
    )
  })
})

describe('what else the default network needs agrees with the pure JavaScript backend', () => {
  it('relu', () => expectAgreement((x) => tf.relu(x as Tensor), [[5, 7]]))
  it('softmax', () => expectAgreement((x) => tf.softmax(x as Tensor), [[5, 7]]))
  it('softmax cross-entropy', async () => {
    await expectAgreement(
      (x) => tf.losses.softmaxCrossEntropy(tf.oneHot(tf.tensor1d([0, 3, 6], 'int32'), 7), x as Tensor),
      [[3, 7]],
    )
  })
})

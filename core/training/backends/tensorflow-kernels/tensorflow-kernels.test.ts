import type { Tensor } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { GlyphlabError } from '../../../contract/index.ts'
import { createRandom } from '../../../domain/random.ts'
import type { TensorFlow } from '../backend.ts'
import { tensorflowBackend } from '../tensorflow.ts'

const found = await tensorflowBackend.load().catch((cause: unknown) => {
  if (cause instanceof GlyphlabError) return cause.message
  throw cause
})
const missing = typeof found === 'string' ? ` (${found})` : ''

describe.skipIf(missing !== '')(`the tensorflow backend agrees with plain arithmetic${missing}`, () => {
  let tf: TensorFlow
  beforeAll(() => {
    if (typeof found !== 'string') tf = found.tf
  })
  const drawn = (count: number, stream: string) => {
    const random = createRandom(4, stream)
    return Float32Array.from({ length: count }, () => random.next() - 0.5)
  }

  it('in the gradient of a relu, which is 0 at 0', () => {
    const x = drawn(2 * 3 * 5, 'x')
    x[4] = 0
    const slope = drawn(x.length, 'slope')
    const gradient = tf.grad((input: Tensor) => tf.mul(tf.relu(input), tf.tensor3d(slope, [2, 3, 5])))(
      tf.tensor3d(x, [2, 3, 5]),
    )
    const expected = slope.map((value, at) => ((x[at] as number) > 0 ? value : 0))
    // A zero may have a sign.
    expect(Array.from(gradient.dataSync(), (value) => value + 0)).toEqual(
      Array.from(expected, (value) => value + 0),
    )
  })

  it.each([
    ['rows and a bias', [4, 3]],
    ['pictures and a bias', [2, 5, 4, 3]],
  ])('in sums and their gradients: %s', (_, shape) => {
    const count = shape.reduce((product, side) => product * side, 1)
    const [a, b] = [drawn(count, 'a'), drawn(3, 'b')]
    const tensors = [tf.tensor(a, shape), tf.tensor1d(b)]
    const [whole, bias] = tensors as [Tensor, Tensor]
    const sums = Float32Array.from(a, (value, at) => value + (b[at % 3] as number))
    expect(tf.add(whole, bias).dataSync()).toEqual(sums)
    const [byWhole, byBias] = tf.grads((x: Tensor, y: Tensor) => tf.add(x, y))(tensors)
    expect(Array.from(byWhole?.dataSync() ?? [])).toEqual(Array.from({ length: count }, () => 1))
    expect(Array.from(byBias?.dataSync() ?? [])).toEqual([count / 3, count / 3, count / 3])
  })

  it('in sums that are no bias: equal shapes, a column, whole numbers', () => {
    expect(Array.from(tf.add(tf.tensor1d([1, 2]), tf.tensor1d([3, 4])).dataSync())).toEqual([4, 6])
    expect(Array.from(tf.add(tf.tensor2d([[1, 2]]), tf.tensor2d([[3], [4]])).dataSync())).toEqual([
      4, 5, 5, 6,
    ])
    const whole = tf.add(tf.tensor2d([[1, 2]], [1, 2], 'int32'), tf.tensor1d([3, 4], 'int32'))
    expect(Array.from(whole.dataSync())).toEqual([4, 6])
  })
})

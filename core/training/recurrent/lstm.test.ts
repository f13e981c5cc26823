import '@tensorflow/tfjs-backend-cpu'
import type { Tensor, Tensor3D, Variable } from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import { beforeAll, describe, expect, it } from 'vitest'
import { createRandom } from '../../domain/random.ts'
import type { TensorFlow } from '../backends/backend.ts'
import { wasmBackend } from '../backends/wasm.ts'
import { bidirectional } from './bidirectional.ts'

let tf: TensorFlow

beforeAll(async () => {
  tf = (await wasmBackend.load()).tf
})

type Shape = { batch: number; frames: number; features: number; units: number }

function values(count: number, stream: string): Float32Array {
  const random = createRandom(9, stream)
  return Float32Array.from({ length: count }, () => random.next() - 0.5)
}

function ours({ features, units }: Shape): LayersModel {
  const input = tf.input({ shape: [null, features] as never })
  const Layer = bidirectional(tf, 'lstm')
  return tf.model({ inputs: input, outputs: new Layer({ units, seed: 3 }).apply(input) })
}

function theirs({ features, units, frames }: Shape): LayersModel {
  const input = tf.input({ shape: [frames, features] })
  const layer = tf.layers.lstm({
    units,
    returnSequences: true,
    recurrentActivation: 'sigmoid',
    recurrentInitializer: 'zeros',
  })
  const both = tf.layers.bidirectional({ layer, mergeMode: 'concat' } as never)
  return tf.model({ inputs: input, outputs: both.apply(input) as never })
}

/** Outputs and the gradients of a weighted sum of them by the input and by every weight. */
async function results(
  make: (shape: Shape) => LayersModel,
  backend: string,
  shape: Shape,
): Promise<Float32Array[]> {
  await tf.setBackend(backend)
  const { batch, frames, features, units } = shape
  const model = make(shape)
  model.setWeights(
    model.weights.map(({ shape: sides }, index) => {
      const plain = sides.map((side) => side ?? 0)
      return tf.tensor(
        values(
          plain.reduce((a, b) => a * b, 1),
          `weight ${index}`,
        ),
        plain,
      )
    }),
  )
  const x = tf.variable(tf.tensor3d(values(batch * frames * features, 'input'), [batch, frames, features]))
  const mix = tf.tensor3d(values(batch * frames * 2 * units, 'mix'), [batch, frames, 2 * units])
  const weights = model.trainableWeights.map((weight) => weight.read() as Variable)
  const output = model.apply(x) as Tensor
  const { grads } = tf.variableGrads(() => tf.sum(tf.mul(model.apply(x) as Tensor3D, mix)), [x, ...weights])
  const tensors = [output, ...[x, ...weights].map((each) => grads[each.name] as Tensor)]
  return Promise.all(tensors.map(async (tensor) => (await tensor.data()) as Float32Array))
}

const shapes: [string, Shape][] = [
  ['several lines', { batch: 3, frames: 6, features: 5, units: 4 }],
  ['one line', { batch: 1, frames: 9, features: 3, units: 7 }],
  ['two frames', { batch: 2, frames: 2, features: 4, units: 3 }],
  ['a single unit', { batch: 2, frames: 4, features: 1, units: 1 }],
]

describe('the bidirectional LSTM agrees with that of tfjs-layers on the pure JavaScript backend', () => {
  it.each(shapes)('fused on wasm: %s', async (_, shape) => {
    expectEqual(await results(theirs, 'cpu', shape), await results(ours, 'wasm', shape))
  })

  it.each(shapes)('unrolled elsewhere: %s', async (_, shape) => {
    expectEqual(await results(theirs, 'cpu', shape), await results(ours, 'cpu', shape))
  })
})

it('has the same gradients fused and unrolled where there is one frame, which tfjs-layers can not derive', async () => {
  const shape = { batch: 2, frames: 1, features: 3, units: 5 }
  expectEqual(await results(ours, 'cpu', shape), await results(ours, 'wasm', shape))
})

function expectEqual(expected: Float32Array[], actual: Float32Array[]): void {
  expect(actual.length).toBe(expected.length)
  for (const [index, reference] of expected.entries()) {
    const found = actual[index] ?? new Float32Array()
    const scale = reference.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-9)
    expect(found.length).toBe(reference.length)
    for (const [at, value] of reference.entries()) {
      expect(Math.abs(value - (found[at] ?? Number.NaN)) / scale).toBeLessThan(1e-5)
    }
  }
}

it('leaves no tensor behind', async () => {
  await tf.setBackend('wasm')
  const shape = { batch: 2, frames: 5, features: 3, units: 4 }
  const model = ours(shape)
  const weights = model.trainableWeights.map((weight) => weight.read() as Variable)
  const step = () =>
    tf.tidy(() => {
      const x = tf.ones([2, 5, 3])
      const { grads } = tf.variableGrads(() => tf.sum(model.apply(x) as Tensor), weights)
      return Object.values(grads).map((tensor) => tensor.dataSync()[0])
    })
  step()
  const before = [tf.memory().numTensors, tf.memory().numDataBuffers]
  const buffers = tf.engine().backend.numDataIds()
  step()
  expect([tf.memory().numTensors, tf.memory().numDataBuffers]).toEqual(before)
  expect(tf.engine().backend.numDataIds()).toBe(buffers)
})

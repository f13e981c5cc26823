import '@tensorflow/tfjs-backend-cpu'
import type { Tensor, Tensor3D, Variable } from '@tensorflow/tfjs-core'
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
type Values = ArrayLike<number>

const shapes: [string, Shape][] = [
  ['several lines', { batch: 3, frames: 6, features: 5, units: 4 }],
  ['one line', { batch: 1, frames: 9, features: 3, units: 7 }],
  ['two frames', { batch: 2, frames: 2, features: 4, units: 3 }],
  ['one frame', { batch: 2, frames: 1, features: 3, units: 5 }],
  ['a single unit', { batch: 2, frames: 4, features: 1, units: 1 }],
]

/** Input, then kernel, recurrent kernel and bias forwards and backwards. */
function sides({ batch, frames, features, units }: Shape): number[][] {
  const weights = [
    [features, 3 * units],
    [units, 3 * units],
    [2, 3 * units],
  ]
  return [[batch, frames, features], ...weights, ...weights]
}

const count = (shape: number[]) => shape.reduce((product, side) => product * side, 1)

function values(shape: number[], stream: string): Float32Array {
  const random = createRandom(9, stream)
  return Float32Array.from({ length: count(shape) }, () => 2 * random.next() - 1)
}

const drawn = (shape: Shape): Float32Array[] =>
  sides(shape).map((side, index) => values(side, `value ${index}`))
const mixOf = ({ batch, frames, units }: Shape) => values([batch, frames, 2 * units], 'mix')

/** Outputs and the gradients of a weighted sum of them by the input and by every weight. */
async function ours(backend: string, shape: Shape): Promise<Float32Array[]> {
  await tf.setBackend(backend)
  const { batch, frames, features, units } = shape
  const input = tf.input({ shape: [null, features] as never })
  const Layer = bidirectional(tf, 'gru')
  const model = tf.model({ inputs: input, outputs: new Layer({ units, seed: 3 }).apply(input) })
  const [first = new Float32Array(0), ...rest] = drawn(shape)
  model.setWeights(rest.map((weight, index) => tf.tensor(weight, sides(shape)[index + 1])))
  const x = tf.variable(tf.tensor3d(first, [batch, frames, features]))
  const mix = tf.tensor3d(mixOf(shape), [batch, frames, 2 * units])
  const weights = model.trainableWeights.map((weight) => weight.read() as Variable)
  const output = model.apply(x) as Tensor
  const { grads } = tf.variableGrads(() => tf.sum(tf.mul(model.apply(x) as Tensor3D, mix)), [x, ...weights])
  const tensors = [output, ...[x, ...weights].map((each) => grads[each.name] as Tensor)]
  return Promise.all(tensors.map(async (tensor) => (await tensor.data()) as Float32Array))
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))

/** The equations as ONNX writes them (`linear_before_reset`), number by number in double precision. */
function plainOutputs({ batch, frames, features, units }: Shape, all: readonly Values[]): Float64Array {
  const outputs = new Float64Array(batch * frames * 2 * units)
  const [input, ...weights] = all as [Values, ...Values[]]
  const wide = 3 * units
  const at = (array: Values, index: number) => array[index] as number
  for (const direction of [0, 1]) {
    const [kernel, recurrent, bias] = weights.slice(3 * direction) as [Values, Values, Values]
    for (let line = 0; line < batch; line++) {
      let state = new Float64Array(units)
      for (let step = 0; step < frames; step++) {
        const frame = direction === 0 ? step : frames - 1 - step
        const ofInput = (column: number) => {
          let sum = at(bias, column)
          for (let feature = 0; feature < features; feature++)
            sum +=
              at(input, (line * frames + frame) * features + feature) * at(kernel, feature * wide + column)
          return sum
        }
        const ofState = (column: number) => {
          let sum = at(bias, wide + column)
          for (let unit = 0; unit < units; unit++)
            sum += at(state, unit) * at(recurrent, unit * wide + column)
          return sum
        }
        state = Float64Array.from({ length: units }, (_, unit) => {
          const update = sigmoid(ofInput(unit) + ofState(unit))
          const reset = sigmoid(ofInput(units + unit) + ofState(units + unit))
          const fresh = Math.tanh(ofInput(2 * units + unit) + reset * ofState(2 * units + unit))
          return (1 - update) * fresh + update * at(state, unit)
        })
        outputs.set(state, ((line * frames + frame) * 2 + direction) * units)
      }
    }
  }
  return outputs
}

/** What `ours` gives, the gradients by central differences of the plain equations. */
function plain(shape: Shape): Float64Array[] {
  const mix = mixOf(shape)
  const all = drawn(shape).map((each) => Float64Array.from(each))
  const mixed = () =>
    plainOutputs(shape, all).reduce((sum, value, at) => sum + value * (mix[at] as number), 0)
  const outputs = plainOutputs(shape, all)
  const step = 1e-5
  const gradients = all.map((array) =>
    Float64Array.from({ length: array.length }, (_, at) => {
      const value = array[at] as number
      array[at] = value + step
      const above = mixed()
      array[at] = value - step
      const below = mixed()
      array[at] = value
      return (above - below) / (2 * step)
    }),
  )
  return [outputs, ...gradients]
}

function expectEqual(expected: Values[], actual: Values[]): void {
  expect(actual.length).toBe(expected.length)
  for (const [index, reference] of expected.entries()) {
    const found = actual[index] ?? []
    const scale = Array.from(reference).reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-9)
    expect(found.length).toBe(reference.length)
    for (const [at, value] of Array.from(reference).entries()) {
      expect(Math.abs(value - (found[at] ?? Number.NaN)) / scale).toBeLessThan(1e-5)
    }
  }
}

describe('the bidirectional GRU gives the outputs and gradients', () => {
  it.each(shapes)('of the plain equations, unrolled on the pure JavaScript backend: %s', async (_, shape) => {
    expectEqual(plain(shape), await ours('cpu', shape))
  })

  it.each(shapes)('of the plain equations, fused on wasm: %s', async (_, shape) => {
    expectEqual(plain(shape), await ours('wasm', shape))
  })

  it.each(shapes)('of the pure JavaScript backend, fused on wasm: %s', async (_, shape) => {
    expectEqual(await ours('cpu', shape), await ours('wasm', shape))
  })
})

it('leaves no tensor behind', async () => {
  await tf.setBackend('wasm')
  const input = tf.input({ shape: [null, 3] as never })
  const Layer = bidirectional(tf, 'gru')
  const model = tf.model({ inputs: input, outputs: new Layer({ units: 4, seed: 3 }).apply(input) })
  const weights = model.trainableWeights.map((weight) => weight.read() as Variable)
  const step = () =>
    tf.tidy(() => {
      const { grads } = tf.variableGrads(() => tf.sum(model.apply(tf.ones([2, 5, 3])) as Tensor), weights)
      return Object.values(grads).map((tensor) => tensor.dataSync()[0])
    })
  step()
  const before = [tf.memory().numTensors, tf.memory().numDataBuffers]
  const buffers = tf.engine().backend.numDataIds()
  step()
  expect([tf.memory().numTensors, tf.memory().numDataBuffers]).toEqual(before)
  expect(tf.engine().backend.numDataIds()).toBe(buffers)
})

import '@tensorflow/tfjs-backend-cpu'
import { beforeAll, describe, expect, it } from 'vitest'
import { kernelCases, resultsOf, worstDifference } from '../../testing/kernel-cases.ts'
import type { TensorFlow } from '../backend.ts'
import { wasmBackend } from '../wasm.ts'

let tf: TensorFlow

beforeAll(async () => {
  tf = (await wasmBackend.load()).tf
})

const groups = [...new Set(kernelCases.map(({ group }) => group))]

describe.each(groups)('%s and its gradients on wasm agree with the pure JavaScript backend', (group) => {
  const cases = kernelCases.filter((one) => one.group === group)
  it.each(cases.map((one) => [one.name, one] as const))('%s', async (_, one) => {
    await tf.setBackend('cpu')
    const reference = await resultsOf(tf, one)
    await tf.setBackend('wasm')
    expect(worstDifference(reference, await resultsOf(tf, one))).toBeLessThan(1e-5)
  })
})

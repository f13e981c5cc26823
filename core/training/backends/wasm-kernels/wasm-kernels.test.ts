import '@tensorflow/tfjs-backend-cpu'
import { beforeAll, describe, expect, it } from 'vitest'
import { kernelCases, resultsOf, worstDifference } from '../../testing/kernel-cases.ts'
import type { TensorFlow } from '../backend.ts'
import { wasmBackend } from '../wasm.ts'

let tf: TensorFlow

beforeAll(async () => {
  tf = (await wasmBackend.load()).tf
})

describe.each([...Map.groupBy(kernelCases, ({ group }) => group)])(
  '%s and its gradients on wasm agree with the pure JavaScript backend',
  (_, cases) => {
    it.each(cases.map((one) => [one.name, one] as const))('%s', async (__, one) => {
      await tf.setBackend('cpu')
      const reference = await resultsOf(tf, one)
      await tf.setBackend('wasm')
      expect(worstDifference(reference, await resultsOf(tf, one))).toBeLessThan(1e-5)
    })
  },
)

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Tensor } from '@tensorflow/tfjs-core'
import { expect, it } from 'vitest'
import { wasmBackend } from '../backends/wasm.ts'
import { loadModelDirectory, readModelArtifacts } from '../model-files.ts'
import { layersToOnnx } from '../onnx/layers-to-onnx.ts'
import { readKeras } from './read-keras.ts'

const fixture = (name: string) => readFile(join(import.meta.dirname, 'testing', name))

/** What Keras 3.15 on JAX answered to the same input. */
const answers = {
  'small.h5': [0.40323883295059204, 0.3554720878601074, 0.24128907918930054],
  'stack.keras': [0.33782970905303955, 0.31740227341651917, 0.3447679877281189],
}

it.each(Object.entries(answers))('%s answers as it did in Keras', async (name, expected) => {
  const folder = await mkdtemp(join(tmpdir(), 'glyphlab-keras-'))
  try {
    for (const [file, bytes] of await readKeras(name, await fixture(name)))
      await writeFile(join(folder, file), bytes)
    const { tf } = await wasmBackend.load()
    const model = await loadModelDirectory(tf, folder)
    const input = Float32Array.from({ length: 144 }, (_, at) => ((at * 37) % 101) / 101)
    const found = (model.predict(tf.tensor4d(input, [1, 12, 12, 1])) as Tensor).dataSync()
    for (const [at, value] of expected.entries()) expect(found[at]).toBeCloseTo(value, 5)
    const onnx = layersToOnnx(await readModelArtifacts(folder), { input: 'input', output: 'output' }, {})
    expect(onnx.length).toBeGreaterThan(100)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

it('names the layer that tfjs has not', async () => {
  await expect(readKeras('other.keras', await fixture('other.keras'))).rejects.toMatchObject({
    code: 'UNSUPPORTED',
    message: expect.stringContaining('"evening_out" (LayerNormalization)'),
  })
})

it('says of a file that is cut short, or no model, which it is', async () => {
  const whole = await fixture('stack.keras')
  await expect(readKeras('a.keras', whole.subarray(0, 9_000))).rejects.toMatchObject({ code: 'DAMAGED' })
  await expect(readKeras('a.h5', Buffer.from('no model'))).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  const h5 = await fixture('small.h5')
  await expect(readKeras('a.h5', h5.subarray(0, h5.length / 2))).rejects.toMatchObject({ code: 'DAMAGED' })
})

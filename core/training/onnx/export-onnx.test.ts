import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recurrentCellName } from '../../contract/index.ts'
import { createRandom } from '../../domain/random.ts'
import { modelPixels } from '../../imaging/image.ts'
import { linePixels } from '../../imaging/line-pixels.ts'
import { inputValues } from '../../serving/inference-input.ts'
import { shippedPicture } from '../../serving/testing/small-model.ts'
import { architectures } from '../architectures/index.ts'
import type { TensorFlow } from '../backends/backend.ts'
import { wasmBackend } from '../backends/wasm.ts'
import { loadOnnxRunner } from '../inference/onnx-runner.ts'
import { exportOnnx } from './export-onnx.ts'
import { describeLayers } from './import-layers.ts'
import { describeOnnx } from './import-onnx.ts'
import { readOnnxOutline } from './onnx-outline.ts'
import {
  answerOf,
  type ModelInput,
  type SavedModel,
  saved,
  savedClassifier,
  savedRecogniser,
  savedTableModel,
  stirWeights,
} from './testing/saved-models.ts'

const pictures = ['classify/hand-sign-2.JPG', 'classify/hand-sign-7.JPG']
let tf: TensorFlow
let work: string

beforeAll(async () => {
  tf = (await wasmBackend.load()).tf
  work = await mkdtemp(join(tmpdir(), 'glyphlab-onnx-'))
})
afterAll(() => rm(work, { recursive: true, force: true }))

async function largestDifference(one: SavedModel, input: ModelInput): Promise<number> {
  const expected = answerOf(tf, one, input)
  // Answers that are all but certain would agree whatever the weights.
  expect(Math.max(...expected)).toBeLessThan(0.99)
  const runner = await loadOnnxRunner(one.directory, one.manifest)
  const { values: found } = await runner.run(input.values, input.shape)
  runner.dispose()
  expect(found.length).toBe(expected.length)
  return found.reduce((most, value, at) => Math.max(most, Math.abs(value - (expected[at] ?? Number.NaN))), 0)
}

describe.each(architectures.map((architecture) => [architecture.id, architecture] as const))(
  '%s',
  (_, one) => {
    it.each([1, 3] as const)(
      'answers in onnxruntime as in tfjs to 1e-5, with %i channels and any number of pictures',
      async (channels) => {
        const version = await savedClassifier(tf, work, one, channels)
        const { preprocessing } = version.manifest
        const pixels: Uint8Array[] = []
        for (const picture of pictures)
          pixels.push(await modelPixels(await shippedPicture(picture), picture, preprocessing))
        const first = inputValues(version.manifest, pixels[0] ?? new Uint8Array(0), preprocessing)
        expect(await largestDifference(version, first)).toBeLessThan(1e-5)
        const both = inputValues(version.manifest, Buffer.concat(pixels), preprocessing)
        expect(both.shape[0]).toBe(2)
        expect(await largestDifference(version, both)).toBeLessThan(1e-5)
        version.model.dispose()
      },
    )
  },
)

describe.each(recurrentCellName.options)('line-recogniser with %s', (cell) => {
  it('answers in onnxruntime as in tfjs to 1e-5, for lines of any width', async () => {
    const version = await savedRecogniser(tf, work, ['x', 'y', 'z', ' '], { cell })
    const { directory, manifest } = version
    const { height } = manifest.preprocessing
    const picture = 'ocr/fraktur/ausland-1830.png'
    const line = await linePixels(await shippedPicture(picture), picture, height)
    for (const width of [line.width, 24]) {
      const pixels = width === line.width ? line.pixels : line.pixels.subarray(0, height * width)
      const input = inputValues(manifest, pixels, { height, width })
      expect(await largestDifference(version, input)).toBeLessThan(1e-5)
    }
    const outline = readOnnxOutline(await exportOnnx(directory, manifest, '0'.repeat(64)), 'line.onnx')
    expect(outline.inputs).toEqual([{ name: 'line', type: 1, shape: [null, height, null, 1] }])
    expect(outline.outputs).toEqual([{ name: 'probabilities', type: 1, shape: [null, null, 5] }])
    expect(outline.properties).toEqual({
      'glyphlab.kind': 'line-recogniser',
      'glyphlab.labels': '["x","y","z"," "]',
      'glyphlab.preprocessing': JSON.stringify(manifest.preprocessing),
      'glyphlab.layout': 'nhwc',
      'glyphlab.values': 'probabilities',
      'glyphlab.blank': 'last',
      'glyphlab.run_id': 'run-1',
      'glyphlab.digest': '0'.repeat(64),
    })
  })

  it('comes back as a recogniser from its ONNX file and from its folder', async () => {
    const labels = ['x', 'ß', ' ']
    const { directory, manifest } = await savedRecogniser(tf, work, labels, { cell })
    const bytes = await exportOnnx(directory, manifest, '0'.repeat(64))
    const fromFile = describeOnnx({ name: 'line.onnx', bytes, labels: undefined, options: {} })
    const fromFolder = await describeLayers({ name: 'line', directory, options: {} })
    for (const description of [fromFile, fromFolder.description])
      expect(description).toMatchObject({ kind: 'line-recogniser', labels, preprocessing: { height: 40 } })
  })
})

describe.each([
  ['a class', false],
  ['a number', true],
] as const)('a network for tables that predicts %s', (_, asNumber) => {
  it.each([false, true])(
    'answers in onnxruntime as in tfjs to 1e-5, for one row and many (batch norm: %s)',
    async (batchNorm) => {
      const version = await savedTableModel(tf, work, { asNumber, batchNorm })
      const random = createRandom(1, 'rows')
      for (const rows of [1, 300]) {
        const values = Float32Array.from({ length: rows * 6 }, () => random.next() * 2 - 1)
        const expected = answerOf(tf, version, { values, shape: [rows, 6] })
        const runner = await loadOnnxRunner(version.directory, version.manifest)
        const { values: found } = await runner.run(values, [rows, 6])
        runner.dispose()
        expect(found.length).toBe(expected.length)
        for (const [at, value] of found.entries())
          expect(Math.abs(value - (expected[at] ?? Number.NaN))).toBeLessThan(1e-5)
      }
      const outline = readOnnxOutline(
        await exportOnnx(version.directory, version.manifest, '0'.repeat(64)),
        'table.onnx',
      )
      expect(outline.inputs).toEqual([{ name: 'row', type: 1, shape: [null, 6] }])
      expect(outline.properties['glyphlab.preprocessing']).toBe(
        JSON.stringify(version.manifest.preprocessing),
      )
      expect(outline.properties['glyphlab.layout']).toBeUndefined()
      version.model.dispose()
    },
  )
})

describe('layers that no architecture here has', () => {
  const manifest = (rank: number, classes: number) => ({
    format: 'glyphlab-model/1' as const,
    kind: 'image-classifier' as const,
    labels: Array.from({ length: classes }, (_, index) => String(index)),
    signature: {
      input: { name: 'in', dtype: 'float32' as const, shape: Array.from({ length: rank }, () => -1) },
      output: { name: 'out', dtype: 'float32' as const, shape: [-1, classes] },
    },
    preprocessing: { width: 9, height: 9, channels: 3 as const, scale: 1, offset: 0 },
    runId: null,
    datasetDigest: null,
  })

  it('are exported where the table has them: pooling, padding, joins, activations, dilation', async () => {
    const picture = tf.input({ shape: [9, 9, 3] })
    const convolution = (
      activation: 'elu' | 'hardSigmoid' | 'relu6' | 'selu' | 'softplus' | 'softsign',
      options = {},
    ) =>
      tf.layers
        .conv2d({ filters: 3, kernelSize: 3, padding: 'same', activation, ...options })
        .apply(picture) as typeof picture
    const branches = [
      convolution('elu', { dilationRate: 2 }),
      convolution('hardSigmoid'),
      convolution('relu6'),
      convolution('selu'),
      convolution('softplus', { useBias: false }),
      convolution('softsign'),
      tf.layers.leakyReLU({ alpha: 0.2 }).apply(picture) as typeof picture,
      tf.layers.reLU({ maxValue: 0.5 }).apply(picture) as typeof picture,
    ]
    let x = tf.layers.concatenate().apply(branches) as typeof picture
    for (const layer of [
      tf.layers.zeroPadding2d({
        padding: [
          [1, 0],
          [2, 1],
        ],
      }),
      tf.layers.averagePooling2d({ poolSize: 2, strides: 2, padding: 'valid' }),
      tf.layers.depthwiseConv2d({ kernelSize: [3, 2], depthMultiplier: 2, activation: 'tanh' }),
      tf.layers.dropout({ rate: 0.5 }),
      tf.layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' }),
      tf.layers.permute({ dims: [3, 1, 2] }),
      tf.layers.reshape({ targetShape: [72, 4] }),
      tf.layers.dense({ units: 6, activation: 'sigmoid' }),
      tf.layers.flatten(),
      tf.layers.batchNormalization({ scale: false }),
      tf.layers.dense({ units: 4, activation: 'softmax' }),
    ])
      x = layer.apply(x) as typeof picture
    const model = tf.model({ inputs: picture, outputs: x })
    stirWeights(tf, model)
    const version = await saved(tf, work, model, manifest(4, 4))
    const random = createRandom(1, 'pixels')
    const values = Float32Array.from({ length: 2 * 9 * 9 * 3 }, () => random.next() * 2 - 1)
    expect(await largestDifference(version, { values, shape: [2, 9, 9, 3] })).toBeLessThan(1e-5)
  })

  it('are refused by their name otherwise', async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.upSampling2d({ name: 'larger', inputShape: [9, 9, 3] }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 2 }),
      ],
    })
    const version = await saved(tf, work, model, manifest(4, 2))
    await expect(exportOnnx(version.directory, version.manifest, '')).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringMatching(/"larger" \(UpSampling2D\)/),
    })
  })
})

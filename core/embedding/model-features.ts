import type { Tensor } from '@tensorflow/tfjs-core'
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers'
import { GlyphlabError, type ImagePreprocessing } from '../contract/index.ts'
import { formatOf, picturePreprocessing } from '../domain/model-manifest.ts'
import { wasmBackend } from '../training/backends/wasm.ts'
import { loadModelDirectory, readManifest } from '../training/model-files.ts'

const picturesAtOnce = 64

export interface FeatureModel {
  preprocessing: ImagePreprocessing
  /**
   * Activations of every picture.
   * @param pixels `[pictures, height, width, channels]`, 0..255
   * @returns `[pictures, width]`
   */
  features(
    pixels: Uint8Array,
    pause: (share: number) => Promise<void>,
  ): Promise<{ rows: Float32Array; width: number }>
}

/** What the last layer with weights is given: how the model sees a picture before it decides. */
function beforeDecision(model: LayersModel, directory: string): SymbolicTensor {
  const last = model.layers.findLast((layer) => layer.weights.length > 0)
  const input = last?.input
  if (input && !Array.isArray(input)) return input
  throw new GlyphlabError(
    'UNSUPPORTED',
    `${directory}: this model has no layer before its last that a map could be made of. Make one of the pixels.`,
  )
}

/** @throws GlyphlabError DAMAGED, naming the file; UNSUPPORTED */
export async function loadFeatureModel(directory: string): Promise<FeatureModel> {
  const manifest = await readManifest(directory)
  if (formatOf(manifest) === 'onnx') {
    throw new GlyphlabError(
      'UNSUPPORTED',
      'The activations inside an imported ONNX model can not be asked for. Make a map of the pixels, or of a model that was trained here.',
    )
  }
  const { tf } = await wasmBackend.load()
  const model = await loadModelDirectory(tf, directory, manifest)
  const seen = tf.model({ inputs: model.inputs, outputs: beforeDecision(model, directory) })
  const preprocessing = picturePreprocessing(manifest)
  const { width, height, channels, scale, offset } = preprocessing
  const size = width * height * channels
  return {
    preprocessing,
    async features(pixels, pause) {
      const count = pixels.length / size
      let rows = new Float32Array(0)
      for (let start = 0; start < count; start += picturesAtOnce) {
        const part = pixels.subarray(start * size, Math.min(count, start + picturesAtOnce) * size)
        const values = tf.tidy(() => {
          const input = Float32Array.from(part, (pixel) => pixel * scale + offset)
          const output = seen.predict(
            tf.tensor4d(input, [part.length / size, height, width, channels]),
          ) as Tensor
          return output.dataSync()
        })
        const featureWidth = values.length / (part.length / size)
        if (rows.length === 0) rows = new Float32Array(count * featureWidth)
        rows.set(values, start * featureWidth)
        await pause(start / count)
      }
      return { rows, width: rows.length / count }
    },
  }
}

import { join } from 'node:path'
import type { Tensor } from '@tensorflow/tfjs-core'
import { GlyphlabError } from '../../contract/index.ts'
import {
  formatOf,
  type ModelManifest,
  modelManifestFile,
  pictureManifest,
} from '../../domain/model-manifest.ts'
import type { LinePixels } from '../../imaging/line-pixels.ts'
import type { BackendOptions } from '../backends/backend.ts'
import { wasmBackend } from '../backends/wasm.ts'
import type { LineScores } from '../ctc/decoding.ts'
import { loadModelDirectory, readManifest } from '../model-files.ts'
import { bidirectionalLstm } from '../recurrent/bidirectional-lstm.ts'

/** A line recogniser as it was trained: lines in, what it takes each frame for out. */
export interface LineModel {
  readonly manifest: ModelManifest
  /** px */
  readonly height: number
  /**
   * The probability of each character, and of the blank, in each frame.
   * @throws GlyphlabError DAMAGED when the weights give no numbers; `name` is that of the picture
   */
  probabilities(line: LinePixels, name: string): LineScores
  dispose(): void
}

/**
 * Loads a line recogniser from its folder on the `wasm` backend.
 * @throws GlyphlabError DAMAGED, naming the file that is missing, short or changed; UNSUPPORTED for an imported ONNX model
 */
export async function loadLineModel(directory: string, options: BackendOptions = {}): Promise<LineModel> {
  const manifest = pictureManifest(await readManifest(directory))
  if (formatOf(manifest) === 'onnx') throw importedRecogniser()
  const { tf } = await wasmBackend.load(options)
  bidirectionalLstm(tf)
  const model = await loadModelDirectory(tf, directory, manifest)
  const { labels, preprocessing } = manifest
  const [height, classes] = [model.inputs[0]?.shape[1], model.outputs[0]?.shape.at(-1)]
  if (height !== preprocessing.height || classes !== labels.length + 1) {
    model.dispose()
    throw damaged(
      join(directory, modelManifestFile),
      `it names lines of ${preprocessing.height} px and ${labels.length} characters where the model takes ${height} px and tells ${classes} classes apart`,
    )
  }
  return {
    manifest,
    height,
    probabilities(line, name) {
      const { scale, offset } = preprocessing
      const input = Float32Array.from(line.pixels, (pixel) => pixel * scale + offset)
      const [frames, logits] = tf.tidy(() => {
        const output = model.predict(tf.tensor4d(input, [1, line.height, line.width, 1])) as Tensor
        return [output.shape[1] ?? 0, output.dataSync() as Float32Array]
      })
      if (!logits.every(Number.isFinite)) {
        throw damaged(directory, `the model's answer for ${name} holds values that are not numbers`)
      }
      return { logits, frames, classes: labels.length + 1 }
    },
    dispose: () => void model.dispose(),
  }
}

function importedRecogniser(): GlyphlabError {
  return new GlyphlabError(
    'UNSUPPORTED',
    'A recogniser that was imported as ONNX reads pictures of lines (models predict), but no pages. Read pages with one that was trained here.',
  )
}

function damaged(file: string, reason: string): GlyphlabError {
  return new GlyphlabError(
    'DAMAGED',
    `${file}: ${reason}. Register the run's model again, or train it again.`,
  )
}

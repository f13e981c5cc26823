import { join } from 'node:path'
import type { Tensor } from '@tensorflow/tfjs-core'
import { GlyphlabError } from '../contract/index.ts'
import { AlphabetCoding } from '../domain/alphabet.ts'
import { type ModelManifest, modelManifestFile, picturePreprocessing } from '../domain/model-manifest.ts'
import { linePixels } from '../imaging/line-pixels.ts'
import type { BackendOptions } from '../training/backends/backend.ts'
import { wasmBackend } from '../training/backends/wasm.ts'
import { decodeGreedily } from '../training/ctc/decoding.ts'
import { loadModelDirectory, readManifest } from '../training/model-files.ts'
import { bidirectionalLstm } from '../training/recurrent/bidirectional-lstm.ts'

export interface Recogniser {
  readonly manifest: ModelManifest
  /**
   * Reads a picture of one line, prepared just as in training. `name` stands in every error.
   * @throws GlyphlabError UNREADABLE_FILE (not a picture, or no line), DAMAGED (the weights give no numbers)
   */
  read(bytes: Buffer, name: string): Promise<string>
  dispose(): void
}

/**
 * Loads a line recogniser from its folder on the `wasm` backend.
 * @throws GlyphlabError DAMAGED, naming the file that is missing, short or changed
 */
export async function loadRecogniser(directory: string, options: BackendOptions = {}): Promise<Recogniser> {
  const manifest = await readManifest(directory)
  const { tf } = await wasmBackend.load(options)
  bidirectionalLstm(tf)
  const model = await loadModelDirectory(tf, directory, manifest)
  const { labels } = manifest
  const preprocessing = picturePreprocessing(manifest)
  const [height, classes] = [model.inputs[0]?.shape[1], model.outputs[0]?.shape.at(-1)]
  if (height !== preprocessing.height || classes !== labels.length + 1) {
    model.dispose()
    throw damaged(
      join(directory, modelManifestFile),
      `it names lines of ${preprocessing.height} px and ${labels.length} characters where the model takes ${height} px and tells ${classes} classes apart`,
    )
  }
  const coding = new AlphabetCoding(labels)

  return {
    manifest,
    async read(bytes, name) {
      const line = await linePixels(bytes, name, preprocessing.height)
      const { scale, offset } = preprocessing
      const input = Float32Array.from(line.pixels, (pixel) => pixel * scale + offset)
      const [frames, scores] = tf.tidy(() => {
        const output = model.predict(tf.tensor4d(input, [1, line.height, line.width, 1])) as Tensor
        return [output.shape[1] ?? 0, output.dataSync() as Float32Array]
      })
      if (!scores.every(Number.isFinite)) {
        throw damaged(directory, `the model's answer for ${name} holds values that are not numbers`)
      }
      return coding.decode(decodeGreedily({ logits: scores, frames, classes: labels.length + 1 }))
    },
    dispose: () => void model.dispose(),
  }
}

function damaged(file: string, reason: string): GlyphlabError {
  return new GlyphlabError(
    'DAMAGED',
    `${file}: ${reason}. Register the run's model again, or train it again.`,
  )
}

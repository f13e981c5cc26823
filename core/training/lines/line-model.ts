import { join } from 'node:path'
import { GlyphlabError, type InferenceEngine } from '../../contract/index.ts'
import {
  formatOf,
  type ModelManifest,
  modelManifestFile,
  modelRemedy,
  pictureManifest,
} from '../../domain/model-manifest.ts'
import type { LinePixels } from '../../imaging/line-pixels.ts'
import type { LineScores } from '../ctc/decoding.ts'
import { type InferenceOptions, loadRunner } from '../inference/load-runner.ts'
import { readManifest } from '../model-files.ts'

/** A line recogniser as it was trained: lines in, what it takes each frame for out. */
export interface LineModel {
  readonly manifest: ModelManifest
  /** The one that answers. */
  readonly engine: InferenceEngine
  /** px */
  readonly height: number
  /**
   * The probability of each character, and of the blank, in each frame.
   * @throws GlyphlabError DAMAGED when the weights give no numbers; `name` is that of the picture
   */
  probabilities(line: LinePixels, name: string): Promise<LineScores>
  dispose(): void
}

/**
 * Loads a line recogniser from its folder, in the engine that was chosen for it.
 * @throws GlyphlabError DAMAGED, naming the file that is missing, short or changed; UNSUPPORTED for an imported ONNX model
 */
export async function loadLineModel(directory: string, options: InferenceOptions = {}): Promise<LineModel> {
  const manifest = pictureManifest(await readManifest(directory))
  if (formatOf(manifest) === 'onnx') throw importedRecogniser()
  const runner = await loadRunner(directory, manifest, options)
  const { labels, preprocessing } = manifest
  const [height, classes] = [runner.inputShape[1], runner.outputShape.at(-1)]
  if (height !== preprocessing.height || classes !== labels.length + 1) {
    runner.dispose()
    throw damaged(
      join(directory, modelManifestFile),
      `it names lines of ${preprocessing.height} px and ${labels.length} characters where the model takes ${height} px and tells ${classes} classes apart`,
    )
  }
  return {
    manifest,
    engine: runner.engine,
    height,
    async probabilities(line, name) {
      const { scale, offset } = preprocessing
      const input = Float32Array.from(line.pixels, (pixel) => pixel * scale + offset)
      const { values } = await runner.run(input, [1, line.height, line.width, 1])
      if (!values.every(Number.isFinite)) {
        throw damaged(directory, `the model's answer for ${name} holds values that are not numbers`)
      }
      return { logits: values, frames: values.length / classes, classes }
    },
    dispose: () => runner.dispose(),
  }
}

function importedRecogniser(): GlyphlabError {
  return new GlyphlabError(
    'UNSUPPORTED',
    'A recogniser that was imported as ONNX reads pictures of lines (models predict), but no pages. Read pages with one that was trained here.',
  )
}

function damaged(file: string, reason: string): GlyphlabError {
  return new GlyphlabError('DAMAGED', `${file}: ${reason}. ${modelRemedy}`)
}

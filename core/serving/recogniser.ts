import { join } from 'node:path'
import { GlyphlabError, type InferenceEngine } from '../contract/index.ts'
import { AlphabetCoding } from '../domain/alphabet.ts'
import {
  modelManifestFile,
  modelRemedy,
  type PictureManifest,
  pictureManifest,
} from '../domain/model-manifest.ts'
import { linePixels } from '../imaging/line-pixels.ts'
import { type InferenceOptions, loadRunner } from '../training/inference/load-runner.ts'
import type { ModelRunner } from '../training/inference/model-runner.ts'
import { readManifest } from '../training/model-files.ts'
import { fits, inputValues } from './inference-input.ts'
import { LineDecoder, type LineDecoding } from './line-decoding.ts'

export interface Recogniser {
  readonly manifest: PictureManifest
  /** The one that answers. */
  readonly engine: InferenceEngine
  /**
   * Reads a picture of one line, prepared just as in training. `name` stands in every error.
   * @throws GlyphlabError UNREADABLE_FILE (not a picture, or no line; no text to learn a language from), DAMAGED (the
   *   weights give no numbers)
   */
  read(bytes: Buffer, name: string, decoding?: LineDecoding): Promise<string>
  dispose(): void
}

/**
 * Loads a line recogniser from its folder in the engine that was chosen for it.
 * @throws GlyphlabError DAMAGED, naming the file that is missing, short or changed
 */
export async function loadRecogniser(directory: string, options: InferenceOptions = {}): Promise<Recogniser> {
  const manifest = pictureManifest(await readManifest(directory))
  const runner = await loadRunner(directory, manifest, options)
  try {
    checkShapes(manifest, runner, join(directory, modelManifestFile))
  } catch (cause) {
    runner.dispose()
    throw cause
  }
  const { labels, preprocessing, signature } = manifest
  const classes = labels.length + 1
  const decoder = new LineDecoder(new AlphabetCoding(labels))

  return {
    manifest,
    engine: runner.engine,
    async read(bytes, name, decoding) {
      const line = await linePixels(bytes, name, preprocessing.height)
      const { values, shape } = inputValues(manifest, line.pixels, { ...line, given: 1 })
      const output = await runner.run(values, shape)
      if (!output.values.every(Number.isFinite)) {
        throw damaged(directory, `the model's answer for ${name} holds values that are not numbers`)
      }
      const logits = signature.output.blank === 'first' ? blankLast(output.values, classes) : output.values
      const scores = { logits, frames: logits.length / classes, classes }
      return decoder.decode(scores, signature.output.values ?? 'probabilities', decoding)
    },
    dispose: () => runner.dispose(),
  }
}

function checkShapes(
  { preprocessing, signature, labels }: PictureManifest,
  runner: ModelRunner,
  file: string,
): void {
  const { height, channels } = preprocessing
  const found = runner.inputShape.slice(1)
  const first = signature.input.layout === 'nchw'
  const sizes = first ? found.slice(0, 2) : [found[0] ?? null, found[2] ?? null]
  const classes = runner.outputShape.at(-1) ?? null
  if (fits(sizes, first ? [channels, height] : [height, channels]) && fits([classes], [labels.length + 1]))
    return
  throw damaged(
    file,
    `it names lines of ${height} px and ${labels.length} characters where the model takes ${found.join('x')} and tells ${classes} classes apart`,
  )
}

/** Scores whose blank comes first, with the blank last. */
function blankLast(scores: Float32Array, classes: number): Float32Array {
  return Float32Array.from(scores, (_, at) => {
    const place = at % classes
    return scores[place === classes - 1 ? at - place : at + 1] as number
  })
}

function damaged(file: string, reason: string): GlyphlabError {
  return new GlyphlabError('DAMAGED', `${file}: ${reason}. ${modelRemedy}`)
}

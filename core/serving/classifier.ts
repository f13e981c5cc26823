import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { GlyphlabError, type InferenceEngine } from '../contract/index.ts'
import type { Classification } from '../domain/bundle.ts'
import {
  modelManifestFile,
  modelRemedy,
  type PictureManifest,
  pictureManifest,
} from '../domain/model-manifest.ts'
import { modelPixels } from '../imaging/image.ts'
import { type InferenceOptions, loadRunner } from '../training/inference/load-runner.ts'
import type { ModelRunner } from '../training/inference/model-runner.ts'
import { readManifest } from '../training/model-files.ts'
import { classificationOf } from './classification.ts'
import { fits, inputValues, softmaxRows } from './inference-input.ts'

export interface Classifier {
  readonly manifest: PictureManifest
  /** sha256 of `glyphlab-model.json`. */
  readonly digest: string
  /** The one that answers. */
  readonly engine: InferenceEngine
  /**
   * Classifies one picture, prepared just as in training. `name` stands in every error.
   * @throws GlyphlabError UNREADABLE_FILE (not a picture), DAMAGED (the weights give no numbers)
   */
  classify(bytes: Buffer, name: string): Promise<Classification>
  /**
   * The probabilities of pictures that are prepared already, `[pictures, labels]`.
   * @param pixels `[pictures, height, width, channels]`, 0..255, as `modelPixels` makes them
   */
  probabilities(pixels: Uint8Array): Promise<Float32Array>
  /** The same for input that is scaled and laid out as the model takes it (`inputValues`). */
  infer(values: Float32Array): Promise<Float32Array>
  dispose(): void
}

/**
 * Loads a model version from its folder (`glyphlab-model.json` and the files that it names) in the engine that was chosen
 * for it: the same code, and so the same answers, in the app and in every bundle.
 * @throws GlyphlabError DAMAGED, naming the file that is missing, short or changed
 */
export async function loadClassifier(directory: string, options: InferenceOptions = {}): Promise<Classifier> {
  const manifest = pictureManifest(await readManifest(directory))
  const digest = await manifestDigest(directory)
  const runner = await loadRunner(directory, manifest, options)
  try {
    checkShapes(manifest, runner, join(directory, modelManifestFile))
  } catch (cause) {
    runner.dispose()
    throw cause
  }
  const { labels, preprocessing, signature } = manifest
  const size = preprocessing.width * preprocessing.height * preprocessing.channels
  const oneByOne = runner.inputShape[0] === 1

  const { height, width, channels } = preprocessing
  const sizes = signature.input.layout === 'nchw' ? [channels, height, width] : [height, width, channels]

  const answered = async (values: Float32Array): Promise<Float32Array> => {
    const output = await runner.run(values, [values.length / size, ...sizes])
    return signature.output.values === 'logits' ? softmaxRows(output.values, labels.length) : output.values
  }
  const infer = async (values: Float32Array): Promise<Float32Array> => {
    const pictures = values.length / size
    if (!oneByOne || pictures === 1) return answered(values)
    const all = new Float32Array(pictures * labels.length)
    for (let at = 0; at < pictures; at++) {
      all.set(await answered(values.subarray(at * size, (at + 1) * size)), at * labels.length)
    }
    return all
  }
  const probabilities = (pixels: Uint8Array): Promise<Float32Array> =>
    infer(inputValues(manifest, pixels, preprocessing).values)

  return {
    manifest,
    digest,
    engine: runner.engine,
    probabilities,
    infer,
    async classify(bytes, name) {
      const pixels = await modelPixels(bytes, name, preprocessing)
      return classificationOf(labels, Array.from(await probabilities(pixels)), directory, name)
    },
    dispose: () => runner.dispose(),
  }
}

function checkShapes(
  { preprocessing, signature, labels }: PictureManifest,
  runner: ModelRunner,
  file: string,
): void {
  const { width, height, channels } = preprocessing
  const wanted = signature.input.layout === 'nchw' ? [channels, height, width] : [height, width, channels]
  const found = runner.inputShape.slice(1)
  if (!fits(found, wanted)) {
    throw damaged(
      file,
      `it prepares pictures as ${wanted.join('x')} where the model takes ${found.join('x')}`,
    )
  }
  const outputs = runner.outputShape.at(-1) ?? null
  if (outputs !== null && outputs !== labels.length) {
    throw damaged(file, `it names ${labels.length} labels where the model has ${outputs}`)
  }
}

/** The digest by which a model version is known: sha256 of its manifest's bytes. */
export async function manifestDigest(directory: string): Promise<string> {
  const bytes = await readFile(join(directory, modelManifestFile))
  return createHash('sha256').update(bytes).digest('hex')
}

function damaged(file: string, reason: string): GlyphlabError {
  return new GlyphlabError('DAMAGED', `${file}: ${reason}. ${modelRemedy}`)
}

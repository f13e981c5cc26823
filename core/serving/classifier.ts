import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Tensor } from '@tensorflow/tfjs-core'
import { GlyphlabError } from '../contract/index.ts'
import type { Classification } from '../domain/bundle.ts'
import { type ModelManifest, modelManifestFile, picturePreprocessing } from '../domain/model-manifest.ts'
import { modelPixels } from '../imaging/image.ts'
import type { BackendOptions } from '../training/backends/backend.ts'
import { wasmBackend } from '../training/backends/wasm.ts'
import { loadModelDirectory, readManifest } from '../training/model-files.ts'

export interface Classifier {
  readonly manifest: ModelManifest
  /** sha256 of `glyphlab-model.json`. */
  readonly digest: string
  /**
   * Classifies one picture, prepared just as in training. `name` stands in every error.
   * @throws GlyphlabError UNREADABLE_FILE (not a picture), DAMAGED (the weights give no numbers)
   */
  classify(bytes: Buffer, name: string): Promise<Classification>
  /**
   * The probabilities of pictures that are prepared already, `[pictures, labels]`.
   * @param pixels `[pictures, height, width, channels]`, 0..255, as `modelPixels` makes them
   */
  probabilities(pixels: Uint8Array): Float32Array
  dispose(): void
}

/**
 * Loads a model version from its folder (`glyphlab-model.json`, `model.json`, `weights.bin`) on the `wasm` backend:
 * the same code, and so the same float32 answers, in the app and in every bundle.
 * @throws GlyphlabError DAMAGED, naming the file that is missing, short or changed
 */
export async function loadClassifier(directory: string, options: BackendOptions = {}): Promise<Classifier> {
  const manifest = await readManifest(directory)
  const digest = await manifestDigest(directory)
  const { tf } = await wasmBackend.load(options)
  const model = await loadModelDirectory(tf, directory, manifest)
  const preprocessing = picturePreprocessing(manifest)
  const { width, height, channels, scale, offset } = preprocessing
  const manifestPath = join(directory, modelManifestFile)

  const wanted = [height, width, channels].join('x')
  const found = model.inputs[0]?.shape.slice(1).join('x')
  if (found !== wanted) {
    model.dispose()
    throw damaged(manifestPath, `it prepares pictures as ${wanted} where the model takes ${found}`)
  }
  const outputs = model.outputs[0]?.shape.at(-1)
  if (outputs !== manifest.labels.length) {
    model.dispose()
    throw damaged(manifestPath, `it names ${manifest.labels.length} labels where the model has ${outputs}`)
  }

  const probabilitiesOf = (pixels: Uint8Array): Float32Array => {
    const input = Float32Array.from(pixels, (pixel) => pixel * scale + offset)
    const pictures = input.length / (height * width * channels)
    return tf.tidy(() => {
      const output = model.predict(tf.tensor4d(input, [pictures, height, width, channels])) as Tensor
      return Float32Array.from(output.dataSync())
    })
  }

  return {
    manifest,
    digest,
    probabilities: probabilitiesOf,
    async classify(bytes, name) {
      const pixels = await modelPixels(bytes, name, preprocessing)
      const probabilities = Array.from(probabilitiesOf(pixels))
      return { label: likeliest(manifest.labels, probabilities, directory, name), probabilities }
    },
    dispose: () => void model.dispose(),
  }
}

/** The digest by which a model version is known: sha256 of its manifest's bytes. */
export async function manifestDigest(directory: string): Promise<string> {
  const bytes = await readFile(join(directory, modelManifestFile))
  return createHash('sha256').update(bytes).digest('hex')
}

function likeliest(labels: string[], probabilities: number[], directory: string, name: string): string {
  if (!probabilities.every(Number.isFinite)) {
    throw damaged(directory, `the model's answer for ${name} holds values that are not numbers`)
  }
  const best = probabilities.indexOf(Math.max(...probabilities))
  const label = labels[best]
  if (label === undefined) throw new Error(`no label for output ${best}`)
  return label
}

function damaged(file: string, reason: string): GlyphlabError {
  return new GlyphlabError(
    'DAMAGED',
    `${file}: ${reason}. Register the run's model again, or train it again.`,
  )
}

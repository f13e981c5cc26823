import { createHash } from 'node:crypto'
import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { modelManifestFile } from '../../domain/model-manifest.ts'
import { wasmBackend } from '../../training/backends/wasm.ts'
import { describeModelFiles, saveModelDirectory, writeManifest } from '../../training/model-files.ts'

const side = 24
const labels = ['0', '1', '2', '3']

/** A small convolutional classifier with seeded weights, saved as the app saves a model version. */
export async function makeSmallModel(
  seed = 7,
): Promise<{ directory: string; digest: string; labels: string[] }> {
  const { tf } = await wasmBackend.load()
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({
        inputShape: [side, side, 3],
        filters: 4,
        kernelSize: 3,
        activation: 'relu',
        kernelInitializer: tf.initializers.glorotUniform({ seed }),
      }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.flatten(),
      tf.layers.dense({
        units: labels.length,
        activation: 'softmax',
        kernelInitializer: tf.initializers.glorotUniform({ seed: seed + 1 }),
      }),
    ],
  })
  const directory = join(await mkdtemp(join(tmpdir(), 'glyphlab model ')), 'model')
  await saveModelDirectory(tf, model, directory)
  model.dispose()
  await writeManifest(directory, {
    format: 'glyphlab-model/1',
    kind: 'image-classifier',
    labels,
    signature: {
      input: { name: 'image', dtype: 'float32', shape: [-1, side, side, 3] },
      output: { name: 'probabilities', dtype: 'float32', shape: [-1, labels.length] },
    },
    preprocessing: { width: side, height: side, channels: 3, scale: 1 / 255, offset: 0 },
    files: await describeModelFiles(directory),
    runId: 'run-1',
    datasetDigest: null,
  })
  const digest = createHash('sha256')
    .update(await readFile(join(directory, modelManifestFile)))
    .digest('hex')
  return { directory, digest, labels }
}

/** A shipped picture. */
export function shippedPicture(path: string): Promise<Buffer> {
  return readFile(new URL(`../../../data/${path}`, import.meta.url))
}

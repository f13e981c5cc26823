import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import type { Tensor } from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import type { RecurrentCellName } from '../../../contract/index.ts'
import type { ModelManifest, PictureManifest } from '../../../domain/model-manifest.ts'
import { createRandom } from '../../../domain/random.ts'
import type { Architecture } from '../../architectures/architecture.ts'
import { lineRecogniser } from '../../architectures/line-recogniser.ts'
import { mlp } from '../../architectures/mlp.ts'
import type { TensorFlow } from '../../backends/backend.ts'
import { describeModelFiles, saveModelDirectory, writeManifest } from '../../model-files.ts'

/** A model with weights as after a training, in memory and as the app stores it. */
export interface SavedModel<Manifest extends ModelManifest = ModelManifest> {
  model: LayersModel
  directory: string
  manifest: Manifest
}

export interface ModelInput {
  values: Float32Array
  shape: number[]
}

/** Near where a training begins, but with no weight 0 or 1 any more, statistics of batch norms and biases neither. */
export function stirWeights(tf: TensorFlow, model: LayersModel): void {
  const random = createRandom(3, 'weights')
  for (const weight of model.weights) {
    const values = weight.read().dataSync()
    const stirred = values.map((value) => value * (0.7 + 0.6 * random.next()) + 0.04 * (random.next() - 0.5))
    weight.write(tf.tensor(stirred, weight.shape as number[]))
  }
}

/** Saves the model in a new folder of `work`. */
export async function saved<Description extends Omit<ModelManifest, 'files'>>(
  tf: TensorFlow,
  work: string,
  model: LayersModel,
  description: Description,
): Promise<SavedModel<Description & ModelManifest>> {
  const directory = join(await mkdtemp(join(work, 'model ')), 'model')
  await saveModelDirectory(tf, model, directory)
  const manifest = { ...description, files: await describeModelFiles(directory) }
  await writeManifest(directory, manifest)
  return { model, directory, manifest }
}

export function savedClassifier(
  tf: TensorFlow,
  work: string,
  architecture: Architecture,
  channels: 1 | 3,
  side = Math.max(40, architecture.smallestSide),
): Promise<SavedModel<PictureManifest>> {
  const size = { height: side, width: side, channels }
  const labels = ['a', 'b', 'c', 'd', 'e']
  const { classifier } = architecture.build(tf, { ...size, labels: labels.length, seed: 2 })
  stirWeights(tf, classifier)
  return saved(tf, work, classifier, {
    format: 'glyphlab-model/1',
    kind: 'image-classifier',
    labels,
    signature: {
      input: { name: 'picture', dtype: 'float32', shape: [-1, size.height, size.width, channels] },
      output: { name: 'probabilities', dtype: 'float32', shape: [-1, labels.length] },
    },
    preprocessing: { ...size, scale: 1 / 128, offset: -1 },
    runId: 'run-1',
    datasetDigest: null,
  })
}

export function savedRecogniser(
  tf: TensorFlow,
  work: string,
  labels: string[],
  { height = 40, cell = 'lstm' }: { height?: number; cell?: RecurrentCellName } = {},
): Promise<SavedModel<PictureManifest>> {
  const { recogniser } = lineRecogniser.build(tf, { height, characters: labels.length, cell, seed: 2 })
  stirWeights(tf, recogniser)
  return saved(tf, work, recogniser, {
    format: 'glyphlab-model/1',
    kind: 'line-recogniser',
    labels,
    signature: {
      input: { name: 'line', dtype: 'float32', shape: [-1, height, -1, 1] },
      output: { name: 'probabilities', dtype: 'float32', shape: [-1, -1, labels.length + 1] },
    },
    preprocessing: { width: 0, height, channels: 1, scale: -1 / 255, offset: 1 },
    runId: 'run-1',
    datasetDigest: null,
  })
}

/** A network for rows of two numbers and three categories, one of them the unknown one: a class or a number. */
export function savedTableModel(
  tf: TensorFlow,
  work: string,
  { asNumber, batchNorm }: { asNumber: boolean; batchNorm: boolean },
): Promise<SavedModel> {
  const labels = asNumber ? ['price'] : ['a', 'b', 'c']
  const { classifier, logits } = mlp(tf, {
    inputs: 6,
    outputs: labels.length,
    layers: 2,
    width: 16,
    batchNorm,
    seed: 2,
  })
  const model = asNumber ? logits : classifier
  stirWeights(tf, model)
  const number = { kind: 'numeric' as const, date: false, mean: 3, deviation: 2 }
  return saved(tf, work, model, {
    format: 'glyphlab-model/1',
    kind: asNumber ? 'table-regressor' : 'table-classifier',
    labels,
    signature: {
      input: { name: 'row', dtype: 'float32', shape: [-1, 6] },
      output: { name: asNumber ? 'value' : 'probabilities', dtype: 'float32', shape: [-1, labels.length] },
    },
    preprocessing: {
      kind: 'table',
      columns: [
        { ...number, name: 'size', tellsMissing: true },
        { ...number, name: 'age', tellsMissing: false },
        { kind: 'categories', name: 'colour', categories: ['red', 'blue'] },
      ],
      unused: [],
      target: { name: asNumber ? 'price' : 'kind', scale: asNumber ? { mean: 100, deviation: 20 } : null },
    },
    runId: 'run-1',
    datasetDigest: null,
  })
}

/** What tfjs answers. */
export function answerOf(tf: TensorFlow, { model }: SavedModel, { values, shape }: ModelInput): Float32Array {
  return tf.tidy(() => Float32Array.from((model.predict(tf.tensor(values, shape)) as Tensor).dataSync()))
}

import { GlyphlabError, type InferenceEngine } from '../../contract/index.ts'
import { formatOf, type ModelManifest } from '../../domain/model-manifest.ts'
import type { BackendOptions } from '../backends/backend.ts'
import type { ModelRunner } from './model-runner.ts'

export interface InferenceOptions extends BackendOptions {
  /** Null or absent: tfjs, or onnxruntime for a model that came as ONNX. */
  engine?: InferenceEngine | null
}

/**
 * Loads a version in the engine that was chosen for it. Where onnxruntime can't be loaded, tfjs answers and a line on
 * stderr says so: the answers are the same within 1e-5.
 * @throws GlyphlabError DAMAGED, naming the file; UNAVAILABLE when an ONNX model needs onnxruntime and it can't be loaded
 */
export async function loadRunner(
  directory: string,
  manifest: ModelManifest,
  options: InferenceOptions = {},
): Promise<ModelRunner> {
  const isOnnx = formatOf(manifest) === 'onnx'
  const tfjs = async () => (await import('./tfjs-runner.ts')).loadTfjsRunner(directory, manifest, options)
  if (!isOnnx && options.engine !== 'onnxruntime') return tfjs()
  const { loadOnnxRunner } = await import('./onnx-runner.ts')
  try {
    return await loadOnnxRunner(directory, manifest)
  } catch (cause) {
    if (isOnnx || !(cause instanceof GlyphlabError) || cause.code !== 'UNAVAILABLE') throw cause
    console.error(`${cause.message} TensorFlow.js answers in its place.`)
    return tfjs()
  }
}

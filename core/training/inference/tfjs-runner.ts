import type { Tensor } from '@tensorflow/tfjs-core'
import type { ModelManifest } from '../../domain/model-manifest.ts'
import type { BackendOptions } from '../backends/backend.ts'
import { wasmBackend } from '../backends/wasm.ts'
import { loadModelDirectory } from '../model-files.ts'
import { registerRecurrentLayers } from '../recurrent/bidirectional.ts'
import type { ModelRunner } from './model-runner.ts'

/**
 * The model on the `wasm` backend: the same code, and so the same float32 answers, in the app and in every bundle.
 * @throws GlyphlabError DAMAGED, naming the file that is missing, short or changed
 */
export async function loadTfjsRunner(
  directory: string,
  manifest: ModelManifest,
  options: BackendOptions,
): Promise<ModelRunner> {
  const { tf } = await wasmBackend.load(options)
  registerRecurrentLayers(tf)
  const model = await loadModelDirectory(tf, directory, manifest)
  return {
    engine: 'tfjs',
    inputShape: model.inputs[0]?.shape ?? [],
    outputShape: model.outputs[0]?.shape ?? [],
    async run(values, shape) {
      return tf.tidy(() => {
        const output = model.predict(tf.tensor(values, [...shape], 'float32')) as Tensor
        return { values: Float32Array.from(output.dataSync()), shape: output.shape }
      })
    },
    dispose: () => void model.dispose(),
  }
}

import type { InferenceSession } from 'onnxruntime-node'
import { GlyphlabError } from '../../contract/index.ts'
import type { ModelManifest } from '../../domain/model-manifest.ts'
import { runnableOnnx } from '../onnx/export-onnx.ts'
import { loadOnnxruntime, onnxSessionOptions } from '../onnx/onnxruntime.ts'
import type { ModelRunner } from './model-runner.ts'

/**
 * The model in onnxruntime: an imported ONNX file as it is, or the ONNX form of the tfjs files, made in memory.
 * @throws GlyphlabError DAMAGED, naming the file; UNAVAILABLE without onnxruntime; UNSUPPORTED when it can't run the model
 */
export async function loadOnnxRunner(directory: string, manifest: ModelManifest): Promise<ModelRunner> {
  const ort = await loadOnnxruntime()
  const bytes = await runnableOnnx(directory, manifest)
  const session = await ort.InferenceSession.create(bytes, onnxSessionOptions).catch((cause: unknown) => {
    throw unsupported(directory, cause)
  })
  const { input, output } = manifest.signature
  return {
    engine: 'onnxruntime',
    inputShape: shapeOf(session.inputMetadata, input.name),
    outputShape: shapeOf(session.outputMetadata, output.name),
    async run(values, shape) {
      const answers = await session
        .run({ [input.name]: new ort.Tensor('float32', values, shape) })
        .catch((cause: unknown) => {
          throw unsupported(directory, cause)
        })
      const tensor = answers[output.name]
      if (!tensor) throw new Error(`the model has no output "${output.name}"`)
      return { values: tensor.data as Float32Array, shape: tensor.dims }
    },
    dispose: () => void session.release(),
  }
}

function shapeOf(ports: readonly InferenceSession.ValueMetadata[], name: string): (number | null)[] {
  const port = ports.find((candidate) => candidate.name === name)
  return port?.isTensor ? port.shape.map((size) => (typeof size === 'number' ? size : null)) : []
}

function unsupported(directory: string, cause: unknown): GlyphlabError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new GlyphlabError('UNSUPPORTED', `${directory}: onnxruntime can't run this model (${reason}).`)
}

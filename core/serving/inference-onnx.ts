import { isMainThread } from 'node:worker_threads'
import type { InferenceSession } from 'onnxruntime-node'
import { GlyphlabError } from '../contract/index.ts'
import type { ModelManifest } from '../domain/model-manifest.ts'
import { runnableOnnx } from '../training/onnx/export-onnx.ts'
import type { ModelRunner } from './inference-types.ts'

type Onnxruntime = typeof import('onnxruntime-node')

/** One thread: the models are small, and sums do not depend on how many cores there are. */
const sessionOptions: InferenceSession.SessionOptions = {
  executionProviders: ['cpu'],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  graphOptimizationLevel: 'all',
  // What fails is thrown; the rest is for its developers.
  logSeverityLevel: 4,
}

let loading: Promise<Onnxruntime> | undefined

/**
 * onnxruntime-node, with its telemetry off: it reads the switch from the process's environment when the first session is
 * made. @throws GlyphlabError UNAVAILABLE, with what to do
 */
function loadOnnxruntime(): Promise<Onnxruntime> {
  loading ??= importOnnxruntime()
  return loading
}

async function importOnnxruntime(): Promise<Onnxruntime> {
  // A worker thread has a copy of the environment, which native code does not see.
  if (!isMainThread) throw new Error('onnxruntime is only used in the main thread of a process')
  process.env['ORT_DISABLE_TELEMETRY'] = '1'
  try {
    return (await import('onnxruntime-node')).default
  } catch (cause) {
    const [reason] = (cause instanceof Error ? cause.message : String(cause)).split('\n')
    throw new GlyphlabError(
      'UNAVAILABLE',
      `onnxruntime can't be loaded on ${process.platform}-${process.arch} (${reason}).`,
    )
  }
}

/**
 * The model in onnxruntime: an imported ONNX file as it is, or the ONNX form of the tfjs files, made in memory.
 * @throws GlyphlabError DAMAGED, naming the file; UNAVAILABLE without onnxruntime; UNSUPPORTED when it can't run the model
 */
export async function loadOnnxRunner(directory: string, manifest: ModelManifest): Promise<ModelRunner> {
  const ort = await loadOnnxruntime()
  const bytes = await runnableOnnx(directory, manifest)
  const session = await ort.InferenceSession.create(bytes, sessionOptions).catch((cause: unknown) => {
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

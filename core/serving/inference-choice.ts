import {
  GlyphlabError,
  type InferenceChoice,
  type InferenceEngine,
  inferenceEngine,
} from '../contract/index.ts'
import { formatOf, type ModelManifest } from '../domain/model-manifest.ts'
import { createRandom } from '../domain/random.ts'
import type { BackendOptions } from '../training/backends/backend.ts'
import { readManifest } from '../training/model-files.ts'
import { inputValues } from './inference-input.ts'
import { loadOnnxRunner } from './inference-onnx.ts'
import type { ModelRunner } from './inference-runner.ts'
import { loadTfjsRunner } from './inference-tfjs.ts'

/** Names the engine of every version that is registered, so that a test's answers do not hang on timings. */
const fixedBy = 'GLYPHLAB_INFERENCE'

/** How far the engines' answers may lie apart. */
const tolerance = 1e-5
const warmUps = 3
const mostRuns = 40
const fewestRuns = 3
const timeLimitMs = 400
/** Of a line that a recogniser is timed with, px. */
const lineWidth = 640

interface Measured {
  milliseconds: number
  values: Float32Array
}

/**
 * Times a model on both engines with one made-up picture, compares the answers, and chooses. An ONNX model has onnxruntime
 * only; the run then shows that it works.
 * @throws GlyphlabError DAMAGED, naming the file; for an ONNX model also UNSUPPORTED and UNAVAILABLE
 */
export async function chooseEngine(
  directory: string,
  options: BackendOptions = {},
): Promise<InferenceChoice> {
  const manifest = await readManifest(directory)
  if (formatOf(manifest) === 'onnx') {
    const { milliseconds, values } = await measured(manifest, await loadOnnxRunner(directory, manifest))
    checkAnswer(directory, manifest, values)
    return {
      engine: 'onnxruntime',
      milliseconds: { tfjs: null, onnxruntime: milliseconds },
      difference: null,
      reason: 'An ONNX model runs in onnxruntime.',
    }
  }
  const tfjs = await measured(manifest, await loadTfjsRunner(directory, manifest, options))
  let onnxruntime: Measured
  try {
    onnxruntime = await measured(manifest, await loadOnnxRunner(directory, manifest))
  } catch (cause) {
    if (!(cause instanceof GlyphlabError) || cause.code === 'DAMAGED') throw cause
    return {
      engine: 'tfjs',
      milliseconds: { tfjs: tfjs.milliseconds, onnxruntime: null },
      difference: null,
      reason: cause.message,
    }
  }
  const difference = largestDifference(tfjs.values, onnxruntime.values)
  return {
    ...verdict(tfjs.milliseconds, onnxruntime.milliseconds, difference),
    milliseconds: { tfjs: tfjs.milliseconds, onnxruntime: onnxruntime.milliseconds },
    difference,
  }
}

function verdict(
  tfjs: number,
  onnxruntime: number,
  difference: number,
): { engine: InferenceEngine; reason: string } {
  const fixed = inferenceEngine.safeParse(process.env[fixedBy])
  if (fixed.success) return { engine: fixed.data, reason: `${fixedBy} asks for it.` }
  // Also when it is not a number.
  if (!(difference <= tolerance)) {
    return {
      engine: 'tfjs',
      reason: `The answers of onnxruntime differ by ${difference.toExponential(1)}, more than ${tolerance}.`,
    }
  }
  const [engine, factor]: [InferenceEngine, number] =
    onnxruntime < tfjs ? ['onnxruntime', tfjs / onnxruntime] : ['tfjs', onnxruntime / tfjs]
  return { engine, reason: `It is ${factor.toFixed(1)} times as fast here, and both answer alike.` }
}

async function measured(manifest: ModelManifest, runner: ModelRunner): Promise<Measured> {
  try {
    const { values, shape } = madeUpInput(manifest)
    const times: number[] = []
    let answer = new Float32Array(0)
    const until = performance.now() + timeLimitMs
    for (let run = 0; run < warmUps + mostRuns; run++) {
      const started = performance.now()
      answer = Float32Array.from((await runner.run(values, shape)).values)
      if (run >= warmUps) times.push(performance.now() - started)
      if (times.length >= fewestRuns && performance.now() > until) break
    }
    times.sort((a, b) => a - b)
    return { milliseconds: times[Math.floor(times.length / 2)] ?? Number.NaN, values: answer }
  } finally {
    runner.dispose()
  }
}

function madeUpInput(manifest: ModelManifest) {
  const { width, height, channels } = manifest.preprocessing
  const size = { height, width: width === 0 ? lineWidth : width }
  const random = createRandom(1, 'inference')
  const pixels = Uint8Array.from({ length: size.height * size.width * channels }, () => random.integer(256))
  return inputValues(manifest, pixels, size)
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY
  return a.reduce((largest, value, at) => Math.max(largest, Math.abs(value - (b[at] as number))), 0)
}

/** An imported model's answer is as long as its labels say. */
function checkAnswer(
  directory: string,
  { kind, labels, signature }: ModelManifest,
  values: Float32Array,
): void {
  const classes = labels.length + (kind === 'line-recogniser' ? 1 : 0)
  const whole = kind === 'line-recogniser' ? values.length % classes === 0 : values.length === classes
  if (whole && values.length > 0) return
  throw new GlyphlabError(
    'INVALID_INPUT',
    `${directory}: the model's output "${signature.output.name}" gives ${values.length} values for one picture where ${classes} classes are named.`,
  )
}

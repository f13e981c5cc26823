import { readFile } from 'node:fs/promises'
import {
  GlyphlabError,
  type InferenceChoice,
  type InferenceEngine,
  inferenceEngine,
} from '../contract/index.ts'
import {
  formatOf,
  type ModelManifest,
  type PictureManifest,
  pictureManifest,
} from '../domain/model-manifest.ts'
import { modelPixels } from '../imaging/image.ts'
import { linePixels } from '../imaging/line-pixels.ts'
import type { BackendOptions } from '../training/backends/backend.ts'
import type { ModelRunner } from '../training/inference/model-runner.ts'
import { loadOnnxRunner } from '../training/inference/onnx-runner.ts'
import { loadTfjsRunner } from '../training/inference/tfjs-runner.ts'
import { readManifest } from '../training/model-files.ts'
import type { Row } from '../training/tables/table-coding.ts'
import { type InputValues, inputValues } from './inference-input.ts'
import type { TrialPicture } from './inference-messages.ts'
import { rowInput } from './table-model.ts'

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
  /** Of each trial. */
  values: Float32Array[]
}

/**
 * Times a model on both engines with the first picture, compares their answers to all, and chooses. An ONNX model has
 * onnxruntime only; the run then shows that it works.
 * @param pictures what the model is for, stored rows for one of tables: noise would ask for more than single precision holds. Without any that can be
 *   read, a soft pattern stands in.
 * @throws GlyphlabError DAMAGED, naming the file; for an ONNX model also UNSUPPORTED and UNAVAILABLE
 */
export async function chooseEngine(
  directory: string,
  pictures: readonly TrialPicture[],
  options: BackendOptions = {},
): Promise<InferenceChoice> {
  const manifest = await readManifest(directory)
  const inputs = await trialInputs(manifest, pictures)
  if (formatOf(manifest) === 'onnx') {
    const { milliseconds, values } = await measured(inputs, await loadOnnxRunner(directory, manifest))
    for (const answer of values) checkAnswer(directory, manifest, answer)
    return {
      engine: 'onnxruntime',
      milliseconds: { tfjs: null, onnxruntime: milliseconds },
      difference: null,
      reason: 'An ONNX model runs in onnxruntime.',
    }
  }
  const tfjs = await measured(inputs, await loadTfjsRunner(directory, manifest, options))
  let onnxruntime: Measured
  try {
    onnxruntime = await measured(inputs, await loadOnnxRunner(directory, manifest))
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

async function measured(inputs: Trials, runner: ModelRunner): Promise<Measured> {
  try {
    const values: Float32Array[] = []
    for (const { values: input, shape } of inputs) {
      values.push(Float32Array.from((await runner.run(input, shape)).values))
    }
    const [{ values: input, shape }] = inputs
    const times: number[] = []
    const until = performance.now() + timeLimitMs
    for (let run = 0; run < warmUps + mostRuns; run++) {
      const started = performance.now()
      await runner.run(input, shape)
      if (run >= warmUps) times.push(performance.now() - started)
      if (times.length >= fewestRuns && performance.now() > until) break
    }
    times.sort((a, b) => a - b)
    return { milliseconds: times[Math.floor(times.length / 2)] ?? Number.NaN, values }
  } finally {
    runner.dispose()
  }
}

type Trials = [InputValues, ...InputValues[]]

async function trialInputs(manifest: ModelManifest, pictures: readonly TrialPicture[]): Promise<Trials> {
  const inputs: InputValues[] = []
  for (const { file, name } of pictures) {
    try {
      inputs.push(await inputOf(manifest, await readFile(file), name))
    } catch (cause) {
      if (!(cause instanceof GlyphlabError)) throw cause
      // One that the app would refuse is no trial.
    }
  }
  const [first = standIn(manifest), ...others] = inputs
  return [first, ...others]
}

async function inputOf(manifest: ModelManifest, bytes: Buffer, name: string): Promise<InputValues> {
  if ('columns' in manifest.preprocessing) return rowInput(manifest.preprocessing, [storedRow(bytes)])
  const ofPictures = pictureManifest(manifest)
  const { preprocessing } = ofPictures
  if (manifest.kind === 'line-recogniser') {
    const line = await linePixels(bytes, name, preprocessing.height)
    return inputValues(ofPictures, line.pixels, { ...line, given: 1 })
  }
  return inputValues(ofPictures, await modelPixels(bytes, name, preprocessing), preprocessing)
}

/** A row without values, or slow waves of grey, as large as a picture of the model's. */
function standIn(manifest: ModelManifest): InputValues {
  if ('columns' in manifest.preprocessing) return rowInput(manifest.preprocessing, [{}])
  return softPattern(pictureManifest(manifest))
}

/** Its fields are JSON, as a dataset stores them. */
const storedRow = (bytes: Buffer): Row => JSON.parse(bytes.toString('utf8')) as Row

function softPattern(manifest: PictureManifest): InputValues {
  const { width: fixed, height } = manifest.preprocessing
  const width = fixed === 0 ? lineWidth : fixed
  const pixels = Uint8Array.from({ length: height * width }, (_, at) =>
    Math.round(127.5 + 127.5 * Math.sin((at % width) / 7) * Math.sin(Math.floor(at / width) / 5)),
  )
  return inputValues(manifest, pixels, { height, width, given: 1 })
}

function largestDifference(a: readonly Float32Array[], b: readonly Float32Array[]): number {
  return Math.max(...a.map((values, index) => differenceOf(values, b[index] ?? new Float32Array(0))))
}

function differenceOf(a: Float32Array, b: Float32Array): number {
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

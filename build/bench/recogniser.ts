import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Tensor, Variable } from '@tensorflow/tfjs-core'
import { type InferenceEngine, type RecurrentCellName, trainingOptions } from '../../core/contract/index.ts'
import { alphabetOf } from '../../core/domain/alphabet.ts'
import type { TrainingSamples } from '../../core/domain/training-request.ts'
import { type LinePixels, linePixels } from '../../core/imaging/line-pixels.ts'
import { lineRecogniser, type RecogniserModel } from '../../core/training/architectures/line-recogniser.ts'
import type { TensorFlow } from '../../core/training/backends/backend.ts'
import { wasmBackend } from '../../core/training/backends/wasm.ts'
import { decodeGreedily } from '../../core/training/ctc/decoding.ts'
import { LineBatches } from '../../core/training/lines/line-batches.ts'
import { loadLineModel } from '../../core/training/lines/line-model.ts'
import { describeModelFiles, saveModelDirectory, writeManifest } from '../../core/training/model-files.ts'
import { createOptimiser, plainOptimiser } from '../../core/training/optimisers.ts'
import { recogniserLearner } from '../../core/training/recogniser-task.ts'
import { bidirectional } from '../../core/training/recurrent/bidirectional.ts'
import { trainStep } from '../../core/training/training-step.ts'
import { drawnLines } from './drawn-lines.ts'

const lineCount = 64
const height = 40
const batchSize = 8
const steps = 12

/**
 * The line recogniser on `wasm`: ms per training step with an LSTM and with a GRU, lines/s from picture to text, and
 * its LSTM beside tfjs-layers'.
 */
export async function recogniserBench(): Promise<object> {
  const work = await mkdtemp(join(tmpdir(), 'glyphlab-bench-'))
  try {
    const { pictures, texts } = await drawnLines(work, lineCount)
    const lines: LinePixels[] = []
    for (const picture of pictures) lines.push(await linePixels(picture, 'line', height))
    const alphabet = alphabetOf(texts)
    const { tf, detail } = await wasmBackend.load()
    const built = (cell: RecurrentCellName) =>
      lineRecogniser.build(tf, { height, characters: alphabet.length, cell, seed: 1 })
    const model = built('lstm')
    const [training, trainingWithGru] = await timeTraining(tf, [model, built('gru')], lines, texts, alphabet)
    const directory = join(work, 'model')
    await saveModelDirectory(tf, model.recogniser, directory)
    await writeManifest(directory, {
      format: 'glyphlab-model/1',
      kind: 'line-recogniser',
      labels: alphabet,
      signature: {
        input: { name: 'line', dtype: 'float32', shape: [-1, height, -1, 1] },
        output: { name: 'probabilities', dtype: 'float32', shape: [-1, -1, alphabet.length + 1] },
      },
      preprocessing: { width: 0, height, channels: 1, scale: -1 / 255, offset: 1 },
      files: await describeModelFiles(directory),
      runId: '0'.repeat(32),
      datasetDigest: null,
    })
    return {
      backend: detail,
      meanWidth: Math.round(lines.reduce((sum, { width }) => sum + width, 0) / lines.length),
      training,
      trainingWithGru,
      recognition: await compareRecognition(directory, pictures),
      lstm: timeLstm(tf),
    }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** For each model; they take turns, so that what else the machine does burdens them alike. */
async function timeTraining(
  tf: TensorFlow,
  models: RecogniserModel[],
  lines: LinePixels[],
  texts: string[],
  alphabet: string[],
): Promise<object[]> {
  const samples: TrainingSamples = {
    datasetDigest: '',
    labels: [],
    samples: texts.map((text, index) => ({
      path: `${index}.png`,
      location: { file: '', offset: 0, length: 0 },
      label: -1,
      subset: 'train',
      width: 0,
      height: 0,
      text,
    })),
  }
  const batches = new LineBatches(lines, samples, alphabet, trainingOptions.parse({}))
  const learners = models.map((model) => {
    const learner = recogniserLearner(tf, model, alphabet)
    const optimiser = createOptimiser(tf, learner.variables, plainOptimiser)
    return { learner, optimiser, parameters: model.recogniser.countParams(), times: [] as number[] }
  })
  const indices = batches.indices('train')
  for (let step = 0; step < steps; step++) {
    const start = (step * batchSize) % (indices.length - batchSize)
    const batch = batches.batch(indices.subarray(start, start + batchSize))
    for (const { learner, optimiser, times } of learners) {
      const started = performance.now()
      await trainStep(tf, learner, optimiser, batch, 0.001, step + 1)
      times.push(performance.now() - started)
    }
  }
  return learners.map(({ parameters, times }) => {
    const msPerStep = median(times.slice(2))
    return {
      parameters,
      batchSize,
      msPerStep: rounded(msPerStep),
      linesPerSecond: rounded((1000 * batchSize) / msPerStep),
    }
  })
}

/** From picture to classes in both engines, which must see the same in each line. */
async function compareRecognition(directory: string, pictures: Buffer[]): Promise<object> {
  const tfjs = await timeRecognition(directory, pictures, 'tfjs')
  const onnxruntime = await timeRecognition(directory, pictures, 'onnxruntime')
  const sameLines = tfjs.seen.filter((line, at) => line === onnxruntime.seen[at]).length
  return {
    processes: 1,
    tfjs: tfjs.figures,
    onnxruntime: onnxruntime.figures,
    ratio: rounded(tfjs.figures.msPerLine / onnxruntime.figures.msPerLine),
    lines: pictures.length,
    sameLines,
  }
}

async function timeRecognition(directory: string, pictures: Buffer[], engine: InferenceEngine) {
  const model = await loadLineModel(directory, { engine })
  const times: number[] = []
  const seen: string[] = []
  for (const picture of pictures) {
    const started = performance.now()
    const line = await linePixels(picture, 'line', height)
    seen.push(String(decodeGreedily(await model.probabilities(line, 'line'))))
    times.push(performance.now() - started)
  }
  model.dispose()
  const msPerLine = median(times)
  return { seen, figures: { msPerLine: rounded(msPerLine), linesPerSecond: rounded(1000 / msPerLine) } }
}

/** Forward and backward through 16 sequences of 100 frames: 128 features, 64 units each way. */
function timeLstm(tf: TensorFlow): object {
  const [batch, frames, features, units] = [16, 100, 128, 64]
  const x = tf.randomNormal([batch, frames, features], 0, 1, 'float32', 1)
  const input = tf.input({ shape: [frames, features] })
  const Fused = bidirectional(tf, 'lstm')
  const unrolled = tf.layers.lstm({
    units,
    returnSequences: true,
    recurrentActivation: 'sigmoid',
    recurrentInitializer: 'glorotUniform',
  })
  const times = [
    new Fused({ units }).apply(input),
    tf.layers.bidirectional({ layer: unrolled, mergeMode: 'concat' } as never).apply(input),
  ].map((output) => {
    const model = tf.model({ inputs: input, outputs: output as typeof input })
    const variables = model.trainableWeights.map((weight) => weight.read() as Variable)
    const step = () =>
      tf.tidy(() => tf.variableGrads(() => tf.sum(model.apply(x) as Tensor), variables).value.dataSync())
    return median(Array.from({ length: 6 }, () => timed(step)).slice(1))
  })
  const [fused = Number.NaN, layers = Number.NaN] = times
  return { fusedMs: rounded(fused), tfjsLayersMs: rounded(layers), ratio: rounded(layers / fused) }
}

function timed(run: () => unknown): number {
  const started = performance.now()
  run()
  return performance.now() - started
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { GlyphlabError, type ModelSignature } from '../contract/index.ts'
import { alphabetOf, hasText } from '../domain/alphabet.ts'
import type { TrainingRequest, TrainingResult, TrainingSamples } from '../domain/training-request.ts'
import { lineRecogniser } from './architectures/line-recogniser.ts'
import { backendById } from './backends/index.ts'
import { environmentParams } from './environment.ts'
import { startingPoint, trainerFrom } from './going-on.ts'
import { decodeLines, LineBatches } from './lines/line-batches.ts'
import { saveModelDirectory } from './model-files.ts'
import { ProgressReporter } from './progress.ts'
import { type RecogniserEvaluation, recogniserTask } from './recogniser-task.ts'
import { lineWidthsFile } from './sample-order.ts'
import { samplesDigest } from './samples-digest.ts'
import { optionParams, readSamples } from './train-classifier.ts'
import { stoppedBeforeFirstStep, type TrainingControl } from './trainer.ts'
import { decodingEnds, logEvaluation, namedMetrics } from './training-watch.ts'
import type { WorkerPort } from './worker-port.ts'

const defaultHeight = 40
/** The network halves the height three times. */
const heightStep = 8

/**
 * A whole training of a line recogniser from the samples that have a text: the alphabet is that of the training lines;
 * the weights of the epoch with the lowest character error rate are kept in `workDirectory/model` and tested.
 * @throws GlyphlabError, in words for the person
 */
export async function trainRecogniser(
  request: TrainingRequest,
  port: WorkerPort<TrainingResult>,
  control: TrainingControl,
): Promise<void> {
  const started = performance.now()
  const { options, workDirectory } = request
  if (request.backend === 'webgpu')
    throw new GlyphlabError(
      'UNSUPPORTED',
      'A recogniser of lines can not be trained on webgpu: its loss is computed by the processor in the middle of each step. Choose "auto", "wasm" or "tensorflow".',
    )
  const reporter = new ProgressReporter(port)
  const samples = withText(await readSamples(request.samplesFile))
  await mkdir(workDirectory, { recursive: true })
  const height = Math.ceil((options.imageSize || defaultHeight) / heightStep) * heightStep
  const alphabet = alphabetOf(
    samples.samples.flatMap(({ subset, text }) => (subset === 'train' ? (text ?? '') : [])),
  )

  const lines = await decodeLines(samples, height, (done) => {
    if (control.stopRequested) throw stoppedBeforeFirstStep()
    const total = samples.samples.length
    reporter.progress((decodingEnds * done) / total, `Decoding line ${done} of ${total}`)
  })
  const batches = new LineBatches(lines, samples, alphabet, options)
  await tellOfShortLines(batches.tooShort, port)
  const widths = join(workDirectory, lineWidthsFile)
  await writeFile(widths, JSON.stringify(batches.trainingWidths()))
  await port.send({ type: 'artifact', path: lineWidthsFile, file: widths })

  // Elsewhere the recurrent layer is unrolled into hundreds of small ops, which no backend does as fast as one op here.
  const backend = request.backend === 'auto' ? 'wasm' : request.backend
  const from = await startingPoint(request, samples)
  const loaded = await backendById(backend).load({ packagesDirectory: request.backendsDirectory })
  const model = lineRecogniser.build(loaded.tf, {
    height,
    characters: alphabet.length,
    cell: options.cell,
    seed: options.seed,
  })
  const count = (subset: string) => samples.samples.filter((sample) => sample.subset === subset).length
  await port.send({
    type: 'params',
    params: {
      preset: request.preset,
      ...optionParams(options),
      line_height: String(height),
      alphabet: String(alphabet.length),
      dataset_digest: samples.datasetDigest,
      samples_digest: samplesDigest(samples.samples),
      train_samples: String(batches.indices('train').length),
      validation_samples: String(count('validation')),
      test_samples: String(count('test')),
      parameters: String(model.recogniser.countParams()),
      backend,
      backend_requested: request.backend,
      ...environmentParams(loaded),
    },
  })

  const task = recogniserTask(loaded.tf, model, batches, alphabet)
  const choice = { backend, timings: {} }
  const trainer = await trainerFrom(from, request, loaded, choice, task, reporter, port)
  const summary = await trainer.train(control)
  trainer.takeBest()
  const modelDirectory = join(workDirectory, 'model')
  await saveModelDirectory(loaded.tf, model.recogniser, modelDirectory)

  const test = await trainer.evaluate('test')
  const validation = await trainer.evaluate('validation')
  if (test) logEvaluation(reporter, 'test', test, summary.steps)
  await writeEvaluation(workDirectory, samples, { test, validation }, port)
  reporter.progress(1, summary.stoppedEarly ? 'Stopped; the best weights are kept' : 'Trained')
  await reporter.flush()
  await port.send({
    type: 'result',
    result: {
      modelDirectory,
      kind: 'line-recogniser',
      signature: signatureOf(height, alphabet.length),
      preprocessing: { width: 0, height, channels: 1, scale: -1 / 255, offset: 1 },
      labels: alphabet,
      backend,
      backendTimings: {},
      metrics: {
        ...namedMetrics('train', summary.best.train),
        ...(summary.best.validation && namedMetrics('validation', summary.best.validation)),
        ...(test && namedMetrics('test', test)),
      },
      seconds: (performance.now() - started) / 1000,
      steps: summary.steps,
      bestEpoch: summary.best.epoch,
      stoppedEarly: summary.stoppedEarly,
    },
  })
}

function withText(all: TrainingSamples): TrainingSamples {
  const samples = all.samples.filter(({ text }) => hasText(text))
  if (samples.some(({ subset }) => subset === 'train')) return { ...all, samples }
  throw new GlyphlabError(
    'INVALID_INPUT',
    'No training sample of this dataset version has a text to learn. Import lines with their transcriptions, or choose another split.',
  )
}

async function tellOfShortLines(paths: string[], port: WorkerPort<TrainingResult>): Promise<void> {
  if (paths.length === 0) return
  const named = paths.slice(0, 10).join(', ')
  await port.send({
    type: 'log',
    line: `${paths.length} training lines are left out, for their text is too long for their width: ${named}`,
  })
}

/** Each line with its text and reading, the worst subsets' numbers beside them. */
async function writeEvaluation(
  workDirectory: string,
  { samples }: TrainingSamples,
  evaluations: Record<'test' | 'validation', RecogniserEvaluation | null>,
  port: WorkerPort<TrainingResult>,
): Promise<void> {
  const reports = Object.entries(evaluations).flatMap(([subset, evaluation]) => {
    if (!evaluation) return []
    const { loss, metrics, lines } = evaluation
    const named = lines
      .toSorted((a, b) => a.sample - b.sample)
      .map(({ sample, text, reading }) => ({ path: samples[sample]?.path ?? '', text, reading }))
    return [[subset, { loss, ...metrics, lines: named }] as const]
  })
  const file = join(workDirectory, 'recognition.json')
  await writeFile(file, JSON.stringify(Object.fromEntries(reports), null, 1))
  await port.send({ type: 'artifact', path: 'recognition.json', file })
}

function signatureOf(height: number, characters: number): ModelSignature {
  return {
    input: { name: 'line', dtype: 'float32', shape: [-1, height, -1, 1] },
    output: { name: 'probabilities', dtype: 'float32', shape: [-1, -1, characters + 1] },
  }
}

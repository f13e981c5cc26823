import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  type BackendId,
  GlyphlabError,
  type ImagePreprocessing,
  type ModelSignature,
  type Subset,
} from '../contract/index.ts'
import type { TrainingRequest, TrainingResult, TrainingSamples } from '../domain/training-request.ts'
import { classificationReport } from '../evaluation/classification.ts'
import type { Architecture, ArchitectureInput, ClassifierModel } from './architectures/architecture.ts'
import { architectureById } from './architectures/index.ts'
import type { LoadedBackend } from './backends/backend.ts'
import { backendById } from './backends/index.ts'
import { PictureBatches } from './batches.ts'
import { environmentParams } from './environment.ts'
import { loadModelDirectory, saveModelDirectory } from './model-files.ts'
import { decodePictures, inputSizeFor, standardisation } from './picture-tensors.ts'
import { fastestBackend } from './probe.ts'
import { ProgressReporter } from './progress.ts'
import {
  type EpochOutcome,
  type Evaluation,
  type StepOutcome,
  stoppedBeforeFirstStep,
  Trainer,
  type TrainingControl,
  type TrainingListener,
  type TrainingSummary,
} from './trainer.ts'
import type { WorkerPort } from './worker-port.ts'

/** Parts of the whole, for the progress bar. */
const decodingEnds = 0.1
const trainingEnds = 0.98

/**
 * A whole training run: decodes the pictures, chooses the backend, trains, keeps the best weights in
 * `workDirectory/model`, and evaluates those on the test subset.
 * @throws GlyphlabError, in words for the person
 */
export async function trainClassifier(
  request: TrainingRequest,
  port: WorkerPort<TrainingResult>,
  control: TrainingControl,
): Promise<void> {
  const started = performance.now()
  const reporter = new ProgressReporter(port)
  const architecture = architectureById(request.preset)
  const samples = await readSamples(request.samplesFile)
  await mkdir(request.workDirectory, { recursive: true })

  const { preprocessing, batches } = await preparePictures(
    request,
    samples,
    architecture,
    reporter,
    port,
    control,
  )
  const input: ArchitectureInput = {
    height: preprocessing.height,
    width: preprocessing.width,
    channels: preprocessing.channels,
    labels: samples.labels.length,
    seed: request.options.seed,
  }
  const choice = await chooseBackend(request, input, reporter)
  const loaded = await backendById(choice.backend).load()
  const model = architecture.build(loaded.tf, input)
  await port.send({
    type: 'params',
    params: runParams(request, samples, preprocessing, choice, model, loaded),
  })

  const modelDirectory = join(request.workDirectory, 'model')
  const watch = new TrainingWatch(request, reporter, async () =>
    saveModelDirectory(loaded.tf, model.classifier, modelDirectory),
  )
  const trainer = new Trainer(loaded.tf, model, batches, request.options, watch)
  const summary = await trainer.train(control)
  trainer.dispose()

  const metrics = bestMetrics(summary)
  const best = await bestModel(loaded, architecture, input, modelDirectory)
  const judge = new Trainer(loaded.tf, best, batches, request.options, watch)
  const test = await judge.evaluate('test')
  if (test) {
    metrics['test_loss'] = test.loss
    metrics['test_accuracy'] = test.accuracy
    reporter.metric('test_loss', test.loss, summary.steps)
    reporter.metric('test_accuracy', test.accuracy, summary.steps)
  }
  await writeEvaluation(request, samples.labels, test, await judge.evaluate('validation'), port)
  reporter.progress(1, summary.stoppedEarly ? 'Stopped; the best weights are kept' : 'Trained')
  await reporter.flush()

  await port.send({
    type: 'result',
    result: {
      modelDirectory,
      signature: signatureOf(input),
      preprocessing,
      labels: samples.labels,
      backend: choice.backend,
      backendTimings: choice.timings,
      metrics,
      seconds: (performance.now() - started) / 1000,
      steps: summary.steps,
      bestEpoch: summary.best.epoch,
      stoppedEarly: summary.stoppedEarly,
    },
  })
}

async function readSamples(file: string): Promise<TrainingSamples> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as TrainingSamples
  } catch (cause) {
    throw new GlyphlabError('UNREADABLE_FILE', `${file}: the list of samples can't be read (${cause}).`)
  }
}

async function preparePictures(
  { options, cacheDirectory }: TrainingRequest,
  samples: TrainingSamples,
  { smallestSide }: Architecture,
  reporter: ProgressReporter,
  port: WorkerPort<TrainingResult>,
  control: TrainingControl,
): Promise<{ preprocessing: ImagePreprocessing; batches: PictureBatches }> {
  reporter.progress(0, 'Looking at the pictures')
  const size = await inputSizeFor(samples, options.imageSize, smallestSide)
  const started = performance.now()
  const { pixels, fromCache, cacheProblem } = await decodePictures(samples, size, {
    cacheDirectory,
    onPicture: (done, total) => {
      if (control.stopRequested) throw stoppedBeforeFirstStep()
      const rate = (done * 1000) / (performance.now() - started)
      const remainingMs = ((total - done) * 1000) / rate
      reporter.progress((decodingEnds * done) / total, `Decoding picture ${done} of ${total}`, {
        rate,
        unit: 'pictures',
        remainingMs,
      })
    },
  })
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const from = fromCache ? 'taken from the cache' : `decoded in ${seconds} s`
  await port.send({ type: 'log', line: `${samples.samples.length} pictures ${from}` })
  if (cacheProblem) {
    await port.send({ type: 'log', line: `The decoded pictures could not be cached: ${cacheProblem}` })
  }
  const preprocessing: ImagePreprocessing = { ...size, ...standardisation(samples, pixels) }
  return { preprocessing, batches: new PictureBatches(pixels, samples, preprocessing) }
}

interface BackendChoice {
  backend: BackendId
  timings: Partial<Record<BackendId, number>>
}

async function chooseBackend(
  { backend, preset, options }: TrainingRequest,
  input: ArchitectureInput,
  reporter: ProgressReporter,
): Promise<BackendChoice> {
  if (backend !== 'auto') return { backend, timings: {} }
  reporter.progress(decodingEnds, 'Timing the backends')
  await reporter.flush()
  // The probe lies beside this file, whatever both were built into.
  const extension = extname(fileURLToPath(import.meta.url))
  const workerFile = fileURLToPath(new URL(`./probe-worker${extension}`, import.meta.url))
  return fastestBackend({ architecture: preset, input, batchSize: options.batchSize }, { workerFile })
}

function runParams(
  { preset, options, backend }: TrainingRequest,
  samples: TrainingSamples,
  { width, height, channels }: ImagePreprocessing,
  choice: BackendChoice,
  { classifier }: ClassifierModel,
  loaded: LoadedBackend,
): Record<string, string> {
  const timings = Object.entries(choice.timings).map(([id, ms]) => [
    `backend_ms_per_step.${id}`,
    ms.toFixed(2),
  ])
  const count = (subset: Subset) => samples.samples.filter((sample) => sample.subset === subset).length
  return {
    preset,
    epochs: String(options.epochs),
    batch_size: String(options.batchSize),
    learning_rate: String(options.learningRate),
    learning_rate_schedule: 'cosine',
    optimizer: 'adam',
    seed: String(options.seed),
    image_size: `${width}x${height}x${channels}`,
    dataset_digest: samples.datasetDigest,
    labels: String(samples.labels.length),
    train_samples: String(count('train')),
    validation_samples: String(count('validation')),
    test_samples: String(count('test')),
    parameters: String(classifier.countParams()),
    backend: choice.backend,
    backend_requested: backend,
    ...Object.fromEntries(timings),
    ...environmentParams(loaded),
  }
}

/** Turns what the trainer tells into metrics and progress, and saves the weights that are the best so far. */
class TrainingWatch implements TrainingListener {
  readonly #epochs: number
  readonly #reporter: ProgressReporter
  readonly #save: () => Promise<void>
  readonly #started = performance.now()
  #step = 0
  #rateSince = performance.now()
  #rateStep = 0
  #stepsPerSecond = 0

  constructor({ options }: TrainingRequest, reporter: ProgressReporter, save: () => Promise<void>) {
    this.#epochs = options.epochs
    this.#reporter = reporter
    this.#save = save
  }

  onStep({ step, totalSteps, loss, accuracy }: StepOutcome): void {
    this.#step = step
    this.#reporter.metric('train_loss', loss, step)
    this.#reporter.metric('train_accuracy', accuracy, step)
    this.#measureRate(step)
    const elapsed = performance.now() - this.#started
    const epoch = Math.ceil((step * this.#epochs) / totalSteps)
    this.#reporter.progress(
      decodingEnds + ((trainingEnds - decodingEnds) * step) / totalSteps,
      `Epoch ${epoch} of ${this.#epochs}, step ${step} of ${totalSteps}`,
      {
        rate: this.#stepsPerSecond || (step * 1000) / elapsed,
        unit: 'steps',
        // Over all steps so far, evaluations included: what is left has the same mix.
        remainingMs: (elapsed / step) * (totalSteps - step),
      },
    )
  }

  onEvaluation(subset: Subset, done: number, total: number): void {
    if (subset === 'test') this.#reporter.progress(trainingEnds, `Testing ${done} of ${total} pictures`)
  }

  async onEpoch({ step, epochsDone, validation, best }: EpochOutcome): Promise<void> {
    this.#reporter.metric('epoch', epochsDone, step)
    if (validation) {
      this.#reporter.metric('validation_loss', validation.loss, step)
      this.#reporter.metric('validation_accuracy', validation.accuracy, step)
    }
    if (best) await this.#save()
    // The evaluation and the saving are no steps.
    this.#rateSince = performance.now()
    this.#rateStep = this.#step
    await this.#reporter.flush()
  }

  /** About once a second. */
  #measureRate(step: number): void {
    const elapsed = performance.now() - this.#rateSince
    if (elapsed < 1000) return
    this.#stepsPerSecond = ((step - this.#rateStep) * 1000) / elapsed
    this.#reporter.metric('steps_per_second', this.#stepsPerSecond, step)
    this.#rateSince = performance.now()
    this.#rateStep = step
  }
}

function bestMetrics({ best }: TrainingSummary): Record<string, number> {
  const metrics: Record<string, number> = { train_loss: best.trainLoss, train_accuracy: best.trainAccuracy }
  if (best.validation) {
    metrics['validation_loss'] = best.validation.loss
    metrics['validation_accuracy'] = best.validation.accuracy
  }
  return metrics
}

/** The best weights from their files, so that what is tested is what was saved. */
async function bestModel(
  { tf }: LoadedBackend,
  architecture: Architecture,
  input: ArchitectureInput,
  directory: string,
): Promise<ClassifierModel> {
  const saved = await loadModelDirectory(tf, directory)
  const fresh = architecture.build(tf, input)
  fresh.classifier.setWeights(saved.getWeights())
  saved.dispose()
  return fresh
}

async function writeEvaluation(
  { workDirectory }: TrainingRequest,
  labels: string[],
  test: Evaluation | null,
  validation: Evaluation | null,
  port: WorkerPort<TrainingResult>,
): Promise<void> {
  const reports = Object.fromEntries(
    Object.entries({ test, validation }).flatMap(([subset, evaluation]) =>
      evaluation ? [[subset, classificationReport(labels, evaluation.actual, evaluation.predicted)]] : [],
    ),
  )
  const file = join(workDirectory, 'evaluation.json')
  await writeFile(file, JSON.stringify({ labels, ...reports }, null, 1))
  await port.send({ type: 'artifact', path: 'evaluation.json', file })
}

function signatureOf({ height, width, channels, labels }: ArchitectureInput): ModelSignature {
  return {
    input: { name: 'picture', dtype: 'float32', shape: [-1, height, width, channels] },
    output: { name: 'probabilities', dtype: 'float32', shape: [-1, labels] },
  }
}

/** Removes what a cancelled run has written. */
export async function discardModel({ workDirectory }: TrainingRequest): Promise<void> {
  await rm(join(workDirectory, 'model'), { recursive: true, force: true })
}

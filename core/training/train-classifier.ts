import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  GlyphlabError,
  type ImagePreprocessing,
  type ModelSignature,
  type Subset,
  type TrainingOptions,
} from '../contract/index.ts'
import { packProbabilities, predictionsFile, type StoredPredictions } from '../domain/stored-predictions.ts'
import type { TrainingRequest, TrainingResult, TrainingSamples } from '../domain/training-request.ts'
import { classifierReport } from '../evaluation/classifier-report.ts'
import type { Architecture, ArchitectureInput, ClassifierModel } from './architectures/architecture.ts'
import { architectureById } from './architectures/index.ts'
import { augments } from './augmentation.ts'
import { AugmentationPool } from './augmentation-pool.ts'
import type { LoadedBackend } from './backends/backend.ts'
import { backendById } from './backends/index.ts'
import { PictureBatches } from './batches.ts'
import { type ClassifierLoss, classifierLearner } from './classifier-learner.ts'
import { type ClassifierEvaluation, classifierTask } from './classifier-task.ts'
import { environmentParams } from './environment.ts'
import { type BackendChoice, startingPoint, trainerFrom } from './going-on.ts'
import { saveModelDirectory } from './model-files.ts'
import { decodePictures, inputSizeFor, standardisation } from './picture-tensors.ts'
import { fastestBackend } from './probe.ts'
import { ProgressReporter } from './progress.ts'
import { samplesDigest } from './samples-digest.ts'
import { stoppedBeforeFirstStep, type TrainingControl, type TrainingSummary } from './trainer.ts'
import { decodingEnds, logEvaluation, namedMetrics } from './training-watch.ts'
import type { WorkerPort } from './worker-port.ts'

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
  const from = await startingPoint(request, samples)
  const choice = from.found
    ? { backend: from.found.backend, timings: from.found.backendTimings }
    : await chooseBackend(request, input, reporter)
  const loaded = await backendById(choice.backend).load({ packagesDirectory: request.backendsDirectory })
  const model = architecture.build(loaded.tf, input)
  await port.send({
    type: 'params',
    params: runParams(request, samples, preprocessing, choice, model, loaded),
  })

  const learner = classifierLearner(loaded.tf, model, lossOf(request, samples))
  const augmentation = augments(request.options)
    ? new AugmentationPool({
        ...batches.shared(),
        size: preprocessing,
        options: request.options,
        seed: request.options.seed,
      })
    : null
  const { mixup, seed } = request.options
  const task = classifierTask(learner, batches, { augmentation, mixup, seed })
  const trainer = await trainerFrom(from, request, loaded, choice, task, reporter, port)
  const summary = await trainer.train(control)
  await augmentation?.close()
  trainer.takeBest()

  const modelDirectory = join(request.workDirectory, 'model')
  await saveModelDirectory(loaded.tf, model.classifier, modelDirectory)
  const metrics = bestMetrics(summary)
  const test = await trainer.evaluate('test')
  if (test) {
    Object.assign(metrics, namedMetrics('test', test))
    logEvaluation(reporter, 'test', test, summary.steps)
  }
  await writeEvaluation(request, samples, test, await trainer.evaluate('validation'), port)
  await port.send({
    type: 'log',
    line: `${(summary.waitedMs / 1000).toFixed(2)} s of the training went by in waiting for batches`,
  })
  reporter.progress(1, summary.stoppedEarly ? 'Stopped; the best weights are kept' : 'Trained')
  await reporter.flush()

  await port.send({
    type: 'result',
    result: {
      modelDirectory,
      kind: 'image-classifier',
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

/** @throws GlyphlabError UNREADABLE_FILE */
export async function readSamples(file: string): Promise<TrainingSamples> {
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

async function chooseBackend(
  { backend, preset, options, backendsDirectory }: TrainingRequest,
  input: ArchitectureInput,
  reporter: ProgressReporter,
): Promise<BackendChoice> {
  if (backend !== 'auto') return { backend, timings: {} }
  reporter.progress(decodingEnds, 'Timing the backends')
  await reporter.flush()
  // The probe lies beside this file, whatever both were built into.
  const extension = extname(fileURLToPath(import.meta.url))
  const workerFile = fileURLToPath(new URL(`./probe-worker${extension}`, import.meta.url))
  return fastestBackend(
    { architecture: preset, input, batchSize: options.batchSize },
    { workerFile, packagesDirectory: backendsDirectory },
  )
}

/** `batchSize` as `batch_size`. */
export function optionParams({ imageSize: _, ...options }: TrainingOptions): Record<string, string> {
  const name = (key: string) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
  return Object.fromEntries(Object.entries(options).map(([key, value]) => [name(key), String(value)]))
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
    ...optionParams(options),
    image_size: `${width}x${height}x${channels}`,
    dataset_digest: samples.datasetDigest,
    samples_digest: samplesDigest(samples.samples),
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

export function bestMetrics({ best }: TrainingSummary): Record<string, number> {
  return {
    ...namedMetrics('train', best.train),
    ...(best.validation && namedMetrics('validation', best.validation)),
  }
}

export function lossOf({ options }: TrainingRequest, { samples, labels }: TrainingSamples): ClassifierLoss {
  const { labelSmoothing, dropout, seed } = options
  if (!options.classWeights) return { labelSmoothing, dropout, seed }
  const counts = new Float32Array(labels.length)
  let total = 0
  for (const { label, subset } of samples) {
    if (subset !== 'train') continue
    counts[label] = (counts[label] as number) + 1
    total++
  }
  // A class without training pictures has no weight that matters.
  const classWeights = counts.map((count) => total / (labels.length * Math.max(1, count)))
  return { labelSmoothing, dropout, seed, classWeights }
}

/** `evaluation.json`: the labels, and by subset the report with the samples it rests on. */
export async function writeEvaluation(
  { workDirectory }: TrainingRequest,
  { labels, samples }: TrainingSamples,
  test: ClassifierEvaluation | null,
  validation: ClassifierEvaluation | null,
  port: WorkerPort<TrainingResult>,
): Promise<void> {
  const reports = Object.entries({ test, validation }).flatMap(([subset, evaluation]) => {
    if (!evaluation) return []
    const { judged, ...report } = classifierReport(labels, evaluation)
    const rows = judged.map(({ index, ...sample }) => {
      const { path, hash } = samples[evaluation.samples[index] as number] ?? { path: '' }
      return { path, hash: hash ?? null, ...sample }
    })
    return [[subset, { ...report, judged: rows }]]
  })
  const file = join(workDirectory, 'evaluation.json')
  await writeFile(file, JSON.stringify({ labels, ...Object.fromEntries(reports) }))
  await port.send({ type: 'artifact', path: 'evaluation.json', file })
  await writePredictions(workDirectory, { labels, samples }, { test, validation }, port)
}

/** `predictions.json`: from which curves and slices are made when somebody looks at them. */
async function writePredictions(
  workDirectory: string,
  { labels, samples }: Pick<TrainingSamples, 'labels' | 'samples'>,
  evaluations: Record<'test' | 'validation', ClassifierEvaluation | null>,
  port: WorkerPort<TrainingResult>,
): Promise<void> {
  const answersTo = (evaluation: ClassifierEvaluation | null) => {
    if (!evaluation) return undefined
    const asked = Array.from(evaluation.samples, (index) => samples[index])
    return {
      paths: asked.map((sample) => sample?.path ?? ''),
      hashes: asked.map((sample) => sample?.hash ?? null),
      actual: [...evaluation.actual],
      probabilities: packProbabilities(evaluation.probabilities),
    }
  }
  const predictions: StoredPredictions = {
    labels,
    test: answersTo(evaluations.test),
    validation: answersTo(evaluations.validation),
  }
  const file = join(workDirectory, predictionsFile)
  await writeFile(file, JSON.stringify(predictions))
  await port.send({ type: 'artifact', path: predictionsFile, file })
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

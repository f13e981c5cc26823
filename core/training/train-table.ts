import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  GlyphlabError,
  type ModelSignature,
  type Subset,
  type TablePreprocessing,
} from '../contract/index.ts'
import type { TrainingRequest, TrainingResult, TrainingSamples } from '../domain/training-request.ts'
import { regressionReport } from '../evaluation/regression-report.ts'
import type { ClassifierModel } from './architectures/architecture.ts'
import { mlp, mlpRegressor } from './architectures/mlp.ts'
import type { LoadedBackend } from './backends/backend.ts'
import { backendById } from './backends/index.ts'
import { classifierLearner } from './classifier-learner.ts'
import { type ClassifierEvaluation, classifierTask } from './classifier-task.ts'
import { environmentParams } from './environment.ts'
import { startingPoint, trainerFrom } from './going-on.ts'
import { saveModelDirectory } from './model-files.ts'
import { presets } from './presets.ts'
import { ProgressReporter } from './progress.ts'
import { samplesDigest } from './samples-digest.ts'
import { type RegressionEvaluation, regressionLearner, regressionTask } from './tables/regression-task.ts'
import { fitTable, readRows, TableBatches } from './tables/table-batches.ts'
import type { Evaluation, Task } from './task.ts'
import { bestMetrics, lossOf, optionParams, readSamples, writeEvaluation } from './train-classifier.ts'
import { stoppedBeforeFirstStep, type TrainingControl } from './trainer.ts'
import { decodingEnds, logEvaluation, namedMetrics } from './training-watch.ts'
import type { WorkerPort } from './worker-port.ts'

/**
 * A whole training of a network for the rows of a table: a class, or a number. What standardises and codes the columns
 * comes from the training rows alone and is kept with the model.
 * @throws GlyphlabError, in words for the person
 */
export async function trainTable(
  request: TrainingRequest,
  port: WorkerPort<TrainingResult>,
  control: TrainingControl,
): Promise<void> {
  const started = performance.now()
  const { options, workDirectory } = request
  const asNumber = request.preset === mlpRegressor.id
  const reporter = new ProgressReporter(port)
  const samples = await readSamples(request.samplesFile)
  await mkdir(workDirectory, { recursive: true })
  const rows = await readRows(samples, (done, total) => {
    if (control.stopRequested) throw stoppedBeforeFirstStep()
    if (done % 1_000 === 0)
      reporter.progress((decodingEnds * done) / total, `Reading row ${done} of ${total}`)
  })
  const preprocessing = fitTable(rows, samples, asNumber)
  const batches = new TableBatches(rows, samples, preprocessing)

  // Its steps are too short for a backend with a way to go.
  const backend = request.backend === 'auto' ? 'wasm' : request.backend
  const from = await startingPoint(request, samples)
  const loaded = await backendById(backend).load({ packagesDirectory: request.backendsDirectory })
  const outputs = asNumber ? 1 : samples.labels.length
  const model = mlp(loaded.tf, { ...options, inputs: batches.inputs, outputs })
  await port.send({
    type: 'params',
    params: { ...runParams(request, samples, preprocessing, model, loaded), backend },
  })

  const task = taskOf(request, samples, preprocessing, batches, model, loaded)
  const choice = { backend, timings: {} }
  const trainer = await trainerFrom(from, request, loaded, choice, task, reporter, port)
  const summary = await trainer.train(control)
  trainer.takeBest()
  const modelDirectory = join(workDirectory, 'model')
  await saveModelDirectory(loaded.tf, asNumber ? model.logits : model.classifier, modelDirectory)
  const [test, validation] = [await trainer.evaluate('test'), await trainer.evaluate('validation')]
  if (test) logEvaluation(reporter, 'test', test, summary.steps)
  if (asNumber)
    await writeRegression(
      workDirectory,
      samples,
      preprocessing,
      {
        test: test as RegressionEvaluation | null,
        validation: validation as RegressionEvaluation | null,
      },
      port,
    )
  else
    await writeEvaluation(
      request,
      samples,
      test as ClassifierEvaluation | null,
      validation as ClassifierEvaluation | null,
      port,
    )
  reporter.progress(1, summary.stoppedEarly ? 'Stopped; the best weights are kept' : 'Trained')
  await reporter.flush()
  await port.send({
    type: 'result',
    result: {
      modelDirectory,
      kind: asNumber ? 'table-regressor' : 'table-classifier',
      signature: signatureOf(batches.inputs, asNumber ? null : samples.labels.length),
      preprocessing,
      labels: asNumber ? [preprocessing.target.name] : samples.labels,
      backend,
      backendTimings: {},
      metrics: { ...bestMetrics(summary), ...(test && namedMetrics('test', test)) },
      seconds: (performance.now() - started) / 1000,
      steps: summary.steps,
      bestEpoch: summary.best.epoch,
      stoppedEarly: summary.stoppedEarly,
    },
  })
}

function taskOf(
  request: TrainingRequest,
  samples: TrainingSamples,
  { target }: TablePreprocessing,
  batches: TableBatches,
  model: ClassifierModel,
  { tf }: LoadedBackend,
): Task<{ size: number }, Evaluation> {
  const { options } = request
  // The trainer hands a task its own batches only.
  if (target.scale) {
    const learner = regressionLearner(tf, model, options, target.scale.deviation)
    return regressionTask(learner, batches, options, target.scale) as unknown as Task<
      { size: number },
      Evaluation
    >
  }
  if (samples.labels.length < 2)
    throw new GlyphlabError('INVALID_INPUT', 'A classifier needs rows of two or more classes.')
  const learner = classifierLearner(tf, model, lossOf(request, samples))
  return classifierTask(learner, batches) as unknown as Task<{ size: number }, Evaluation>
}

/** The options that this preset has: those for pictures say nothing here. */
function ownParams({ preset, options }: TrainingRequest): Record<string, string> {
  const own = new Set(
    presets()
      .find(({ id }) => id === preset)
      ?.options.map(({ key }) => key),
  )
  const params = optionParams(options)
  return Object.fromEntries(
    Object.entries(params).filter(([key]) =>
      own.has(key.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())),
    ),
  )
}

function runParams(
  request: TrainingRequest,
  samples: TrainingSamples,
  { columns, unused, target }: TablePreprocessing,
  model: ClassifierModel,
  loaded: LoadedBackend,
): Record<string, string> {
  const { preset, backend } = request
  const count = (subset: Subset) => samples.samples.filter((sample) => sample.subset === subset).length
  return {
    preset,
    ...ownParams(request),
    target: target.name,
    columns: String(columns.length),
    columns_unused: unused.join(', '),
    dataset_digest: samples.datasetDigest,
    samples_digest: samplesDigest(samples.samples),
    labels: String(samples.labels.length),
    train_samples: String(count('train')),
    validation_samples: String(count('validation')),
    test_samples: String(count('test')),
    parameters: String(model.logits.countParams()),
    backend_requested: backend,
    ...environmentParams(loaded),
  }
}

/** `regression.json`: by subset the report, with the rows of the largest errors. */
async function writeRegression(
  workDirectory: string,
  { samples }: TrainingSamples,
  { target }: TablePreprocessing,
  evaluations: Record<'test' | 'validation', RegressionEvaluation | null>,
  port: WorkerPort<TrainingResult>,
): Promise<void> {
  const reports = Object.entries(evaluations).flatMap(([subset, evaluation]) => {
    if (!evaluation) return []
    const { worst, ...report } = regressionReport(evaluation.actual, evaluation.predicted)
    const named = worst.map(({ index, ...row }) => ({
      path: samples[evaluation.samples[index] as number]?.path ?? '',
      ...row,
    }))
    return [[subset, { ...report, worst: named }] as const]
  })
  const file = join(workDirectory, 'regression.json')
  await writeFile(file, JSON.stringify({ target: target.name, ...Object.fromEntries(reports) }))
  await port.send({ type: 'artifact', path: 'regression.json', file })
}

function signatureOf(inputs: number, labels: number | null): ModelSignature {
  return {
    input: { name: 'row', dtype: 'float32', shape: [-1, inputs] },
    output: { name: labels === null ? 'value' : 'probabilities', dtype: 'float32', shape: [-1, labels ?? 1] },
  }
}

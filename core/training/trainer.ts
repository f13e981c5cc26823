import { setImmediate as nextTurn } from 'node:timers/promises'
import { GlyphlabError, type Subset, type TrainingOptions } from '../contract/index.ts'
import { createRandom } from '../domain/random.ts'
import type { ClassifierModel } from './architectures/architecture.ts'
import type { TensorFlow } from './backends/backend.ts'
import type { PictureBatches } from './batches.ts'
import { type ClassifierStep, classifierStep } from './classifier-step.ts'

/** What the person asked of a running training. */
export interface TrainingControl {
  /** End after the step at hand and keep the best weights. */
  stopRequested: boolean
}

export interface Evaluation {
  loss: number
  /** 0..1 */
  accuracy: number
  /** True and predicted class of each sample, in the subset's order. */
  actual: Uint32Array
  predicted: Uint32Array
}

/** Mean loss and accuracy over the steps of an epoch, with the validation where there are samples for it. */
export interface EpochOutcome {
  /** 1-based. */
  epoch: number
  /** Epochs gone through: a fraction where the training was stopped within one. */
  epochsDone: number
  step: number
  trainLoss: number
  trainAccuracy: number
  validation: Evaluation | null
  /** Whether these weights are the best so far. */
  best: boolean
}

export interface StepOutcome {
  /** Counts from 1 through all epochs. */
  step: number
  totalSteps: number
  loss: number
  /** 0..1 */
  accuracy: number
}

export interface TrainingListener {
  /** After each step. */
  onStep(outcome: StepOutcome): void
  /** Between the batches of an evaluation. */
  onEvaluation(subset: Subset, done: number, total: number): void
  /** After each epoch, and where a stop cut one short. The weights are those of this moment. */
  onEpoch(outcome: EpochOutcome): Promise<void>
}

export interface TrainingSummary {
  steps: number
  best: EpochOutcome
  stoppedEarly: boolean
}

const evaluationBatch = 256

/**
 * Trains a classifier in steps of our own (not `model.fit`), giving way to messages after each, so that numbers are
 * exact and a stop is obeyed at once. The order of the pictures follows from `options.seed`.
 */
export class Trainer {
  readonly #batches: PictureBatches
  readonly #options: TrainingOptions
  readonly #listener: TrainingListener
  readonly #step: ClassifierStep

  constructor(
    tf: TensorFlow,
    model: ClassifierModel,
    batches: PictureBatches,
    options: TrainingOptions,
    listener: TrainingListener,
  ) {
    this.#batches = batches
    this.#options = options
    this.#listener = listener
    this.#step = classifierStep(tf, model, options.learningRate)
  }

  /**
   * @throws GlyphlabError INVALID_INPUT when there is nothing to train on or the loss is no longer a number;
   *   CANCELLED when it was stopped before the first step
   */
  async train(control: TrainingControl): Promise<TrainingSummary> {
    const { epochs, batchSize, seed } = this.#options
    const order = Uint32Array.from(this.#batches.indices('train'))
    if (order.length === 0) {
      throw new GlyphlabError(
        'INVALID_INPUT',
        'There are no training pictures in this dataset version. Choose another split or add pictures.',
      )
    }
    const random = createRandom(seed, 'order of samples')
    const stepsPerEpoch = Math.ceil(order.length / batchSize)
    const totalSteps = stepsPerEpoch * epochs
    let best: EpochOutcome | null = null
    let step = 0

    for (let epoch = 1; epoch <= epochs && !control.stopRequested; epoch++) {
      random.shuffle(order)
      let lossSum = 0
      let correct = 0
      let seen = 0
      for (let start = 0; start < order.length && !control.stopRequested; start += batchSize) {
        const batch = this.#batches.batch(order.subarray(start, start + batchSize))
        const outcome = this.#step.train(batch, this.#learningRate(step, totalSteps))
        step++
        lossSum += outcome.loss * batch.size
        correct += outcome.correct
        seen += batch.size
        const accuracy = outcome.correct / batch.size
        this.#listener.onStep({ step, totalSteps, loss: outcome.loss, accuracy })
        if (!Number.isFinite(outcome.loss)) throw diverged(step, outcome.loss)
        await nextTurn()
      }
      if (seen === 0) break

      const outcome: EpochOutcome = {
        epoch,
        epochsDone: step / stepsPerEpoch,
        step,
        trainLoss: lossSum / seen,
        trainAccuracy: correct / seen,
        validation: await this.evaluate('validation'),
        best: false,
      }
      outcome.best = best === null || isBetter(outcome, best)
      if (outcome.best) best = outcome
      await this.#listener.onEpoch(outcome)
    }
    if (best === null) throw stoppedBeforeFirstStep()
    return { steps: step, best, stoppedEarly: step < totalSteps }
  }

  /** Loss and accuracy over a subset with the weights of this moment; null when it has no samples. */
  async evaluate(subset: Subset): Promise<Evaluation | null> {
    const indices = this.#batches.indices(subset)
    if (indices.length === 0) return null
    const actual = new Uint32Array(indices.length)
    const predicted = new Uint32Array(indices.length)
    let lossSum = 0
    let correct = 0
    for (let start = 0; start < indices.length; start += evaluationBatch) {
      const batch = this.#batches.batch(indices.subarray(start, start + evaluationBatch))
      const outcome = this.#step.evaluate(batch)
      actual.set(batch.labels, start)
      predicted.set(outcome.predicted, start)
      lossSum += outcome.loss * batch.size
      correct += outcome.correct
      this.#listener.onEvaluation(subset, start + batch.size, indices.length)
      await nextTurn()
    }
    return { loss: lossSum / indices.length, accuracy: correct / indices.length, actual, predicted }
  }

  dispose(): void {
    this.#step.dispose()
  }

  /** Falls from the chosen rate to zero along a cosine (Loshchilov and Hutter, 2017, without restarts). */
  #learningRate(step: number, totalSteps: number): number {
    return this.#options.learningRate * 0.5 * (1 + Math.cos((Math.PI * step) / totalSteps))
  }
}

/** By validation accuracy, then validation loss; by the epoch's training loss where nothing is held out. */
function isBetter(candidate: EpochOutcome, best: EpochOutcome): boolean {
  if (!candidate.validation || !best.validation) return candidate.trainLoss < best.trainLoss
  if (candidate.validation.accuracy !== best.validation.accuracy) {
    return candidate.validation.accuracy > best.validation.accuracy
  }
  return candidate.validation.loss < best.validation.loss
}

export function stoppedBeforeFirstStep(): GlyphlabError {
  return new GlyphlabError('CANCELLED', 'The training was stopped before its first step; nothing was kept.')
}

function diverged(step: number, loss: number): GlyphlabError {
  return new GlyphlabError(
    'INVALID_INPUT',
    `The training loss became ${loss} at step ${step}. Start again with a lower learning rate.`,
    { step },
  )
}

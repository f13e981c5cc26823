import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Tensor, Variable } from '@tensorflow/tfjs-core'
import { GlyphlabError, type Subset, type TrainingOptions } from '../contract/index.ts'
import type { TensorFlow } from './backends/backend.ts'
import { BatchFeed } from './batch-feed.ts'
import type { EpochState } from './epoch-records.ts'
import { createOptimiser, type Optimiser } from './optimisers.ts'
import { orderOfEpoch } from './sample-order.ts'
import { learningRateAt } from './schedules.ts'
import type { Evaluation, Task } from './task.ts'
import { trainStep } from './training-step.ts'

/** What the person asked of a running training. */
export interface TrainingControl {
  /** End after the step at hand and keep the best weights. */
  stopRequested: boolean
}

/** Means over the steps of an epoch, with the validation where there are samples for it. */
export interface EpochOutcome {
  /** 1-based. */
  epoch: number
  /** Epochs gone through: a fraction where the training was stopped within one. */
  epochsDone: number
  step: number
  train: Evaluation
  /** Loss and metrics only. */
  validation: Evaluation | null
  /** Whether these weights are the best so far. */
  best: boolean
}

export interface StepOutcome extends Evaluation {
  /** Counts from 1 through all epochs. */
  step: number
  totalSteps: number
  learningRate: number
}

export interface TrainingListener {
  /** After each step. */
  onStep(outcome: StepOutcome): void
  /** Between the batches of an evaluation. */
  onEvaluation(subset: Subset, done: number, total: number): void
  /** After the step at which the training fails, so that its numbers are not lost. */
  onDivergence(): Promise<void>
  /** After each epoch, and where a stop cut one short. */
  onEpoch(outcome: EpochOutcome, state: EpochState): Promise<void>
}

export interface TrainingSummary {
  steps: number
  best: EpochOutcome
  stoppedEarly: boolean
  /** How long the steps have waited for their batches, ms. */
  waitedMs: number
}

/** Where a training stands between two steps. What is drawn at random follows from the seed and these numbers alone. */
export interface TrainingPosition {
  /** 1-based; of the epoch in work. */
  epoch: number
  /** Samples of that epoch gone through. */
  done: number
  step: number
  /** Sums over the samples of that epoch. */
  sums: { loss: number; metrics: Record<string, number> }
  /** Loss of the first step; null before it. */
  firstLoss: number | null
  best: EpochOutcome | null
  epochsSinceBest: number
}

/** Everything that a training goes on from. The order of the fields is that of the values in a checkpoint's file. */
export interface TrainingSnapshot {
  position: TrainingPosition
  /** Trained weights, then statistics. */
  weights: Float32Array[]
  slots: Float32Array[]
  averages: Float32Array[]
  /** As `weights`; empty before the first epoch's end. */
  best: Float32Array[]
}

/** Where snapshots go. */
export interface Checkpoints {
  due(epochEnded: boolean): boolean
  write(snapshot: TrainingSnapshot): Promise<void>
}

const batchesAhead = 4
/** A loss so many times that of the first step (or 1, where that is smaller) will not come back. */
const explodedAt = 10_000
const mostNamed = 5

/**
 * Trains a task in steps of our own (not `model.fit`), giving way to messages after each, so that numbers are exact and
 * a stop is obeyed at once. The order of the samples follows from `options.seed` and the epoch.
 */
export class Trainer<Batch extends { size: number }, Outcome extends Evaluation> {
  readonly #tf: TensorFlow
  readonly #task: Task<Batch, Outcome>
  readonly #options: TrainingOptions
  readonly #listener: TrainingListener
  readonly #optimiser: Optimiser
  /** Averages of the trained weights; empty when none are kept. */
  readonly #averages: Variable[]
  readonly #checkpoints: Checkpoints | null
  #position: TrainingPosition = {
    epoch: 1,
    done: 0,
    step: 0,
    sums: { loss: 0, metrics: {} },
    firstLoss: null,
    best: null,
    epochsSinceBest: 0,
  }
  /** Values of the best trained weights and statistics so far. */
  #bestWeights: Float32Array[] = []

  constructor(
    tf: TensorFlow,
    task: Task<Batch, Outcome>,
    options: TrainingOptions,
    listener: TrainingListener,
    checkpoints: Checkpoints | null = null,
  ) {
    this.#tf = tf
    this.#checkpoints = checkpoints
    this.#task = task
    this.#options = options
    this.#listener = listener
    this.#optimiser = createOptimiser(tf, task.variables, options)
    this.#averages =
      options.ema > 0 ? task.variables.map((variable) => tf.variable(tf.clone(variable), false)) : []
  }

  /**
   * @throws GlyphlabError INVALID_INPUT when there is nothing to train on or the loss is no longer a number;
   *   CANCELLED when it was stopped before the first step
   */
  async train(control: TrainingControl): Promise<TrainingSummary> {
    const { epochs, batchSize, patience } = this.#options
    const samples = this.#task.indices('train')
    if (samples.length === 0) {
      throw new GlyphlabError(
        'INVALID_INPUT',
        'There are no training samples in this dataset version. Choose another split or add samples.',
      )
    }
    const stepsPerEpoch = Math.ceil(samples.length / batchSize)
    const totalSteps = stepsPerEpoch * epochs
    const position = this.#position
    let waitedMs = 0

    while (position.epoch <= epochs && !control.stopRequested) {
      if (patience > 0 && position.epochsSinceBest >= patience) break
      waitedMs += await this.#trainEpoch(samples, totalSteps, control)
      if (position.done === 0) break
      await this.#endEpoch(stepsPerEpoch)
    }
    if (position.best === null) throw stoppedBeforeFirstStep()
    return { steps: position.step, best: position.best, stoppedEarly: control.stopRequested, waitedMs }
  }

  /** From the position on, to the epoch's end or a stop. Resolves with how long the steps waited for batches, ms. */
  async #trainEpoch(samples: Uint32Array, totalSteps: number, control: TrainingControl): Promise<number> {
    const { batchSize } = this.#options
    const position = this.#position
    const { epoch } = position
    const order = orderOfEpoch(samples, this.#options, epoch, this.#task.order)
    const feed = new BatchFeed(
      async (start) => {
        const indices = order.subarray(start, start + batchSize)
        return { indices, batch: await this.#task.batch(indices, epoch) }
      },
      { start: position.done, end: order.length, size: batchSize },
      batchesAhead,
    )
    while (!control.stopRequested) {
      const next = await feed.next()
      if (!next) break
      const { indices, batch } = next
      const step = position.step + 1
      const learningRate = learningRateAt(this.#options, step, totalSteps)
      const { loss, metrics } = await trainStep(
        this.#tf,
        this.#task,
        this.#optimiser,
        batch,
        learningRate,
        step,
      )
      this.#average(step)
      position.step = step
      position.done += batch.size
      position.sums.loss += loss * batch.size
      for (const [key, value] of Object.entries(metrics)) {
        position.sums.metrics[key] = (position.sums.metrics[key] ?? 0) + value * batch.size
      }
      this.#listener.onStep({ step, totalSteps, learningRate, loss, metrics })
      position.firstLoss ??= loss
      const limit = explodedAt * Math.max(1, position.firstLoss)
      if (!Number.isFinite(loss) || loss > limit) {
        await this.#listener.onDivergence()
        throw await this.#diverged(step, loss, batch, indices)
      }
      await this.#keep(false)
      await nextTurn()
    }
    return feed.waitedMs
  }

  async #diverged(step: number, loss: number, batch: Batch, indices: Uint32Array): Promise<GlyphlabError> {
    const { nameOf = String } = this.#task
    const samples = Array.from(indices, (index) => nameOf(index))
    const named = samples.slice(0, mostNamed).join(', ')
    const more = samples.length > mostNamed ? ` and ${samples.length - mostNamed} more` : ''
    const fault = (await this.#task.faultOn?.(batch)) ?? null
    const where = fault === null ? '' : ` It began in ${fault}.`
    return new GlyphlabError(
      'INVALID_INPUT',
      `The training loss became ${loss} at step ${step}, on ${named}${more}.${where} Start again with a lower learning rate or with gradient clipping.`,
      { step, fault, samples },
    )
  }

  async #endEpoch(stepsPerEpoch: number): Promise<void> {
    const position = this.#position
    const { epoch, step, done, sums } = position
    const validation = await this.#withAverages(() => this.evaluate('validation'))
    const outcome: EpochOutcome = {
      epoch,
      epochsDone: step / stepsPerEpoch,
      step,
      train: {
        loss: sums.loss / done,
        metrics: Object.fromEntries(Object.entries(sums.metrics).map(([key, sum]) => [key, sum / done])),
      },
      validation: validation && { loss: validation.loss, metrics: validation.metrics },
      best: false,
    }
    outcome.best = position.best === null || this.#isBetter(outcome, position.best)
    if (outcome.best) this.#bestWeights = await this.#withAverages(() => this.#weights())
    Object.assign(position, {
      epoch: epoch + 1,
      done: 0,
      sums: { loss: 0, metrics: {} },
      best: outcome.best ? outcome : position.best,
      epochsSinceBest: outcome.best ? 0 : position.epochsSinceBest + 1,
    })
    const { variables } = this.#task
    await this.#listener.onEpoch(outcome, {
      epoch,
      epochs: this.#options.epochs,
      step,
      variables,
      validation,
    })
    await this.#keep(true)
  }

  async #keep(epochEnded: boolean): Promise<void> {
    if (this.#checkpoints?.due(epochEnded)) await this.#checkpoints.write(await this.snapshot())
  }

  async snapshot(): Promise<TrainingSnapshot> {
    return {
      position: structuredClone(this.#position),
      weights: await this.#weights(),
      slots: await copies(this.#optimiser.slots),
      averages: await copies(this.#averages),
      best: this.#bestWeights,
    }
  }

  /** Goes on from where a training of the same task and options stood. */
  restore({ position, weights, slots, averages, best }: TrainingSnapshot): void {
    this.#position = structuredClone(position)
    this.#assign([...this.#task.variables, ...this.#task.statistics], weights)
    this.#assign(this.#optimiser.slots, slots)
    this.#assign(this.#averages, averages)
    this.#bestWeights = best
  }

  #assign(variables: Variable[], values: Float32Array[]): void {
    for (const [index, variable] of variables.entries()) {
      this.#tf.tidy(() => variable.assign(this.#tf.tensor(values[index] as Float32Array, variable.shape)))
    }
  }

  /** By the task's own measure; by the epoch's training loss where nothing is held out. */
  #isBetter(candidate: EpochOutcome, best: EpochOutcome): boolean {
    if (!candidate.validation || !best.validation) return candidate.train.loss < best.train.loss
    return this.#task.isBetter(candidate.validation, best.validation)
  }

  /** With the weights of this moment; null when the subset has no samples. */
  evaluate(subset: Subset): Promise<Outcome | null> {
    return this.#task.evaluate(subset, (done, total) => this.#listener.onEvaluation(subset, done, total))
  }

  /** Makes the best weights so far the model's own. */
  takeBest(): void {
    this.#assign([...this.#task.variables, ...this.#task.statistics], this.#bestWeights)
  }

  dispose(): void {
    this.#optimiser.dispose()
    this.#tf.dispose(this.#averages)
  }

  #weights(): Promise<Float32Array[]> {
    return copies([...this.#task.variables, ...this.#task.statistics])
  }

  /** The average forgets faster in the beginning, when the weights are far from good. */
  #average(step: number): void {
    const keep = Math.min(this.#options.ema, (1 + step) / (10 + step))
    for (const [index, average] of this.#averages.entries()) {
      const variable = this.#task.variables[index] as Variable
      this.#tf.tidy(() =>
        average.assign(this.#tf.add(this.#tf.mul(average, keep), this.#tf.mul(variable, 1 - keep))),
      )
    }
  }

  /** Runs something with the averaged weights in the model, where averages are kept. */
  async #withAverages<T>(use: () => Promise<T>): Promise<T> {
    if (this.#averages.length === 0) return use()
    const own: Tensor[] = this.#task.variables.map((variable) => this.#tf.clone(variable))
    const assign = (values: Tensor[]) => {
      for (const [index, value] of values.entries()) this.#task.variables[index]?.assign(value)
    }
    assign(this.#averages)
    try {
      return await use()
    } finally {
      assign(own)
      this.#tf.dispose(own)
    }
  }
}

async function copies(variables: readonly Variable[]): Promise<Float32Array[]> {
  const values: Float32Array[] = []
  for (const variable of variables) values.push((await variable.data()).slice() as Float32Array)
  return values
}

export function stoppedBeforeFirstStep(): GlyphlabError {
  return new GlyphlabError('CANCELLED', 'The training was stopped before its first step; nothing was kept.')
}

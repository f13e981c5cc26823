import type { Subset, TrainingOptions } from '../contract/index.ts'
import type { EpochRecords, EpochState } from './epoch-records.ts'
import type { ProgressReporter } from './progress.ts'
import type { Evaluation } from './task.ts'
import type { EpochOutcome, StepOutcome, TrainingListener } from './trainer.ts'

/** Parts of the whole, for the progress bar. */
export const decodingEnds = 0.1
export const trainingEnds = 0.98

/** Turns what the trainer tells into metrics and progress. */
export class TrainingWatch implements TrainingListener {
  readonly #epochs: number
  readonly #reporter: ProgressReporter
  readonly #records: EpochRecords
  readonly #started = performance.now()
  #step = 0
  #rateSince = performance.now()
  #rateStep = 0
  #stepsPerSecond = 0

  constructor({ epochs }: TrainingOptions, reporter: ProgressReporter, records: EpochRecords) {
    this.#epochs = epochs
    this.#reporter = reporter
    this.#records = records
  }

  onStep({ step, totalSteps, learningRate, ...outcome }: StepOutcome): void {
    this.#step = step
    logEvaluation(this.#reporter, 'train', outcome, step)
    this.#reporter.metric('learning_rate', learningRate, step)
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
    if (subset === 'test') this.#reporter.progress(trainingEnds, `Testing ${done} of ${total} samples`)
  }

  onDivergence(): Promise<void> {
    return this.#reporter.flush()
  }

  async onEpoch({ step, epochsDone, validation }: EpochOutcome, state: EpochState): Promise<void> {
    this.#reporter.metric('epoch', epochsDone, step)
    if (validation) logEvaluation(this.#reporter, 'validation', validation, step)
    this.#records.add(state)
    // The evaluation is no step.
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

/** The names under which an evaluation's numbers are kept: `test_loss`, `test_accuracy`. */
export function namedMetrics(subset: Subset, { loss, metrics }: Evaluation): Record<string, number> {
  return Object.fromEntries([
    [`${subset}_loss`, loss],
    ...Object.entries(metrics).map(([key, value]) => [`${subset}_${key}`, value]),
  ])
}

export function logEvaluation(
  reporter: ProgressReporter,
  subset: Subset,
  evaluation: Evaluation,
  step: number,
): void {
  for (const [key, value] of Object.entries(namedMetrics(subset, evaluation)))
    reporter.metric(key, value, step)
}

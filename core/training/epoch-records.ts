import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Variable } from '@tensorflow/tfjs-core'
import { histogramOf } from '../domain/histogram.ts'
import { recordsFolder } from '../domain/training-request.ts'
import type { ClassifierEvaluation } from './classifier-task.ts'
import type { Evaluation } from './task.ts'

/** Kernels are recorded, the largest first; biases and norms tell little. */
const kernelsAtMost = 24
/** A matrix of more classes can't be looked at, and a file of them would be large. */
const classesAtMost = 200
/** Of longer trainings every second, third, ... epoch is recorded. */
const epochsAtMost = 200

/** What the trainer knows at the end of an epoch. */
export interface EpochState {
  /** 1-based. */
  epoch: number
  epochs: number
  step: number
  variables: readonly Variable[]
  validation: Evaluation | null
}

/**
 * What a training keeps of its epochs besides numbers: how its weights are distributed, and what its classifier takes for
 * what. Files in `records/` of the work directory, a line of JSON an epoch, in the form in which runs of TensorBoard have
 * them too: `histograms/weights/<name>.jsonl`, `confusion/validation.jsonl`.
 */
export class EpochRecords {
  readonly #folder: string
  readonly #labels: readonly string[]

  /** @param after the step that the training goes on from: what an earlier attempt has recorded later is dropped */
  constructor(workDirectory: string, labels: readonly string[], after: number) {
    this.#folder = join(workDirectory, recordsFolder)
    this.#labels = labels
    if (!existsSync(this.#folder)) return
    for (const entry of readdirSync(this.#folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const file = join(entry.parentPath, entry.name)
      const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1)
      const kept = lines.filter((line) => (JSON.parse(line) as { step: number }).step <= after)
      writeFileSync(file, kept.map((line) => `${line}\n`).join(''))
    }
  }

  add({ epoch, epochs, step, variables, validation }: EpochState): void {
    const every = Math.ceil(epochs / epochsAtMost)
    if (epoch !== 1 && epoch !== epochs && epoch % every !== 0) return
    const head = { step, time: Date.now() }
    const kernels = variables
      .filter(({ shape }) => shape.length > 1)
      .sort((a, b) => b.size - a.size)
      .slice(0, kernelsAtMost)
    for (const kernel of kernels)
      this.#line(`histograms/weights/${fileName(kernel.name)}`, {
        ...head,
        ...histogramOf(kernel.dataSync()),
      })
    const count = this.#labels.length
    if (validation && isClassified(validation) && count > 1 && count <= classesAtMost)
      this.#line('confusion/validation', {
        ...head,
        labels: this.#labels,
        confusion: confusionOf(validation, count),
      })
  }

  #line(place: string, content: object): void {
    const file = join(this.#folder, `${place}.jsonl`)
    mkdirSync(dirname(file), { recursive: true })
    appendFileSync(file, `${JSON.stringify(content)}\n`)
  }
}

/** `conv2d_1/kernel` lies in a folder; what no system takes in a name does not come into one. */
const fileName = (name: string): string => name.replaceAll(/[^\w/.-]+/g, '_').replaceAll(/(^|\/)\.+/g, '$1_')

const isClassified = (evaluation: Evaluation): evaluation is ClassifierEvaluation =>
  'probabilities' in evaluation

/** `[actual][predicted]` */
function confusionOf({ actual, predicted }: ClassifierEvaluation, count: number): number[][] {
  const matrix = Array.from({ length: count }, () => new Array<number>(count).fill(0))
  for (const [at, label] of actual.entries()) {
    const row = matrix[label]
    const column = predicted[at]
    if (row && column !== undefined) row[column] = (row[column] ?? 0) + 1
  }
  return matrix
}

import type { ParameterValue, SearchSpace, TuningDirection } from '../contract/index.ts'

export type TrialParameters = Record<string, ParameterValue>

/** A trial as samplers see it. */
export interface PastTrial {
  parameters: TrialParameters
  /**
   * `running`: not ended yet; a sampler keeps away from it, so that trials side by side differ. A `pruned` trial has the
   * objective's value at the step where it was given up.
   */
  status: 'running' | 'complete' | 'pruned' | 'failed'
  /** Of the objective; null where there is none (running, failed, or NaN). */
  value: number | null
}

export interface Question {
  space: SearchSpace
  direction: TuningDirection
  seed: number
  /** Counts from 0. The answer depends on nothing but this question: a search goes on after a restart as it would have. */
  number: number
  past: readonly PastTrial[]
}

/** A way to choose what is tried next. */
export interface Sampler {
  id: string
  title: string
  description: string
  /** The parameters of trial `number`; undefined when there is nothing left to try. */
  ask(question: Question): TrialParameters | undefined
}

/** The objective's values of one trial, step by step (epochs), in order of steps. */
export type Course = readonly { step: number; value: number }[]

export interface PruningQuestion {
  /** What the trial has reached so far; its last entry is what just came in. */
  course: Course
  /** All other trials of the study, ended or running, in order of their numbers. */
  others: readonly Course[]
  direction: TuningDirection
}

/** A way to give up trials that won't win. */
export interface Pruner {
  id: string
  title: string
  description: string
  /** Whether the trial should end now. */
  givesUp(question: PruningQuestion): boolean
}

/** Less is better, whatever the direction; NaN is worst. */
export const cost = (value: number, direction: TuningDirection): number =>
  Number.isNaN(value) ? Number.POSITIVE_INFINITY : direction === 'minimize' ? value : -value

import type { Scalar, Tensor, Variable } from '@tensorflow/tfjs-core'
import type { Subset } from '../contract/index.ts'
import type { BatchOrder } from './sample-order.ts'

/** What a batch came to. */
export interface BatchNumbers {
  /** Mean over the batch. */
  loss: number
  /** Further means over the batch by name (`accuracy`), logged as `train_<name>`. */
  metrics: Record<string, number>
}

/** A network with its loss. The trainer, the probe and the bench make steps of any of them. */
export interface Learner<Batch extends { size: number }> {
  /** What the optimiser moves, in a fixed order. */
  readonly variables: Variable[]
  /** What the forward pass itself moves (running means of batch normalisation), in a fixed order. */
  readonly statistics: Variable[]
  /**
   * The mean loss of a batch, under a gradient tape, and the tensor whose values `numbers` reads after the step.
   * @param step 1-based: what is drawn at random (dropout) follows from it
   */
  forward(batch: Batch, step: number): { loss: Scalar; output: Tensor }
  numbers(batch: Batch, output: Float32Array): BatchNumbers
  /** The first part of the network that is not finite on this batch, in words; null where all of it is. */
  faultOn?(batch: Batch): Promise<string | null>
}

/** How a subset fared; tasks add what their reports need. */
export interface Evaluation {
  loss: number
  /** By name (`accuracy`, `cer`), logged as `validation_<name>` and `test_<name>`. */
  metrics: Record<string, number>
}

/** What is learnt from which data: everything that the trainer needs to know of a kind of model. */
export interface Task<Batch extends { size: number }, Outcome extends Evaluation> extends Learner<Batch> {
  /** Samples of a subset, in canonical order. */
  indices(subset: Subset): Uint32Array
  /** Another order of an epoch's shuffled samples, where those of a batch should be alike; batches are cut from it. */
  readonly order?: BatchOrder
  /**
   * The network's inputs and targets of these training samples. Made ahead, several at once.
   * @param epoch 1-based: what is drawn at random (augmentation) follows from it and the sample
   */
  batch(indices: Uint32Array, epoch: number): Promise<Batch>
  /** What the person knows a sample by: its path. */
  nameOf?(index: number): string
  /** With the weights of this moment; null when the subset has no samples. */
  evaluate(subset: Subset, onBatch: (done: number, total: number) => void): Promise<Outcome | null>
  /** Whether an evaluation is better than another one. */
  isBetter(candidate: Evaluation, best: Evaluation): boolean
}

import type { InferenceEngine } from '../../contract/index.ts'

/** A loaded model, whichever engine it runs in. Sizes that are open are null. */
export interface ModelRunner {
  readonly engine: InferenceEngine
  /** `[batch, ...]`, as the signature has it. */
  readonly inputShape: readonly (number | null)[]
  readonly outputShape: readonly (number | null)[]
  run(values: Float32Array, shape: readonly number[]): Promise<RunnerOutput>
  dispose(): void
}

export interface RunnerOutput {
  /** The caller's own. */
  values: Float32Array
  shape: readonly number[]
}

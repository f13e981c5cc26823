import type { JobProgress, MetricPoint } from '../contract/index.ts'
import type { TrainingResult } from '../domain/training-request.ts'
import type { WorkerPort } from './worker-port.ts'

/** Messages to the engine are gathered for this long, in ms: about ten a second. */
const interval = 100

/** Tells the engine how the training goes, without a message for every step. */
export class ProgressReporter {
  readonly #port: WorkerPort<TrainingResult>
  #points: MetricPoint[] = []
  #recorded: MetricPoint[] | null = null
  #progress: JobProgress | null = null
  #lastFlush = 0

  constructor(port: WorkerPort<TrainingResult>) {
    this.#port = port
  }

  metric(key: string, value: number, step: number): void {
    const point = { key, value, step, timestamp: Date.now() }
    this.#points.push(point)
    this.#recorded?.push(point)
  }

  /** Logs again what a checkpoint held. */
  repeat(points: MetricPoint[]): void {
    this.#points.push(...points)
  }

  /** What was logged since the last call; points are recorded from the first one on. */
  takeRecorded(): MetricPoint[] {
    const recorded = this.#recorded ?? []
    this.#recorded = []
    return recorded
  }

  progress(
    value: number,
    message: string,
    speed: { rate: number; unit: string; remainingMs: number } | null = null,
  ): void {
    this.#progress = {
      value: Math.min(1, Math.max(0, value)),
      message,
      rate: speed?.rate ?? null,
      rateUnit: speed?.unit ?? null,
      remainingMs: speed?.remainingMs ?? null,
    }
    if (performance.now() - this.#lastFlush >= interval) void this.flush()
  }

  /** Hands over everything gathered so far. */
  async flush(): Promise<void> {
    this.#lastFlush = performance.now()
    const points = this.#points
    const progress = this.#progress
    this.#points = []
    this.#progress = null
    if (points.length > 0) await this.#port.send({ type: 'metrics', points })
    if (progress) await this.#port.send({ type: 'progress', progress })
  }
}

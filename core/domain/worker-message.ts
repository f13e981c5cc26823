import type { ErrorBody, JobProgress, MetricPoint } from '../contract/index.ts'

/** What a worker process may tell the engine. Workers never open the database. */
export type WorkerMessage<Result> =
  | { type: 'progress'; progress: JobProgress }
  | { type: 'params'; params: Record<string, string> }
  | { type: 'tags'; tags: Record<string, string> }
  | { type: 'metrics'; points: MetricPoint[] }
  /** A training begins after this step: points of later steps, logged by an earlier attempt, are to be forgotten. */
  | { type: 'resumed'; step: number }
  /** A file in the work directory that the engine stores as an artifact of the run. */
  | { type: 'artifact'; path: string; file: string }
  | { type: 'log'; line: string }
  | { type: 'result'; result: Result }
  | { type: 'failure'; error: ErrorBody }

/** What the engine may tell a worker process. The first message is always `start`, but for one that is kept ready. */
export type WorkerCommand<Input> =
  | { type: 'start'; input: Input }
  /** End early and keep what is good (training: the best weights). */
  | { type: 'stop' }
  /** Give up; nothing is kept. The engine kills the process after a grace period. */
  | { type: 'cancel' }

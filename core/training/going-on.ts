import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { BackendId } from '../contract/index.ts'
import type { TrainingRequest, TrainingResult, TrainingSamples } from '../domain/training-request.ts'
import type { LoadedBackend } from './backends/backend.ts'
import { type Checkpoint, CheckpointFolder } from './checkpoints.ts'
import { EpochRecords } from './epoch-records.ts'
import type { ProgressReporter } from './progress.ts'
import { samplesDigest } from './samples-digest.ts'
import type { Evaluation, Task } from './task.ts'
import { type Checkpoints, Trainer } from './trainer.ts'
import { TrainingWatch } from './training-watch.ts'
import type { WorkerPort } from './worker-port.ts'

export interface BackendChoice {
  backend: BackendId
  timings: Partial<Record<BackendId, number>>
}

/** Where a training's checkpoints lie, and the one it goes on from; null where it begins. */
export interface StartingPoint {
  folder: CheckpointFolder
  found: Checkpoint | null
  labels: readonly string[]
}

/** On another backend than the one asked for, a training begins anew. */
export async function startingPoint(
  request: TrainingRequest,
  samples: TrainingSamples,
): Promise<StartingPoint> {
  const { workDirectory, checkpointEveryMs, backend } = request
  const folder = new CheckpointFolder(
    join(workDirectory, 'checkpoints'),
    identityOf(request, samples),
    checkpointEveryMs,
  )
  const latest = await folder.latest()
  const usable = latest !== null && (backend === 'auto' || backend === latest.backend)
  return { folder, found: usable ? latest : null, labels: samples.labels }
}

/** The trainer of a task, standing where the checkpoint has left it; the engine and the run are told of it. */
export async function trainerFrom<Batch extends { size: number }, Outcome extends Evaluation>(
  { folder, found, labels }: StartingPoint,
  { options, workDirectory }: TrainingRequest,
  { tf }: LoadedBackend,
  choice: BackendChoice,
  task: Task<Batch, Outcome>,
  reporter: ProgressReporter,
  port: WorkerPort<TrainingResult>,
): Promise<Trainer<Batch, Outcome>> {
  const step = found?.snapshot.position.step ?? 0
  const trainer = new Trainer(
    tf,
    task,
    options,
    new TrainingWatch(options, reporter, new EpochRecords(workDirectory, labels, step)),
    checkpointing(folder, reporter, choice, step),
  )
  await port.send({ type: 'resumed', step: found?.pointsFrom ?? -1 })
  if (!found) return trainer
  trainer.restore(found.snapshot)
  reporter.repeat(found.points)
  await port.send({ type: 'log', line: `Goes on after step ${step}, from its last checkpoint` })
  await port.send({ type: 'tags', tags: { 'training.resumedAt': String(step) } })
  return trainer
}

/** A checkpoint is of use only to the training that wrote it: same data, subsets, options and format. */
function identityOf({ preset, options }: TrainingRequest, samples: TrainingSamples): string {
  const parts = [1, samples.datasetDigest, samples.labels, samplesDigest(samples.samples), preset, options]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

/** @param step of the checkpoint that the training went on from; 0 for none */
function checkpointing(
  folder: CheckpointFolder,
  reporter: ProgressReporter,
  { backend, timings }: BackendChoice,
  step: number,
): Checkpoints {
  let pointsFrom = step
  reporter.takeRecorded()
  return {
    due: (epochEnded) => folder.due(epochEnded),
    async write(snapshot) {
      await reporter.flush()
      const points = reporter.takeRecorded()
      await folder.write({ snapshot, backend, backendTimings: timings, pointsFrom, points })
      pointsFrom = snapshot.position.step
    },
  }
}

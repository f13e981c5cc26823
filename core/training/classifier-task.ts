import { setImmediate as nextTurn } from 'node:timers/promises'
import type { TrainingOptions } from '../contract/index.ts'
import type { AugmentationPool } from './augmentation-pool.ts'
import type { PictureBatches } from './batches.ts'
import type { Batch, ClassifierLearner } from './classifier-learner.ts'
import { mixPictures } from './mixing.ts'
import type { Evaluation, Task } from './task.ts'

export interface ClassifierEvaluation extends Evaluation {
  /** The samples, true and predicted class and probabilities (`[samples, labels]`) in the subset's order. */
  samples: Uint32Array
  actual: Uint32Array
  predicted: Uint32Array
  probabilities: Float32Array
}

/** How training pictures are changed on their way. */
export interface ClassifierInput extends Pick<TrainingOptions, 'mixup' | 'seed'> {
  augmentation: AugmentationPool | null
}

const evaluationBatch = 256

/** Learning to tell classes of pictures apart. */
export function classifierTask(
  learner: ClassifierLearner,
  pictures: Pick<PictureBatches, 'nameOf' | 'indices' | 'batch' | 'batchOf'>,
  { augmentation, mixup, seed }: ClassifierInput = { augmentation: null, mixup: 0, seed: 0 },
): Task<Batch, ClassifierEvaluation> {
  return {
    ...learner,
    nameOf: (index) => pictures.nameOf(index),
    indices: (subset) => pictures.indices(subset),

    async batch(indices, epoch) {
      const batch = augmentation
        ? pictures.batchOf(indices, await augmentation.make(indices, epoch))
        : pictures.batch(indices)
      return mixup > 0 ? mixPictures(batch, mixup, seed, `mixing of ${indices[0]} in epoch ${epoch}`) : batch
    },

    async evaluate(subset, onBatch) {
      const samples = pictures.indices(subset)
      if (samples.length === 0) return null
      const actual = new Uint32Array(samples.length)
      const predicted = new Uint32Array(samples.length)
      let probabilities = new Float32Array()
      let loss = 0
      let correct = 0
      for (let start = 0; start < samples.length; start += evaluationBatch) {
        const batch = pictures.batch(samples.subarray(start, start + evaluationBatch))
        const outcome = await learner.predict(batch)
        const labels = outcome.probabilities.length / batch.size
        if (start === 0) probabilities = new Float32Array(samples.length * labels)
        probabilities.set(outcome.probabilities, start * labels)
        actual.set(batch.labels, start)
        for (let row = 0; row < batch.size; row++) {
          predicted[start + row] = largest(outcome.probabilities, row * labels, labels)
        }
        loss += outcome.loss * batch.size
        correct += Math.round((outcome.metrics['accuracy'] ?? 0) * batch.size)
        onBatch(start + batch.size, samples.length)
        await nextTurn()
      }
      return {
        loss: loss / samples.length,
        metrics: { accuracy: correct / samples.length },
        samples,
        actual,
        predicted,
        probabilities,
      }
    },

    isBetter(candidate, best) {
      const [accuracy, former] = [candidate, best].map(({ metrics }) => metrics['accuracy'] ?? 0)
      if (accuracy !== former) return (accuracy as number) > (former as number)
      return candidate.loss < best.loss
    },
  }
}

function largest(values: Float32Array, start: number, count: number): number {
  let best = 0
  for (let at = 1; at < count; at++) {
    if ((values[start + at] as number) > (values[start + best] as number)) best = at
  }
  return best
}

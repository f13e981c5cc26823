import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Tensor, Tensor3D, Variable } from '@tensorflow/tfjs-core'
import { AlphabetCoding } from '../domain/alphabet.ts'
import { ErrorCount } from '../evaluation/character-error-rate.ts'
import type { RecogniserModel } from './architectures/line-recogniser.ts'
import type { TensorFlow } from './backends/backend.ts'
import { type CtcScores, ctcLoss, ctcLossOp } from './ctc/ctc-loss.ts'
import { decodeGreedily, lineScores } from './ctc/decoding.ts'
import type { LineBatch, LineBatches } from './lines/line-batches.ts'
import type { Evaluation, Learner, Task } from './task.ts'
import { valuesOf } from './tensor-values.ts'

export interface RecogniserEvaluation extends Evaluation {
  /** Of the subset's samples, in the order in which they were read. */
  lines: { sample: number; text: string; reading: string }[]
}

const evaluationBatch = 16

/** A recogniser under the CTC loss: nats a line. */
export function recogniserLearner(
  tf: TensorFlow,
  { logits: model }: RecogniserModel,
  alphabet: readonly string[],
): Learner<LineBatch> {
  const coding = new AlphabetCoding(alphabet)
  const losses = new WeakMap<LineBatch, number>()
  return {
    variables: model.trainableWeights.map((weight) => weight.read() as Variable),
    statistics: model.nonTrainableWeights.map((weight) => weight.read() as Variable),

    forward(batch) {
      const output = model.apply(inputsOf(tf, batch), { training: true }) as Tensor3D
      const loss = ctcLossOp(tf, output, batch.targets, batch.lengths, (mean) => losses.set(batch, mean))
      return { loss, output }
    },

    numbers(batch, logits) {
      const { characters } = errorsOf(coding, batch, scoresOf(batch, logits))
      return { loss: losses.get(batch) ?? Number.NaN, metrics: { cer: characters.rate } }
    },
  }
}

/** Learning to read lines. The best epoch is the one with the lowest character error rate. */
export function recogniserTask(
  tf: TensorFlow,
  model: RecogniserModel,
  lines: LineBatches,
  alphabet: readonly string[],
): Task<LineBatch, RecogniserEvaluation> {
  const coding = new AlphabetCoding(alphabet)
  return {
    ...recogniserLearner(tf, model, alphabet),
    indices: (subset) => lines.indices(subset),
    nameOf: (index) => lines.nameOf(index),
    order: lines.order,
    batch: async (indices, epoch) => lines.batch(indices, epoch),

    async evaluate(subset, onBatch) {
      const total = lines.indices(subset).length
      if (total === 0) return null
      const characters = new ErrorCount()
      const words = new ErrorCount()
      const read: RecogniserEvaluation['lines'] = []
      let lossSum = 0
      let counted = 0
      for (const indices of lines.groups(subset, evaluationBatch)) {
        const batch = lines.batch(indices)
        const logits = await valuesOf(
          tf.tidy(() => model.logits.apply(inputsOf(tf, batch), { training: false }) as Tensor),
        )
        const scores = scoresOf(batch, logits)
        for (const loss of ctcLoss(scores, batch.targets).losses) {
          if (!Number.isFinite(loss)) continue
          lossSum += loss
          counted++
        }
        const errors = errorsOf(coding, batch, scores)
        characters.add(errors.characters)
        words.add(errors.words)
        for (const [row, sample] of indices.entries()) {
          read.push({ sample, text: batch.texts[row] ?? '', reading: errors.readings[row] ?? '' })
        }
        onBatch(read.length, total)
        await nextTurn()
      }
      return {
        loss: lossSum / Math.max(1, counted),
        metrics: { cer: characters.rate, wer: words.rate },
        lines: read,
      }
    },

    isBetter(candidate, best) {
      const [rate, former] = [candidate, best].map(({ metrics }) => metrics['cer'] ?? 1)
      if (rate !== former) return (rate as number) < (former as number)
      return candidate.loss < best.loss
    },
  }
}

function inputsOf(tf: TensorFlow, { size, height, width, inputs }: LineBatch): Tensor {
  return tf.tensor4d(inputs, [size, height, width, 1])
}

function scoresOf({ size, lengths }: LineBatch, logits: Float32Array): CtcScores {
  const frames = lengths.reduce((most, length) => Math.max(most, length), 0)
  return { logits, batch: size, frames, classes: logits.length / (size * frames), lengths }
}

function errorsOf(
  coding: AlphabetCoding,
  { size, texts }: LineBatch,
  scores: CtcScores,
): { characters: ErrorCount; words: ErrorCount; readings: string[] } {
  const readings = Array.from({ length: size }, (_, line) =>
    coding.decode(decodeGreedily(lineScores(scores, line))),
  )
  const characters = new ErrorCount()
  const words = new ErrorCount()
  for (const [line, reading] of readings.entries()) {
    characters.addCharacters(texts[line] ?? '', reading)
    words.addWords(texts[line] ?? '', reading)
  }
  return { characters, words, readings }
}

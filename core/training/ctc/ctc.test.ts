import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Tensor3D } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'
import { createRandom } from '../../domain/random.ts'
import { characterErrorRate } from '../../evaluation/character-error-rate.ts'
import { wasmBackend } from '../backends/wasm.ts'
import { ctcLoss, ctcLossOp, framesNeeded } from './ctc-loss.ts'
import { decodeByBeams, decodeGreedily, type LineScores } from './decoding.ts'
import { trainNgramModel } from './ngram-model.ts'

function randomLogits(count: number, stream: string): Float32Array {
  const random = createRandom(5, stream)
  return Float32Array.from({ length: count }, () => 4 * random.next() - 2)
}

function probabilitiesOf({ logits, frames, classes }: LineScores): number[][] {
  return Array.from({ length: frames }, (_, frame) => {
    const row = Array.from(logits.subarray(frame * classes, (frame + 1) * classes), Math.exp)
    const sum = row.reduce((total, value) => total + value, 0)
    return row.map((value) => value / sum)
  })
}

/** Probability of every text, by going through all paths. */
function allTexts(scores: LineScores): Map<string, number> {
  const { frames, classes } = scores
  const probabilities = probabilitiesOf(scores)
  const texts = new Map<string, number>()
  for (let code = 0; code < classes ** frames; code++) {
    const path = Array.from({ length: frames }, (_, frame) => Math.floor(code / classes ** frame) % classes)
    const probability = path.reduce(
      (product, each, frame) => product * (probabilities[frame]?.[each] ?? 0),
      1,
    )
    const text = path.filter((each, frame) => each !== path[frame - 1] && each !== classes - 1).join()
    texts.set(text, (texts.get(text) ?? 0) + probability)
  }
  return texts
}

const tiny: LineScores[] = ['a', 'b', 'c', 'd'].map((stream) => ({
  logits: randomLogits(5 * 4, stream),
  frames: 5,
  classes: 4,
}))

describe('the CTC loss', () => {
  const targets = [[], [0], [0, 1], [1, 1], [2, 0, 2], [0, 0, 1], [0, 1, 2, 1, 0]]

  it.each(targets.map((target) => [target]))('of %j is what all paths together say', (target) => {
    for (const scores of tiny) {
      const { losses } = ctcLoss({ ...scores, batch: 1, lengths: [scores.frames] }, [target])
      expect(losses[0]).toBeCloseTo(-Math.log(allTexts(scores).get(target.join()) ?? 0), 9)
    }
  })

  it('has the gradient that finite differences give, with lines of different lengths', () => {
    const shape = { batch: 3, frames: 7, classes: 5, lengths: [7, 5, 6] }
    const logits = randomLogits(3 * 7 * 5, 'gradient')
    const lines = [
      [0, 1],
      [2, 2],
      [3, 1, 0],
    ]
    const { gradient } = ctcLoss({ logits, ...shape }, lines)
    const step = 2 ** -8
    const sum = (values: Float32Array) =>
      ctcLoss({ logits: values, ...shape }, lines).losses.reduce((total, loss) => total + loss, 0)
    for (let at = 0; at < logits.length; at++) {
      const [up, down] = [logits.slice(), logits.slice()]
      up[at] = (up[at] as number) + step
      down[at] = (down[at] as number) - step
      const width = (up[at] as number) - (down[at] as number)
      expect((sum(up) - sum(down)) / width).toBeCloseTo(gradient[at] as number, 4)
    }
  })

  it('of a text that does not fit is infinite, without a gradient', () => {
    expect(framesNeeded([1, 1, 2])).toBe(4)
    const { losses, gradient } = ctcLoss(
      { logits: randomLogits(3 * 4, 'short'), batch: 1, frames: 3, classes: 4, lengths: [3] },
      [[1, 1, 2]],
    )
    expect(losses[0]).toBe(Number.POSITIVE_INFINITY)
    expect(gradient.every((value) => value === 0)).toBe(true)
  })

  it('as an op gives the mean and its gradient', async () => {
    const { tf } = await wasmBackend.load()
    const logits = randomLogits(2 * 6 * 4, 'op')
    const lines = [[0, 1], [2]]
    const lengths = [6, 4]
    const { losses, gradient } = ctcLoss({ logits, batch: 2, frames: 6, classes: 4, lengths }, lines)
    const { value, grad } = tf.valueAndGrad((x) => ctcLossOp(tf, x as Tensor3D, lines, lengths))(
      tf.tensor3d(logits, [2, 6, 4]),
    )
    expect(value.dataSync()[0]).toBeCloseTo(((losses[0] as number) + (losses[1] as number)) / 2, 5)
    for (const [at, slope] of grad.dataSync().entries()) {
      expect(slope).toBeCloseTo((gradient[at] as number) / 2, 6)
    }
  })
})

describe('decoding', () => {
  it('greedily takes the likeliest path', () => {
    const logits = Float32Array.from([9, 0, 0, 9, 0, 0, 0, 0, 9, 9, 0, 0, 0, 9, 0])
    expect(decodeGreedily({ logits, frames: 5, classes: 3 })).toEqual([0, 0, 1])
  })

  it('with beams finds the text that is likeliest of all', () => {
    for (const scores of tiny) {
      const best = [...allTexts(scores)].reduce((found, each) => (each[1] > found[1] ? each : found))
      expect(decodeByBeams(scores, { width: 200 }).join()).toBe(best[0])
    }
  })

  it('with a language model prefers what the language says where the picture is unsure', () => {
    const unsure = Float32Array.from([9, 0, 0, 0, 0, 0, 0, 9, 0, 5, 5.1, 0])
    const scores = { logits: unsure, frames: 3, classes: 4 }
    const model = trainNgramModel(
      [
        [0, 1],
        [0, 1],
        [0, 1],
      ],
      { order: 2, characters: 3 },
    )
    expect(decodeByBeams(scores)).toEqual([0, 2])
    expect(decodeByBeams(scores, { language: { model, weight: 1 } })).toEqual([0, 1])
  })
})

describe('an n-gram model', () => {
  it('gives probabilities that sum to one after any beginning', () => {
    const model = trainNgramModel(
      [
        [0, 1, 2, 0, 1],
        [2, 2, 1],
      ],
      { order: 3, characters: 4 },
    )
    for (const before of [[], [0], [0, 1], [3, 3], [2, 2]]) {
      const sum = [0, 1, 2, 3].reduce(
        (total, each) => total + Math.exp(model.logProbability(before, each)),
        0,
      )
      expect(sum).toBeCloseTo(1, 9)
    }
  })
})

const matrices = ['../shared', '../../shared']
  .map((shared) => path.resolve(shared, 'data/ocr-ctc-bentham-iam-matrices/data'))
  .find((folder) => existsSync(folder))

describe.skipIf(matrices === undefined)('decoding of ocr-ctc-bentham-iam-matrices', () => {
  function pair(set: string, number: number): { scores: LineScores; truth: string; characters: string[] } {
    const read = (name: string) => readFileSync(path.join(matrices ?? '', set, name), 'utf8')
    const characters = [...read('chars.txt')]
    const rows = read(`mat_${number}.csv`)
      .trim()
      .split('\n')
      .map((row) =>
        row
          .split(';')
          .filter((cell) => cell.trim() !== '')
          .map(Number),
      )
    const classes = characters.length + 1
    return {
      scores: { logits: Float32Array.from(rows.flat()), frames: rows.length, classes },
      truth: read(`gt_${number}.txt`),
      characters,
    }
  }

  // As their author's own decoders read them (github.com/githubharald/CTCDecoder).
  it.each([
    ['bentham', 0, 'brain.', 'brain.'],
    ['bentham', 1, 'sappond', 'sappond'],
    ['iam', 0, 'the fak friend of the fomly hae tC', 'the fak friend of the fomcly hae tC'],
  ] as const)('%s %i is read as published', (set, number, greedy, beams) => {
    const { scores, characters } = pair(set, number)
    const text = (classes: number[]) => classes.map((each) => characters[each]).join('')
    expect(scores.logits.length).toBe(scores.frames * scores.classes)
    expect(text(decodeGreedily(scores))).toBe(greedy)
    expect(text(decodeByBeams(scores, { width: 25 }))).toBe(beams)
  })

  it.each([
    ['bentham', 0],
    ['bentham', 1],
    ['bentham', 2],
    ['iam', 0],
  ] as const)('%s %i is read better with its language', (set, number) => {
    const { scores, truth, characters } = pair(set, number)
    const corpus = readFileSync(path.join(matrices ?? '', set, 'corpus.txt'), 'utf8')
    const classes = [...corpus].map((each) => characters.indexOf(each)).filter((each) => each >= 0)
    const model = trainNgramModel([classes], { order: 5, characters: characters.length })
    const text = (read: number[]) => read.map((each) => characters[each]).join('')
    const plain = characterErrorRate(truth, text(decodeByBeams(scores, { width: 25 })))
    const helped = characterErrorRate(
      truth,
      text(decodeByBeams(scores, { width: 25, language: { model, weight: 0.8, bonus: 1 } })),
    )
    expect(helped).toBeLessThanOrEqual(plain)
    expect(helped).toBeLessThan(0.3)
  })
})

import { describe, expect, it } from 'vitest'
import { classifierEvaluation } from './classifier-evaluation.ts'
import { CurvePen, rank } from './ranking-curves.ts'
import { type SliceFacts, slicesOf, wilsonInterval } from './slices.ts'

/** 60 answers over 3 classes, on so coarse a grid that many are equal: glibc's first generator, seed 7. */
function answers() {
  let state = 7n
  const next = () => {
    state = (state * 1_103_515_245n + 12_345n) % 2_147_483_648n
    return Number(state / 65_536n)
  }
  const actual: number[] = []
  const probabilities: number[] = []
  for (let row = 0; row < 60; row++) {
    const label = next() % 3
    const weights = [0, 0, 0].map(() => 1 + (next() % 4))
    weights[label] = (weights[label] ?? 0) + (next() % 5)
    const sum = weights.reduce((total, weight) => total + weight, 0)
    actual.push(label)
    probabilities.push(...weights.map((weight) => weight / sum))
  }
  return { labels: ['a', 'b', 'c'], actual, probabilities: Float32Array.from(probabilities) }
}

/**
 * What scikit-learn 1.9.1 says of the same float32 numbers: `roc_auc_score`, `average_precision_score` (each class, and
 * `average="micro"` and `"macro"` over the indicator matrix), `roc_curve(drop_intermediate=False)` and
 * `precision_recall_curve`; the calibration error is numpy's over 15 equal bins `(from, to]`.
 */
const scikit = {
  auc: [0.9026988636363636, 0.8761961722488039, 0.868421052631579],
  averagePrecision: [0.7489339826839826, 0.8273889685832415, 0.8044174652519238],
  micro: { auc: 0.8663194444444444, averagePrecision: 0.763677947633041 },
  macro: { auc: 0.8824386961722489, averagePrecision: 0.793580138839716 },
  ece: 0.22523202796777086,
  roc: {
    falsePositives: [
      0, 0, 0, 1, 2, 2, 2, 3, 6, 8, 8, 11, 11, 12, 16, 17, 18, 19, 23, 26, 31, 32, 34, 36, 38, 41, 43, 44,
    ],
    truePositives: [
      0, 1, 2, 4, 6, 7, 10, 11, 11, 12, 13, 13, 14, 15, 15, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16,
      16,
    ],
  },
  precision: [
    0.26666666666666666, 0.2711864406779661, 0.2807017543859649, 0.2962962962962963, 0.3076923076923077, 0.32,
    0.3333333333333333, 0.3404255319148936, 0.38095238095238093, 0.41025641025641024, 0.45714285714285713,
    0.47058823529411764, 0.48484848484848486, 0.4838709677419355, 0.5555555555555556, 0.56,
    0.5416666666666666, 0.6190476190476191, 0.6, 0.6470588235294118, 0.7857142857142857, 0.8333333333333334,
    0.7777777777777778, 0.75, 0.8, 1, 1, 1,
  ],
  recall: [
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0.9375, 0.9375, 0.875, 0.8125, 0.8125, 0.75, 0.6875, 0.6875, 0.625,
    0.4375, 0.375, 0.25, 0.125, 0.0625, 0,
  ],
}

const close = (found: readonly number[] | undefined, expected: readonly number[]) => {
  expect(found).toHaveLength(expected.length)
  expected.forEach((value, index) => {
    expect(found?.[index]).toBeCloseTo(value, 12)
  })
}

describe("a classifier's curves", () => {
  it('have the areas that scikit-learn finds, of each class and over all', async () => {
    const { classes, micro, macro } = await classifierEvaluation(answers(), [])
    expect(classes.map(({ support }) => support)).toEqual([16, 22, 22])
    close(
      classes.map(({ ranking }) => ranking?.auc ?? Number.NaN),
      scikit.auc,
    )
    close(
      classes.map(({ ranking }) => ranking?.averagePrecision ?? Number.NaN),
      scikit.averagePrecision,
    )
    close([micro?.auc ?? 0, micro?.averagePrecision ?? 0], Object.values(scikit.micro))
    close([macro.auc ?? 0, macro.averagePrecision ?? 0], Object.values(scikit.macro))
  })

  it('go through the points of scikit-learn, point by point', () => {
    const { actual, probabilities } = answers()
    const scores = (mine: boolean) =>
      Float32Array.from(
        actual.flatMap((label, row) => ((label === 0) === mine ? [probabilities[row * 3] ?? 0] : [])),
      )
    const ranking = rank(scores(true), scores(false))
    close(
      ranking?.roc.x,
      scikit.roc.falsePositives.map((count) => count / 44),
    )
    close(
      ranking?.roc.y,
      scikit.roc.truePositives.map((count) => count / 16),
    )
    close(ranking?.precisionRecall.x, scikit.recall.toReversed())
    close(ranking?.precisionRecall.y, scikit.precision.toReversed())
  })

  it('are none where a class has no samples, and leave the mean to the others', async () => {
    const { classes, macro } = await classifierEvaluation(
      {
        labels: ['cat', 'dog', 'owl'],
        actual: [0, 1],
        probabilities: Float32Array.of(0.5, 0.25, 0.25, 0.25, 0.5, 0.25),
      },
      [],
    )
    expect(classes[2]).toEqual({ label: 'owl', support: 0, ranking: null })
    expect(macro.auc).toBe(1)
  })

  it('keep their jumps when they are thinned', () => {
    const steps = Array.from({ length: 1_001 }, (_, at) => at / 1_000)
    const pen = new CurvePen(0, 0, 1 / 64)
    for (const x of steps) pen.to(x, x < 0.5005 ? 0 : 1)
    const thin = pen.end()
    expect(thin.x.length).toBeLessThan(140)
    const up = thin.y.indexOf(1)
    expect([thin.x[up - 1], thin.x[up]]).toEqual([0.5, 0.501])
    expect([thin.x[0], thin.x.at(-1)]).toEqual([0, 1])
  })
})

it("a classifier's calibration error over 15 bins is numpy's", async () => {
  const { calibration } = await classifierEvaluation(answers(), [])
  expect(calibration.bins).toHaveLength(15)
  expect(calibration.ece).toBeCloseTo(scikit.ece, 12)
})

it('the surest mistake comes first, with how sure it was of what was right', async () => {
  const { errors } = await classifierEvaluation(
    {
      labels: ['cat', 'dog'],
      actual: [0, 1, 1],
      probabilities: Float32Array.of(0.25, 0.75, 0.125, 0.875, 1, 0),
    },
    [],
  )
  expect(errors).toEqual([
    { index: 2, predicted: 0, confidence: 1, actualConfidence: 0 },
    { index: 0, predicted: 1, confidence: 0.75, actualConfidence: 0.25 },
  ])
})

describe('slices', () => {
  it.each([
    // scipy 1.17.1: binomtest(right, samples).proportion_ci(method='wilson')
    [8, 10, 0.4901624715366418, 0.9433178485456248],
    [10, 10, 0.7224672001371109, 1.0],
    [0, 4, 0.0, 0.4898908364545973],
    [37, 60, 0.49017595824099924, 0.7291172762591798],
  ])('%i right of %i lie between %d and %d', (right, samples, low, high) => {
    close(wilsonInterval(right, samples), [low, high])
  })

  const fact = (side: number, group: string | null): SliceFacts => ({
    group,
    width: side,
    height: side,
    bytes: 100,
    mediaType: 'image/png',
  })

  it('tell where the answers are worse: by class, group and size, and not by what all share', () => {
    const sides = [10, 10, 20, 20, 30, 30, 40, 40]
    const right = [true, true, false, true, false, true, true, true]
    const labels = sides.map((_, index) => (index % 2 ? 'odd' : 'even'))
    const found = slicesOf(
      sides.map((side, index) => fact(side, index < 6 ? `writer ${index % 2}` : null)),
      labels,
      right,
    )
    const told = found.map(({ by, value, samples, right: hits }) => [by, value, hits, samples])
    expect(told).toEqual([
      ['class', 'even', 2, 4],
      ['class', 'odd', 4, 4],
      ['group', 'writer 0', 1, 3],
      ['group', 'writer 1', 3, 3],
      ['side', [10, 10], 2, 2],
      ['side', [20, 20], 1, 2],
      ['side', [30, 30], 1, 2],
      ['side', [40, 40], 2, 2],
    ])
  })

  it('leave out samples of which nothing is known, and bands that would be empty', () => {
    const found = slicesOf([fact(10, null), fact(90, null), fact(10, null), null], ['a', 'a', 'a', 'a'], [])
    expect(found.map(({ by, value, samples }) => [by, value, samples])).toEqual([
      ['side', [10, 10], 2],
      ['side', [90, 90], 1],
    ])
  })
})

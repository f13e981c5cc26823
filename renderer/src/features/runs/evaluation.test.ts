import { expect, test } from 'vitest'
import { commonMistakes, parseEvaluation } from './evaluation.ts'

const file = JSON.stringify({
  labels: ['cat', 'dog'],
  test: {
    samples: 5,
    accuracy: 0.6,
    confusion: [
      [2, 1],
      [1, 1],
    ],
  },
})

test('the confusion matrix of each subset is read from evaluation.json', () => {
  const { labels, subsets } = parseEvaluation(file)
  expect(labels).toEqual(['cat', 'dog'])
  expect(subsets).toEqual([
    {
      subset: 'test',
      samples: 5,
      accuracy: 0.6,
      confusion: [
        [2, 1],
        [1, 1],
      ],
      classes: [],
      macroF1: null,
      intervals: { accuracy: null, f1: null },
      calibration: { bins: [], ece: null },
      judged: [],
    },
  ])
})

test('common mistakes leave out what was right', () => {
  const evaluation = parseEvaluation(file)
  const [subset] = evaluation.subsets
  expect(subset && commonMistakes(evaluation, subset, 5)).toEqual([
    { actual: 'cat', predicted: 'dog', count: 1 },
    { actual: 'dog', predicted: 'cat', count: 1 },
  ])
})

test('a file that is something else says so', () => {
  expect(() => parseEvaluation('{}')).toThrow('names no labels')
})

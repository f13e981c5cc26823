import { expect, test } from 'vitest'
import { bestOf, compareMetricKeys, groupByQuantity, splitMetric } from './metric-keys.ts'

const metric = { value: 0.4, step: 9, timestamp: 1, min: 0.1, max: 0.9, count: 10 }

test('the best loss is the smallest, the best accuracy the largest', () => {
  expect(bestOf('validation_loss', metric)).toBe(0.1)
  expect(bestOf('character_error_rate', metric)).toBe(0.1)
  expect(bestOf('validation_accuracy', metric)).toBe(0.9)
})

test('free names are kept whole', () => {
  expect(splitMetric('val/loss')).toEqual({ subset: 'validation', quantity: 'loss' })
  expect(splitMetric('lr 🚀: a/b')).toEqual({ subset: null, quantity: 'lr 🚀: a/b' })
  expect(splitMetric('my_metric')).toEqual({ subset: null, quantity: 'my_metric' })
})

test('loss comes first, and train and validation share a chart', () => {
  const keys = ['validation_accuracy', 'speed', 'validation_loss', 'train_loss', 'train_accuracy'].sort(
    compareMetricKeys,
  )
  expect(groupByQuantity(keys)).toEqual([
    { quantity: 'loss', keys: ['train_loss', 'validation_loss'] },
    { quantity: 'accuracy', keys: ['train_accuracy', 'validation_accuracy'] },
    { quantity: 'speed', keys: ['speed'] },
  ])
})

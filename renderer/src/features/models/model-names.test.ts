import { expect, test } from 'vitest'
import { modelPath, shapeText } from './model-names.ts'

test('a model with spaces and signs in its name has an address', () => {
  expect(decodeURIComponent(modelPath('a b?#ä').slice('/models/'.length))).toBe('a b?#ä')
})

test('the batch is named in a shape', () => {
  expect(shapeText([-1, 28, 28, 1])).toBe('batch × 28 × 28 × 1')
})

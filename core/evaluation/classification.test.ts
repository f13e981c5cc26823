import { describe, expect, it } from 'vitest'
import { classificationReport, confusionMatrix } from './classification.ts'

describe('a classification report', () => {
  const labels = ['cat', 'dog', 'owl']

  it('counts what was taken for what, by actual and predicted class', () => {
    expect(confusionMatrix([0, 0, 1, 2, 2], [0, 1, 1, 2, 0], 3)).toEqual([
      [1, 1, 0],
      [0, 1, 0],
      [1, 0, 1],
    ])
  })

  it('gives precision, recall and F1 of each class', () => {
    const report = classificationReport(labels, [0, 0, 0, 1], [0, 0, 1, 1])
    expect(report.accuracy).toBe(0.75)
    expect(report.classes[0]).toEqual({
      label: 'cat',
      support: 3,
      precision: 1,
      recall: 2 / 3,
      f1: 0.8,
    })
    expect(report.classes[1]?.precision).toBe(0.5)
  })

  it('says "none" rather than 0 or NaN for a class without samples, and leaves it out of the means', () => {
    const report = classificationReport(labels, [0, 1], [0, 1])
    expect(report.classes[2]).toEqual({ label: 'owl', support: 0, precision: null, recall: null, f1: null })
    expect(report.macro).toEqual({ precision: 1, recall: 1, f1: 1 })
  })

  it('has an F1 of 0 for a class that was always missed', () => {
    const report = classificationReport(labels, [0, 1], [1, 0])
    expect(report.classes[0]?.f1).toBe(0)
  })

  it('has no accuracy over no samples', () => {
    const report = classificationReport(labels, [], [])
    expect(report.accuracy).toBeNull()
    expect(report.samples).toBe(0)
  })

  it('refuses a class that is not among the labels', () => {
    expect(() => confusionMatrix([3], [0], 3)).toThrow('sample 0')
  })
})

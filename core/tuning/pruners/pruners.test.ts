import { expect, test } from 'vitest'
import type { Course } from '../trial.ts'
import { ashaPruner } from './asha.ts'
import { medianPruner } from './median.ts'

const course = (...values: number[]): Course =>
  values.map((value, index) => ({ step: (index + 1) * 10, value }))

test('the median pruner gives up what is worse than the half of the others at the same step', () => {
  const others = [course(0.5, 0.4), course(0.6, 0.5), course(0.7, 0.6), course(0.8, 0.7)]
  const minimize = { others, direction: 'minimize' as const }
  expect(medianPruner.givesUp({ ...minimize, course: course(0.9, 0.8) })).toBe(true)
  expect(medianPruner.givesUp({ ...minimize, course: course(0.9, 0.3) })).toBe(false)
  expect(medianPruner.givesUp({ ...minimize, course: course(0.3, 0.8) })).toBe(false)
  expect(medianPruner.givesUp({ ...minimize, course: course(Number.NaN, Number.NaN) })).toBe(true)
  expect(medianPruner.givesUp({ others, direction: 'maximize', course: course(0.9, 0.8) })).toBe(false)
  expect(medianPruner.givesUp({ others, direction: 'maximize', course: course(0.1, 0.2) })).toBe(true)
})

test('the median pruner waits for an epoch and for four others that came as far', () => {
  const bad = course(9, 9)
  const others = [course(0.5, 0.4), course(0.6, 0.5), course(0.7, 0.6), course(0.8)]
  expect(medianPruner.givesUp({ others, direction: 'minimize', course: bad })).toBe(false)
  const all = [...others.slice(0, 3), course(0.8, 0.8)]
  expect(medianPruner.givesUp({ others: all, direction: 'minimize', course: bad.slice(0, 1) })).toBe(false)
  expect(medianPruner.givesUp({ others: all, direction: 'minimize', course: bad })).toBe(true)
})

test('ASHA lets the best third go on, at its rungs only', () => {
  const others = [course(0.1, 0.1, 0.1), course(0.2, 0.2, 0.2), course(0.3), course(0.4), course(0.5)]
  const question = (values: number[]) => ({
    others,
    direction: 'minimize' as const,
    course: course(...values),
  })
  expect(ashaPruner.givesUp(question([0.15]))).toBe(false)
  expect(ashaPruner.givesUp(question([0.25]))).toBe(true)
  expect(ashaPruner.givesUp(question([0.15, 9]))).toBe(false)
  expect(ashaPruner.givesUp(question([0.15, 9, 9]))).toBe(true)
  expect(ashaPruner.givesUp(question([0.15, 9, 0.05]))).toBe(false)
})

test('ASHA gives nothing up while fewer than three are at a rung', () => {
  expect(ashaPruner.givesUp({ others: [course(0.1)], direction: 'minimize', course: course(9) })).toBe(false)
})

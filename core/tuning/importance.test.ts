import { expect, test } from 'vitest'
import { searchSpace } from '../contract/index.ts'
import { importances } from './importance.ts'
import { drawAll } from './samplers/random.ts'
import type { PastTrial } from './trial.ts'

const space = searchSpace.parse({
  much: { kind: 'float', low: 0, high: 1 },
  little: { kind: 'float', low: 0, high: 1 },
  nothing: { kind: 'choice', choices: ['a', 'b', 'c'] },
})

const trials = (count: number): PastTrial[] =>
  Array.from({ length: count }, (_, number) => {
    const parameters = drawAll({ space, seed: 1, number })
    const value = 2 * Number(parameters['much']) + Number(parameters['little'])
    return { parameters, status: 'complete' as const, value }
  })

test('options share the variance as the function of them has it', () => {
  const found = importances(space, trials(300), 'minimize')
  expect(found.map(({ name }) => name)).toEqual(['much', 'little', 'nothing'])
  // Of 2x + y over the unit square: 4/5 and 1/5.
  expect(found[0]?.importance).toBeCloseTo(0.8, 1)
  expect(found[1]?.importance).toBeCloseTo(0.2, 1)
  expect(found[2]?.importance).toBeLessThan(0.03)
  expect(importances(space, trials(300), 'maximize')).toEqual(
    importances(
      space,
      trials(300).map((trial) => ({ ...trial, value: -(trial.value ?? 0) })),
      'minimize',
    ),
  )
})

test('nothing is said from too few trials, or where all are equal', () => {
  expect(importances(space, trials(3), 'minimize')).toEqual([])
  expect(
    importances(
      space,
      trials(20).map((trial) => ({ ...trial, value: 1 })),
      'minimize',
    ),
  ).toEqual([])
})

import { describe, expect, test } from 'vitest'
import { searchSpace } from '../../contract/index.ts'
import type { PastTrial, TrialParameters } from '../trial.ts'
import { gridSampler } from './grid.ts'
import { samplers } from './index.ts'
import { tpeSampler } from './tpe.ts'

const space = searchSpace.parse({
  learningRate: { kind: 'float', low: 1e-5, high: 1, log: true },
  batchSize: { kind: 'integer', low: 16, high: 19 },
  optimizer: { kind: 'choice', choices: ['sgd', 'adam', 'adamw'] },
})

/** Least at a learning rate of 0.01 with adam. */
const loss = ({ learningRate, batchSize, optimizer }: TrialParameters): number =>
  (Math.log10(Number(learningRate)) + 2) ** 2 + (optimizer === 'adam' ? 0 : 1) + Number(batchSize) / 1_000

function search(id: string, trials: number, seed: number): PastTrial[] {
  const sampler = samplers.find((one) => one.id === id)
  const past: PastTrial[] = []
  for (let number = 0; number < trials; number++) {
    const parameters = sampler?.ask({ space, direction: 'minimize', seed, number, past })
    if (!parameters) break
    past.push({ parameters, status: 'complete', value: loss(parameters) })
  }
  return past
}

describe.each(samplers)('the sampler $id', ({ id }) => {
  test('stays in the space and asks the same again', () => {
    const trials = search(id, 40, 7)
    expect(search(id, 40, 7)).toEqual(trials)
    for (const { parameters } of trials) {
      const { learningRate, batchSize, optimizer } = parameters
      expect(Number(learningRate)).toBeGreaterThanOrEqual(1e-5)
      expect(Number(learningRate)).toBeLessThanOrEqual(1)
      expect([16, 17, 18, 19]).toContain(batchSize)
      expect(['sgd', 'adam', 'adamw']).toContain(optimizer)
    }
  })
})

test('a grid has each combination once and then ends', () => {
  const trials = search('grid', 1_000, 0)
  expect(trials).toHaveLength(5 * 4 * 3)
  expect(new Set(trials.map(({ parameters }) => JSON.stringify(parameters))).size).toBe(60)
  const rates = [...new Set(trials.map(({ parameters }) => Number(parameters['learningRate'])))].sort()
  expect(rates[0]).toBeCloseTo(1e-5, 10)
  expect(rates.at(-1)).toBe(1)
  expect(gridSampler.ask({ space, direction: 'minimize', seed: 0, number: 60, past: [] })).toBeUndefined()
})

test('TPE goes where trials were good, for a loss and for a score', () => {
  const late = search('tpe', 60, 3).slice(30)
  expect(late.filter(({ parameters }) => parameters['optimizer'] === 'adam').length).toBeGreaterThan(18)
  const far = late.filter(
    ({ parameters }) => Math.abs(Math.log10(Number(parameters['learningRate'])) + 2) > 1.5,
  )
  expect(far.length).toBeLessThan(10)
  const scores = search('random', 30, 3).map((trial) => ({ ...trial, value: -(trial.value ?? 0) }))
  const question = { space, seed: 5, number: 30 }
  const losses = search('random', 30, 3)
  expect(tpeSampler.ask({ ...question, direction: 'maximize', past: scores })).toEqual(
    tpeSampler.ask({ ...question, direction: 'minimize', past: losses }),
  )
})

test('TPE keeps away from what runs, was given up or failed', () => {
  const past = search('random', 20, 1)
  const question = { space, direction: 'minimize' as const, seed: 1, number: 40 }
  const next = tpeSampler.ask({ ...question, past })
  const crowd = Array.from(
    { length: 20 },
    (): PastTrial => ({ parameters: next ?? {}, status: 'running', value: null }),
  )
  expect(tpeSampler.ask({ ...question, past: [...past, ...crowd] })).not.toEqual(next)
})

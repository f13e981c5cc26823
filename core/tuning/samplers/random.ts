import { createRandom } from '../../domain/random.ts'
import { uniform } from '../space.ts'
import type { Question, Sampler, TrialParameters } from '../trial.ts'

/** Bergstra and Bengio, "Random Search for Hyper-Parameter Optimization", JMLR 13 (2012). */
export const randomSampler: Sampler = {
  id: 'random',
  title: 'Random',
  description: 'Each value drawn on its own: a fair start, and what others are measured against.',
  ask: drawAll,
}

export function drawAll({
  space,
  seed,
  number,
}: Pick<Question, 'space' | 'seed' | 'number'>): TrialParameters {
  const random = createRandom(seed, `trial ${number}`)
  return Object.fromEntries(
    Object.keys(space)
      .sort()
      .flatMap((name) => {
        const range = space[name]
        return range ? [[name, uniform(range, random.next())]] : []
      }),
  )
}

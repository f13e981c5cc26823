import { evenly } from '../space.ts'
import type { Sampler, TrialParameters } from '../trial.ts'

/** Values taken of a range of numbers. */
const steps = 5

/** All combinations, the last option (by name) changing fastest. */
export const gridSampler: Sampler = {
  id: 'grid',
  title: 'Grid',
  description: `All combinations: each choice, and ${steps} values of each range of numbers. Ends when all were tried.`,
  ask({ space, number }) {
    const parameters: TrialParameters = {}
    let rest = number
    for (const name of Object.keys(space).sort().reverse()) {
      const range = space[name]
      if (!range) continue
      const values = evenly(range, steps)
      parameters[name] = values[rest % values.length] ?? ''
      rest = Math.floor(rest / values.length)
    }
    return rest > 0 ? undefined : parameters
  },
}

import type { TrainingOptions } from '../contract/index.ts'

type ScheduleOptions = Pick<TrainingOptions, 'schedule' | 'learningRate'>

const warmUpPart = 0.1
const cycleRises = 0.3

/**
 * The learning rate of a step.
 * - `constant`
 * - `step`: a tenth after half of the steps, a hundredth after three quarters
 * - `cosine`: falls to zero (Loshchilov and Hutter, 2017, without restarts)
 * - `warm-up`: rises through the first tenth of the steps, then falls as `cosine`
 * - `one-cycle`: rises from a 25th through 30 % of the steps, then falls to zero, both along cosines (Smith, 2018)
 * @param step 1-based
 */
export function learningRateAt(
  { schedule, learningRate }: ScheduleOptions,
  step: number,
  totalSteps: number,
): number {
  const done = (step - 1) / totalSteps
  switch (schedule) {
    case 'constant':
      return learningRate
    case 'step':
      return learningRate * (done < 0.5 ? 1 : done < 0.75 ? 0.1 : 0.01)
    case 'cosine':
      return learningRate * falling(done)
    case 'warm-up': {
      const rising = Math.max(1, Math.round(totalSteps * warmUpPart))
      if (step <= rising) return (learningRate * step) / rising
      return learningRate * falling((step - 1 - rising) / Math.max(1, totalSteps - rising))
    }
    case 'one-cycle':
      if (done < cycleRises) return learningRate * (1 - (24 / 25) * falling(done / cycleRises))
      return learningRate * falling((done - cycleRises) / (1 - cycleRises))
  }
}

/** From 1 to 0 along a cosine as `part` goes from 0 to 1. */
function falling(part: number): number {
  return 0.5 * (1 + Math.cos(Math.PI * part))
}

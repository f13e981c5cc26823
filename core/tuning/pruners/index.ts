import type { Pruner } from '../trial.ts'
import { ashaPruner } from './asha.ts'
import { medianPruner } from './median.ts'

const never: Pruner = {
  id: 'none',
  title: 'None',
  description: 'Lets every trial come to its end.',
  givesUp: () => false,
}

export const pruners: readonly Pruner[] = [medianPruner, ashaPruner, never]

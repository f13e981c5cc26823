import type { Sampler } from '../trial.ts'
import { gridSampler } from './grid.ts'
import { randomSampler } from './random.ts'
import { tpeSampler } from './tpe.ts'

export const samplers: readonly Sampler[] = [tpeSampler, randomSampler, gridSampler]

import type { Subset } from '../../../../core/contract/index.ts'

export const subsets: Subset[] = ['train', 'validation', 'test']
export const subsetWords: Record<Subset, string> = { train: 'Train', validation: 'Validation', test: 'Test' }

import type { Subset } from '../../contract/index.ts'

const names: Record<string, Subset> = {
  train: 'train',
  training: 'train',
  trainval: 'train',
  val: 'validation',
  valid: 'validation',
  validation: 'validation',
  dev: 'validation',
  test: 'test',
  testing: 'test',
}

/** The subset that a folder, a file or a cell of this name stands for. */
export const subsetNamed = (name: string): Subset | null => names[name.trim().toLowerCase()] ?? null

/** The subset that a part of a file name stands for: `instances_train2017` is train. */
export function subsetInName(stem: string): Subset | null {
  for (const part of stem.split(/[^A-Za-z]+/)) {
    const subset = subsetNamed(part)
    if (subset) return subset
  }
  return null
}

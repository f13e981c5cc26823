import type { TableFacts, TrainingPreset } from '../../../../core/contract/index.ts'

/** The presets that can learn from a version: networks for tables learn from rows, the others from pictures. */
export const fittingPresets = (
  presets: readonly TrainingPreset[],
  table: TableFacts | null,
): TrainingPreset[] =>
  presets.filter(({ learns }) =>
    table === null
      ? learns !== 'row-classes' && learns !== 'row-numbers'
      : learns === (table.target?.kind === 'number' ? 'row-numbers' : 'row-classes'),
  )

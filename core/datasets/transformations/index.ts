import { describeStep, GlyphlabError, type RecipeStep } from '../../contract/index.ts'
import { assignSubsets } from '../splits/assign-subsets.ts'
import { augment } from './augment.ts'
import { balance } from './balance.ts'
import { mergeClasses, renameClass } from './classes.ts'
import { cropBoxes } from './crop-boxes.ts'
import { deduplicate } from './deduplicate.ts'
import { contentKey, type DraftSample, type StepContext } from './draft-sample.ts'
import { filterSamples } from './filter.ts'
import { merge } from './merge.ts'
import { relabel } from './relabel.ts'
import { resize } from './resize.ts'

/** Steps that compare contents: pictures that are still to be drawn are drawn before. */
export const looksAtContent = ({ kind }: RecipeStep): boolean =>
  kind === 'deduplicate' || kind === 'split' || kind === 'merge'

function apply(samples: readonly DraftSample[], step: RecipeStep, context: StepContext): DraftSample[] {
  switch (step.kind) {
    case 'filter':
      return filterSamples(samples, step, context)
    case 'relabel':
      return relabel(samples, step, context)
    case 'merge-classes':
      return mergeClasses(samples, step)
    case 'rename-class':
      return renameClass(samples, step)
    case 'deduplicate':
      return deduplicate(samples, step)
    case 'balance':
      return balance(samples, step)
    case 'resize':
      return resize(samples, step)
    case 'crop-boxes':
      return cropBoxes(samples, step, context)
    case 'augment':
      return augment(samples, step)
    case 'merge':
      return merge(samples, step, context)
    case 'split': {
      const items = samples.map((sample) => ({ ...sample, content: contentKey(sample) }))
      const { subsets, warnings } = assignSubsets(items, step.rule)
      for (const warning of warnings) context.warn(warning)
      return samples.map((sample, index) => ({ ...sample, subset: subsets[index] ?? 'train' }))
    }
  }
}

/**
 * One step, on the samples' facts alone: what is to be done with pixels is noted in `pending`.
 * @param index 0-based place in the recipe, for errors
 * @throws GlyphlabError INVALID_INPUT, naming the step and what to do
 */
export function applyStep(
  samples: readonly DraftSample[],
  step: RecipeStep,
  index: number,
  context: StepContext,
): DraftSample[] {
  const where = `Step ${index + 1} (${describeStep(step)})`
  try {
    const result = apply(samples, step, context)
    if (result.length > 0) return result
  } catch (cause) {
    if (!(cause instanceof GlyphlabError)) throw cause
    throw new GlyphlabError(cause.code, `${where}: ${cause.message}`, { step: index }, { cause })
  }
  throw new GlyphlabError(
    'INVALID_INPUT',
    `${where} leaves no picture of ${samples.length}. Change what it keeps, or take the step out.`,
    { step: index },
  )
}

import {
  GlyphlabError,
  type LabelCount,
  type TrainingChoices,
  type TrainingOptions,
} from '../contract/index.ts'
import { lineRecogniser } from '../training/architectures/line-recogniser.ts'
import { chosenOptions, presets } from '../training/presets.ts'
import type { Services } from './services.ts'
import { requireBlockingRules } from './version-quality.ts'

/**
 * Checks that a preset can learn from a version by a split.
 * @throws GlyphlabError NOT_FOUND for an unknown preset; INVALID_INPUT where there is nothing to learn; CONFLICT where the
 *   dataset's rules forbid it
 */
export function requireTrainable(
  services: Services,
  {
    datasetVersionId,
    split,
    preset,
  }: { datasetVersionId: string; split: string | undefined; preset: string },
): { datasetLabel: string; optionsOf: (choices: TrainingChoices) => TrainingOptions } {
  const { datasets, splits } = services
  const chosen = presets().find(({ id }) => id === preset)
  if (!chosen)
    throw new GlyphlabError(
      'NOT_FOUND',
      `There is no preset "${preset}". There are: ${presets()
        .map(({ id }) => id)
        .join(', ')}.`,
    )
  const version = datasets.version(datasetVersionId)
  const { labels } = split === undefined ? version : splits.get(datasetVersionId, split)
  const learnt = preset === lineRecogniser.id ? labels : labels.filter(({ label }) => label !== '')
  if (preset !== lineRecogniser.id) refuseFewClasses(version.datasetName, learnt)
  if (learnt.every(({ counts }) => counts.train === 0))
    throw new GlyphlabError(
      'INVALID_INPUT',
      `"${version.datasetName}" has no picture in train${split === undefined ? '' : ` by the split "${split}"`}.`,
    )
  requireBlockingRules(services, datasetVersionId)
  const datasetLabel = `${version.datasetName} v${version.number}`
  return { datasetLabel, optionsOf: (choices) => chosenOptions(chosen, choices) }
}

function refuseFewClasses(datasetName: string, classes: readonly LabelCount[]): void {
  if (classes.length >= 2) return
  throw new GlyphlabError(
    'INVALID_INPUT',
    `"${datasetName}" has ${classes.length === 1 ? 'a single class' : 'no classes'}; a classifier needs two or more.`,
  )
}

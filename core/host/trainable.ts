import {
  type DatasetVersion,
  GlyphlabError,
  type LabelCount,
  type TrainingChoices,
  type TrainingOptions,
  type TrainingPreset,
} from '../contract/index.ts'
import { cnnSmall } from '../training/architectures/cnn-small.ts'
import { mlpClassifier, mlpRegressor } from '../training/architectures/mlp.ts'
import { chosenOptions, presets } from '../training/presets.ts'
import type { Services } from './services.ts'
import { requireBlockingRules } from './version-quality.ts'

/** What learns from a version where nothing else was chosen. */
export function usualPreset({ table }: DatasetVersion): string {
  if (table === null) return cnnSmall.id
  return table.target?.kind === 'number' ? mlpRegressor.id : mlpClassifier.id
}

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
  refuseOtherKind(version, chosen)
  const byClass = chosen.learns === undefined || chosen.learns === 'row-classes'
  const learnt = byClass ? labels.filter(({ label }) => label !== '') : labels
  if (byClass) refuseFewClasses(version.datasetName, learnt)
  if (learnt.every(({ counts }) => counts.train === 0))
    throw new GlyphlabError(
      'INVALID_INPUT',
      `"${version.datasetName}" has no ${version.table ? 'row' : 'picture'} in train${split === undefined ? '' : ` by the split "${split}"`}.`,
    )
  requireBlockingRules(services, datasetVersionId)
  const datasetLabel = `${version.datasetName} v${version.number}`
  return { datasetLabel, optionsOf: (choices) => chosenOptions(chosen, choices) }
}

/** Rows are no pictures, and a number is no class. */
function refuseOtherKind(
  { datasetName, table }: DatasetVersion,
  { id, title, learns }: TrainingPreset,
): void {
  const ofRows = learns === 'row-classes' || learns === 'row-numbers'
  const kind = table?.target?.kind
  const fits = ofRows ? kind === (learns === 'row-classes' ? 'class' : 'number') : table === null
  if (fits) return
  const has = !table
    ? 'holds pictures'
    : kind === undefined
      ? 'has rows without a target: import it again and name one'
      : `is a table with a ${kind} to predict: use the preset "${kind === 'class' ? mlpClassifier.id : mlpRegressor.id}"`
  throw new GlyphlabError('INVALID_INPUT', `"${title}" (${id}) can't learn from "${datasetName}": it ${has}.`)
}

function refuseFewClasses(datasetName: string, classes: readonly LabelCount[]): void {
  if (classes.length >= 2) return
  throw new GlyphlabError(
    'INVALID_INPUT',
    `"${datasetName}" has ${classes.length === 1 ? 'a single class' : 'no classes'}; a classifier needs two or more.`,
  )
}

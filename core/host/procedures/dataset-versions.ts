import {
  type DatasetVersion,
  describeStep,
  GlyphlabError,
  type LabelCount,
  type ProcedureName,
  type RecipeStep,
  recipe,
  type SplitRule,
  type Subset,
  type VersionSplit,
} from '../../contract/index.ts'
import { countLabels } from '../../datasets/import-dataset.ts'
import { assignSplits } from '../../datasets/splits/assign-subsets.ts'
import { previewRecipe } from '../../datasets/transform-dataset.ts'
import type { TransformJobInput } from '../jobs/transform-job.ts'
import type { Handlers, Services } from '../services.ts'
import {
  allDraftSamples,
  draftSamples,
  mergedVersions,
  requireMergeable,
  versionTitle,
} from '../version-samples.ts'

const names = [
  'datasets.transform',
  'datasets.preview',
  'datasets.replay',
  'datasets.splits',
  'datasets.previewSplit',
  'datasets.addSplit',
  'datasets.deleteSplit',
  'datasets.diff',
  'datasets.annotate',
  'datasets.lineage',
] as const satisfies ProcedureName[]
export type DatasetVersionProcedure = (typeof names)[number]

type NewSplit = VersionSplit & { subsets: Subset[] }

/** Positions become paths: a recipe that is applied to another version means the same pictures. */
function withPaths(
  { datasets }: Services,
  version: DatasetVersion,
  steps: readonly RecipeStep[],
): RecipeStep[] {
  return steps.map((step) => {
    if (step.kind !== 'filter' || step.where.ordinals === undefined) return step
    const { ordinals, ...where } = step.where
    const named = datasets.samplesAt(version.id, ordinals)
    const missing = ordinals.find((ordinal) => !named.has(ordinal))
    if (missing !== undefined)
      throw new GlyphlabError(
        'INVALID_INPUT',
        `There is no picture ${missing}: ${version.datasetName} v${version.number} has ${version.sampleCount}, counted from 0.`,
      )
    const paths = ordinals.map((ordinal) => named.get(ordinal)?.path ?? '')
    const both = where.paths && new Set(where.paths)
    return { ...step, where: { ...where, paths: both ? paths.filter((path) => both.has(path)) : paths } }
  })
}

/** The splits that a rule makes of a version, with their counts. */
async function makeSplits(services: Services, versionId: string, rule: SplitRule): Promise<NewSplit[]> {
  const version = services.datasets.version(versionId)
  const samples: { path: string; content: string; label: string; group: string | null }[] = []
  for await (const part of draftSamples(services, versionId))
    for (const { path, hash, label, group } of part) samples.push({ path, content: hash, label, group })
  const labels = version.labels.map(({ label }) => label)
  const fractions = 'fractions' in rule ? rule.fractions : null
  return assignSplits(samples, rule).map(({ name, subsets, warnings }) => {
    const counted: LabelCount[] = countLabels(labels, samples, subsets)
    const counts = { train: 0, validation: 0, test: 0 }
    for (const subset of subsets) counts[subset] += 1
    const share = (subset: Subset) => counts[subset] / subsets.length
    return {
      name,
      kind: rule.kind,
      seed: 'seed' in rule ? rule.seed : 0,
      fractions: fractions ?? { train: share('train'), validation: share('validation'), test: share('test') },
      counts,
      labels: counted,
      warnings,
      subsets,
    }
  })
}

const withoutSubsets = ({ subsets: _, ...split }: NewSplit): VersionSplit => split

export function datasetVersionProcedures(services: Services): Pick<Handlers, DatasetVersionProcedure> {
  const { datasets, splits, diffs, lineage, queue, events, audit, store } = services
  const transform = (input: Omit<TransformJobInput, 'name'> & { name?: string | undefined }) => {
    const version = datasets.version(input.versionId)
    requireMergeable(services, input.versionId, input.steps)
    const steps = withPaths(services, version, input.steps)
    const [first] = steps
    const what = steps.length === 1 && first ? describeStep(first) : `${steps.length} steps`
    const job = { ...input, steps, name: input.name ?? version.datasetName }
    return {
      jobId: queue.add('dataset-transform', `${version.datasetName} v${version.number}: ${what}`, job).id,
    }
  }
  return {
    'datasets.transform': transform,
    'datasets.preview': async ({ versionId, steps }) => {
      const version = datasets.version(versionId)
      const others = new Map<
        string,
        { title: string; samples: Awaited<ReturnType<typeof allDraftSamples>> }
      >()
      requireMergeable(services, versionId, steps)
      for (const id of mergedVersions(steps))
        others.set(id, { title: versionTitle(services, id), samples: await allDraftSamples(services, id) })
      const samples = await allDraftSamples(services, versionId)
      return previewRecipe(samples, withPaths(services, version, steps), others)
    },
    'datasets.replay': ({ versionId, ontoVersionId, name, note }) => {
      const version = datasets.version(versionId)
      const recorded = recipe.safeParse(version.recipe)
      if (!recorded.success)
        throw new GlyphlabError(
          'INVALID_INPUT',
          `${version.datasetName} v${version.number} was not made by a recipe (${version.source.importer} of ${version.source.location}): there is nothing to replay.`,
        )
      return transform({ versionId: ontoVersionId, steps: recorded.data.steps, name, note })
    },
    'datasets.splits': ({ versionId }) => splits.list(versionId),
    'datasets.previewSplit': async ({ versionId, rule }) =>
      (await makeSplits(services, versionId, rule)).map(withoutSubsets),
    'datasets.addSplit': async ({ versionId, rule, name }) => {
      const made = (await makeSplits(services, versionId, rule)).map((split) => ({
        ...split,
        name: name === undefined ? split.name : rule.kind === 'k-fold' ? `${name}: ${split.name}` : name,
      }))
      await splits.add(versionId, made)
      events.emit({ type: 'dataset.changed', datasetId: datasets.brief(versionId).datasetId })
      return made.map(withoutSubsets)
    },
    'datasets.deleteSplit': ({ versionId, name }) => {
      splits.delete(versionId, name)
      events.emit({ type: 'dataset.changed', datasetId: datasets.brief(versionId).datasetId })
      return splits.list(versionId)
    },
    'datasets.diff': (request) => diffs.page(request),
    'datasets.annotate': ({ versionId, tags, note }) => {
      const { datasetId, datasetName, number } = datasets.brief(versionId)
      store.transaction(() => {
        datasets.annotate(versionId, { tags, note })
        audit.append('dataset.annotated', `${datasetName}@${number}`, { versionId, tags, note })
      })()
      events.emit({ type: 'dataset.changed', datasetId })
      return datasets.version(versionId)
    },
    'datasets.lineage': ({ versionId }) => lineage.of(versionId),
  }
}

import path from 'node:path'
import type { Experiment } from '../../contract/index.ts'
import type { Attributes } from '../search/ast.ts'
import type { MlflowContext, Routes } from './context.ts'
import { type Fields, pairsOf, recordOf } from './fields.ts'
import { checkKey, checkMaxResults } from './limits.ts'
import { searchList } from './list-search.ts'
import { invalid, MlflowError, missing } from './mlflow-error.ts'

export const artifactRoot = ({ id, artifactLocation }: Pick<Experiment, 'id' | 'artifactLocation'>): string =>
  artifactLocation?.replace(/\/+$/, '') ?? `mlflow-artifacts:/${id}`

const experimentJson = (experiment: Experiment): object => ({
  experiment_id: String(experiment.id),
  name: experiment.name,
  artifact_location: artifactRoot(experiment),
  lifecycle_stage: experiment.lifecycle,
  creation_time: experiment.createdAt,
  last_update_time: experiment.updatedAt,
  tags: pairsOf(experiment.tags),
})

const attributes: Attributes = {
  types: { name: 'string', experiment_id: 'string', creation_time: 'time', last_update_time: 'time' },
  aliases: {},
}

/** @throws MlflowError when the text is no id, or there is no such experiment */
export function findExperiment({ runs }: MlflowContext, text: string): Experiment {
  if (!/^\d+$/.test(text))
    throw invalid(`Invalid experiment ID '${text}'. Experiment ID must be a valid integer.`)
  const experiment = runs.experiments.find(Number(text))
  if (!experiment) throw missing(`No Experiment with id=${text} exists`)
  return experiment
}

export function requireActive({ id, lifecycle }: Experiment): void {
  if (lifecycle !== 'active')
    throw invalid(`The experiment ${id} must be in the 'active' state. Current state is ${lifecycle}.`)
}

/** `ACTIVE_ONLY`, `DELETED_ONLY`, `ALL`, or their numbers. */
export function viewOf(value: unknown): 'active' | 'deleted' | 'all' {
  if (value === 'DELETED_ONLY' || value === 2) return 'deleted'
  return value === 'ALL' || value === 3 ? 'all' : 'active'
}

/** A folder is meant as seen from here, as MLflow's server takes it: its clients stand elsewhere. */
const absoluteLocation = (location: string | null): string | null =>
  location === null || /^[a-z][a-z0-9+.-]*:/i.test(location) ? location : path.resolve(location)

function experimentName(fields: Fields, field: string): string {
  const name = fields.required(field)
  if (name.length > 500) throw invalid(`'name' exceeds the maximum length of 500 characters`)
  return name
}

export const experimentRoutes: Routes = {
  'POST experiments/create': (fields, context) => {
    const name = experimentName(fields, 'name')
    const tags = recordOf(fields.objects('tags'), (key) => checkKey('key', key))
    const { experiments } = context.runs
    const known = experiments.findByName(name)
    if (known)
      throw new MlflowError(
        'RESOURCE_ALREADY_EXISTS',
        `Experiment(name=${name}) already exists${known.lifecycle === 'deleted' ? ' in deleted state. You can restore it, or purge its runs to reuse the name' : ''}.`,
      )
    const location = absoluteLocation(fields.optional('artifact_location') || null)
    return { experiment_id: String(experiments.create(name, tags, location)) }
  },
  'GET experiments/get': (fields, context) => ({
    experiment: experimentJson(findExperiment(context, fields.required('experiment_id'))),
  }),
  'GET experiments/get-by-name': (fields, { runs }) => {
    const name = fields.required('experiment_name')
    const experiment = runs.experiments.findByName(name)
    if (!experiment) throw missing(`Could not find experiment with name '${name}'`)
    return { experiment: experimentJson(experiment) }
  },
  'POST experiments/delete': (fields, context) => {
    const experiment = findExperiment(context, fields.required('experiment_id'))
    if (experiment.lifecycle === 'deleted') throw missing(`No Experiment with id=${experiment.id} exists`)
    context.store.transaction(() => {
      context.runs.experiments.setLifecycle(experiment.id, 'deleted')
      context.audit.append('experiment.deleted', experiment.name, { id: experiment.id, by: 'mlflow' })
    })()
    return {}
  },
  'POST experiments/restore': (fields, context) => {
    const experiment = findExperiment(context, fields.required('experiment_id'))
    if (experiment.lifecycle === 'active') throw missing(`No Experiment with id=${experiment.id} exists`)
    context.store.transaction(() => {
      context.runs.experiments.setLifecycle(experiment.id, 'active')
      context.audit.append('experiment.restored', experiment.name, { id: experiment.id, by: 'mlflow' })
    })()
    return {}
  },
  'POST experiments/update': (fields, context) => {
    const experiment = findExperiment(context, fields.required('experiment_id'))
    if (experiment.lifecycle !== 'active')
      throw new MlflowError('INVALID_STATE', 'Cannot rename a non-active experiment.')
    context.runs.experiments.rename(experiment.id, experimentName(fields, 'new_name'))
    return {}
  },
  'POST experiments/set-experiment-tag': (fields, context) => {
    const experiment = findExperiment(context, fields.required('experiment_id'))
    requireActive(experiment)
    const key = fields.required('key')
    checkKey('key', key)
    context.runs.experiments.setTags(experiment.id, { [key]: fields.optional('value') ?? '' })
    return {}
  },
  'POST experiments/delete-experiment-tag': (fields, context) => {
    const experiment = findExperiment(context, fields.required('experiment_id'))
    requireActive(experiment)
    const key = fields.required('key')
    if (!Object.hasOwn(experiment.tags, key))
      throw missing(`No tag with name: ${key} in experiment with id ${experiment.id}`)
    context.runs.experiments.setTags(experiment.id, { [key]: null })
    return {}
  },
  'POST experiments/search': search,
  'GET experiments/search': search,
}

function search(fields: Fields, { runs }: MlflowContext): object {
  const page = searchList({
    items: runs.experiments.list(viewOf(fields.raw('view_type'))),
    attributes,
    filter: fields.optional('filter') ?? '',
    orderBy: fields.strings('order_by'),
    limit: checkMaxResults(fields.integer('max_results'), 1_000, 50_000),
    token: fields.optional('page_token'),
    searchable: (experiment) => ({
      attributes: {
        name: experiment.name,
        experiment_id: String(experiment.id),
        creation_time: experiment.createdAt,
        last_update_time: experiment.updatedAt,
      },
      tags: experiment.tags,
    }),
  })
  return { experiments: page.items.map(experimentJson), ...page.next }
}

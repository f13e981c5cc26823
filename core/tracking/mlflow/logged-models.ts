import type { LoggedModel, LoggedModelStatus } from '../../store/logged-model-store.ts'
import type { Attributes } from '../search/ast.ts'
import { checkedPath, filesJson } from './artifacts.ts'
import type { Handler, MlflowContext, Routes } from './context.ts'
import { artifactRoot, findExperiment, requireActive } from './experiments.ts'
import { doubleJson, type Fields, pairsOf, recordOf } from './fields.ts'
import { checkKey, checkMaxResults } from './limits.ts'
import { searchList } from './list-search.ts'
import { invalid, missing } from './mlflow-error.ts'
import { randomName } from './random-name.ts'

const statuses: Record<string, LoggedModelStatus> = {
  LOGGED_MODEL_PENDING: 'PENDING',
  LOGGED_MODEL_READY: 'READY',
  LOGGED_MODEL_UPLOAD_FAILED: 'UPLOAD_FAILED',
  1: 'PENDING',
  2: 'READY',
  3: 'UPLOAD_FAILED',
}

const attributes: Attributes = {
  types: {
    name: 'string',
    model_id: 'string',
    model_type: 'string',
    status: 'string',
    source_run_id: 'string',
    creation_timestamp: 'time',
    last_updated_timestamp: 'time',
  },
  aliases: {
    creation_timestamp_ms: 'creation_timestamp',
    creation_time: 'creation_timestamp',
    last_updated_timestamp_ms: 'last_updated_timestamp',
  },
}

/** @throws MlflowError when there is none, or it is deleted */
function findModel({ loggedModels }: MlflowContext, uid: string, allowDeleted = false): LoggedModel {
  const model = loggedModels.find(uid)
  if (!model || (model.lifecycle === 'deleted' && !allowDeleted))
    throw missing(`Logged model with ID '${uid}' not found.`)
  return model
}

/** Where a logged model's files are. */
export function modelArtifactUri(context: MlflowContext, model: LoggedModel): string {
  const experiment = context.runs.experiments.get(model.experimentId)
  return `${artifactRoot(experiment)}/models/${model.uid}/artifacts`
}

function modelJson(context: MlflowContext, model: LoggedModel): object {
  return {
    info: {
      model_id: model.uid,
      experiment_id: String(model.experimentId),
      name: model.name,
      creation_timestamp_ms: model.createdAt,
      last_updated_timestamp_ms: model.updatedAt,
      artifact_uri: modelArtifactUri(context, model),
      status: `LOGGED_MODEL_${model.status}`,
      ...(model.modelType === null ? {} : { model_type: model.modelType }),
      ...(model.sourceRunId === null ? {} : { source_run_id: model.sourceRunId }),
      tags: pairsOf(model.tags),
    },
    data: {
      params: pairsOf(model.params),
      metrics: model.metrics.map((metric) => ({
        key: metric.key,
        value: doubleJson(metric.value),
        timestamp: metric.timestamp,
        step: metric.step,
        model_id: model.uid,
        run_id: metric.runId,
        ...(metric.datasetName === '' ? {} : { dataset_name: metric.datasetName }),
        ...(metric.datasetDigest === '' ? {} : { dataset_digest: metric.datasetDigest }),
      })),
    },
  }
}

const pairs = (fields: Fields, name: string) => recordOf(fields.objects(name), (key) => checkKey('key', key))

const create: Handler = (fields, context) => {
  const experiment = findExperiment(context, fields.optional('experiment_id') || '0')
  requireActive(experiment)
  const name = fields.optional('name') || randomName()
  if (/[/:.%"']/.test(name))
    throw invalid(
      `Invalid model name (${name}) provided. Model name must be a non-empty string and cannot contain the following characters: ('/', ':', '.', '%', '"', "'")`,
    )
  const uid = context.loggedModels.create({
    experimentId: experiment.id,
    name,
    modelType: fields.optional('model_type') || null,
    sourceRunId: fields.optional('source_run_id') || null,
    params: pairs(fields, 'params'),
    tags: pairs(fields, 'tags'),
  })
  return { model: modelJson(context, findModel(context, uid)) }
}

const search: Handler = (fields, context) => {
  const experiments = fields.strings('experiment_ids').map((text) => findExperiment(context, text).id)
  const datasets = fields.objects('datasets').map((dataset) => ({
    name: dataset.required('dataset_name'),
    digest: dataset.optional('dataset_digest'),
  }))
  const onDatasets = (metric: LoggedModel['metrics'][number]) =>
    datasets.length === 0 ||
    datasets.some(
      ({ name, digest }) => metric.datasetName === name && (!digest || digest === metric.datasetDigest),
    )
  const page = searchList({
    items: context.loggedModels.list(experiments),
    attributes,
    filter: fields.optional('filter') ?? '',
    orderBy: fields
      .objects('order_by')
      .map((order) => `${order.required('field_name')} ${order.raw('ascending') === false ? 'DESC' : 'ASC'}`),
    limit: checkMaxResults(fields.integer('max_results'), 100, 1_000),
    token: fields.optional('page_token'),
    searchable: (model) => ({
      attributes: {
        name: model.name,
        model_id: model.uid,
        model_type: model.modelType,
        status: model.status,
        source_run_id: model.sourceRunId,
        creation_timestamp: model.createdAt,
        last_updated_timestamp: model.updatedAt,
      },
      tags: model.tags,
      params: model.params,
      metrics: Object.fromEntries(
        model.metrics
          .filter(onDatasets)
          .toSorted((a, b) => a.step - b.step || a.timestamp - b.timestamp)
          .map(({ key, value }) => [key, value]),
      ),
    }),
  })
  return { models: page.items.map((model) => modelJson(context, model)), ...page.next }
}

export const loggedModelRoutes: Routes = {
  'POST logged-models': create,
  'POST logged-models/search': search,
  'GET logged-models/*': (fields, context, [uid = '']) => ({
    model: modelJson(context, findModel(context, uid, fields.raw('allow_deleted') === 'true')),
  }),
  'PATCH logged-models/*': (fields, context, [uid = '']) => {
    findModel(context, uid)
    const status = statuses[String(fields.raw('status'))]
    if (!status) throw invalid(`Invalid value for parameter 'status' supplied.`)
    context.loggedModels.update(uid, { status })
    return { model: modelJson(context, findModel(context, uid)) }
  },
  'DELETE logged-models/*': (_, context, [uid = '']) => {
    findModel(context, uid)
    context.store.transaction(() => {
      context.loggedModels.update(uid, { lifecycle: 'deleted' })
      context.audit.append('loggedModel.deleted', uid, { by: 'mlflow' })
    })()
    return {}
  },
  'PATCH logged-models/*/tags': (fields, context, [uid = '']) => {
    const model = findModel(context, uid)
    context.loggedModels.update(uid, { tags: { ...model.tags, ...pairs(fields, 'tags') } })
    return { model: modelJson(context, findModel(context, uid)) }
  },
  'DELETE logged-models/*/tags/*': (_, context, [uid = '', key = '']) => {
    const { [key]: value, ...tags } = findModel(context, uid).tags
    if (value === undefined) throw missing(`No tag with key '${key}' found for model with ID '${uid}'.`)
    context.loggedModels.update(uid, { tags })
    return {}
  },
  'POST logged-models/*/params': (fields, context, [uid = '']) => {
    const model = findModel(context, uid)
    context.loggedModels.update(uid, { params: { ...model.params, ...pairs(fields, 'params') } })
    return {}
  },
  'GET logged-models/*/artifacts/directories': (fields, context, [uid = '']) => {
    const model = findModel(context, uid)
    const folder = checkedPath(fields.optional('artifact_directory_path') ?? '')
    return {
      root_uri: modelArtifactUri(context, model),
      files: filesJson(context.loggedModels.artifacts, model.id, folder, ''),
    }
  },
}

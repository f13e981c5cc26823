import {
  type Experiment,
  GlyphlabError,
  type MetricPoint,
  type Run,
  type RunInput,
  type RunStatus,
  runStatus,
} from '../../contract/index.ts'
import type { LoggedModelMetric } from '../../store/logged-model-store.ts'
import { compileRunSearch, findPage } from '../search/run-search.ts'
import type { MlflowContext, Routes } from './context.ts'
import { artifactRoot, findExperiment, requireActive, viewOf } from './experiments.ts'
import { doubleJson, doubleOf, type Fields, integerOf, pairsOf, recordOf } from './fields.ts'
import { checkBatch, checkKey, checkMaxResults } from './limits.ts'
import { invalid, MlflowError, missing } from './mlflow-error.ts'
import { randomName } from './random-name.ts'

const nameTag = 'mlflow.runName'
const userTag = 'mlflow.user'

/** The head of a run as it is logged into. */
interface Head {
  id: number
  uid: string
  lifecycle: 'active' | 'deleted'
}

function headOf({ runs }: MlflowContext, fields: Fields): Head {
  const uid = fields.optional('run_id') || fields.optional('run_uuid')
  if (!uid)
    throw invalid(
      "Missing value for required parameter 'run_id'. See the API docs for more information about request parameters.",
    )
  const head = runs.head(uid)
  if (!head) throw missing(`Run with id=${uid} not found`)
  return { ...head, uid }
}

/** A run that may be logged into. */
function activeHead(context: MlflowContext, fields: Fields): Head {
  const head = headOf(context, fields)
  if (head.lifecycle !== 'active')
    throw invalid(`The run ${head.uid} must be in the 'active' state. Current state is ${head.lifecycle}.`)
  return head
}

const infoJson = (run: Run, experiment: Experiment): object => ({
  run_id: run.id,
  run_uuid: run.id,
  run_name: run.name,
  experiment_id: String(experiment.id),
  user_id: run.user,
  status: run.status,
  start_time: run.startTime ?? 0,
  ...(run.endTime === null ? {} : { end_time: run.endTime }),
  artifact_uri: `${artifactRoot(experiment)}/${run.id}/artifacts`,
  lifecycle_stage: run.lifecycle,
})

const inputJson = (input: RunInput): object => ({
  dataset: {
    name: input.name,
    digest: input.digest,
    source_type: input.sourceType,
    source: input.source,
    ...(input.schema === null ? {} : { schema: input.schema }),
    ...(input.profile === null ? {} : { profile: input.profile }),
  },
  tags: pairsOf(input.tags),
})

/** Runs as MLflow writes them, in the order of the row ids. */
export function runsJson({ runs }: MlflowContext, ids: readonly number[]): object[] {
  const inputs = runs.inputs.datasetsOf(ids)
  const read = runs.inputs.modelsOf(ids, 'input')
  const made = runs.inputs.modelsOf(ids, 'output')
  const experiments = new Map<string, Experiment | undefined>()
  return runs.byIds(ids).map((run, index) => {
    const id = ids[index] ?? -1
    if (!experiments.has(run.experiment))
      experiments.set(run.experiment, runs.experiments.findByName(run.experiment))
    const experiment = experiments.get(run.experiment)
    if (!experiment) throw missing(`No Experiment with name=${run.experiment} exists`)
    return {
      info: infoJson(run, experiment),
      data: {
        metrics: Object.entries(run.metrics).map(([key, { value, timestamp, step }]) => ({
          key,
          value: doubleJson(value),
          timestamp,
          step,
        })),
        params: pairsOf(run.params),
        tags: [...pairsOf(run.tags), { key: nameTag, value: run.name }],
      },
      inputs: {
        dataset_inputs: (inputs.get(id) ?? []).map(inputJson),
        model_inputs: (read.get(id) ?? []).map(({ modelId }) => ({ model_id: modelId })),
      },
      outputs: {
        model_outputs: (made.get(id) ?? []).map(({ modelId, step }) => ({ model_id: modelId, step })),
      },
    }
  })
}

const statuses: Record<number, RunStatus> = {
  1: 'RUNNING',
  2: 'SCHEDULED',
  3: 'FINISHED',
  4: 'FAILED',
  5: 'KILLED',
}

function statusOf(value: unknown): RunStatus | undefined {
  if (value === undefined || value === null) return undefined
  const named = runStatus.safeParse(typeof value === 'number' ? statuses[value] : value)
  if (!named.success) throw invalid(`Invalid value ${JSON.stringify(value)} for parameter 'status' supplied.`)
  return named.data
}

type LoggedPoint = MetricPoint &
  Partial<Pick<LoggedModelMetric, 'datasetName' | 'datasetDigest'>> & { modelId?: string }

function pointOf(fields: Fields, path: string): LoggedPoint {
  const key = fields.given('key', `${path}key`)
  checkKey('Metric name', key)
  const timestamp = integerOf(fields.raw('timestamp'), `${path}timestamp`)
  if (timestamp < 0)
    throw invalid(
      `Invalid value ${timestamp} for parameter '${path}timestamp' supplied: metric '${key}'. Timestamp must be a nonnegative long (64-bit integer) `,
    )
  const point: LoggedPoint = {
    key,
    value: doubleOf(fields.raw('value'), `${path}value`),
    timestamp,
    step: integerOf(fields.raw('step') ?? 0, `${path}step`),
  }
  const modelId = fields.optional('model_id')
  if (!modelId) return point
  return {
    ...point,
    modelId,
    datasetName: fields.optional('dataset_name') ?? '',
    datasetDigest: fields.optional('dataset_digest') ?? '',
  }
}

/** What a batch holds, checked. */
interface Batch {
  points: LoggedPoint[]
  params: Record<string, string>
  tags: Record<string, string>
}

/** Writes a batch whole or not at all. */
function logBatch(context: MlflowContext, run: Head, { points, params, tags }: Batch): void {
  const { runs, loggedModels, store } = context
  store.transaction(() => {
    if (Object.keys(params).length > 0) logParams(context, run, params)
    if (points.length > 0) runs.metrics.log(run.id, points)
    for (const { modelId, datasetName = '', datasetDigest = '', ...point } of points) {
      if (modelId === undefined || !loggedModels.find(modelId)) continue
      loggedModels.logMetrics(modelId, [{ ...point, runId: run.uid, datasetName, datasetDigest }])
    }
    setTags(context, run, tags)
    runs.touch(run.uid)
  })()
  context.runChanged(run.uid)
}

function logParams({ runs }: MlflowContext, run: Head, params: Record<string, string>): void {
  const known = runs.paramsOf(run.id)
  const changed = Object.entries(params).filter(
    ([key, value]) => Object.hasOwn(known, key) && known[key] !== value,
  )
  if (changed.length > 0) {
    const list = changed.map(
      ([key, value]) => `{'key': '${key}', 'old_value': '${known[key]}', 'new_value': '${value}'}`,
    )
    throw invalid(
      `Changing param values is not allowed. Params were already logged='[${list.join(', ')}]' for run ID='${run.uid}'.`,
    )
  }
  runs.setParams(run.uid, params)
}

function setTags({ runs }: MlflowContext, run: Head, tags: Record<string, string>): void {
  const { [nameTag]: name, ...rest } = tags
  if (name !== undefined) runs.update(run.uid, { name })
  if (Object.keys(rest).length > 0) runs.setTags(run.uid, rest)
}

function setLifecycle(context: MlflowContext, run: Head, lifecycle: 'active' | 'deleted'): object {
  const { runs, store, audit } = context
  if (lifecycle === 'deleted' && runs.isTraining(run.id))
    throw new MlflowError(
      'INVALID_STATE',
      `The run ${run.uid} is being trained by Glyphlab. Stop it there first.`,
    )
  store.transaction(() => {
    if (runs.setLifecycle([run.uid], lifecycle) > 0)
      audit.append(lifecycle === 'deleted' ? 'run.deleted' : 'run.restored', run.uid, { by: 'mlflow' })
  })()
  context.runChanged(run.uid)
  return {}
}

function createRun(fields: Fields, context: MlflowContext): object {
  const { runs, store } = context
  const experiment = findExperiment(context, fields.optional('experiment_id') || '0')
  requireActive(experiment)
  const tags = recordOf(fields.objects('tags'), (key) => checkKey('Tag key', key))
  const { [nameTag]: tagName, ...rest } = tags
  const given = fields.optional('run_name')
  if (given && tagName && given !== tagName)
    throw invalid(
      `Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='${given}', mlflow.runName='${tagName}').`,
    )
  const uid = store.transaction(() => {
    const id = runs.begin({
      experimentId: experiment.id,
      name: given || tagName || randomName(),
      startTime: fields.integer('start_time') ?? Date.now(),
      user: fields.optional('user_id') || tags[userTag] || '',
    })
    if (Object.keys(rest).length > 0) runs.setTags(id, rest)
    return id
  })()
  context.runChanged(uid)
  return { run: runsJson(context, [runs.idOf(uid)])[0] }
}

function updateRun(fields: Fields, context: MlflowContext): object {
  const run = activeHead(context, fields)
  const status = statusOf(fields.raw('status'))
  const endTime = fields.integer('end_time')
  const name = fields.optional('run_name')
  context.runs.update(run.uid, {
    ...(status === undefined ? {} : { status }),
    ...(endTime === undefined ? {} : { endTime }),
    ...(name ? { name } : {}),
  })
  context.runChanged(run.uid)
  if (status !== undefined && status !== 'RUNNING' && status !== 'SCHEDULED') context.runEnded(run.uid)
  const updated = context.runs.get(run.uid)
  const experiment = context.runs.experiments.findByName(updated.experiment)
  if (!experiment) throw missing(`No Experiment with name=${updated.experiment} exists`)
  return { run_info: infoJson(updated, experiment) }
}

function searchRuns(fields: Fields, context: MlflowContext): object {
  const limit = checkMaxResults(fields.integer('max_results'), 1_000, 50_000)
  const experiments = fields.strings('experiment_ids').map((text) => {
    if (!/^\d+$/.test(text))
      throw invalid(`Invalid experiment ID '${text}'. Experiment ID must be a valid integer.`)
    return Number(text)
  })
  const query = compileRunSearch({
    filter: fields.optional('filter') ?? '',
    orderBy: fields.strings('order_by'),
    experiments,
    lifecycle: viewOf(fields.raw('run_view_type')),
  })
  const page = findPage(context.runs.finder, query, { token: fields.optional('page_token'), limit })
  return {
    runs: runsJson(context, page.ids),
    ...(page.nextPageToken === null ? {} : { next_page_token: page.nextPageToken }),
  }
}

function inputOf(fields: Fields): RunInput {
  const dataset = fields.object('dataset')
  if (!dataset) throw invalid("Missing value for required parameter 'datasets.dataset'.")
  return {
    name: dataset.required('name'),
    digest: dataset.required('digest'),
    sourceType: dataset.optional('source_type') ?? '',
    source: dataset.optional('source') ?? '',
    schema: dataset.optional('schema') ?? null,
    profile: dataset.optional('profile') ?? null,
    tags: recordOf(fields.objects('tags'), (key) => checkKey('key', key)),
  }
}

export const runRoutes: Routes = {
  'POST runs/create': createRun,
  'POST runs/update': updateRun,
  'POST runs/search': searchRuns,
  'GET runs/get': (fields, context) => ({ run: runsJson(context, [headOf(context, fields).id])[0] }),
  'POST runs/delete': (fields, context) => setLifecycle(context, headOf(context, fields), 'deleted'),
  'POST runs/restore': (fields, context) => setLifecycle(context, headOf(context, fields), 'active'),
  'POST runs/log-metric': (fields, context) => {
    const run = activeHead(context, fields)
    logBatch(context, run, { points: [pointOf(fields, '')], params: {}, tags: {} })
    return {}
  },
  'POST runs/log-parameter': (fields, context) => {
    const run = activeHead(context, fields)
    const params = recordOf([fields], (key) => checkKey('Param key', key))
    logBatch(context, run, { points: [], params, tags: {} })
    return {}
  },
  'POST runs/set-tag': (fields, context) => {
    const run = activeHead(context, fields)
    const tags = recordOf([fields], (key) => checkKey('Tag key', key))
    logBatch(context, run, { points: [], params: {}, tags })
    return {}
  },
  'POST runs/delete-tag': (fields, context) => {
    const run = activeHead(context, fields)
    const key = fields.required('key')
    if (!Object.hasOwn(context.runs.tagsOf(run.id), key))
      throw missing(`No tag with name: ${key} in run with id ${run.uid}`)
    context.runs.setTags(run.uid, { [key]: null })
    context.runChanged(run.uid)
    return {}
  },
  'POST runs/log-batch': (fields, context) => {
    const metrics = fields.objects('metrics')
    const params = fields.objects('params')
    const tags = fields.objects('tags')
    checkBatch({ metrics: metrics.length, params: params.length, tags: tags.length })
    const paramRecord = recordOf(params, (key) => checkKey('Param key', key))
    const keys = params.map((param) => param.optional('key') ?? '')
    const twice = keys.filter((key, index) => keys.indexOf(key) !== index)
    if (twice.length > 0)
      throw invalid(
        `Duplicate parameter keys have been submitted: ['${twice.join("', '")}']. Please ensure the request contains only one param value per param key.`,
      )
    const batch = {
      points: metrics.map((metric, index) => pointOf(metric, `metrics[${index}].`)),
      params: paramRecord,
      tags: recordOf(tags, (key) => checkKey('Tag key', key)),
    }
    logBatch(context, activeHead(context, fields), batch)
    return {}
  },
  'POST runs/log-inputs': (fields, context) => {
    const run = activeHead(context, fields)
    context.store.transaction(() => {
      context.runs.inputs.addDatasets(run.id, fields.objects('datasets').map(inputOf))
      const models = fields
        .objects('models')
        .map((model) => ({ modelId: model.required('model_id'), step: 0 }))
      context.runs.inputs.addModels(run.id, 'input', models)
    })()
    context.runChanged(run.uid)
    return {}
  },
  'POST runs/outputs': (fields, context) => {
    const run = activeHead(context, fields)
    const models = fields
      .objects('models')
      .map((model) => ({ modelId: model.required('model_id'), step: model.integer('step') ?? 0 }))
    context.runs.inputs.addModels(run.id, 'output', models)
    context.runChanged(run.uid)
    return {}
  },
  'POST runs/log-model': (fields, context) => {
    const run = activeHead(context, fields)
    const key = 'mlflow.log-model.history'
    const text = fields.required('model_json')
    const history = JSON.parse(context.runs.tagsOf(run.id)[key] ?? '[]') as unknown[]
    try {
      history.push(JSON.parse(text))
    } catch (cause) {
      throw new GlyphlabError(
        'INVALID_INPUT',
        `Malformed model info. \n ${text} \n is not valid JSON.`,
        undefined,
        { cause },
      )
    }
    context.runs.setTags(run.uid, { [key]: JSON.stringify(history) })
    context.runChanged(run.uid)
    return {}
  },
}

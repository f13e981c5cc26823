import type { RegistryModel, RegistryVersion } from '../../store/registry-store.ts'
import type { Attributes } from '../search/ast.ts'
import type { Handler, MlflowContext, Routes } from './context.ts'
import { artifactRoot } from './experiments.ts'
import { type Fields, pairsOf, recordOf } from './fields.ts'
import { checkKey, checkMaxResults } from './limits.ts'
import { searchList } from './list-search.ts'
import { modelArtifactUri } from './logged-models.ts'
import { invalid, missing } from './mlflow-error.ts'

const stages = ['None', 'Staging', 'Production', 'Archived']

const modelAttributes: Attributes = {
  types: { name: 'string', timestamp: 'time', last_updated_timestamp: 'time' },
  aliases: { creation_timestamp: 'timestamp' },
}
const versionAttributes: Attributes = {
  types: {
    name: 'string',
    version_number: 'number',
    run_id: 'string',
    source_path: 'string',
    creation_timestamp: 'time',
    last_updated_timestamp: 'time',
  },
  aliases: { version: 'version_number', source: 'source_path' },
}

function versionJson(version: RegistryVersion): object {
  return {
    name: version.model,
    version: String(version.version),
    creation_timestamp: version.createdAt,
    last_updated_timestamp: version.updatedAt,
    user_id: version.user,
    current_stage: version.stage,
    description: version.description,
    source: version.source,
    run_id: version.runId ?? '',
    status: version.damage === null ? 'READY' : 'FAILED_REGISTRATION',
    ...(version.damage === null ? {} : { status_message: version.damage }),
    ...(version.runLink === null ? {} : { run_link: version.runLink }),
    ...(version.loggedModelId === null ? {} : { model_id: version.loggedModelId }),
    tags: pairsOf(version.kind === 'glyphlab' ? { ...version.tags, 'glyphlab.kind': 'tfjs' } : version.tags),
    aliases: version.aliases,
  }
}

function modelJson({ registry }: MlflowContext, model: RegistryModel): object {
  const newest = new Map<string, RegistryVersion>()
  for (const version of registry.versions(model.name))
    if (!newest.has(version.stage)) newest.set(version.stage, version)
  return {
    name: model.name,
    creation_timestamp: model.createdAt,
    last_updated_timestamp: model.updatedAt,
    description: model.description,
    latest_versions: [...newest.values()].map(versionJson),
    tags: pairsOf(model.tags),
    aliases: Object.entries(model.aliases).map(([alias, version]) => ({ alias, version: String(version) })),
  }
}

function checkedName(fields: Fields, field: string): string {
  const name = fields.required(field)
  if (name.trim() === '') throw invalid(`Missing value for required parameter '${field}'.`)
  if (/[/:]/.test(name)) throw invalid(`Invalid model name '${name}'. Names cannot contain '/' or ':'.`)
  if (/[@\\\p{Cc}]/u.test(name) || name === '.' || name === '..')
    throw invalid(`Invalid model name '${name}'. Names cannot contain '@', '\\' or control characters here.`)
  return name
}

function checkedAlias(fields: Fields): string {
  const alias = fields.optional('alias') ?? ''
  if (alias === '') throw invalid('Registered model alias name cannot be empty.')
  if (!/^[\p{L}\p{N}_-]*$/u.test(alias))
    throw invalid(
      `Invalid alias name: '${alias}'. Names may only contain alphanumerics, underscores (_), and dashes (-).`,
    )
  if (alias.length > 255)
    throw invalid(`'registered model alias name' exceeds the maximum length of 255 characters`)
  if (/^[vV]\d+$/.test(alias))
    throw invalid(`Version aliases (v1, v2, etc.) are reserved and cannot be set: '${alias}'.`)
  if (alias.toLowerCase() === 'latest') throw invalid("'latest' alias name (case insensitive) is reserved.")
  return alias
}

function versionOf(fields: Fields, { registry }: MlflowContext): RegistryVersion {
  const name = checkedName(fields, 'name')
  const text = fields.required('version')
  if (!/^\d+$/.test(text)) throw invalid(`Parameter 'version' must be an integer, got '${text}'.`)
  return registry.version(name, Number(text))
}

function canonicalStage(text: string): string {
  const stage = stages.find((known) => known.toLowerCase() === text.toLowerCase())
  if (!stage)
    throw invalid(`Invalid Model Version stage: ${text}. Value must be one of ${stages.join(', ')}.`)
  return stage
}

/** Where a client loads a version from. */
function downloadUri(context: MlflowContext, { source }: RegistryVersion): string {
  const model = /^models:\/(m-[0-9a-f]{32})$/.exec(source)
  const logged = model && context.loggedModels.find(model[1] ?? '')
  if (logged) return modelArtifactUri(context, logged)
  const run = /^runs:\/([0-9a-f]{32})(?:\/(.*))?$/.exec(source)
  if (!run || !context.runs.head(run[1] ?? '')) return source
  const experiment = context.runs.experiments.findByName(context.runs.get(run[1] ?? '').experiment)
  return experiment ? `${artifactRoot(experiment)}/${run[1]}/artifacts/${run[2] ?? ''}` : source
}

const createVersion: Handler = (fields, context) => {
  const { registry, loggedModels, runs } = context
  const model = checkedName(fields, 'name')
  if (!registry.has(model)) throw missing(`Registered Model with name=${model} not found`)
  const source = fields.required('source')
  if (/^(\/|\.|[a-z]:\\|file:)/i.test(source))
    throw invalid(
      `Invalid model version source: '${source}'. A path of the client's disk can't be found from here: log the model as artifacts of a run first.`,
    )
  const loggedModelId = fields.optional('model_id') || null
  const logged = loggedModelId === null ? undefined : loggedModels.find(loggedModelId)
  if (loggedModelId !== null && !logged) throw missing(`Logged model with ID '${loggedModelId}' not found.`)
  const runId = fields.optional('run_id') || logged?.sourceRunId || null
  const version = registry.createVersion({
    model,
    source,
    runId,
    runLink: fields.optional('run_link') || null,
    loggedModelId,
    user: runId === null || !runs.head(runId) ? '' : runs.get(runId).user,
    description: fields.optional('description') ?? null,
    tags: recordOf(fields.objects('tags'), (key) => checkKey('key', key)),
  })
  if (logged) {
    const known = JSON.parse(logged.tags['mlflow.modelVersions'] ?? '[]') as object[]
    const versions = [...known, { name: model, version: version.version }]
    loggedModels.update(logged.uid, {
      tags: { ...logged.tags, 'mlflow.modelVersions': JSON.stringify(versions) },
    })
  }
  context.modelChanged(model)
  return { model_version: versionJson(version) }
}

const transition: Handler = (fields, context) => {
  const version = versionOf(fields, context)
  const stage = canonicalStage(fields.required('stage'))
  const archive = fields.raw('archive_existing_versions') === true
  if (archive && stage !== 'Staging' && stage !== 'Production')
    throw invalid(
      `Model version transition cannot archive existing model versions because '${stage}' is not an Active stage. Valid stages are Staging, Production`,
    )
  if (archive) {
    for (const other of context.registry.versions(version.model))
      if (other.stage === stage && other.version !== version.version)
        context.registry.setFacts(other.model, other.version, { stage: 'Archived' })
  }
  context.registry.setFacts(version.model, version.version, { stage })
  context.modelChanged(version.model)
  return { model_version: versionJson(context.registry.version(version.model, version.version)) }
}

const latestVersions: Handler = (fields, context) => {
  const wanted = fields.strings('stages').map(canonicalStage)
  const newest = new Map<string, RegistryVersion>()
  for (const version of context.registry.versions(checkedName(fields, 'name')))
    if (!newest.has(version.stage) && (wanted.length === 0 || wanted.includes(version.stage)))
      newest.set(version.stage, version)
  return { model_versions: [...newest.values()].map(versionJson) }
}

/** Sets facts of a model (version 0) or a version. */
function setFacts(
  context: MlflowContext,
  name: string,
  version: number,
  facts: Parameters<MlflowContext['registry']['setFacts']>[2],
): object {
  context.registry.setFacts(name, version, facts)
  context.modelChanged(name)
  return {}
}

function knownModel(fields: Fields, { registry }: MlflowContext): string {
  const name = checkedName(fields, 'name')
  return registry.model(name).name
}

export const registryRoutes: Routes = {
  'POST registered-models/create': (fields, context) => {
    const name = checkedName(fields, 'name')
    const tags = recordOf(fields.objects('tags'), (key) => checkKey('key', key))
    const model = context.registry.create(name, tags, fields.optional('description') ?? null)
    context.modelChanged(name)
    return { registered_model: modelJson(context, model) }
  },
  'POST registered-models/rename': (fields, context) => {
    const name = knownModel(fields, context)
    const to = checkedName(fields, 'new_name')
    context.registry.rename(name, to)
    context.modelChanged(to)
    return { registered_model: modelJson(context, context.registry.model(to)) }
  },
  'PATCH registered-models/update': (fields, context) => {
    const name = knownModel(fields, context)
    setFacts(context, name, 0, { description: fields.optional('description') ?? '' })
    return { registered_model: modelJson(context, context.registry.model(name)) }
  },
  'DELETE registered-models/delete': (fields, context) => {
    const name = knownModel(fields, context)
    context.registry.delete(name)
    context.modelChanged(name)
    return {}
  },
  'GET registered-models/get': (fields, context) => ({
    registered_model: modelJson(context, context.registry.model(checkedName(fields, 'name'))),
  }),
  'GET registered-models/search': (fields, context) => {
    const page = searchList({
      items: context.registry.models(),
      attributes: modelAttributes,
      filter: fields.optional('filter') ?? '',
      orderBy: fields.strings('order_by'),
      limit: checkMaxResults(fields.integer('max_results'), 100, 1_000),
      token: fields.optional('page_token'),
      searchable: (model) => ({
        attributes: {
          name: model.name,
          timestamp: model.createdAt,
          last_updated_timestamp: model.updatedAt,
        },
        tags: model.tags,
        missingTagsDiffer: true,
      }),
    })
    return { registered_models: page.items.map((model) => modelJson(context, model)), ...page.next }
  },
  'POST registered-models/get-latest-versions': latestVersions,
  'GET registered-models/get-latest-versions': latestVersions,
  'POST registered-models/set-tag': (fields, context) =>
    setFacts(context, knownModel(fields, context), 0, {
      tags: { [fields.required('key')]: fields.optional('value') ?? '' },
    }),
  'DELETE registered-models/delete-tag': (fields, context) =>
    setFacts(context, knownModel(fields, context), 0, { tags: { [fields.required('key')]: null } }),
  'POST registered-models/alias': (fields, context) => {
    const name = checkedName(fields, 'name')
    const alias = checkedAlias(fields)
    context.registry.setAlias(name, alias, versionOf(fields, context).version)
    context.modelChanged(name)
    return {}
  },
  'DELETE registered-models/alias': (fields, context) => {
    const name = knownModel(fields, context)
    context.registry.setAlias(name, checkedAlias(fields), null)
    context.modelChanged(name)
    return {}
  },
  'GET registered-models/alias': (fields, context) => {
    const model = context.registry.model(checkedName(fields, 'name'))
    const alias = fields.required('alias')
    const version = Object.hasOwn(model.aliases, alias) ? model.aliases[alias] : undefined
    if (version === undefined) throw invalid(`Registered model alias ${alias} not found.`)
    return { model_version: versionJson(context.registry.version(model.name, version)) }
  },
  'POST model-versions/create': createVersion,
  'PATCH model-versions/update': (fields, context) => {
    const { model, version } = versionOf(fields, context)
    setFacts(context, model, version, { description: fields.optional('description') ?? '' })
    return { model_version: versionJson(context.registry.version(model, version)) }
  },
  'POST model-versions/transition-stage': transition,
  'DELETE model-versions/delete': (fields, context) => {
    const { model, version } = versionOf(fields, context)
    context.registry.deleteVersion(model, version)
    context.modelChanged(model)
    return {}
  },
  'GET model-versions/get': (fields, context) => ({ model_version: versionJson(versionOf(fields, context)) }),
  'GET model-versions/search': (fields, context) => {
    const page = searchList({
      items: context.registry
        .versions()
        .toSorted(
          (a, b) => b.updatedAt - a.updatedAt || (a.model < b.model ? -1 : 1) || b.version - a.version,
        ),
      attributes: versionAttributes,
      filter: fields.optional('filter') ?? '',
      orderBy: fields.strings('order_by'),
      limit: checkMaxResults(fields.integer('max_results'), 10_000, 200_000),
      token: fields.optional('page_token'),
      searchable: (version) => ({
        attributes: {
          name: version.model,
          version_number: version.version,
          run_id: version.runId,
          source_path: version.source,
          creation_timestamp: version.createdAt,
          last_updated_timestamp: version.updatedAt,
        },
        tags: version.tags,
        missingTagsDiffer: true,
      }),
    })
    return { model_versions: page.items.map(versionJson), ...page.next }
  },
  'GET model-versions/get-download-uri': (fields, context) => ({
    artifact_uri: downloadUri(context, versionOf(fields, context)),
  }),
  'POST model-versions/set-tag': (fields, context) => {
    const { model, version } = versionOf(fields, context)
    return setFacts(context, model, version, {
      tags: { [fields.required('key')]: fields.optional('value') ?? '' },
    })
  },
  'DELETE model-versions/delete-tag': (fields, context) => {
    const { model, version } = versionOf(fields, context)
    return setFacts(context, model, version, { tags: { [fields.required('key')]: null } })
  },
}

import fs from 'node:fs'
import path from 'node:path'
import { parse } from 'yaml'
import type { RunInput } from '../../contract/index.ts'
import { SeriesBuilder } from '../formats/series-columns.ts'
import { runIdTag } from '../run-words.ts'
import { filesIn } from './files-below.ts'
import type { FoundSourceRun, FoundSourceRuns, RunImporter, RunSink, RunSource } from './importer.ts'
import { isRunId, mlflowStatus } from './mlflow-words.ts'
import { finiteOf, isRecord, textOf } from './records.ts'
import { numberIn } from './values.ts'

type Meta = Record<string, unknown>

/** Parts of a store that have files named meta.yaml too, and may be large. */
const otherParts = /(^|\/)(artifacts|inputs|outputs|datasets|models|traces|params|metrics|tags)\//
const metaName = /(^|\/)meta\.yaml$/
const metasLooked = 20
/** MLflow's InputVertexType of a logged model. */
const modelVertex = 3

/** The folders of MLflow's file store: `<experiment>/<run>/{meta.yaml,params,metrics,tags,inputs,artifacts}`. */
export const mlflowFiles: RunImporter = {
  id: 'mlflow-files',
  title: 'MLflow folder',
  detects: ({ files, root }) =>
    metasOf(files)
      .slice(0, metasLooked)
      .some((file) => {
        const meta = readMeta(path.join(root, file))
        return typeof meta !== 'string' && (isRun(meta) || isExperiment(meta))
      }),
  find: (source) => Promise.resolve(findRuns(source)),
}

const metasOf = (files: readonly string[]): string[] =>
  files.filter((file) => metaName.test(file) && !otherParts.test(file))
const isRun = (meta: Meta): boolean => 'run_id' in meta || 'run_uuid' in meta
const isExperiment = (meta: Meta): boolean => 'artifact_location' in meta && !isRun(meta)

/** What the file holds, or what is wrong with it. */
function readMeta(file: string): Meta | string {
  try {
    const meta: unknown = parse(fs.readFileSync(file, 'utf8'))
    return isRecord(meta) ? meta : 'it is empty or no mapping'
  } catch (cause) {
    return cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause)
  }
}

function findRuns(source: RunSource): FoundSourceRuns {
  const found: FoundSourceRuns = { runs: [], broken: [], notes: [], experimentTags: {} }
  const experiments = new Map<string, { name: string; isDeleted: boolean }>()
  const folders = new Map<string, Meta | string>()
  for (const file of metasOf(source.files)) {
    const folder = path.posix.dirname(file)
    const meta = readMeta(path.join(source.root, file))
    if (typeof meta === 'string' || isRun(meta)) folders.set(folder, meta)
    else if (isExperiment(meta)) {
      const name = textOf(meta['name']) ?? path.posix.basename(folder)
      experiments.set(folder, { name, isDeleted: meta['lifecycle_stage'] === 'deleted' })
      const tags = pairsIn(path.join(source.root, folder, 'tags'), (part, reason) =>
        found.broken.push({ part: `${folder}/tags/${part}`, reason }),
      )
      if (found.experimentTags && Object.keys(tags).length > 0) found.experimentTags[name] = tags
    }
  }
  // A run whose meta.yaml was never written: what it logged is still there.
  for (const folder of experiments.keys())
    for (const name of foldersIn(path.join(source.root, folder)))
      if (isRunId(name) && !folders.has(path.posix.join(folder, name)))
        folders.set(path.posix.join(folder, name), 'it is missing')
  for (const [folder, meta] of folders) {
    const id = path.posix.basename(folder === '.' ? source.name : folder)
    const experiment = experiments.get(path.posix.dirname(folder))
    if (typeof meta === 'string') {
      found.broken.push({ part: path.posix.join(folder, 'meta.yaml'), reason: meta })
      if (!isRunId(id) || filesIn(path.join(source.root, folder)).length < 2) continue
    }
    found.runs.push(runOf(source, folder, meta, id, experiment))
  }
  if (source.files.some((file) => /(^|\/)models\/[^/]+\/(version-\d+\/)?meta\.yaml$/.test(file)))
    found.notes.push('Registered and logged models stay where they are: only runs are opened.')
  return found
}

function runOf(
  source: RunSource,
  folder: string,
  meta: Meta | string,
  folderName: string,
  experiment: { name: string; isDeleted: boolean } | undefined,
): FoundSourceRun {
  const facts = typeof meta === 'string' ? {} : meta
  const root = path.join(source.root, folder)
  // A run that was sent from here keeps the id that it has here.
  const id = tagIn(root, runIdTag) || (textOf(facts['run_id']) ?? textOf(facts['run_uuid']) ?? folderName)
  const name = textOf(facts['run_name']) || tagIn(root, 'mlflow.runName') || id
  return {
    ...(isRunId(id) ? { id } : {}),
    origin: isRunId(id) ? id : `${source.place}/${folder}`,
    name,
    experiment: experiment?.name ?? `Experiment ${textOf(facts['experiment_id']) ?? '0'}`,
    read: (sink) => readRun({ root, experimentRoot: path.dirname(root), facts, name, sink, experiment }),
  }
}

function tagIn(root: string, key: string): string {
  try {
    return fs.readFileSync(path.join(root, 'tags', key), 'utf8')
  } catch {
    return ''
  }
}

async function readRun(run: {
  root: string
  experimentRoot: string
  facts: Meta
  name: string
  sink: RunSink
  experiment: { isDeleted: boolean } | undefined
}): Promise<void> {
  const { root, experimentRoot, facts, name, sink, experiment } = run
  const series = readMetrics(path.join(root, 'metrics'), sink)
  const times = Object.values(series).flatMap((one) => [one.points()[2], one.points().at(-1)])
  const known = times.filter((time) => time !== undefined)
  const isDeleted = facts['lifecycle_stage'] === 'deleted' || experiment?.isDeleted === true
  await sink.head({
    name,
    // Who left no status left in a hurry.
    status: mlflowStatus(facts['status']) ?? 'KILLED',
    lifecycle: isDeleted ? 'deleted' : 'active',
    startTime: finiteOf(facts['start_time']) ?? (known.length > 0 ? Math.min(...known) : null),
    endTime: finiteOf(facts['end_time']),
    user: textOf(facts['user_id']) ?? '',
  })
  await sink.params(
    pairsIn(path.join(root, 'params'), (part, reason) => sink.broken(`params/${part}`, reason)),
  )
  await sink.tags(pairsIn(path.join(root, 'tags'), (part, reason) => sink.broken(`tags/${part}`, reason)))
  for (const [key, one] of Object.entries(series)) await sink.points(key, one.points())
  await sink.inputs(readInputs(root, experimentRoot, sink))
  // Only what lies in the folder: a path that a file names may lead anywhere.
  for (const file of filesIn(path.join(root, 'artifacts')))
    await sink.artifactFile(file, path.join(root, 'artifacts', file))
}

/** A folder of files whose names are keys (slashes make folders) and whose contents are values. */
function pairsIn(folder: string, broken: (part: string, reason: string) => void): Record<string, string> {
  const pairs: Record<string, string> = {}
  for (const key of filesIn(folder)) {
    try {
      pairs[key] = fs.readFileSync(path.join(folder, key), 'utf8')
    } catch (cause) {
      broken(key, cause instanceof Error ? cause.message : String(cause))
    }
  }
  return pairs
}

function foldersIn(folder: string): string[] {
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
}

function readMetrics(folder: string, sink: RunSink): Record<string, SeriesBuilder> {
  const all: Record<string, SeriesBuilder> = {}
  for (const key of filesIn(folder)) {
    const series = new SeriesBuilder()
    try {
      const wrong = readMetric(fs.readFileSync(path.join(folder, key), 'utf8'), series)
      if (wrong.length > 0)
        sink.broken(
          `metrics/${key}`,
          `${wrong.length === 1 ? 'line' : 'lines'} ${wrong.slice(0, 10).join(', ')}${wrong.length > 10 ? ' and others' : ''} can't be read`,
        )
    } catch (cause) {
      sink.broken(`metrics/${key}`, cause instanceof Error ? cause.message : String(cause))
    }
    if (series.length > 0) all[key] = series
  }
  return all
}

/** Lines `time value step`; old stores leave the step out. Returns the numbers of the lines that are no points. */
function readMetric(text: string, series: SeriesBuilder): number[] {
  const wrong: number[] = []
  let number = 0
  let fields = 0
  for (const line of text.split('\n')) {
    number++
    const parts = line.trim().split(/\s+/)
    if (parts[0] === '') continue
    const [time, value, step] = [finiteOf(parts[0]), numberIn(parts[1] ?? ''), finiteOf(parts[2] ?? '0')]
    const isCut = fields > 0 && parts.length < fields
    if (time === null || value === undefined || step === null || !Number.isInteger(step) || isCut)
      wrong.push(number)
    else {
      fields = parts.length
      series.add(step, value, Math.round(time))
    }
  }
  return wrong
}

function readInputs(root: string, experimentRoot: string, sink: RunSink): RunInput[] {
  return filesIn(path.join(root, 'inputs')).flatMap((file): RunInput[] => {
    const link = readMeta(path.join(root, 'inputs', file))
    const target = typeof link === 'string' ? undefined : textOf(link['source_id'])
    if (typeof link === 'string' || target === undefined || !/^[\w.-]+$/.test(target) || target === '..')
      return []
    if (link['source_type'] === modelVertex || String(link['source_type']).includes('MODEL')) return []
    const dataset = readMeta(path.join(experimentRoot, 'datasets', target, 'meta.yaml'))
    if (typeof dataset === 'string') {
      sink.broken(`inputs/${file}`, `its dataset can't be read: ${dataset}`)
      return []
    }
    const tags = isRecord(link['tags']) ? link['tags'] : {}
    return [
      {
        name: textOf(dataset['name']) ?? target,
        digest: textOf(dataset['digest']) ?? '',
        sourceType: textOf(dataset['source_type']) ?? '',
        source: textOf(dataset['source']) ?? '',
        schema: textOf(dataset['schema']) ?? null,
        profile: textOf(dataset['profile']) ?? null,
        tags: Object.fromEntries(Object.entries(tags).map(([key, value]) => [key, textOf(value) ?? ''])),
      },
    ]
  })
}

import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RunInput } from '../../contract/index.ts'
import { SeriesBuilder } from '../formats/series-columns.ts'
import { runIdTag } from '../run-words.ts'
import { filesIn } from './files-below.ts'
import type { FoundSourceRun, FoundSourceRuns, RunImporter, RunSink } from './importer.ts'
import { isRunId, mlflowStatus } from './mlflow-words.ts'
import { finiteOf, textOf } from './records.ts'
import { databasesOf, hasTables, openSqliteSource, type SqliteSource } from './sqlite-source.ts'

/** MLflow stores the infinities as the largest numbers there are. */
const largest = Number.MAX_VALUE

/** The database of `mlflow server` or of an SQLite tracking URI, of any schema: columns it has not got are done without. */
export const mlflowSqlite: RunImporter = {
  id: 'mlflow-sqlite',
  title: 'MLflow database',
  detects: (source) =>
    databasesOf(source).some((file) => hasTables(file, ['experiments', 'runs', 'metrics'])),
  find: (source) => {
    const found: FoundSourceRuns = { runs: [], broken: [], notes: [], experimentTags: {} }
    const opened: SqliteSource[] = []
    found.close = () => {
      for (const one of opened) one.close()
    }
    for (const file of databasesOf(source)) {
      if (!hasTables(file, ['experiments', 'runs', 'metrics'])) continue
      const database = openSqliteSource(file)
      opened.push(database)
      findRuns(database, file, found)
    }
    return Promise.resolve(found)
  },
}

function findRuns(database: SqliteSource, file: string, found: FoundSourceRuns): void {
  const told = new Set<string>()
  const names = new Map<string, string>()
  for (const row of database.rows('SELECT experiment_id, name FROM experiments'))
    names.set(String(row['experiment_id']), textOf(row['name']) ?? `Experiment ${row['experiment_id']}`)
  if (database.columns('experiment_tags').size > 0)
    for (const row of database.rows('SELECT experiment_id, key, value FROM experiment_tags')) {
      const name = names.get(String(row['experiment_id']))
      if (name === undefined || !found.experimentTags) continue
      found.experimentTags[name] = {
        ...found.experimentTags[name],
        [String(row['key'])]: textOf(row['value']) ?? '',
      }
    }
  const runNames = tagsNamed(database, 'mlflow.runName')
  // A run that was sent from here keeps the id that it has here.
  const ownIds = tagsNamed(database, runIdTag)
  for (const row of database.rows('SELECT * FROM runs ORDER BY start_time, run_uuid')) {
    const id = ownIds.get(String(row['run_uuid'])) ?? String(row['run_uuid'])
    const name = textOf(row['name']) || runNames.get(String(row['run_uuid'])) || id
    const run: FoundSourceRun = {
      ...(isRunId(id) ? { id } : {}),
      origin: id,
      name,
      experiment: names.get(String(row['experiment_id'])) ?? 'Default',
      read: (sink) => readRun({ database, file, row, name, told, sink }),
    }
    found.runs.push(run)
  }
  const models = ['registered_models', 'logged_models'].filter(
    (table) =>
      database.columns(table).size > 0 && [...database.rows(`SELECT 1 FROM ${table} LIMIT 1`)].length > 0,
  )
  if (models.length > 0)
    found.notes.push('Registered and logged models stay where they are: only runs are opened.')
}

function tagsNamed(database: SqliteSource, key: string): Map<string, string> {
  const rows = [...database.rows('SELECT run_uuid, value FROM tags WHERE key = ?', key)]
  return new Map(rows.map((row) => [String(row['run_uuid']), textOf(row['value']) ?? '']))
}

async function readRun(run: {
  database: SqliteSource
  file: string
  row: Record<string, unknown>
  name: string
  /** Places whose files are not read, as far as they have been named. */
  told: Set<string>
  sink: RunSink
}): Promise<void> {
  const { database, file, row, name, told, sink } = run
  const id = row['run_uuid']
  await sink.head({
    name,
    status: mlflowStatus(row['status']) ?? 'FINISHED',
    lifecycle: row['lifecycle_stage'] === 'deleted' ? 'deleted' : 'active',
    startTime: finiteOf(row['start_time']),
    endTime: finiteOf(row['end_time']),
    user: textOf(row['user_id']) ?? '',
  })
  await sink.params(pairs(database, 'params', id))
  await sink.tags(pairs(database, 'tags', id))
  await readMetrics(database, id, sink)
  await sink.inputs(readInputs(database, id))
  const uri = textOf(row['artifact_uri']) ?? ''
  const folder = artifactFolder(uri, file, String(id))
  const part = uri.split(`/${id}`)[0] ?? uri
  if (folder !== undefined)
    for (const place of filesIn(folder)) await sink.artifactFile(place, path.join(folder, place))
  else if (isElsewhere(uri) && !told.has(part)) {
    // Once for all that lie there, most likely the whole experiment.
    told.add(part)
    sink.broken('artifacts', `files at ${part}, not beside the database, are not read`)
  }
}

/** Whether files lie at a place that is not looked into; a folder that is nowhere holds none. */
function isElsewhere(uri: string): boolean {
  if (uri.startsWith('file:') || !/^[a-z][\w+.-]+:/i.test(uri)) {
    try {
      return fs.existsSync(uri.startsWith('file:') ? fileURLToPath(uri) : uri)
    } catch {
      return true
    }
  }
  return true
}

function pairs(database: SqliteSource, table: 'params' | 'tags', id: unknown): Record<string, string> {
  const found: Record<string, string> = {}
  for (const { key, value } of database.rows(`SELECT key, value FROM ${table} WHERE run_uuid = ?`, id))
    found[String(key)] = textOf(value) ?? ''
  return found
}

async function readMetrics(database: SqliteSource, id: unknown, sink: RunSink): Promise<void> {
  const columns = database.columns('metrics')
  const step = columns.has('step') ? 'step' : '0'
  const noNumber = columns.has('is_nan') ? 'is_nan' : '0'
  const sql = `SELECT key, value, timestamp, ${step} AS step, ${noNumber} AS is_nan FROM metrics WHERE run_uuid = ?
    ORDER BY key, ${step}, timestamp`
  const all = new Map<string, SeriesBuilder>()
  for (const point of database.rows(sql, id)) {
    const key = String(point['key'])
    const series = all.get(key) ?? new SeriesBuilder()
    all.set(key, series)
    series.add(finiteOf(point['step']) ?? 0, pointValue(point), Math.round(finiteOf(point['timestamp']) ?? 0))
  }
  for (const [key, series] of all) await sink.points(key, series.points())
}

function pointValue({ value, is_nan: noNumber }: Record<string, unknown>): number {
  if (Number(noNumber) === 1 || typeof value !== 'number') return Number.NaN
  return value >= largest ? Number.POSITIVE_INFINITY : value <= -largest ? Number.NEGATIVE_INFINITY : value
}

function readInputs(database: SqliteSource, id: unknown): RunInput[] {
  if (database.columns('inputs').size === 0 || database.columns('datasets').size === 0) return []
  const inputs: RunInput[] = []
  const sql = `SELECT i.input_uuid, d.* FROM inputs i JOIN datasets d ON d.dataset_uuid = i.source_id
    WHERE i.destination_id = ? AND i.destination_type = 'RUN' AND i.source_type = 'DATASET'`
  for (const row of [...database.rows(sql, id)]) {
    const tags: Record<string, string> = {}
    for (const tag of database.rows(
      'SELECT name, value FROM input_tags WHERE input_uuid = ?',
      row['input_uuid'],
    ))
      tags[String(tag['name'])] = textOf(tag['value']) ?? ''
    inputs.push({
      name: textOf(row['name']) ?? '',
      digest: textOf(row['digest']) ?? '',
      sourceType: textOf(row['dataset_source_type']) ?? '',
      source: textOf(row['dataset_source']) ?? '',
      schema: textOf(row['dataset_schema']) ?? null,
      profile: textOf(row['dataset_profile']) ?? null,
      tags,
    })
  }
  return inputs
}

/** Where a run's files lie, if that is in the database's own folder: a path in a database may lead anywhere. */
function artifactFolder(uri: string, file: string, id: string): string | undefined {
  const home = fs.realpathSync(path.dirname(file))
  const candidates: string[] = []
  try {
    if (uri.startsWith('file:')) candidates.push(fileURLToPath(uri))
    else if (uri.startsWith('/') || /^[a-z]:[\\/]/i.test(uri)) candidates.push(uri)
    else if (!/^[a-z][\w+.-]*:/i.test(uri)) candidates.push(path.resolve(home, uri))
  } catch {
    // No path of this system.
  }
  // Moved along with the database, or served by `mlflow server`, which names its files by a scheme of its own.
  const tail = new RegExp(`([^/]+/${id.replace(/[^\w-]/g, '')}/artifacts)/?$`).exec(uri)?.[1]
  if (tail !== undefined)
    for (const folder of ['mlruns', 'mlartifacts', '.']) candidates.push(path.join(home, folder, tail))
  for (const candidate of candidates) {
    try {
      const place = fs.realpathSync(candidate)
      if (place.startsWith(home + path.sep)) return place
    } catch {
      // Not here.
    }
  }
  return undefined
}

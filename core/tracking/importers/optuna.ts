import path from 'node:path'
import type { RunStatus } from '../../contract/index.ts'
import { SeriesBuilder } from '../formats/series-columns.ts'
import type { FoundSourceRun, FoundSourceRuns, RunImporter, RunSink, RunSource } from './importer.ts'
import { textOf } from './records.ts'
import { databasesOf, hasTables, openSqliteSource, type SqliteSource } from './sqlite-source.ts'

const tables = ['studies', 'trials', 'trial_params']
type Row = Record<string, unknown>

const states: Record<string, RunStatus> = {
  RUNNING: 'RUNNING',
  WAITING: 'SCHEDULED',
  COMPLETE: 'FINISHED',
  PRUNED: 'FINISHED',
  FAIL: 'FAILED',
}

/** Optuna's studies in SQLite: a study is a run, with a run below it for each trial. */
export const optuna: RunImporter = {
  id: 'optuna',
  title: 'Optuna database',
  detects: (source) => databasesOf(source).some((file) => hasTables(file, tables)),
  find: (source) => {
    const found: FoundSourceRuns = { runs: [], broken: [], notes: [] }
    const opened: SqliteSource[] = []
    found.close = () => {
      for (const one of opened) one.close()
    }
    for (const file of databasesOf(source)) {
      if (!hasTables(file, tables)) continue
      const database = openSqliteSource(file)
      opened.push(database)
      // A study's name is unique within its database.
      const place = source.isFolder ? `${source.place}/${path.relative(source.root, file)}` : source.place
      for (const study of [...database.rows('SELECT * FROM studies ORDER BY study_id')])
        found.runs.push(...studyRuns(database, study, place, source))
    }
    return Promise.resolve(found)
  },
}

/** Optuna's times have no zone: they are the local ones of whoever ran it, taken to be ours. */
function timeOf(value: unknown): number | null {
  const time = typeof value === 'string' ? Date.parse(value.replace(' ', 'T')) : Number.NaN
  return Number.isNaN(time) ? null : time
}

function studyRuns(database: SqliteSource, study: Row, place: string, source: RunSource): FoundSourceRun[] {
  const name = textOf(study['study_name']) ?? `study ${study['study_id']}`
  const origin = `${place}#${name}`
  const hasNumber = database.columns('trials').has('number')
  const trials = [
    ...database.rows('SELECT * FROM trials WHERE study_id = ? ORDER BY trial_id', study['study_id']),
  ].map((trial, at): [Row, number] => [trial, hasNumber ? Number(trial['number']) : at])
  return [
    { origin, name, experiment: source.name, read: (sink) => readStudy(database, study, name, trials, sink) },
    ...trials.map(
      ([trial, number]): FoundSourceRun => ({
        origin: `${origin}#${number}`,
        parentOrigin: origin,
        name: `${name} · trial ${number}`,
        experiment: source.name,
        read: (sink) => readTrial(database, trial, number, `${name} · trial ${number}`, sink),
      }),
    ),
  ]
}

function attributes(
  database: SqliteSource,
  table: string,
  column: string,
  id: unknown,
): Record<string, string> {
  const found: Record<string, string> = {}
  if (database.columns(table).size === 0) return found
  for (const { key, value_json } of database.rows(
    `SELECT key, value_json FROM ${table} WHERE ${column} = ?`,
    id,
  ))
    found[`optuna.${key}`] = unquoted(textOf(value_json) ?? '')
  return found
}

/** A JSON text without its quotes, anything else as it stands. */
function unquoted(json: string): string {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'string' ? value : json
  } catch {
    return json
  }
}

async function readStudy(
  database: SqliteSource,
  study: Row,
  name: string,
  trials: [Row, number][],
  sink: RunSink,
): Promise<void> {
  const id = study['study_id']
  const starts = trials.flatMap(([trial]) => timeOf(trial['datetime_start']) ?? [])
  const ends = trials.flatMap(([trial]) => timeOf(trial['datetime_complete']) ?? [])
  const isRunning = trials.some(([trial]) => trial['state'] === 'RUNNING' || trial['state'] === 'WAITING')
  await sink.head({
    name,
    status: isRunning ? 'RUNNING' : 'FINISHED',
    startTime: starts.length > 0 ? starts.reduce((a, b) => Math.min(a, b)) : null,
    endTime: isRunning || ends.length === 0 ? null : ends.reduce((a, b) => Math.max(a, b)),
  })
  const directions =
    database.columns('study_directions').size > 0
      ? [...database.rows('SELECT direction FROM study_directions WHERE study_id = ? ORDER BY objective', id)]
      : [study]
  await sink.tags({
    'optuna.direction': directions.map((row) => String(row['direction'] ?? '').toLowerCase()).join(', '),
    ...attributes(database, 'study_user_attributes', 'study_id', id),
  })
  // How the study went: each trial's value at its number.
  const series = new Map<string, SeriesBuilder>()
  for (const [trial, number] of trials)
    for (const [key, value] of valuesOf(database, trial)) {
      const one = series.get(key) ?? new SeriesBuilder()
      series.set(key, one)
      one.add(number, value, timeOf(trial['datetime_complete']) ?? 0)
    }
  for (const [key, one] of series) await sink.points(key, one.points())
}

/** The values of a trial's objectives, by the names of metrics. */
function valuesOf(database: SqliteSource, trial: Row): [string, number][] {
  const columns = database.columns('trial_values')
  if (columns.size === 0) return []
  const hasObjective = columns.has('objective')
  // Before Optuna 3 a trial's value stood in its own row.
  if (!hasObjective) return typeof trial['value'] === 'number' ? [['value', trial['value']]] : []
  const rows = [
    ...database.rows('SELECT * FROM trial_values WHERE trial_id = ? ORDER BY objective', trial['trial_id']),
  ]
  return rows.map((row) => [
    rows.length === 1 ? 'value' : `value_${row['objective']}`,
    numberOf(row, 'value'),
  ])
}

function numberOf(row: Row, name: string): number {
  const type = row[`${name}_type`]
  if (type === 'INF_POS') return Number.POSITIVE_INFINITY
  if (type === 'INF_NEG') return Number.NEGATIVE_INFINITY
  const value = row[name]
  return typeof value === 'number' ? value : Number.NaN
}

async function readTrial(
  database: SqliteSource,
  trial: Row,
  number: number,
  name: string,
  sink: RunSink,
): Promise<void> {
  const id = trial['trial_id']
  const [startTime, endTime] = [timeOf(trial['datetime_start']), timeOf(trial['datetime_complete'])]
  await sink.head({ name, status: states[String(trial['state'])] ?? 'FINISHED', startTime, endTime })
  const params: Record<string, string> = {}
  for (const row of database.rows('SELECT * FROM trial_params WHERE trial_id = ?', id))
    params[String(row['param_name'])] = paramOf(row)
  await sink.params(params)
  await sink.tags({
    'optuna.trial': String(number),
    'optuna.state': String(trial['state']).toLowerCase(),
    ...attributes(database, 'trial_user_attributes', 'trial_id', id),
  })
  const time = endTime ?? startTime ?? 0
  for (const [key, value] of valuesOf(database, trial))
    await sink.points(key, Float64Array.of(0, value, time))
  const steps = new SeriesBuilder()
  const columns = database.columns('trial_intermediate_values')
  if (columns.has('intermediate_value'))
    for (const row of database.rows(
      'SELECT * FROM trial_intermediate_values WHERE trial_id = ? ORDER BY step',
      id,
    ))
      steps.add(Number(row['step']), numberOf(row, 'intermediate_value'), time)
  if (steps.length > 0) await sink.points('intermediate_value', steps.points())
}

interface Distribution {
  name?: string
  attributes?: { choices?: unknown[] }
}

/** Of a categorical param the column holds the place of its choice. */
function paramOf(row: Row): string {
  const value = row['param_value']
  try {
    const { name, attributes } = JSON.parse(String(row['distribution_json'])) as Distribution
    if (name === 'CategoricalDistribution' && typeof value === 'number') {
      const choice = attributes?.choices?.[value]
      return typeof choice === 'string' ? choice : JSON.stringify(choice)
    }
  } catch {
    // The number as it stands is better than nothing.
  }
  return String(value)
}

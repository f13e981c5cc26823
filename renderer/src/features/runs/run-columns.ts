import { type CellValue, isLowerBetter, isSystemMetric, type Run } from '../../../../core/contract/index.ts'
import { formatDuration } from '../../components/format.ts'
import { compareMetricKeys, epochKey } from './metric-keys.ts'

export interface RunColumn {
  /**
   * A field of the search language that the engine reads and sorts by: `name`, `min(metrics.loss)`, `params.lr`; or
   * `curve(metrics.loss)`, whose curve is drawn.
   */
  id: string
  title: string
  group: 'Run' | 'Best' | 'Last' | 'Curve' | 'Param' | 'Tag'
  /** px */
  width: number
  kind: 'text' | 'number' | 'moment' | 'duration' | 'status' | 'curve'
}

export interface RunKeys {
  metrics: readonly string[]
  params: readonly string[]
  tags: readonly string[]
}

export const backendOf = (run: Run): string | null => run.params['backend'] ?? run.tags['backend'] ?? null

export function durationOf(run: Pick<Run, 'startTime' | 'endTime' | 'status'>, now: number): number | null {
  if (run.startTime === null) return null
  if (run.endTime !== null) return run.endTime - run.startTime
  return run.status === 'RUNNING' ? Math.max(0, now - run.startTime) : null
}

/** How the search language names a key: in backticks where it is no plain word. */
export const fieldOf = (scope: 'metrics' | 'params' | 'tags', key: string): string =>
  `${scope}.${/^[\p{L}_][\p{L}\p{N}_]*$/u.test(key) ? key : `\`${key.replaceAll('`', '``')}\``}`

const fixed = (id: string, title: string, width: number, kind: RunColumn['kind'] = 'text'): RunColumn => ({
  id,
  title,
  group: 'Run',
  width,
  kind,
})

const backendColumn = fixed('params.backend', 'Backend', 96)
const noteTag = 'mlflow.note.content'

const fixedColumns: RunColumn[] = [
  fixed('name', 'Name', 200),
  fixed('status', 'Status', 96, 'status'),
  fixed('dataset', 'Dataset', 116),
  fixed('start_time', 'Started', 100, 'moment'),
  fixed('duration', 'Duration', 84, 'duration'),
  fixed('experiment', 'Experiment', 120),
  fixed('user', 'User', 96),
  fixed('note', 'Note', 180),
  fixed('run_id', 'Id', 120),
]

const widthFor = (title: string): number => Math.min(168, Math.max(80, title.length * 6 + 24))

const bestField = (key: string): string => `${isLowerBetter(key) ? 'min' : 'max'}(${fieldOf('metrics', key)})`

/** All columns that a table may have where runs have logged these keys. */
export function columnsOf(keys: RunKeys): RunColumn[] {
  const metrics = keys.metrics.filter((key) => key !== epochKey).sort(compareMetricKeys)
  const column = (
    id: string,
    title: string,
    group: RunColumn['group'],
    kind: RunColumn['kind'],
  ): RunColumn => ({ id, title, group, width: widthFor(title), kind })
  return [
    ...fixedColumns,
    ...(keys.params.includes('backend') ? [backendColumn] : []),
    ...metrics
      .filter((key) => !isSystemMetric(key))
      .map((key) => column(bestField(key), `best ${key}`, 'Best', 'number')),
    ...metrics.map((key) => column(fieldOf('metrics', key), key, 'Last', 'number')),
    ...metrics.map((key) => column(`curve(${fieldOf('metrics', key)})`, `${key} curve`, 'Curve', 'curve')),
    ...keys.params
      .map((key) => column(fieldOf('params', key), key, 'Param', 'text'))
      .filter(({ id }) => id !== backendColumn.id),
    ...keys.tags
      .filter((key) => key !== noteTag)
      .map((key) => column(fieldOf('tags', key), key, 'Tag', 'text')),
  ]
}

const preferredMetrics = [
  'max(metrics.validation_accuracy)',
  'min(metrics.validation_loss)',
  'metrics.test_accuracy',
]

/** The columns shown before the person chooses some. */
export function defaultColumnIds(columns: readonly RunColumn[]): string[] {
  const known = new Set(columns.map((column) => column.id))
  const metrics = preferredMetrics.filter((id) => known.has(id))
  const others = columns
    .filter((column) => column.group === 'Last' && !isSystemMetric(column.title))
    .map((column) => column.id)
  return [
    'name',
    'status',
    'dataset',
    ...(known.has(backendColumn.id) ? [backendColumn.id] : []),
    'start_time',
    'duration',
    ...(metrics.length > 0 ? metrics : others.slice(0, 3)),
  ]
}

/** The chosen columns in their order, the name first, then what is pinned; what runs no longer have is left out. */
export function shownColumns(
  columns: readonly RunColumn[],
  ids: readonly string[],
  pinned: readonly string[],
): RunColumn[] {
  const known = new Map(columns.map((column) => [column.id, column]))
  const others = ids.filter((id) => id !== 'name')
  const stays = (id: string) => pinned.includes(id)
  return ['name', ...others.filter(stays), ...others.filter((id) => !stays(id))].flatMap(
    (id) => known.get(id) ?? [],
  )
}

/** How far from the left each column stays while the table is scrolled sideways, in px: the name, and what is pinned. */
export function leftsOf(
  shown: readonly RunColumn[],
  pinned: readonly string[],
  from: number,
  widthOf: (column: RunColumn) => number,
): Map<string, number> {
  const lefts = new Map<string, number>()
  let left = from
  for (const column of shown) {
    if (column.id !== 'name' && !pinned.includes(column.id)) break
    lefts.set(column.id, left)
    left += widthOf(column)
  }
  return lefts
}

/** A column moved by some places among its neighbours; the name stays first. */
export function movedColumn(ids: readonly string[], id: string, by: number): string[] {
  const others = ids.filter((other) => other !== 'name')
  const from = others.indexOf(id)
  if (from < 0) return [...ids]
  const to = Math.max(0, Math.min(others.length - 1, from + by))
  others.splice(from, 1)
  others.splice(to, 0, id)
  return ['name', ...others]
}

const plainKey = (key: string): string => (key.startsWith('`') ? key.slice(1, -1).replaceAll('``', '`') : key)

/** The key of the tag that a column shows; null for another column. */
export const tagKeyOf = (id: string): string | null =>
  id.startsWith('tags.') ? plainKey(id.slice('tags.'.length)) : null

const curveOf = /^curve\((metrics\.(.*))\)$/s

/** The metric whose curve a column draws; null for another column. */
export function curveKeyOf(id: string): string | null {
  const key = curveOf.exec(id)?.[2]
  return key === undefined ? null : plainKey(key)
}

/** What the engine sorts by for a column: a curve goes by its last value. */
export const sortFieldOf = (id: string): string => curveOf.exec(id)?.[1] ?? id

/** How the values of a cell are written in a search. */
export const literalOf = (value: CellValue): string =>
  typeof value === 'number' ? String(value) : `'${String(value).replaceAll("'", "''")}'`

/** Params of runs side by side. */
export interface ParamRow {
  key: string
  values: (string | null)[]
  differs: boolean
}

export function paramRows(runs: readonly Run[]): ParamRow[] {
  const keys = [...new Set(runs.flatMap((run) => Object.keys(run.params)))].sort()
  return keys.map((key) => {
    const values = runs.map((run) => run.params[key] ?? null)
    return { key, values, differs: new Set(values).size > 1 }
  })
}

/** How a text cell reads: durations and missing values included. */
export const durationText = (ms: number | null): string => (ms === null ? '–' : formatDuration(ms))

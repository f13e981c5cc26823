import type { Run } from '../../../../core/contract/index.ts'
import { formatDuration } from '../../components/format.ts'
import { bestOf, compareMetricKeys, epochKey } from './metric-keys.ts'

/** What a cell holds, by which its column is sorted. */
export type CellValue = string | number | null

export interface RunColumn {
  /** `name`, `status` ..., `best:<metric>`, `last:<metric>`, `param:<key>`. */
  id: string
  title: string
  group: 'Run' | 'Best' | 'Last' | 'Param'
  /** px */
  width: number
  kind: 'text' | 'number' | 'moment' | 'duration' | 'status'
  value: (run: Run, now: number) => CellValue
}

export const backendOf = (run: Run): string | null => run.params['backend'] ?? run.tags['backend'] ?? null

export function durationOf(run: Run, now: number): number | null {
  if (run.startTime === null) return null
  if (run.endTime !== null) return run.endTime - run.startTime
  return run.status === 'RUNNING' ? Math.max(0, now - run.startTime) : null
}

const fixedColumns: RunColumn[] = [
  { id: 'name', title: 'Name', group: 'Run', width: 160, kind: 'text', value: (run) => run.name },
  { id: 'status', title: 'Status', group: 'Run', width: 96, kind: 'status', value: (run) => run.status },
  {
    id: 'dataset',
    title: 'Dataset',
    group: 'Run',
    width: 116,
    kind: 'text',
    value: (run) => run.datasetLabel,
  },
  { id: 'backend', title: 'Backend', group: 'Run', width: 96, kind: 'text', value: backendOf },
  {
    id: 'started',
    title: 'Started',
    group: 'Run',
    width: 100,
    kind: 'moment',
    value: (run) => run.startTime,
  },
  { id: 'duration', title: 'Duration', group: 'Run', width: 84, kind: 'duration', value: durationOf },
  {
    id: 'experiment',
    title: 'Experiment',
    group: 'Run',
    width: 120,
    kind: 'text',
    value: (run) => run.experiment,
  },
  { id: 'id', title: 'Id', group: 'Run', width: 120, kind: 'text', value: (run) => run.id },
]

const widthFor = (title: string): number => Math.min(168, Math.max(80, title.length * 6 + 24))

/** All columns that these runs can fill. */
export function columnsOf(runs: readonly Run[]): RunColumn[] {
  const metrics = new Set<string>()
  const params = new Set<string>()
  for (const run of runs) {
    for (const key of Object.keys(run.metrics)) if (key !== epochKey) metrics.add(key)
    for (const key of Object.keys(run.params)) if (key !== 'backend') params.add(key)
  }
  const keys = [...metrics].sort(compareMetricKeys)
  const number = (
    id: string,
    title: string,
    group: 'Best' | 'Last',
    value: RunColumn['value'],
  ): RunColumn => ({
    id,
    title,
    group,
    width: widthFor(title),
    kind: 'number',
    value,
  })
  return [
    ...fixedColumns,
    ...keys.map((key) =>
      number(`best:${key}`, `best ${key}`, 'Best', ({ metrics: { [key]: metric } }) =>
        metric ? bestOf(key, metric) : null,
      ),
    ),
    ...keys.map((key) => number(`last:${key}`, key, 'Last', (run) => run.metrics[key]?.value ?? null)),
    ...[...params].sort().map(
      (key): RunColumn => ({
        id: `param:${key}`,
        title: key,
        group: 'Param',
        width: widthFor(key),
        kind: 'text',
        value: (run) => run.params[key] ?? null,
      }),
    ),
  ]
}

const preferredMetrics = ['best:validation_accuracy', 'best:validation_loss', 'last:test_accuracy']

/** The columns shown before the person chooses some. */
export function defaultColumnIds(columns: readonly RunColumn[]): string[] {
  const known = new Set(columns.map((column) => column.id))
  const metrics = preferredMetrics.filter((id) => known.has(id))
  const others = columns.filter((column) => column.group === 'Last').map((column) => column.id)
  return [
    'name',
    'status',
    'dataset',
    'backend',
    'started',
    'duration',
    ...(metrics.length > 0 ? metrics : others.slice(0, 3)),
  ]
}

const isMissing = (value: CellValue): boolean =>
  value === null || (typeof value === 'number' && Number.isNaN(value))
const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

function compareCells(a: CellValue, b: CellValue): number {
  if (typeof a === 'number' && typeof b === 'number') return a < b ? -1 : a > b ? 1 : 0
  return collator.compare(String(a), String(b))
}

/** Sorted by a column; runs without a value, and NaN, come last both ways. Equal ones keep their order. */
export function sortRuns(runs: readonly Run[], column: RunColumn, descending: boolean, now: number): Run[] {
  const cells = new Map(runs.map((run) => [run, column.value(run, now)]))
  return [...runs].sort((runA, runB) => {
    const a = cells.get(runA) ?? null
    const b = cells.get(runB) ?? null
    if (isMissing(a) || isMissing(b)) return Number(isMissing(a)) - Number(isMissing(b))
    return descending ? compareCells(b, a) : compareCells(a, b)
  })
}

/** Runs that hold every word somewhere: name, id, dataset, status, backend, params and tags. */
export function filterRuns(runs: readonly Run[], text: string): Run[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return [...runs]
  return runs.filter((run) => {
    const pairs = Object.entries({ ...run.tags, ...run.params }).map(([key, value]) => `${key}=${value}`)
    const haystack = [
      run.name,
      run.id,
      run.datasetLabel,
      run.status,
      run.experiment,
      backendOf(run),
      ...pairs,
    ]
      .join('\n')
      .toLowerCase()
    return words.every((word) => haystack.includes(word))
  })
}

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

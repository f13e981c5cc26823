import type { MlflowContext, Routes } from './context.ts'
import type { Fields } from './fields.ts'
import { checkMaxResults } from './limits.ts'
import { invalid, missing } from './mlflow-error.ts'
import { readToken, writeToken } from './page-token.ts'

/** More than any series; SQLite's LIMIT needs a number. */
const everything = 1_000_000_000
const mostInBulk = 25_000
const mostPerRun = 2_500
const mostRuns = 100

function runIdOf({ runs }: MlflowContext, uid: string): number {
  const head = runs.head(uid)
  if (!head) throw missing(`Run with id=${uid} not found`)
  return head.id
}

const valueJson = (value: number | null): string =>
  value === null ? '"NaN"' : Number.isFinite(value) ? String(value) : `"${value}"`

/** JSON is put together by hand: a history may hold a million points. */
function history(fields: Fields, context: MlflowContext): string {
  const uid = fields.optional('run_id') || fields.required('run_uuid')
  const key = fields.required('metric_key')
  const run = runIdOf(context, uid)
  const limit = checkMaxResults(fields.integer('max_results'), everything, everything)
  const offset = readToken(fields.optional('page_token'))
  const rows = context.runs.metrics.history(run, key, offset, limit + 1)
  const more = rows.length > limit
  if (more) rows.pop()
  const head = `{"key":${JSON.stringify(key)},"value":`
  const parts = rows.map(
    ([step, value, timestamp]) => `${head}${valueJson(value)},"timestamp":${timestamp},"step":${step}}`,
  )
  const next = more ? `,"next_page_token":${JSON.stringify(writeToken(offset + limit))}` : ''
  return `{"metrics":[${parts.join(',')}]${next}}`
}

/** Whole histories of several runs, run by run, up to a number of points in all. */
function bulk(fields: Fields, context: MlflowContext): string {
  const uids = fields.strings('run_id').sort()
  if (uids.length === 0) throw invalid('GetMetricHistoryBulk request must specify at least one run_id.')
  if (uids.length > mostRuns)
    throw invalid(
      `GetMetricHistoryBulk request cannot specify more than ${mostRuns} run_ids. Received ${uids.length} run_ids.`,
    )
  const key = fields.optional('metric_key')
  if (!key) throw invalid('GetMetricHistoryBulk request must specify a metric_key.')
  const most = Math.min(fields.integer('max_results') ?? mostInBulk, mostInBulk)
  const parts: string[] = []
  for (const uid of uids) {
    const rows = context.runs.metrics.history(runIdOf(context, uid), key, 0, Math.max(0, most - parts.length))
    for (const [step, value, timestamp] of rows)
      parts.push(
        `{"key":${JSON.stringify(key)},"value":${valueJson(value)},"timestamp":${timestamp},"step":${step},"run_id":"${uid}"}`,
      )
  }
  return `{"metrics":[${parts.join(',')}]}`
}

/** Thinned so that extremes stay, where MLflow takes every so many-th step. */
function bulkInterval(fields: Fields, context: MlflowContext): string {
  const key = fields.required('metric_key')
  const [from, to] = [fields.integer('start_step'), fields.integer('end_step')]
  if ((from === undefined) !== (to === undefined))
    throw invalid('If either start step or end step are specified, both must be specified.')
  if (from !== undefined && to !== undefined && from > to)
    throw invalid(`end_step must be greater than start_step. Found start_step=${from} and end_step=${to}.`)
  const most = fields.integer('max_results') ?? mostPerRun
  if (most < 1 || most > mostPerRun) throw invalid(`max_results must be between 1 and ${mostPerRun}.`)
  const uids = fields.strings('run_ids')
  if (uids.length === 0) throw invalid("Missing value for required parameter 'run_ids'.")
  if (uids.length > mostRuns)
    throw invalid(
      `GetMetricHistoryBulkInterval request must specify at most ${mostRuns} run_ids. Received ${uids.length} run_ids.`,
    )
  const parts = uids.flatMap((uid) => {
    const range = from === undefined || to === undefined ? undefined : { from, to }
    const { steps, values, timestamps } = context.runs.metrics.thinned(
      runIdOf(context, uid),
      key,
      most,
      range,
    )
    return Array.from(
      steps,
      (step, index) =>
        `{"key":${JSON.stringify(key)},"value":${valueJson(values[index] ?? null)},"timestamp":${timestamps[index] ?? 0},"step":${step},"run_id":"${uid}"}`,
    )
  })
  return `{"metrics":[${parts.join(',')}]}`
}

export const metricRoutes: Routes = {
  'GET metrics/get-history': history,
  'GET metrics/get-history-bulk': bulk,
  'GET metrics/get-history-bulk-interval': bulkInterval,
}

import { z } from 'zod'

/** The counters and gauges of a service that are kept; of histograms, the buckets. */
export const keptMetrics: ReadonlySet<string> = new Set([
  'glyphlab_predictions_total',
  'glyphlab_prediction_duration_seconds_bucket',
  'glyphlab_drift_psi',
  'ocr_predictions_total',
  'ocr_prediction_duration_seconds_bucket',
])

/** A value of a series at a moment. */
export interface MetricReading {
  name: string
  /** JSON of the labels in the order of their names, with the place that it was scraped from. */
  labels: string
  /** ms since 1970 */
  at: number
  value: number
}

type Complain = (line: number, reason: string) => void

export const labelsText = (labels: Readonly<Record<string, string>>): string =>
  JSON.stringify(Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))))

const sample = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+(-?[\d.]+(?:[eE][+-]?\d+)?))?(?:\s+#.*)?$/
const label = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g
const unescaped = (text: string): string => text.replace(/\\(.)/g, (_, one) => (one === 'n' ? '\n' : one))

function numberIn(text: string): number {
  if (/^[+]?inf$/i.test(text)) return Number.POSITIVE_INFINITY
  if (/^-inf$/i.test(text)) return Number.NEGATIVE_INFINITY
  return Number(text)
}

/**
 * Reads the Prometheus text format, or OpenMetrics (which ends with `# EOF`, and whose times are in seconds).
 * @param at ms since 1970, of samples that bear no time; null: such samples are refused
 * @param place is kept as label `instance` where there is none
 */
export function readExposition(
  text: string,
  at: number | null,
  place: string,
  complain: Complain,
): MetricReading[] {
  const unit = /^# EOF\s*$/m.test(text) ? 1000 : 1
  const readings: MetricReading[] = []
  const undated = new Set<string>()
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const [, name, inside = '', value = '', time] = sample.exec(line.trim()) ?? []
    if (name === undefined) complain(index + 1, 'not a sample of the Prometheus text format')
    if (name === undefined || !keptMetrics.has(name)) continue
    const labels = Object.fromEntries(
      [...inside.matchAll(label)].map(([, key, one = '']) => [key, unescaped(one)]),
    )
    const reading = { name, labels: labelsText(place === '' ? labels : { instance: place, ...labels }) }
    const series = `${name} ${reading.labels}`
    const number = numberIn(value)
    const moment = time === undefined ? at : Number(time) * unit
    if (Number.isNaN(number)) complain(index + 1, `${name} has no number`)
    else if (moment === null)
      complain(index + 1, 'no time: name the file by the time of its scrape, such as metrics-1767225600.prom')
    else if (time === undefined && undated.has(series))
      complain(index + 1, `${name} again, with no time: keep each scrape in a file of its own`)
    else readings.push({ ...reading, at: Math.round(moment), value: number })
    if (time === undefined) undated.add(series)
  }
  return readings
}

const point = z.tuple([z.number(), z.string()])
const answer = z.object({
  status: z.literal('success'),
  data: z.object({
    resultType: z.enum(['matrix', 'vector']),
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        values: z.array(point).optional(),
        value: point.optional(),
      }),
    ),
  }),
})

/**
 * Reads what Prometheus answers to `/api/v1/query_range` or `/api/v1/query`:
 * https://prometheus.io/docs/prometheus/latest/querying/api/
 */
export function readQueryAnswer(text: string, complain: Complain): MetricReading[] {
  const parsed = answer.safeParse(jsonOf(text))
  if (!parsed.success) {
    complain(1, 'not an answer of Prometheus to query_range')
    return []
  }
  let others = 0
  const readings = parsed.data.data.result.flatMap(({ metric, values, value }) => {
    const { __name__: name = '', ...labels } = metric
    if (!keptMetrics.has(name)) {
      others += 1
      return []
    }
    const series = labelsText(labels)
    const points = values ?? (value ? [value] : [])
    return points.flatMap(([seconds, number]) => {
      const at = Math.round(seconds * 1000)
      return Number.isNaN(numberIn(number)) ? [] : [{ name, labels: series, at, value: numberIn(number) }]
    })
  })
  if (readings.length === 0 && others > 0)
    complain(
      1,
      `none of its ${others} series is a counter of the service itself. Ask for {__name__=~"glyphlab_.*"}`,
    )
  return readings
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** Whether a file holds metrics, by how it begins. */
export function holdsMetrics(head: string): 'text' | 'json' | null {
  if (/^\s*\{/.test(head)) return /"resultType"/.test(head) ? 'json' : null
  return /^# (HELP|TYPE) \w/m.test(head) || /^(glyphlab|ocr)_\w+(\{| )/m.test(head) ? 'text' : null
}

const year2000 = 946_684_800_000
const year2100 = 4_102_444_800_000

/** The moment in a file's name: seconds or ms since 1970, or `2026-01-31T10-20-30Z` with any marks between; null for none. */
export function momentInName(name: string): number | null {
  const [, date, hour, minute, second = '00'] =
    /(\d{4}-\d{2}-\d{2})[T_ -]?(\d{2})[-:.]?(\d{2})(?:[-:.]?(\d{2}))?/.exec(name) ?? []
  if (date !== undefined) {
    const moment = Date.parse(`${date}T${hour}:${minute}:${second}Z`)
    return Number.isNaN(moment) ? null : moment
  }
  const digits = /(?<!\d)(\d{13}|\d{10})(?!\d)/.exec(name)?.[1]
  if (digits === undefined) return null
  const moment = Number(digits) * (digits.length === 10 ? 1000 : 1)
  return moment > year2000 && moment < year2100 ? moment : null
}

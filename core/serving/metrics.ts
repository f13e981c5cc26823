import { monitorEventLoopDelay } from 'node:perf_hooks'

type Labels = Record<string, string>

export interface Counter {
  /** With no amount: adds one. Adding 0 makes the series appear. */
  add(labels?: Labels, amount?: number): void
}
export interface Histogram {
  observe(value: number, labels?: Labels): void
}

export interface Metrics {
  counter(name: string, help: string): Counter
  /** `bounds`: the buckets' upper bounds, ascending, without +Inf. */
  histogram(name: string, help: string, bounds: readonly number[]): Histogram
  /** A value kept elsewhere: `read` is called at each scrape. */
  observed(type: 'gauge' | 'counter', name: string, help: string, read: () => number): void
  /** The same with labels, of as many series as there are then. */
  observedSeries(
    type: 'gauge' | 'counter',
    name: string,
    help: string,
    read: () => { labels: Labels; value: number }[],
  ): void
  /** All series in the Prometheus text format 0.0.4. */
  render(): string
}

/** Prometheus' own default buckets, in seconds, with room for slow pages. */
export const durationBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

/** A registry of metrics: https://prometheus.io/docs/instrumenting/exposition_formats/ */
export function createMetrics(): Metrics {
  const families: (() => string[])[] = []

  const head = (name: string, help: string, type: string) => [
    `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`,
    `# TYPE ${name} ${type}`,
  ]

  return {
    counter(name, help) {
      const values = new Map<string, number>()
      families.push(() => [
        ...head(name, help, 'counter'),
        ...[...values].map(([labels, value]) => `${name}${labels} ${value}`),
      ])
      return {
        add(labels = {}, amount = 1) {
          const key = braces(labels)
          values.set(key, (values.get(key) ?? 0) + amount)
        },
      }
    },

    histogram(name, help, bounds) {
      const series = new Map<string, { labels: Labels; counts: number[]; sum: number; count: number }>()
      families.push(() => [
        ...head(name, help, 'histogram'),
        ...[...series.values()].flatMap(({ labels, counts, sum, count }) => [
          ...bounds.map(
            (bound, i) => `${name}_bucket${braces({ ...labels, le: String(bound) })} ${counts[i] ?? 0}`,
          ),
          `${name}_bucket${braces({ ...labels, le: '+Inf' })} ${count}`,
          `${name}_sum${braces(labels)} ${sum}`,
          `${name}_count${braces(labels)} ${count}`,
        ]),
      ])
      return {
        observe(value, labels = {}) {
          const key = braces(labels)
          let entry = series.get(key)
          if (!entry) {
            entry = { labels, counts: bounds.map(() => 0), sum: 0, count: 0 }
            series.set(key, entry)
          }
          entry.sum += value
          entry.count += 1
          for (let i = bounds.length - 1; i >= 0 && value <= (bounds[i] as number); i -= 1) {
            entry.counts[i] = (entry.counts[i] ?? 0) + 1
          }
        },
      }
    },

    observed(type, name, help, read) {
      families.push(() => [...head(name, help, type), `${name} ${read()}`])
    },

    observedSeries(type, name, help, read) {
      families.push(() => [
        ...head(name, help, type),
        ...read().map(({ labels, value }) => `${name}${braces(labels)} ${value}`),
      ])
    },

    render: () => `${families.flatMap((family) => family()).join('\n')}\n`,
  }
}

/** CPU, memory, start time and event-loop delay of this process, by their usual names. */
export function addProcessMetrics(metrics: Metrics): void {
  const startedAt = Date.now() / 1000 - process.uptime()
  const delay = monitorEventLoopDelay({ resolution: 20 })
  delay.enable()
  const cpuSeconds = () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  }
  metrics.observed('counter', 'process_cpu_seconds_total', 'CPU time used, in seconds.', cpuSeconds)
  metrics.observed('gauge', 'process_resident_memory_bytes', 'Resident memory, in bytes.', () =>
    process.memoryUsage.rss(),
  )
  metrics.observed(
    'gauge',
    'process_start_time_seconds',
    'Start time, in seconds since 1970.',
    () => startedAt,
  )
  metrics.observed(
    'gauge',
    'nodejs_heap_size_used_bytes',
    'Used JavaScript heap, in bytes.',
    () => process.memoryUsage().heapUsed,
  )
  metrics.observed(
    'gauge',
    'nodejs_eventloop_lag_p99_seconds',
    'Event-loop delay since the last scrape, 99th percentile, in seconds.',
    () => {
      const seconds = delay.percentile(99) / 1e9
      delay.reset()
      return seconds
    },
  )
}

function braces(labels: Labels): string {
  let pairs = ''
  for (const key in labels) pairs += `${pairs === '' ? '' : ','}${key}="${escaped(labels[key] ?? '')}"`
  return pairs === '' ? '' : `{${pairs}}`
}

function escaped(value: string): string {
  if (!/[\\"\n]/.test(value)) return value
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

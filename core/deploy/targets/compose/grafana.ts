import type { Dashboard, Panel as GrafanaPanel } from '@grafana/schema'
import type { BundleManifest } from '../../../domain/bundle.ts'
import { serviceName } from '../../names.ts'
import type { BundleFile } from '../target.ts'
import { yamlFile } from '../yaml.ts'
import { failureRatio, quantile, serviceJob } from './prometheus.ts'

const datasource = { type: 'prometheus', uid: 'prometheus' }

interface Panel {
  title: string
  kind: 'stat' | 'timeseries'
  /** Of a row that is 24 wide. */
  width: number
  unit: string
  /** What a person has to know to read it. */
  description?: string
  queries: { expression: string; legend: string }[]
}

/** Grafana's provisioned data source and dashboard. */
export function dashboardFiles(bundle: Omit<BundleManifest, 'files'>): BundleFile[] {
  const provisioning = 'monitoring/grafana/provisioning'
  return [
    {
      path: `${provisioning}/datasources/prometheus.yaml`,
      content: yamlFile('Where the dashboards get their figures', {
        apiVersion: 1,
        datasources: [
          {
            name: 'Prometheus',
            type: 'prometheus',
            uid: datasource.uid,
            access: 'proxy',
            url: 'http://prometheus:9090',
            isDefault: true,
            editable: false,
            jsonData: { timeInterval: '5s' },
          },
        ],
      }),
    },
    {
      path: `${provisioning}/dashboards/dashboards.yaml`,
      content: yamlFile('Which dashboards there are', {
        apiVersion: 1,
        providers: [
          {
            name: 'glyphlab',
            type: 'file',
            disableDeletion: true,
            allowUiUpdates: false,
            options: { path: '/etc/grafana/dashboards' },
          },
        ],
      }),
    },
    {
      path: 'monitoring/grafana/dashboards/service.json',
      content: `${JSON.stringify(dashboard(bundle), null, 2)}\n`,
    },
  ]
}

function panels({ kind }: Pick<BundleManifest, 'kind'>): Panel[] {
  const job = `job="${serviceJob}"`
  const metric = 'glyphlab_prediction_duration_seconds'
  const lines = (...queries: [legend: string, expression: string][]) =>
    queries.map(([legend, expression]) => ({ legend, expression }))
  const chart = { kind: 'timeseries', width: 12 } as const
  const figure = { kind: 'stat', width: 6 } as const
  const times = (name: string) =>
    lines(['p50', quantile(0.5, name)], ['p95', quantile(0.95, name)], ['p99', quantile(0.99, name)])
  const ocr: Panel[] = [
    {
      ...chart,
      title: 'Pages read, by outcome',
      unit: 'ops',
      queries: lines(['{{outcome}}', 'sum by (outcome) (rate(ocr_predictions_total[1m]))']),
    },
    {
      ...chart,
      title: 'Time to read a page',
      unit: 's',
      queries: times('ocr_prediction_duration_seconds'),
    },
  ]
  const classified: Panel[] = [
    {
      ...chart,
      title: 'Pictures in one call of the model',
      unit: 'none',
      description: 'More than one where requests come in at the same time and are answered together.',
      queries: lines([
        '{{version}}',
        'sum by (version) (rate(glyphlab_batch_pictures_sum[5m])) / clamp_min(sum by (version) (rate(glyphlab_batch_pictures_count[5m])), 0.000001)',
      ]),
    },
    {
      ...chart,
      title: 'Drift from training',
      unit: 'none',
      description:
        'Population stability index of the last inputs and confidences; above 0.25 is much. Empty until enough were answered, and for a model that was trained elsewhere.',
      queries: lines(['{{statistic}} of {{version}}', 'max by (version, statistic) (glyphlab_drift_psi)']),
    },
  ]
  return [
    { ...figure, title: 'Ready replicas', unit: 'none', queries: lines(['ready', 'sum(glyphlab_ready)']) },
    {
      ...figure,
      title: 'Answers per second',
      unit: 'ops',
      queries: lines(['answers', 'sum(rate(glyphlab_predictions_total{outcome="success"}[1m]))']),
    },
    { ...figure, title: 'Failed', unit: 'percentunit', queries: lines(['failed', failureRatio('5m')]) },
    { ...figure, title: 'p99', unit: 's', queries: lines(['p99', quantile(0.99, metric)]) },
    {
      ...chart,
      title: 'Answers, by version and outcome',
      unit: 'ops',
      queries: lines([
        '{{model}} {{version}}, {{outcome}}',
        'sum by (model, version, outcome) (rate(glyphlab_predictions_total[1m]))',
      ]),
    },
    { ...chart, title: 'Time to answer', unit: 's', queries: times(metric) },
    ...(kind === 'ocr' ? ocr : []),
    ...(kind === 'image-classifier' ? classified : []),
    {
      ...chart,
      title: 'Requests, by status',
      unit: 'reqps',
      queries: lines(['{{status}}', 'sum by (status) (rate(glyphlab_http_requests_total[1m]))']),
    },
    {
      ...chart,
      title: 'Queue',
      unit: 'none',
      queries: lines(
        ['waiting at {{instance}}', 'glyphlab_queue_waiting'],
        ['in work at {{instance}}', 'glyphlab_queue_running'],
      ),
    },
    {
      ...chart,
      title: 'Cache',
      unit: 'ops',
      queries: lines(
        ['taken from the cache', 'sum(rate(glyphlab_cache_hits_total[5m]))'],
        ['not in the cache', 'sum(rate(glyphlab_cache_misses_total[5m]))'],
      ),
    },
    {
      ...chart,
      title: 'Canaries taken out by their bounds',
      unit: 'none',
      queries: lines(['{{instance}}', 'glyphlab_canary_rollbacks_total']),
    },
    {
      ...chart,
      title: 'Processor',
      unit: 'percentunit',
      queries: lines(['{{instance}}', `rate(process_cpu_seconds_total{${job}}[1m])`]),
    },
    {
      ...chart,
      title: 'Memory',
      unit: 'bytes',
      queries: lines(
        ['resident at {{instance}}', `process_resident_memory_bytes{${job}}`],
        ['heap at {{instance}}', `nodejs_heap_size_used_bytes{${job}}`],
      ),
    },
    {
      ...chart,
      title: 'Event loop delay, p99',
      unit: 's',
      queries: lines(['{{instance}}', `nodejs_eventloop_lag_p99_seconds{${job}}`]),
    },
    { ...chart, title: 'Targets', unit: 'none', queries: lines(['{{job}} {{instance}}', 'up']) },
  ]
}

function dashboard(bundle: Omit<BundleManifest, 'files'>): Dashboard {
  let x = 0
  let y = 0
  let height = 0
  const placed = panels(bundle).map(({ title, kind, width, unit, description, queries }, index) => {
    if (x + width > 24) {
      x = 0
      y += height
    }
    height = kind === 'stat' ? 4 : 8
    const gridPos = { x, y, w: width, h: height }
    x += width
    return {
      id: index + 1,
      title,
      ...(description ? { description } : {}),
      type: kind,
      datasource,
      gridPos,
      fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
      targets: queries.map(({ expression, legend }, at) => ({
        refId: String.fromCharCode(65 + at),
        datasource,
        expr: expression,
        legendFormat: legend,
      })),
    } satisfies GrafanaPanel
  })
  return {
    uid: serviceName(bundle).slice(0, 40),
    title: `${bundle.kind === 'ocr' ? 'OCR service' : bundle.name} ${bundle.version}`,
    tags: ['glyphlab'],
    timezone: 'browser',
    schemaVersion: 39,
    version: 1,
    refresh: '5s',
    time: { from: 'now-1h', to: 'now' },
    templating: { list: [] },
    annotations: { list: [] },
    panels: placed,
  }
}

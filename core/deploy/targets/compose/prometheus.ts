import type { BundleManifest } from '../../../domain/bundle.ts'
import { probes, servicePort } from '../../service-facts.ts'
import { balancerStatusPort } from './caddyfile.ts'

export const serviceJob = 'glyphlab'

/** `keys`: the service wants one. */
export const prometheusConfig = (keys: boolean): object => ({
  global: { scrape_interval: '5s', scrape_timeout: '4s', evaluation_interval: '5s' },
  rule_files: ['/etc/prometheus/alerts.yml'],
  scrape_configs: [
    {
      job_name: serviceJob,
      metrics_path: probes.metrics,
      ...(keys ? { authorization: { credentials_file: '/etc/prometheus/secrets/metrics-key' } } : {}),
      // Every replica of either colour that runs.
      dns_sd_configs: [{ names: ['blue', 'green'], type: 'A', port: servicePort, refresh_interval: '5s' }],
    },
    {
      job_name: 'balancer',
      static_configs: [{ targets: [`balancer:${balancerStatusPort}`] }],
    },
    { job_name: 'prometheus', static_configs: [{ targets: ['127.0.0.1:9090'] }] },
  ],
})

interface Alert {
  name: string
  expression: string
  for: string
  severity: 'critical' | 'warning'
  summary: string
  /** What the person on call does. */
  action: string
}

const answered = (window: string) => `sum(rate(glyphlab_predictions_total[${window}]))`

/** Part of the answers that failed, 0..1; 0 when nothing was asked. */
export const failureRatio = (window: string): string =>
  `sum(rate(glyphlab_predictions_total{outcome="failure"}[${window}])) / clamp_min(${answered(window)}, 0.000001)`

/** Seconds within which this part of the requests was answered. */
export const quantile = (part: number, metric: string): string =>
  `histogram_quantile(${part}, sum by (le) (rate(${metric}_bucket[5m])))`

const drift: Alert = {
  name: 'GlyphlabDrift',
  expression: 'max by (model, version, statistic) (glyphlab_drift_psi) > 0.25',
  for: '10m',
  severity: 'warning',
  summary:
    'The last inputs of version {{ $labels.version }} are not those of its training: {{ $labels.statistic }} has a stability index of {{ $value | humanize }}.',
  action:
    'Bring the prediction log home, look at the inputs the model was unsure of, and train anew with them.',
}

/** Rules for Prometheus. `memoryMb`: what a replica may take. */
export function alertRules({ kind }: Pick<BundleManifest, 'kind'>, memoryMb: number): object {
  const slow = kind === 'ocr' ? 60 : 1
  const waiting = kind === 'ocr' ? 8 : 32
  const duration = kind === 'ocr' ? 'ocr_prediction_duration_seconds' : 'glyphlab_prediction_duration_seconds'
  const alerts: Alert[] = [
    {
      name: 'GlyphlabServiceGone',
      expression: `absent(up{job="${serviceJob}"} == 1)`,
      for: '30s',
      severity: 'critical',
      summary: 'No replica answers.',
      action: 'Look at the logs of the replicas; they name the file when a golden answer differs.',
    },
    {
      name: 'GlyphlabReplicaDown',
      expression: `up{job="${serviceJob}"} == 0`,
      for: '1m',
      severity: 'warning',
      summary: '{{ $labels.instance }} does not answer.',
      action: 'See why it ended, and start it again.',
    },
    {
      name: 'GlyphlabNotReady',
      expression: 'glyphlab_ready == 0',
      for: '2m',
      severity: 'critical',
      summary: '{{ $labels.instance }} runs but can not answer.',
      action: 'Read its log: it says what it could not answer.',
    },
    {
      name: 'GlyphlabFailures',
      expression: `${failureRatio('5m')} > 0.05`,
      for: '2m',
      severity: 'critical',
      summary: '{{ $value | humanizePercentage }} of the answers failed in 5 minutes.',
      action: 'Go back to the version before, then read the errors in the log by request id.',
    },
    {
      name: 'GlyphlabSlow',
      expression: `${quantile(0.99, duration)} > ${slow}`,
      for: '5m',
      severity: 'warning',
      summary: 'One request in a hundred takes {{ $value | humanizeDuration }}.',
      action: 'Add replicas.',
    },
    {
      name: 'GlyphlabQueueLong',
      expression: `glyphlab_queue_waiting > ${waiting}`,
      for: '1m',
      severity: 'warning',
      summary: '{{ $value }} requests wait at {{ $labels.instance }}.',
      action: 'Add replicas before requests are refused.',
    },
    {
      name: 'GlyphlabRefusing',
      expression: 'sum(rate(glyphlab_http_requests_total{status="429"}[5m])) > 0',
      for: '1m',
      severity: 'warning',
      summary: 'Requests are refused because the queue is full.',
      action: 'Add replicas.',
    },
    {
      name: 'GlyphlabTrafficApart',
      expression: 'max(glyphlab_traffic_generation) - min(glyphlab_traffic_generation) > 0',
      for: '2m',
      severity: 'warning',
      summary: 'The replicas share requests by different policies.',
      action: 'See the log of the replica with the lower generation: it says what it can not read.',
    },
    {
      name: 'GlyphlabCanaryTakenOut',
      expression: 'increase(glyphlab_canary_rollbacks_total[15m]) > 0',
      for: '0m',
      severity: 'warning',
      summary:
        'A canary went beyond its bounds at {{ $labels.instance }}; the primary version answers alone.',
      action: 'Read the log of that replica: it says which bound, and what the canary answered.',
    },
    ...(kind === 'image-classifier' ? [drift] : []),
    {
      name: 'GlyphlabMemory',
      expression: `process_resident_memory_bytes{job="${serviceJob}"} > ${Math.round(memoryMb * 1024 * 1024 * 0.9)}`,
      for: '5m',
      severity: 'warning',
      summary: '{{ $labels.instance }} takes {{ $value | humanize1024 }}B, near its limit.',
      action: 'Give replicas more memory, or accept smaller pictures (GLYPHLAB_MAX_PIXELS).',
    },
    {
      name: 'GlyphlabRestarting',
      expression: `changes(process_start_time_seconds{job="${serviceJob}"}[15m]) > 2`,
      for: '0m',
      severity: 'warning',
      summary: '{{ $labels.instance }} was started again and again.',
      action: 'Read the last lines of its log before each end.',
    },
  ]
  return {
    groups: [
      {
        name: 'glyphlab',
        rules: alerts.map(({ name, expression, for: duration, severity, summary, action }) => ({
          alert: name,
          expr: expression,
          for: duration,
          labels: { severity },
          annotations: { summary, action },
        })),
      },
    ],
  }
}

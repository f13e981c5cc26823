import { imageTag, serviceName } from '../../names.ts'
import { stopSeconds } from '../../service-facts.ts'
import { auditFolder, keysFile, keysFolder, predictionsFolder, trafficFolder } from '../access-options.ts'
import type { TargetContext } from '../target.ts'
import { balancerPort, balancerStatusPort, colourFolder } from './caddyfile.ts'

/** Images by others, pinned by version. */
export const composeImages = {
  balancer: 'caddy:2.11.4-alpine',
  prometheus: 'prom/prometheus:v3.5.0',
  grafana: 'grafana/grafana:12.3.1',
} as const

const confined = {
  read_only: true,
  cap_drop: ['ALL'],
  security_opt: ['no-new-privileges:true'],
  restart: 'unless-stopped',
  logging: { driver: 'json-file', options: { 'max-size': '10m', 'max-file': '3' } },
}

/** compose.yaml: two colours of the service (green only when it is asked for), balancer, Prometheus, Grafana. */
export function composeFile({ bundle, option }: TargetContext): object {
  const tag = imageTag(bundle)
  const keys = option('keys') === true
  const log = option('predictionLog') === true
  const environment = {
    // The balancer goes by who listens: nothing is won by going on when one is to end.
    GLYPHLAB_LISTEN_WHEN_READY: 'true',
    GLYPHLAB_LAME_DUCK_MS: '0',
    ...(keys
      ? {
          GLYPHLAB_KEYS_FILE: `${keysFolder}/${keysFile}`,
          GLYPHLAB_AUDIT_LOG: auditFolder,
          // Shared, so that an admin call to one replica is followed by all.
          GLYPHLAB_STATE: trafficFolder,
        }
      : {}),
    ...(log ? { GLYPHLAB_PREDICTION_LOG: predictionsFolder } : {}),
  }
  // The folder and not the file: a key that is added or taken back is seen without a restart.
  const mounts = [
    ...(keys ? [`./secrets:${keysFolder}:ro`, `audit:${auditFolder}`, `traffic:${trafficFolder}`] : []),
    ...(log ? [`predictions:${predictionsFolder}`] : []),
  ]
  const build = {
    context: '.',
    ...(bundle.platform === 'any' ? {} : { network: 'none' }),
  }
  const colour = (name: string) => ({
    image: `\${GLYPHLAB_${name.toUpperCase()}_IMAGE:-${tag}}`,
    ...confined,
    tmpfs: ['/tmp'],
    environment,
    ...(mounts.length > 0 ? { volumes: mounts } : {}),
    networks: ['service'],
    deploy: { replicas: `\${GLYPHLAB_REPLICAS:-${option('replicas')}}` },
    mem_limit: `${option('memory')}m`,
    cpus: bundle.kind === 'ocr' ? 1.5 : 1,
    pids_limit: 128,
    // Longer than running requests may take, so that they end.
    stop_grace_period: `${stopSeconds(bundle.kind, 0)}s`,
    healthcheck: {
      test: ['CMD', 'node', '/app/healthcheck.mjs'],
      interval: '5s',
      timeout: '5s',
      start_period: '60s',
      retries: 3,
    },
  })
  return {
    name: serviceName(bundle),
    services: {
      blue: { build, ...colour('blue') },
      green: { profiles: ['green'], ...colour('green') },
      balancer: {
        image: composeImages.balancer,
        ...confined,
        // The program in this image carries the right to low ports, and can't be started without it.
        cap_add: ['NET_BIND_SERVICE'],
        command: 'caddy run --config /etc/caddy/Caddyfile --adapter caddyfile'.split(' '),
        environment: { XDG_CONFIG_HOME: '/config', XDG_DATA_HOME: '/data', GOMEMLIMIT: '400MiB' },
        ports: [`\${GLYPHLAB_PORT:-${option('port')}}:${balancerPort}`],
        networks: ['edge', 'service'],
        volumes: [
          './balancer:/etc/caddy:ro',
          `./balancer/state:${colourFolder}:ro`,
          'balancer-config:/config',
          'balancer-data:/data',
        ],
        mem_limit: '512m',
        cpus: 1,
        pids_limit: 128,
        healthcheck: {
          test: ['CMD', 'wget', '-q', '-O', '-', `http://127.0.0.1:${balancerStatusPort}/`],
          interval: '5s',
          timeout: '3s',
          retries: 5,
        },
      },
      prometheus: {
        image: composeImages.prometheus,
        ...confined,
        command: [
          '--config.file=/etc/prometheus/prometheus.yml',
          '--storage.tsdb.path=/prometheus',
          '--storage.tsdb.retention.time=30d',
        ],
        ports: [`127.0.0.1:\${GLYPHLAB_PROMETHEUS_PORT:-${option('prometheusPort')}}:9090`],
        networks: ['service', 'monitoring'],
        volumes: ['./monitoring/prometheus:/etc/prometheus:ro', 'prometheus-data:/prometheus'],
        mem_limit: '1024m',
        cpus: 1,
        pids_limit: 256,
        healthcheck: {
          test: ['CMD', 'promtool', 'check', 'healthy', '--url=http://127.0.0.1:9090'],
          interval: '10s',
          timeout: '5s',
          retries: 5,
        },
      },
      grafana: {
        image: composeImages.grafana,
        ...confined,
        tmpfs: ['/tmp'],
        environment: {
          GF_AUTH_ANONYMOUS_ENABLED: 'true',
          GF_AUTH_ANONYMOUS_ORG_ROLE: 'Viewer',
          // Nobody can log in with the password that the image comes with.
          GF_AUTH_BASIC_ENABLED: 'false',
          GF_AUTH_DISABLE_LOGIN_FORM: 'true',
          GF_ANALYTICS_REPORTING_ENABLED: 'false',
          GF_ANALYTICS_CHECK_FOR_UPDATES: 'false',
          GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: 'false',
          GF_NEWS_NEWS_FEED_ENABLED: 'false',
          GF_SECURITY_DISABLE_GRAVATAR: 'true',
          GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH: '/etc/grafana/dashboards/service.json',
        },
        ports: [`127.0.0.1:\${GLYPHLAB_GRAFANA_PORT:-${option('grafanaPort')}}:3000`],
        networks: ['monitoring'],
        volumes: [
          './monitoring/grafana/provisioning:/etc/grafana/provisioning:ro',
          './monitoring/grafana/dashboards:/etc/grafana/dashboards:ro',
          'grafana-data:/var/lib/grafana',
        ],
        mem_limit: '512m',
        cpus: 1,
        pids_limit: 256,
        healthcheck: {
          test: ['CMD', 'wget', '-q', '-O', '-', 'http://127.0.0.1:3000/api/health'],
          interval: '10s',
          timeout: '5s',
          retries: 6,
        },
      },
    },
    networks: {
      edge: {},
      // No way out: a replica answers and asks nobody.
      service: { internal: true },
      monitoring: {},
    },
    volumes: {
      'balancer-config': {},
      'balancer-data': {},
      'prometheus-data': {},
      'grafana-data': {},
      ...(keys ? { audit: {}, traffic: {} } : {}),
      ...(log ? { predictions: {} } : {}),
    },
  }
}

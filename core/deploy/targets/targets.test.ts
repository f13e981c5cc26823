import type { Dashboard, Panel } from '@grafana/schema'
import { beforeAll, describe, expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { predictionPath, type ServedKind } from '../../domain/bundle.ts'
import { type Classifier, loadClassifier } from '../../serving/classifier.ts'
import { DriftWatch } from '../../serving/drift-watch.ts'
import { createLog } from '../../serving/log.ts'
import { Readiness } from '../../serving/readiness.ts'
import { servedClassifier } from '../../serving/served-classifier.ts'
import type { ServedModel } from '../../serving/served-model.ts'
import { createServer } from '../../serving/server.ts'
import { defaultLimits, limitsFor } from '../../serving/settings.ts'
import { makeSmallModel } from '../../serving/testing/small-model.ts'
import { Traffic } from '../../serving/traffic.ts'
import { describedBundle, targetFiles } from '../testing/target-files.ts'
import { chooseTargets } from './index.ts'
import { resolveOptions } from './options.ts'

type Node = Record<string, unknown>

const bundles = [
  describedBundle(),
  describedBundle({ kind: 'ocr', name: 'ocr', version: 'tesseract.js 7.0.0' }),
  describedBundle({ kind: 'line-recogniser', name: 'Lines' }),
  describedBundle({ kind: 'table-regressor', name: 'Prices' }),
  describedBundle({ name: 'a: "b" #c {{ $x }} $(y) $z\u2028 数字', platform: 'any' }),
]

let classifier: Classifier
beforeAll(async () => {
  classifier = await loadClassifier((await makeSmallModel()).directory)
})

/** A value inside parsed YAML or JSON, by keys and indexes. */
function at(value: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Node | undefined)?.[key], value)
}
const list = (value: unknown) => (Array.isArray(value) ? value : []) as unknown[]
const keys = (value: unknown) => Object.keys((value ?? {}) as Node)

function yaml(files: ReturnType<typeof targetFiles>, path: string): unknown {
  const content = files.get(path)?.content
  if (content === undefined) throw new Error(`${path} is not written`)
  return parse(content)
}

/** The server that bundles run, with a model that nobody asks. */
async function server(kind: ServedKind) {
  const identity = { name: 'm', version: 1, digest: 'd' }
  const unasked = () => Promise.reject(new Error('not asked'))
  const models: Record<ServedKind, ServedModel> = {
    ocr: { kind: 'ocr', ...identity, read: unasked },
    'line-recogniser': { kind: 'line-recogniser', ...identity, read: unasked },
    'table-classifier': { kind: 'table-classifier', ...identity, labels: [], columns: [], predict: unasked },
    'table-regressor': { kind: 'table-regressor', ...identity, labels: [], columns: [], predict: unasked },
    'image-classifier': servedClassifier(classifier, identity),
  }
  const model = models[kind]
  const readiness = new Readiness(async () => {})
  readiness.ready()
  const traffic = await Traffic.open([model])
  const drift = new DriftWatch([], { window: 10, minimum: 5 })
  return createServer({ traffic, readiness, limits: defaultLimits, log: createLog(() => {}), drift })
}

async function servedMetrics(kind: ServedKind): Promise<Set<string>> {
  const text = await (await (await server(kind)).request('/metrics')).text()
  const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)]
  return new Set(
    types.flatMap(([, name = '', type]) =>
      type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  )
}

/** The metrics that a PromQL expression asks for. */
function metricsOf(expression: string): string[] {
  const bare = expression
    .replace(/\{[^}]*\}|\[[^\]]*\]|"[^"]*"/g, ' ')
    .replace(/\b(by|without)\s*\([^)]*\)/g, ' ')
  return [...bare.matchAll(/\b[a-z][a-z0-9_]*\b(?!\s*\()/g)].map(([name]) => name)
}

const guarded = { 'compose.keys': true, 'compose.predictionLog': true, 'kubernetes.keys': true }

describe.each([
  ...bundles.map((bundle) => ({ name: bundle.name, bundle, options: {} })),
  ...(['pod', 'volume'] as const).map((log) => ({
    name: `Hand signs with keys and a log in a ${log}`,
    bundle: describedBundle(),
    options: { ...guarded, 'kubernetes.predictionLog': log },
  })),
])('what is written for $name', ({ bundle, options }) => {
  const files = targetFiles(bundle, options)

  it('is YAML and JSON that can be read, whatever the model is called', () => {
    for (const { path, content } of files.values()) {
      if (path.endsWith('.json')) JSON.parse(content)
      if (!/\.ya?ml$/.test(path)) continue
      for (const document of parseAllDocuments(content)) expect([path, document.errors]).toEqual([path, []])
    }
  })

  it('asks the server for nothing that it does not have', async () => {
    const app = await server(bundle.kind)
    const deployment = yaml(files, 'kubernetes/base/deployment.yaml')
    const container = at(deployment, 'spec', 'template', 'spec', 'containers', 0)
    const probes = ['startupProbe', 'readinessProbe', 'livenessProbe'].map((name) =>
      String(at(container, name, 'httpGet', 'path')),
    )
    for (const path of probes) expect([path, (await app.request(path)).status]).toEqual([path, 200])
    const exact = list(at(yaml(files, 'kubernetes/base/ingress.yaml'), 'spec', 'rules', 0, 'http', 'paths'))
    for (const rule of exact.filter((one) => at(one, 'pathType') === 'Exact'))
      expect((await app.request(String(at(rule, 'path')))).status).toBe(200)
  })

  it('shows and watches only metrics that the server has', async () => {
    const served = await servedMetrics(bundle.kind)
    const dashboard = JSON.parse(files.get('monitoring/grafana/dashboards/service.json')?.content ?? '')
    const panels = list(at(dashboard, 'panels'))
    const shown = panels.flatMap((panel) =>
      list(at(panel, 'targets')).map((query) => String(at(query, 'expr'))),
    )
    const rules = list(at(yaml(files, 'monitoring/prometheus/alerts.yml'), 'groups', 0, 'rules'))
    const watched = rules.map((rule) => String(at(rule, 'expr')))
    expect(shown.length).toBeGreaterThan(10)
    expect(watched.length).toBeGreaterThan(5)
    const asked = new Set([...shown, ...watched].flatMap(metricsOf))
    expect([...asked].filter((name) => name !== 'up' && !served.has(name))).toEqual([])
    if (bundle.kind === 'ocr') expect(asked).toContain('ocr_predictions_total')
  })

  it('places the panels of the dashboard side by side, each asking the data source that is there', () => {
    const content = files.get('monitoring/grafana/dashboards/service.json')?.content ?? ''
    const dashboard = JSON.parse(content) as Dashboard
    expect(dashboard.uid).toMatch(/^[a-zA-Z0-9_-]{1,40}$/)
    const panels = (dashboard.panels ?? []).filter((panel) => panel.type !== 'row') as Panel[]
    const provisioning = 'monitoring/grafana/provisioning'
    const sources = list(at(yaml(files, `${provisioning}/datasources/prometheus.yaml`), 'datasources'))
    const taken = new Set<string>()
    for (const { title, type, gridPos, datasource, targets = [] } of panels) {
      expect([title, ['stat', 'timeseries'].includes(type), targets.length > 0]).toEqual([title, true, true])
      for (const { type, uid } of [
        datasource,
        ...targets.map((query) => at(query, 'datasource') as Node),
      ] as Node[])
        expect(sources).toContainEqual(expect.objectContaining({ type, uid }))
      expect(new Set(targets.map((query) => at(query, 'refId'))).size).toBe(targets.length)
      const { x = -1, y = -1, w = 0, h = 0 } = gridPos ?? {}
      expect([title, x >= 0 && y >= 0 && w > 0 && h > 0 && x + w <= 24]).toEqual([title, true])
      for (let column = x; column < x + w; column++)
        for (let row = y; row < y + h; row++) {
          expect([title, column, row, taken.has(`${column} ${row}`)]).toEqual([title, column, row, false])
          taken.add(`${column} ${row}`)
        }
    }
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length)
    const mounts = list(at(yaml(files, 'compose.yaml'), 'services', 'grafana', 'volumes')).map(String)
    const provider = at(yaml(files, `${provisioning}/dashboards/dashboards.yaml`), 'providers', 0)
    expect(mounts).toContain(`./monitoring/grafana/dashboards:${at(provider, 'options', 'path')}:ro`)
    expect(mounts).toContain(`./${provisioning}:/etc/grafana/provisioning:ro`)
  })

  it('names services, ports, networks, volumes and files of compose.yaml that exist', () => {
    const compose = yaml(files, 'compose.yaml')
    const services = at(compose, 'services') as Record<string, Node>
    for (const [name, service] of Object.entries(services)) {
      expect([name, service['healthcheck'] && service['mem_limit'] && service['read_only']]).toEqual([
        name,
        true,
      ])
      for (const network of list(service['networks']))
        expect(keys(at(compose, 'networks'))).toContain(network)
      for (const volume of list(service['volumes'])) {
        const [source = ''] = String(volume).split(':')
        if (!source.startsWith('./')) expect(keys(at(compose, 'volumes'))).toContain(source)
        else expect([...files.keys()].some((path) => path.startsWith(`${source.slice(2)}/`))).toBe(true)
      }
      expect(String(service['image'])).not.toMatch(/:latest|^[^:]+$/)
    }
    const caddyfile = files.get('balancer/Caddyfile')?.content ?? ''
    const prometheus = yaml(files, 'monitoring/prometheus/prometheus.yml')
    const replicas = at(prometheus, 'scrape_configs', 0, 'dns_sd_configs', 0)
    expect(list(at(replicas, 'names'))).toEqual(['blue', 'green'])
    expect(keys(services)).toEqual(expect.arrayContaining(['blue', 'green', 'balancer', 'prometheus']))
    expect(caddyfile).toContain(`port ${at(replicas, 'port')}`)
    expect(files.get('Dockerfile')?.content).toContain(`EXPOSE ${at(replicas, 'port')}`)
    const balancer = String(at(prometheus, 'scrape_configs', 1, 'static_configs', 0, 'targets', 0))
    expect(caddyfile).toContain(`:${balancer.split(':')[1]} {`)
    expect(String(at(services['balancer']?.['ports'], 0))).toMatch(/:8080$/)
    expect(caddyfile).toContain(':8080 {')
    const stopped = (name: string) => Number.parseInt(String(services[name]?.['stop_grace_period']), 10)
    expect(stopped('blue')).toBeGreaterThan(limitsFor(bundle.kind, {}).predictionMs / 1000)
    expect(caddyfile).toContain(predictionPath(bundle.kind))
    expect(caddyfile).not.toMatch(/path .*admin/)
    const source = yaml(files, 'monitoring/grafana/provisioning/datasources/prometheus.yaml')
    expect(at(source, 'datasources', 0, 'url')).toBe('http://prometheus:9090')
  })

  it('selects, in Kubernetes, what it labels, and refers to what there is', () => {
    const base = yaml(files, 'kubernetes/base/kustomization.yaml')
    const resources = list(at(base, 'resources')).map((path) => yaml(files, `kubernetes/base/${path}`))
    const of = (kind: string) => resources.find((one) => at(one, 'kind') === kind)
    const template = at(of('Deployment'), 'spec', 'template')
    const labels = at(template, 'metadata', 'labels') as Node
    for (const selector of [
      at(of('Deployment'), 'spec', 'selector', 'matchLabels'),
      at(of('Service'), 'spec', 'selector'),
      at(of('PodDisruptionBudget'), 'spec', 'selector', 'matchLabels'),
      at(of('NetworkPolicy'), 'spec', 'podSelector', 'matchLabels'),
    ]) {
      expect(keys(selector).length).toBeGreaterThan(0)
      expect(labels).toMatchObject(selector as Node)
    }
    for (const value of Object.values(labels))
      expect(value).toMatch(/^[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/)
    const name = at(of('Deployment'), 'metadata', 'name')
    const port = at(template, 'spec', 'containers', 0, 'ports', 0)
    expect(at(of('HorizontalPodAutoscaler'), 'spec', 'scaleTargetRef', 'name')).toBe(name)
    expect(at(template, 'spec', 'serviceAccountName')).toBe(at(of('ServiceAccount'), 'metadata', 'name'))
    expect(at(of('Service'), 'spec', 'ports', 0, 'targetPort')).toBe(at(port, 'name'))
    expect(at(of('NetworkPolicy'), 'spec', 'ingress', 0, 'ports', 0, 'port')).toBe(at(port, 'containerPort'))
    for (const rule of list(at(of('Ingress'), 'spec', 'rules', 0, 'http', 'paths'))) {
      expect(at(rule, 'backend', 'service', 'name')).toBe(at(of('Service'), 'metadata', 'name'))
      expect(at(rule, 'backend', 'service', 'port', 'name')).toBe(
        at(of('Service'), 'spec', 'ports', 0, 'name'),
      )
    }
    for (const overlay of ['staging', 'production', 'canary']) {
      const kustomization = yaml(files, `kubernetes/overlays/${overlay}/kustomization.yaml`)
      expect(at(kustomization, 'images', 0, 'name')).toBe(at(template, 'spec', 'containers', 0, 'image'))
      for (const path of list(at(kustomization, 'resources')))
        if (path !== '../../base')
          expect([...files.keys()]).toContain(`kubernetes/overlays/${overlay}/${path}`)
      for (const patch of list(at(kustomization, 'patches'))) {
        expect(at(of(String(at(patch, 'target', 'kind'))), 'metadata', 'name')).toBe(
          at(patch, 'target', 'name'),
        )
      }
    }
    for (const overlay of ['staging', 'production']) {
      const application = yaml(files, `argocd/${overlay}.yaml`)
      const folder = String(at(application, 'spec', 'source', 'path'))
      const kustomization = yaml(files, `${folder}/kustomization.yaml`)
      expect(at(application, 'spec', 'destination', 'namespace')).toBe(at(kustomization, 'namespace'))
    }
  })

  it('pins every action by its commit, and waits only for jobs that there are', () => {
    const workflow = yaml(files, '.github/workflows/ci-cd.yml')
    const jobs = at(workflow, 'jobs') as Record<string, Node>
    for (const job of Object.values(jobs)) {
      for (const needed of [job['needs'] ?? []].flat()) expect(keys(jobs)).toContain(needed)
      for (const step of list(job['steps'])) {
        const uses = at(step, 'uses')
        if (uses !== undefined) expect(uses).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/)
      }
    }
    expect(files.get('.github/workflows/ci-cd.yml')?.content).toMatch(/@[0-9a-f]{40} # v\d/)
    expect(files.get('Jenkinsfile')?.content).not.toMatch(/undefined|NaN/)
  })
})

it('gives the containers the key file and the log where they were asked for, and nowhere else', () => {
  const plain = [...targetFiles(describedBundle()).values()].map(({ content }) => content).join('\n')
  expect(plain).not.toMatch(/KEYS_FILE|credentials_file/)
  const files = targetFiles(describedBundle(), {
    ...guarded,
    'kubernetes.predictionLog': 'volume',
    'kubernetes.trafficVolume': true,
  })
  const compose = yaml(files, 'compose.yaml')
  for (const colour of ['blue', 'green']) {
    expect(at(compose, 'services', colour, 'environment')).toEqual({
      GLYPHLAB_LISTEN_WHEN_READY: 'true',
      GLYPHLAB_LAME_DUCK_MS: '0',
      GLYPHLAB_KEYS_FILE: '/run/glyphlab/keys.json',
      GLYPHLAB_AUDIT_LOG: '/audit',
      GLYPHLAB_STATE: '/traffic',
      GLYPHLAB_PREDICTION_LOG: '/predictions',
    })
    expect(at(compose, 'services', colour, 'volumes')).toEqual([
      './secrets:/run/glyphlab:ro',
      'audit:/audit',
      'traffic:/traffic',
      'predictions:/predictions',
    ])
  }
  const scraped = at(yaml(files, 'monitoring/prometheus/prometheus.yml'), 'scrape_configs', 0)
  expect(at(scraped, 'authorization', 'credentials_file')).toBe('/etc/prometheus/secrets/metrics-key')
  const pod = at(yaml(files, 'kubernetes/base/deployment.yaml'), 'spec', 'template', 'spec')
  const mounted = list(at(pod, 'containers', 0, 'volumeMounts')).map((mount) => at(mount, 'name'))
  expect(mounted).toEqual(['tmp', 'keys', 'predictions', 'traffic'])
  expect(list(at(pod, 'volumes')).map((volume) => at(volume, 'name'))).toEqual(mounted)
  const claim = yaml(files, 'kubernetes/base/predictions.yaml')
  expect(at(pod, 'volumes', 2, 'persistentVolumeClaim', 'claimName')).toBe(at(claim, 'metadata', 'name'))
  const policy = yaml(files, 'kubernetes/base/traffic.yaml')
  expect(at(pod, 'volumes', 3, 'persistentVolumeClaim', 'claimName')).toBe(at(policy, 'metadata', 'name'))
  expect(at(policy, 'spec', 'accessModes')).toEqual(['ReadWriteMany'])
  const resources = list(at(yaml(files, 'kubernetes/base/kustomization.yaml'), 'resources'))
  expect(resources).toContain('traffic.yaml')
})

describe('the choice of targets', () => {
  it('brings along what a target builds on, in order', () => {
    expect(chooseTargets(['argocd', 'compose']).map(({ id }) => id)).toEqual([
      'docker',
      'compose',
      'kubernetes',
      'argocd',
    ])
  })

  it('names an option that there is not, or that does not fit', () => {
    const targets = chooseTargets(['compose', 'kubernetes'])
    expect(() => resolveOptions(targets, { 'jenkins.registry': 'x' })).toThrow('There is no option')
    expect(() => resolveOptions(targets, { 'compose.replicas': '0' })).toThrow('compose.replicas: "0"')
    expect(() => resolveOptions(targets, { 'kubernetes.host': 'a b; rm' })).toThrow('kubernetes.host')
    expect(resolveOptions(targets, { 'compose.replicas': '3' }).get('compose.replicas')).toBe(3)
    expect(resolveOptions(targets, {}).get('kubernetes.minReplicas')).toBe(2)
  })

  it('leaves deploying out of the pipelines where there is no Kubernetes', () => {
    const files = targetFiles(describedBundle({ targets: ['github-actions', 'jenkins'] }))
    expect(files.get('.github/workflows/ci-cd.yml')?.content).not.toContain('kubectl')
    expect(files.get('Jenkinsfile')?.content).not.toContain('kubectl')
  })

  it('hands the engine only what the image needs, not the secrets beside it', () => {
    const ignored = targetFiles(describedBundle()).get('.dockerignore')?.content.split('\n')
    expect(ignored?.[0]).toBe('*')
    expect(ignored).toEqual(expect.arrayContaining(['!server', '!model', '!golden', '!manifest.json']))
  })
})

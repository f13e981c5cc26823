import { serviceName, versionTag } from '../../names.ts'
import {
  bodyMegabytes,
  probes,
  publicPaths,
  servicePort,
  serviceUser,
  stopSeconds,
} from '../../service-facts.ts'
import { keysFile, keysFolder, predictionsFolder, trafficFolder } from '../access-options.ts'
import type { BundleFile, TargetContext } from '../target.ts'
import { yamlFile } from '../yaml.ts'

const nameLabel = 'app.kubernetes.io/name'
export const trackLabel = 'glyphlab.org/track'
/** Instead of a preStop hook, in s: every node has heard by then that no request is to be sent here any more. */
const lameDuck = 5
const portName = 'http'

/** The kustomize base: what is the same in every place. */
export function baseFiles(context: TargetContext): BundleFile[] {
  const resources: Record<string, [comment: string, value: object]> = {
    'serviceaccount.yaml': ['An account without rights', serviceAccount(context)],
    'deployment.yaml': ['The replicas; how many, the autoscaler says', deployment(context)],
    'service.yaml': ['One address for the replicas', service(context)],
    'ingress.yaml': ['What is reached from outside', ingress(context)],
    'hpa.yaml': ['More replicas under load', autoscaler(context)],
    'pdb.yaml': ['A node that is emptied takes one replica at a time', disruptionBudget(context)],
    'networkpolicy.yaml': ['Who may ask the pods; they ask nobody', networkPolicy(context)],
    ...(context.option('predictionLog') === 'volume'
      ? { 'predictions.yaml': ['The prediction log of all pods', sharedClaim(context, 'predictions', '5Gi')] }
      : {}),
    ...(context.option('trafficVolume') === true
      ? { 'traffic.yaml': ['The traffic policy of all pods', sharedClaim(context, 'traffic', '1Gi')] }
      : {}),
  }
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: Object.keys(resources),
  }
  return [
    file('kustomization.yaml', 'Used by the overlays', kustomization),
    ...Object.entries(resources).map(([path, [comment, value]]) => file(path, comment, value)),
  ]
}

const file = (path: string, comment: string, value: object): BundleFile => ({
  path: `kubernetes/base/${path}`,
  content: yamlFile(comment, value),
})

const selector = ({ bundle }: TargetContext) => ({ [nameLabel]: serviceName(bundle), [trackLabel]: 'stable' })

const labels = (context: TargetContext) => ({
  ...selector(context),
  'app.kubernetes.io/version': versionTag(context.bundle),
  'app.kubernetes.io/component': context.bundle.kind,
  'app.kubernetes.io/part-of': 'glyphlab',
})

const metadata = (context: TargetContext, annotations?: Record<string, string>) => ({
  name: serviceName(context.bundle),
  labels: labels(context),
  ...(annotations ? { annotations } : {}),
})

const serviceAccount = (context: TargetContext) => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: metadata(context),
  automountServiceAccountToken: false,
})

function deployment(context: TargetContext) {
  const { bundle } = context
  const name = serviceName(bundle)
  const ocr = bundle.kind === 'ocr'
  const mounted = chosenMounts(context)
  const probe = (path: string, periodSeconds: number, failureThreshold: number) => ({
    httpGet: { path, port: portName },
    periodSeconds,
    timeoutSeconds: 4,
    failureThreshold,
  })
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadata(context, { 'glyphlab.org/model': bundle.name, 'glyphlab.org/digest': bundle.digest }),
    spec: {
      revisionHistoryLimit: 5,
      selector: { matchLabels: selector(context) },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      template: {
        metadata: {
          labels: labels(context),
          annotations: {
            'glyphlab.org/digest': bundle.digest,
            'prometheus.io/scrape': 'true',
            'prometheus.io/path': probes.metrics,
            'prometheus.io/port': String(servicePort),
          },
        },
        spec: {
          serviceAccountName: name,
          automountServiceAccountToken: false,
          terminationGracePeriodSeconds: stopSeconds(bundle.kind, lameDuck),
          securityContext: {
            runAsNonRoot: true,
            runAsUser: serviceUser,
            runAsGroup: serviceUser,
            fsGroup: serviceUser,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: 'kubernetes.io/hostname',
              whenUnsatisfiable: 'ScheduleAnyway',
              labelSelector: { matchLabels: selector(context) },
            },
          ],
          containers: [
            {
              name: 'server',
              image: name,
              imagePullPolicy: 'IfNotPresent',
              ports: [{ name: portName, containerPort: servicePort, protocol: 'TCP' }],
              env: [
                { name: 'HOST', value: '0.0.0.0' },
                { name: 'PORT', value: String(servicePort) },
                { name: 'GLYPHLAB_LAME_DUCK_MS', value: String(lameDuck * 1000) },
                ...mounted.flatMap(({ env }) => env),
              ],
              resources: {
                requests: { cpu: ocr ? '500m' : '100m', memory: ocr ? '512Mi' : '256Mi' },
                limits: { cpu: '2', memory: ocr ? '2Gi' : '1Gi' },
              },
              startupProbe: probe(probes.ready, 1, 120),
              readinessProbe: probe(probes.ready, 5, 2),
              livenessProbe: probe(probes.live, 10, 3),
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ['ALL'] },
              },
              volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }, ...mounted.map(({ mount }) => mount)],
            },
          ],
          volumes: [
            { name: 'tmp', emptyDir: { sizeLimit: '256Mi' } },
            ...mounted.map(({ volume }) => volume),
          ],
        },
      },
    },
  }
}

const sharedClaim = (context: TargetContext, what: string, storage: string) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { ...metadata(context), name: `${serviceName(context.bundle)}-${what}` },
  spec: { accessModes: ['ReadWriteMany'], resources: { requests: { storage } } },
})

interface Mounted {
  env: { name: string; value: string }[]
  mount: { name: string; mountPath: string; readOnly?: boolean }
  volume: { name: string } & Record<string, unknown>
}

/** The key file, the prediction log and the traffic policy, as far as they were chosen. */
function chosenMounts({ bundle, option }: TargetContext): Mounted[] {
  const name = serviceName(bundle)
  const keys: Mounted = {
    env: [{ name: 'GLYPHLAB_KEYS_FILE', value: `${keysFolder}/${keysFile}` }],
    mount: { name: 'keys', mountPath: keysFolder, readOnly: true },
    volume: { name: 'keys', secret: { secretName: `${name}-keys`, defaultMode: 0o440 } },
  }
  const log: Mounted = {
    env: [{ name: 'GLYPHLAB_PREDICTION_LOG', value: predictionsFolder }],
    mount: { name: 'predictions', mountPath: predictionsFolder },
    volume: {
      name: 'predictions',
      ...(option('predictionLog') === 'volume'
        ? { persistentVolumeClaim: { claimName: `${name}-predictions` } }
        : { emptyDir: { sizeLimit: '1Gi' } }),
    },
  }
  const traffic: Mounted = {
    // Each pod has an audit log of its own there: one that several write to would not be a chain.
    env: [
      { name: 'GLYPHLAB_STATE', value: trafficFolder },
      { name: 'GLYPHLAB_AUDIT_LOG', value: trafficFolder },
    ],
    mount: { name: 'traffic', mountPath: trafficFolder },
    volume: { name: 'traffic', persistentVolumeClaim: { claimName: `${name}-traffic` } },
  }
  return [
    ...(option('keys') === true ? [keys] : []),
    ...(option('predictionLog') === 'none' ? [] : [log]),
    ...(option('trafficVolume') === true ? [traffic] : []),
  ]
}

const service = (context: TargetContext) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: metadata(context),
  spec: {
    type: 'ClusterIP',
    selector: selector(context),
    ports: [{ name: portName, port: 80, targetPort: portName, protocol: 'TCP' }],
  },
})

function ingress(context: TargetContext) {
  const host = String(context.option('host'))
  const name = serviceName(context.bundle)
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: metadata(context, {
      'nginx.ingress.kubernetes.io/proxy-body-size': `${bodyMegabytes + 1}m`,
      'nginx.ingress.kubernetes.io/proxy-read-timeout': '130',
    }),
    spec: {
      ingressClassName: 'nginx',
      tls: [{ hosts: [host], secretName: `${name}-tls` }],
      rules: [
        {
          host,
          http: {
            paths: publicPaths.map(({ path, type }) => ({
              path,
              pathType: type,
              backend: { service: { name, port: { name: portName } } },
            })),
          },
        },
      ],
    },
  }
}

function autoscaler(context: TargetContext) {
  const least = Number(context.option('minReplicas'))
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: metadata(context),
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: serviceName(context.bundle) },
      minReplicas: least,
      maxReplicas: Math.max(least, Number(context.option('maxReplicas'))),
      metrics: [
        {
          type: 'Resource',
          resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } },
        },
      ],
      behavior: { scaleDown: { stabilizationWindowSeconds: 300 } },
    },
  }
}

const disruptionBudget = (context: TargetContext) => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: metadata(context),
  spec: { maxUnavailable: 1, selector: { matchLabels: selector(context) } },
})

function networkPolicy(context: TargetContext) {
  const from = (namespace: string) => ({
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
  })
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: metadata(context),
    spec: {
      podSelector: { matchLabels: selector(context) },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        {
          from: [from('ingress-nginx'), from('monitoring')],
          ports: [{ port: servicePort, protocol: 'TCP' }],
        },
      ],
      egress: [],
    },
  }
}

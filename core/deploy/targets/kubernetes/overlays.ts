import { serviceName, versionTag } from '../../names.ts'
import type { BundleFile, TargetContext } from '../target.ts'
import { yamlFile } from '../yaml.ts'
import { trackLabel } from './base.ts'

export const overlays = ['staging', 'production', 'canary'] as const

/** The namespace that an overlay is applied to; the canary stands beside production. */
export const namespaceOf = ({ bundle }: TargetContext, overlay: (typeof overlays)[number]): string =>
  overlay === 'staging' ? `${serviceName(bundle)}-staging` : serviceName(bundle)

/** The overlays: each names its namespace and image, and what differs from the base. */
export function overlayFiles(context: TargetContext): BundleFile[] {
  const name = serviceName(context.bundle)
  const host = `staging.${context.option('host')}`
  const staging = {
    ...kustomization(context, 'staging'),
    resources: ['namespace.yaml', '../../base'],
    patches: [
      patch('Ingress', name, [
        { op: 'replace', path: '/spec/rules/0/host', value: host },
        { op: 'replace', path: '/spec/tls/0/hosts/0', value: host },
      ]),
      patch('HorizontalPodAutoscaler', name, [
        { op: 'replace', path: '/spec/minReplicas', value: 1 },
        { op: 'replace', path: '/spec/maxReplicas', value: 2 },
      ]),
    ],
  }
  const production = {
    ...kustomization(context, 'production'),
    resources: ['namespace.yaml', '../../base'],
  }
  const annotation = (key: string) => `/metadata/annotations/nginx.ingress.kubernetes.io~1${key}`
  const canary = {
    ...kustomization(context, 'canary'),
    resources: ['../../base'],
    nameSuffix: '-canary',
    labels: [{ pairs: { [trackLabel]: 'canary' }, includeSelectors: true, includeTemplates: true }],
    patches: [
      patch('Ingress', name, [
        { op: 'add', path: annotation('canary'), value: 'true' },
        { op: 'add', path: annotation('canary-weight'), value: String(context.option('canaryWeight')) },
        // Production's ingress holds the certificate of the host.
        { op: 'remove', path: '/spec/tls' },
      ]),
      patch('HorizontalPodAutoscaler', name, [
        { op: 'replace', path: '/spec/minReplicas', value: 1 },
        { op: 'replace', path: '/spec/maxReplicas', value: 2 },
      ]),
    ],
  }
  return [
    file('staging/kustomization.yaml', 'kubectl apply -k kubernetes/overlays/staging', staging),
    file('staging/namespace.yaml', 'Pods without rights only', namespace(context, 'staging')),
    file('production/kustomization.yaml', 'kubectl apply -k kubernetes/overlays/production', production),
    file('production/namespace.yaml', 'Pods without rights only', namespace(context, 'production')),
    file('canary/kustomization.yaml', 'kubectl apply -k kubernetes/overlays/canary', canary),
  ]
}

const file = (path: string, comment: string, value: object): BundleFile => ({
  path: `kubernetes/overlays/${path}`,
  content: yamlFile(comment, value),
})

function kustomization(context: TargetContext, overlay: (typeof overlays)[number]) {
  const name = serviceName(context.bundle)
  return {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    namespace: namespaceOf(context, overlay),
    images: [{ name, newName: `${context.option('registry')}/${name}`, newTag: versionTag(context.bundle) }],
  }
}

/** A JSON patch (RFC 6902) of one resource. */
const patch = (kind: string, name: string, operations: object[]) => ({
  target: { kind, name },
  patch: JSON.stringify(operations),
})

const namespace = (context: TargetContext, overlay: (typeof overlays)[number]) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name: namespaceOf(context, overlay),
    labels: {
      'app.kubernetes.io/part-of': 'glyphlab',
      'pod-security.kubernetes.io/enforce': 'restricted',
    },
  },
})

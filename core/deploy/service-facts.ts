/** What every target must agree on with the server. */
export const servicePort = 8080
export const probes = { live: '/livez', ready: '/readyz', health: '/healthz', metrics: '/metrics' } as const

/** What a balancer or an ingress lets in from outside; health and metrics are for the inside. */
export const publicPaths: readonly { path: string; type: 'Exact' | 'Prefix' }[] = [
  { path: '/', type: 'Exact' },
  { path: '/openapi.json', type: 'Exact' },
  { path: '/v1', type: 'Prefix' },
  { path: '/v2', type: 'Prefix' },
]

/** The user `node` of the base image, by number: Kubernetes can't see that a name is not root's. */
export const serviceUser = 1000

/** The image's base, and what its build starts from. */
export const baseImage = 'node:22-bookworm-slim'

/** Longest body that the server takes by default, for proxies before it, in MB. */
export const bodyMegabytes = 20

/** Where a request is answered. */
export const endpointOf = (kind: 'image-classifier' | 'ocr'): string =>
  kind === 'ocr' ? '/v1/ocr' : '/v1/predict'

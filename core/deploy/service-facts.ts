import { answerSeconds, asksWithRows, predictionPath, type ServedKind, servedKind } from '../domain/bundle.ts'

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

/** Where predictions are asked with POST, as a balancer matches paths: to ask twice changes nothing. */
export const predictionPaths: readonly string[] = [
  ...new Set(servedKind.options.map(predictionPath)),
  '/v1/images:annotate',
  '/v2/models/*',
]

/**
 * How long a server in a container goes on accepting after it said that it is not ready, in s: until whoever sends
 * requests here has seen it.
 */
export const lameDuckSeconds = 3

/** How long to wait for the end of a server that is stopped, in s: running requests end, and its logs are written. */
export const stopSeconds = (kind: ServedKind, lameDuck: number): number => lameDuck + answerSeconds(kind) + 5

/** The user `node` of the base image, by number: Kubernetes can't see that a name is not root's. */
export const serviceUser = 1000

/** The image's base, and what its build starts from. */
export const baseImage = 'node:22-bookworm-slim'

/** Longest body that the server takes by default, for proxies before it, in MB. */
export const bodyMegabytes = 20

/** A command that asks a server with a golden input. `file`: as the shell takes it. */
export function askCommand(kind: ServedKind, file: (prefix: string) => string, address: string): string {
  const url = `${address}${predictionPath(kind)}`
  return asksWithRows(kind) ? `curl --json ${file('@')} ${url}` : `curl -F ${file('image=@')} ${url}`
}

/** What its answer holds, for a reader of Markdown. */
export function answerFields(kind: ServedKind): string {
  switch (kind) {
    case 'ocr':
      return '`text`, `confidence` (0..1), `words` with boxes in px, `warnings` and `request_id`'
    case 'line-recogniser':
      return '`model`, `version`, `digest`, `text` and `request_id`'
    case 'table-classifier':
    case 'table-regressor':
      return '`model`, `version`, `digest`, `predictions` (for each row its `label` with `probabilities`, or its `value`, and `notes` on what it lacks) and `request_id`'
    case 'image-classifier':
      return '`model`, `version`, `digest`, `label`, `probabilities` (in the order of the labels) and `request_id`'
  }
}

/** What a bundle does, as a sentence begins. */
export function taskOf(kind: ServedKind): string {
  switch (kind) {
    case 'ocr':
      return 'Reads text from pictures'
    case 'line-recogniser':
      return 'Reads pictures of lines'
    case 'table-classifier':
    case 'table-regressor':
      return 'Predicts from the rows of a table'
    case 'image-classifier':
      return 'Classifies pictures'
  }
}

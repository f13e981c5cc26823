import { z } from 'zod'
import type { ServerContext } from '../http-context.ts'
import type { Metrics } from '../metrics.ts'
import type { Readiness } from '../readiness.ts'
import type { Traffic } from '../traffic.ts'
import { tryPage, tryPagePolicy } from '../try-page.ts'
import type { Route } from './route.ts'

const state = z.object({ status: z.enum(['starting', 'ready', 'failing', 'draining']) })
const health = state.extend({
  model: z.string(),
  version: z.union([z.number(), z.string()]),
  digest: z.string(),
})

/** What an orchestrator and a scraper ask, and the page to try the service. */
export function healthRoutes(
  readiness: Readiness,
  traffic: Traffic,
  metrics: Metrics,
  keysWanted: boolean,
): Route[] {
  return [
    {
      method: 'get',
      path: '/livez',
      scope: 'open',
      summary: 'The process runs.',
      gives: z.object({ status: z.literal('alive') }),
      handle: (context) => context.json({ status: 'alive' }),
    },
    {
      method: 'get',
      path: '/readyz',
      scope: 'open',
      summary: 'Whether to send requests here.',
      gives: state,
      handle(context) {
        const status = readiness.probe()
        return context.json({ status }, status === 'ready' ? 200 : 503)
      },
    },
    {
      method: 'get',
      path: '/healthz',
      scope: 'open',
      summary: 'Whether the model answers.',
      gives: health,
      handle(context) {
        const status = readiness.probe()
        const { name, version, digest } = traffic.primary
        const answers = status === 'ready' || status === 'draining'
        return context.json({ status, model: name, version, digest }, answers ? 200 : 503)
      },
    },
    {
      method: 'get',
      path: '/metrics',
      scope: 'metrics',
      summary: 'Figures in the Prometheus text format.',
      gives: 'text',
      handle: (context) =>
        context.body(metrics.render(), 200, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' }),
    },
    {
      method: 'get',
      path: '/',
      scope: 'predict',
      summary: 'A page to try the service.',
      gives: 'text',
      handle: (context) => sendTryPage(context, traffic, keysWanted, 200),
    },
  ]
}

/** A browser can't send a key with the page's own address: it gets the page, with 401 and a field for the key. */
export function sendTryPage(
  context: ServerContext,
  traffic: Traffic,
  keysWanted: boolean,
  status: 200 | 401,
): Response {
  context.header('Content-Security-Policy', tryPagePolicy)
  context.header('Referrer-Policy', 'no-referrer')
  return context.html(tryPage(traffic.primary, keysWanted), status)
}

import { randomUUID } from 'node:crypto'
import { Hono } from 'hono'
import { cors } from 'hono/cors'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { GlyphlabError } from '../contract/index.ts'
import { type Access, openAccess } from './access.ts'
import { AnswerCache } from './answer-cache.ts'
import type { AuditLog } from './audit-log.ts'
import { type BatchSettings, createBatches } from './batching.ts'
import type { DriftWatch } from './drift-watch.ts'
import type { FetchSettings } from './fetch-picture.ts'
import { note, type ServerApp, type ServerContext, type ServerEnvironment } from './http-context.ts'
import type { Log } from './log.ts'
import { createMeasures, type Measures } from './measures.ts'
import type { PredictionLog } from './prediction-log.ts'
import { createPredictionWatch } from './prediction-watch.ts'
import { createPredictor } from './predictor.ts'
import type { Readiness } from './readiness.ts'
import { Refusal, statusOf } from './refusal.ts'
import { BodyBudget } from './request-picture.ts'
import { createAsking } from './routes/asking.ts'
import { sendTryPage } from './routes/health.ts'
import { serviceRoutes } from './routes/index.ts'
import { defaultUrls, type ServerLimits } from './settings.ts'
import type { Traffic } from './traffic.ts'
import { createPlaces, createWorkQueue, type WorkQueue } from './work-queue.ts'

export interface ServerOptions {
  traffic: Traffic
  readiness: Readiness
  limits: ServerLimits
  log: Log
  cache?: { entries: number; bytes: number }
  /** Default: nobody needs a key, and nobody may make admin calls. */
  access?: Access
  audit?: AuditLog | null
  /** Default: predictions are not written down. */
  predictionLog?: PredictionLog | null
  /** Default: nothing is compared with training. */
  drift?: DriftWatch | null
  /** Default: each picture alone. */
  batch?: BatchSettings
  /** Default: nothing is fetched. */
  urls?: FetchSettings
  /** Origins of pages that may ask. */
  origins?: readonly string[]
}

/**
 * The inference service: `POST /v1/predict` or `/v1/ocr`, Google Vision's `/v1/images:annotate`, the Open Inference
 * Protocol under `/v2`, `/livez` (the process runs), `/readyz` (send requests here), `/healthz` (the model answers),
 * `/metrics`, `/openapi.json`, admin calls, and a page to try it. It runs on a Node server (`listen`).
 */
export function createServer(options: ServerOptions): ServerApp {
  const { traffic, readiness, limits, log, access = openAccess, audit = null, origins = [] } = options
  const { predictionLog = null, drift = null, batch = { pictures: 1, delayMs: 0 } } = options
  const { urls = defaultUrls } = options
  const app: ServerApp = new Hono<ServerEnvironment>()
  const queue = createWorkQueue({
    // A batch is in work as a whole.
    concurrency: Math.max(limits.concurrency, batch.pictures),
    limit: limits.queue,
    timeLimitMs: limits.predictionMs,
  })
  const cache = new AnswerCache(options.cache ?? { entries: 0, bytes: 0 })
  const measures = createMeasures(traffic.models.values())
  observe(measures, queue, cache, readiness, traffic)
  observePredictions(measures, predictionLog, drift)
  const watch = predictionLog || drift ? createPredictionWatch(predictionLog, drift) : null
  const predictor = createPredictor({
    traffic,
    readiness,
    queue,
    cache,
    measures,
    decoding: createPlaces(limits.concurrency),
    batches: createBatches(batch, measures.ran),
    watch,
    maxPixels: limits.pixels,
  })
  const asking = createAsking(traffic, limits, urls, new BodyBudget(limits.allBodiesBytes))
  const { metrics } = measures
  const { keysWanted } = access
  const routes = serviceRoutes({ traffic, readiness, predictor, asking, metrics, keysWanted })

  app.use(async (context, next) => {
    const started = performance.now()
    const given = context.req.header('x-request-id') ?? ''
    const requestId = /^[\w.-]{1,128}$/.test(given) ? given : randomUUID()
    context.set('requestId', requestId)
    context.set('notes', {})
    // Before the answer is made: a header that is added to a finished one costs as much as the rest of a request.
    context.header('X-Request-Id', requestId)
    context.header('X-Content-Type-Options', 'nosniff')
    await next()
    if (readiness.state === 'draining') context.header('Connection', 'close')
    const { status } = context.res
    const { method, path } = context.req
    measures.requested(method, status)
    if (method !== 'GET' || status >= 500) {
      log(status >= 500 ? 'error' : 'info', 'request', {
        request_id: requestId,
        method,
        path,
        status,
        duration_ms: Math.round((performance.now() - started) * 100) / 100,
        ...context.get('notes'),
      })
    }
  })
  if (origins.length > 0) {
    const allowHeaders = ['Authorization', 'Content-Type', 'X-Api-Key', 'X-Request-Id']
    app.use(cors({ origin: [...origins], allowHeaders, maxAge: 600 }))
  }

  const refused = (context: ServerContext, action: string, status: number, key: string | null) =>
    audit?.append({ action, key, requestId: context.get('requestId'), path: context.req.path, status })

  const open = new Set(routes.filter(({ scope }) => scope === 'open').map(({ path }) => path))
  app.use(async (context, next) => {
    if (!open.has(context.req.path)) {
      try {
        context.set('caller', access.identify(presentedKey(context)))
        note(context, access.keysWanted ? { key: context.get('caller').keyId } : {})
      } catch (cause) {
        const status = cause instanceof GlyphlabError ? statusOf(cause) : 500
        const presented = presentedKey(context)
        // The part of the key that names it, which is no secret, as far as it is shaped like one.
        const id = /^glk_([a-z0-9]{8})_/.exec(presented ?? '')?.[1] ?? null
        refused(context, status === 429 ? 'rate-limited' : 'unauthorised', status, status === 429 ? id : null)
        if (status === 401 && presented === null && wantsPage(context)) {
          return sendTryPage(context, traffic, true, 401)
        }
        throw cause
      }
    }
    return next()
  })

  for (const route of routes) {
    app.on(route.method.toUpperCase(), route.path, async (context) => {
      const { scope } = route
      if (scope === 'open') return route.handle(context)
      const { keyId, scopes } = context.get('caller')
      if (!scopes.includes(scope)) {
        refused(context, 'forbidden', 403, keyId)
        const message = `This call needs an API key with the scope ${scope}. Make one with "glyphlab deploy key".`
        throw new Refusal(403, 'FORBIDDEN', message)
      }
      const response = await route.handle(context)
      if (scope === 'admin') {
        audit?.append({
          action: `${route.method} ${route.path}`,
          key: keyId,
          requestId: context.get('requestId'),
          path: context.req.path,
          status: response.status,
          details: { generation: traffic.generation, policy: traffic.policy },
        })
      }
      return response
    })
  }
  app.notFound((context) => {
    throw new GlyphlabError('NOT_FOUND', `There is nothing at ${context.req.method} ${context.req.path}.`)
  })
  app.onError((cause, context) => {
    const error = cause instanceof GlyphlabError ? cause : unexpected(context, cause, log)
    note(context, { error_code: error.code, error_message: error.message })
    if (error instanceof Refusal) {
      for (const [name, value] of Object.entries(error.headers)) context.header(name, value)
    }
    return context.json(errorBody(context, error), statusOf(error) as ContentfulStatusCode)
  })
  return app
}

function observe(
  { metrics }: Measures,
  queue: WorkQueue,
  cache: AnswerCache,
  readiness: Readiness,
  traffic: Traffic,
): void {
  const gauge = (name: string, help: string, read: () => number) =>
    metrics.observed('gauge', name, help, read)
  const counter = (name: string, help: string, read: () => number) =>
    metrics.observed('counter', name, help, read)
  gauge('glyphlab_queue_waiting', 'Pictures that wait for a place.', () => queue.waiting)
  gauge('glyphlab_queue_running', 'Pictures in work.', () => queue.running)
  gauge('glyphlab_ready', '1 when the server is ready.', () => Number(readiness.state === 'ready'))
  gauge('glyphlab_cache_entries', 'Answers in the cache.', () => cache.size)
  gauge('glyphlab_cache_bytes', 'Size of the answers in the cache, in bytes.', () => cache.bytes)
  counter('glyphlab_cache_hits_total', 'Answers taken from the cache.', () => cache.hits)
  counter('glyphlab_cache_misses_total', 'Answers not found in the cache.', () => cache.misses)
  gauge('glyphlab_traffic_generation', 'Changes that led to the traffic policy.', () => traffic.generation)
  counter('glyphlab_canary_rollbacks_total', 'Canaries taken out by their bounds.', () => traffic.rollbacks)
}

function observePredictions(
  { metrics }: Measures,
  log: PredictionLog | null,
  drift: DriftWatch | null,
): void {
  if (log) {
    const help = 'Predictions and inputs that the prediction log could not take.'
    metrics.observed('counter', 'glyphlab_prediction_log_dropped_total', help, () => log.dropped)
  }
  if (!drift) return
  const help = 'Population stability index of the last predictions against training; above 0.25 is much.'
  metrics.observedSeries('gauge', 'glyphlab_drift_psi', help, () =>
    drift.readings().map(({ psi, ...labels }) => ({ labels, value: psi })),
  )
}

/** Google's clients send the key in the address; nothing else may. */
function presentedKey(context: ServerContext): string | null {
  const bearer = /^Bearer +(\S+)$/i.exec(context.req.header('authorization') ?? '')?.[1]
  const inAddress = context.req.path === '/v1/images:annotate' ? context.req.query('key') : undefined
  return bearer ?? context.req.header('x-api-key') ?? inAddress ?? null
}

/** A person's browser at the service's own address. */
function wantsPage({ req }: ServerContext): boolean {
  return req.method === 'GET' && req.path === '/' && (req.header('accept') ?? '').includes('text/html')
}

/** An error as the protocol of the path tells it. */
function errorBody(context: ServerContext, error: GlyphlabError): object {
  const { code, message } = error
  const { path } = context.req
  if (path === '/v2' || path.startsWith('/v2/')) return { error: message }
  if (path.startsWith('/v1/images:')) return { error: { code: statusOf(error), message, status: code } }
  return { error: { code, message }, request_id: context.get('requestId') }
}

function unexpected(context: ServerContext, cause: Error, log: Log): GlyphlabError {
  const requestId = context.get('requestId')
  log('error', 'unexpected error', { request_id: requestId, stack: cause.stack })
  return new GlyphlabError('INTERNAL', `Something went wrong; the server's log says more under ${requestId}.`)
}

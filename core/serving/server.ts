import { randomUUID } from 'node:crypto'
import { createAdaptorServer } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { GlyphlabError } from '../contract/index.ts'
import type { Log } from './log.ts'
import { addProcessMetrics, createMetrics, durationBounds } from './metrics.ts'
import type { Readiness } from './readiness.ts'
import { Refusal, statusOf } from './refusal.ts'
import { BodyBudget, type Picture, pictureFrom, refuseHugePicture, withBody } from './request-picture.ts'
import type { ServedModel } from './served-model.ts'
import { tryPage, tryPagePolicy } from './try-page.ts'
import { createWorkQueue } from './work-queue.ts'

export interface ServerLimits {
  /** Bytes of one request's body, and of all bodies in memory together. */
  bodyBytes: number
  allBodiesBytes: number
  pixels: number
  /** Pictures worked on at the same time, and pictures that may wait; the next gets 429. */
  concurrency: number
  queue: number
  /** From a complete request to its answer, waiting included, in ms. */
  predictionMs: number
  /** A client must send its headers, and its whole request, within these times, in ms. */
  headersMs: number
  requestMs: number
}

export const defaultLimits: ServerLimits = {
  bodyBytes: 20_000_000,
  allBodiesBytes: 200_000_000,
  pixels: 64_000_000,
  concurrency: 2,
  queue: 64,
  predictionMs: 30_000,
  headersMs: 10_000,
  requestMs: 60_000,
}

export interface ServerOptions {
  model: ServedModel
  readiness: Readiness
  limits: ServerLimits
  log: Log
}

interface Variables {
  requestId: string
  /** What the request's log line says beside the usual. */
  notes: Record<string, unknown>
}
type ServerContext = Context<{ Variables: Variables }>

/**
 * The inference service as a fetch handler: `POST /v1/predict` or `/v1/ocr`, `/livez` (the process runs), `/readyz`
 * (send requests here), `/healthz` (the model answers), `/metrics` and a page to try it.
 */
export function createServer({
  model,
  readiness,
  limits,
  log,
}: ServerOptions): Hono<{ Variables: Variables }> {
  const app = new Hono<{ Variables: Variables }>()
  const queue = createWorkQueue({
    concurrency: limits.concurrency,
    limit: limits.queue,
    timeLimitMs: limits.predictionMs,
  })
  const budget = new BodyBudget(limits.allBodiesBytes)
  const measures = createMeasures(model)
  measures.metrics.observed(
    'gauge',
    'glyphlab_queue_waiting',
    'Pictures that wait for a place.',
    () => queue.waiting,
  )
  measures.metrics.observed('gauge', 'glyphlab_queue_running', 'Pictures in work.', () => queue.running)
  measures.metrics.observed('gauge', 'glyphlab_ready', '1 when the server is ready.', () =>
    Number(readiness.state === 'ready'),
  )
  const page = tryPage(model)

  app.use(async (context, next) => {
    const started = performance.now()
    const given = context.req.header('x-request-id') ?? ''
    const requestId = /^[\w.-]{1,128}$/.test(given) ? given : randomUUID()
    context.set('requestId', requestId)
    context.set('notes', {})
    await next()
    context.header('X-Request-Id', requestId)
    context.header('X-Content-Type-Options', 'nosniff')
    if (readiness.state === 'draining') context.header('Connection', 'close')
    const status = context.res.status
    measures.requests.add({ method: context.req.method, status: String(status) })
    if (context.req.path === '/v1/predict' || context.req.path === '/v1/ocr' || status >= 500) {
      log(status >= 500 ? 'error' : 'info', 'request', {
        request_id: requestId,
        method: context.req.method,
        path: context.req.path,
        status,
        duration_ms: Math.round((performance.now() - started) * 100) / 100,
        ...context.get('notes'),
      })
    }
  })

  app.onError((cause, context) => {
    const error = cause instanceof GlyphlabError ? cause : unexpected(context, cause, log)
    const notes = { ...context.get('notes'), error_code: error.code, error_message: error.message }
    context.set('notes', notes)
    if (error instanceof Refusal) {
      for (const [name, value] of Object.entries(error.headers)) context.header(name, value)
    }
    const requestId = context.get('requestId')
    const { code, message } = error
    return context.json(
      { error: { code, message }, request_id: requestId },
      statusOf(error) as ContentfulStatusCode,
    )
  })
  app.notFound((context) => {
    throw new GlyphlabError('NOT_FOUND', `There is nothing at ${context.req.method} ${context.req.path}.`)
  })

  app.get('/livez', (context) => context.json({ status: 'alive' }))
  app.get('/readyz', (context) => {
    const state = readiness.probe()
    return context.json({ status: state }, state === 'ready' ? 200 : 503)
  })
  app.get('/healthz', (context) => {
    const state = readiness.probe()
    const { name, version, digest } = model
    const answers = state === 'ready' || state === 'draining'
    return context.json({ status: state, model: name, version, digest }, answers ? 200 : 503)
  })
  app.get('/metrics', (context) =>
    context.body(measures.metrics.render(), 200, {
      'Content-Type': 'text/plain; version=0.0.4; charset=utf-8',
    }),
  )
  app.get('/', (context) => {
    context.header('Content-Security-Policy', tryPagePolicy)
    context.header('Referrer-Policy', 'no-referrer')
    return context.html(page)
  })

  /** Reads the request's picture, lets `work` answer it in its turn, and counts what became of it. */
  async function answer<T>(context: ServerContext, work: (picture: Picture) => Promise<T>): Promise<T> {
    const started = performance.now()
    let outcome = 'refused'
    try {
      if (readiness.state === 'starting') {
        const message = 'The server is checking itself and will be ready in a moment.'
        throw new Refusal(503, 'UNAVAILABLE', message, { 'Retry-After': '1' })
      }
      const request = context.req.raw
      return await withBody(request, limits.bodyBytes, budget, async (body) => {
        const picture = await pictureFrom(body, context.req.header('content-type') ?? '')
        context.set('notes', { file: picture.name, bytes: picture.bytes.length, model: model.name })
        await refuseHugePicture(picture, limits.pixels)
        const result = await queue.run(() => work(picture), request.signal)
        outcome = 'success'
        readiness.answered()
        return result
      })
    } catch (cause) {
      const status = cause instanceof GlyphlabError ? statusOf(cause) : 500
      if (!(cause instanceof Refusal) && status >= 500) {
        const givenUp = cause instanceof GlyphlabError && cause.code === 'CANCELLED'
        outcome = givenUp ? 'cancelled' : 'failure'
        if (!givenUp) readiness.failed()
      }
      throw cause
    } finally {
      measures.predicted(outcome, (performance.now() - started) / 1000)
    }
  }

  if (model.kind === 'image-classifier') {
    const { name, version, digest, labels } = model
    app.post('/v1/predict', async (context) => {
      const { label, probabilities } = await answer(context, (picture) =>
        model.classify(picture.bytes, picture.name),
      )
      context.set('notes', { ...context.get('notes'), label })
      return context.json({
        model: name,
        version,
        digest,
        label,
        probabilities: labels.map((each, i) => ({ label: each, probability: probabilities[i] })),
        request_id: context.get('requestId'),
      })
    })
  } else {
    app.post('/v1/ocr', async (context) => {
      const reading = await answer(context, (picture) => model.read(picture.bytes, picture.name))
      return context.json({ ...reading, request_id: context.get('requestId') })
    })
  }
  return app
}

export interface RunningServer {
  port: number
  /** Takes no new connection, lets what runs end for at most `graceMs`, then cuts the rest. */
  drain(graceMs: number): Promise<void>
}

/**
 * Serves the app on a TCP port (0: a free one). Clients that are slow with their headers or body are cut off.
 * @throws GlyphlabError UNAVAILABLE when the port can't be had
 */
export function listen(
  app: Hono<{ Variables: Variables }>,
  { host, port, limits }: { host: string; port: number; limits: ServerLimits },
): Promise<RunningServer> {
  const server = createAdaptorServer({
    fetch: app.fetch,
    overrideGlobalObjects: false,
    serverOptions: {
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: 5_000,
      connectionsCheckingInterval: 1_000,
    },
  })
  const drain = (graceMs: number) =>
    new Promise<void>((resolve) => {
      const cut = setTimeout(() => 'closeAllConnections' in server && server.closeAllConnections(), graceMs)
      server.close(() => {
        clearTimeout(cut)
        resolve()
      })
    })
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new GlyphlabError(
          'UNAVAILABLE',
          `${host}:${port}: can't listen (${cause.message}). Choose another PORT.`,
        ),
      ),
    )
    server.listen(port, host, () => {
      const address = server.address()
      resolve({ port: typeof address === 'object' && address ? address.port : port, drain })
    })
  })
}

function createMeasures(model: ServedModel) {
  const metrics = createMetrics()
  addProcessMetrics(metrics)
  const ocrPredictions = metrics.counter('ocr_predictions_total', 'Pictures read by OCR, by outcome.')
  const ocrDuration = metrics.histogram(
    'ocr_prediction_duration_seconds',
    'Time from request to reading, in seconds.',
    durationBounds,
  )
  const predictions = metrics.counter(
    'glyphlab_predictions_total',
    'Pictures answered, by model and outcome.',
  )
  const duration = metrics.histogram(
    'glyphlab_prediction_duration_seconds',
    'Time from request to answer, in seconds.',
    durationBounds,
  )
  const requests = metrics.counter('glyphlab_http_requests_total', 'HTTP requests, by method and status.')
  const identity = { model: model.name, version: String(model.version) }
  for (const outcome of ['success', 'refused', 'failure']) {
    predictions.add({ ...identity, outcome }, 0)
    if (model.kind === 'ocr') ocrPredictions.add({ outcome }, 0)
  }
  return {
    metrics,
    requests,
    predicted(outcome: string, seconds: number) {
      predictions.add({ ...identity, outcome })
      duration.observe(seconds, identity)
      if (model.kind !== 'ocr') return
      ocrPredictions.add({ outcome })
      ocrDuration.observe(seconds)
    },
  }
}

function unexpected(context: ServerContext, cause: Error, log: Log): GlyphlabError {
  const requestId = context.get('requestId')
  log('error', 'unexpected error', { request_id: requestId, stack: cause.stack })
  return new GlyphlabError('INTERNAL', `Something went wrong; the server's log says more under ${requestId}.`)
}

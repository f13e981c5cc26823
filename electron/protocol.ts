import { readFile } from 'node:fs/promises'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { protocol } from 'electron'
import { contentSecurityPolicy } from '../core/contract/content-security-policy.ts'
import type { ErrorBody } from '../core/contract/errors.ts'
import type { EngineProcess } from './engine-process.ts'
import { host, isOwnAddress, scheme } from './origin.ts'

const engineRoots = new Set(['rpc', 'events', 'blobs', 'thumbnails', 'uploads'])
/** Request headers the engine needs; the rest (cookies, user agent) says nothing over a private socket. */
const passedHeaders = ['accept', 'content-type', 'content-length', 'range', 'if-none-match', 'if-range']
const hopHeaders = new Set(['connection', 'keep-alive', 'transfer-encoding', 'date'])
const bodilessStatuses = new Set([204, 205, 304])
/** While the app opens, the page's first questions wait for the engine instead of failing. */
const openingMs = 15_000

const contentTypes: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
}

/** Must run before the app is ready. */
export function registerScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme, privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true } },
  ])
}

const restarting: ErrorBody = {
  code: 'UNAVAILABLE',
  message: 'The engine is being restarted. Try again in a moment.',
}

const unreadableBody: ErrorBody = {
  code: 'UNREADABLE_FILE',
  message: 'The file can no longer be read: it was moved, changed or removed. Choose it again.',
}

function engineAway(error: ErrorBody = restarting): Response {
  return Response.json({ error }, { status: 503 })
}

async function rendererFile(rendererFolder: string, pathname: string): Promise<Response> {
  const index = path.join(rendererFolder, 'index.html')
  const wanted = path.resolve(rendererFolder, `.${path.posix.normalize(pathname)}`)
  const inside = wanted.startsWith(rendererFolder + path.sep)
  // Addresses without an extension are views of the app.
  const file = inside && path.extname(wanted) ? wanted : index
  try {
    const headers = {
      'content-type': contentTypes[path.extname(file)] ?? 'application/octet-stream',
      'content-security-policy': contentSecurityPolicy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    }
    return new Response(new Uint8Array(await readFile(file)), { headers })
  } catch {
    return new Response('Not found', { status: 404 })
  }
}

function responseHeaders(message: IncomingMessage): Headers {
  const headers = new Headers({ 'x-content-type-options': 'nosniff' })
  for (const [name, value] of Object.entries(message.headers)) {
    if (value === undefined || hopHeaders.has(name)) continue
    for (const part of Array.isArray(value) ? value : [value]) headers.append(name, part)
  }
  return headers
}

/** Hands a request to the engine; both bodies are streams, and giving up on one side ends the other. */
function forward(request: Request, target: string, socketPath: string): Promise<Response> {
  return new Promise((resolve) => {
    const headers: Record<string, string> = { host }
    for (const name of passedHeaders) {
      const value = request.headers.get(name)
      if (value !== null) headers[name] = value
    }
    const call = httpRequest({ socketPath, path: target, method: request.method, headers, agent: false })
    const abort = () => call.destroy()
    request.signal.addEventListener('abort', abort)
    call.once('close', () => request.signal.removeEventListener('abort', abort))
    call.on('error', () => resolve(engineAway()))
    call.once('response', (message) => {
      const status = message.statusCode ?? 502
      // A stream cut by the engine's death ends the page's stream with an error; nothing else is left to do about it.
      message.on('error', () => {})
      message.once('close', () => call.destroy())
      const bodiless = bodilessStatuses.has(status)
      if (bodiless) message.resume()
      const body = bodiless ? null : (Readable.toWeb(message) as ReadableStream<Uint8Array>)
      resolve(new Response(body, { status, headers: responseHeaders(message) }))
    })
    if (!request.body) {
      call.end()
      return
    }
    const source = Readable.fromWeb(request.body as import('node:stream/web').ReadableStream)
    // Chromium also ends here for an empty blob: the page sends those without a body.
    source.once('error', () => resolve(Response.json({ error: unreadableBody }, { status: 422 })))
    pipeline(source, call).catch(() => call.destroy())
  })
}

/** Answers `glyphlab://app`: the page's own files, and the engine behind its socket. */
export function handleScheme(engine: EngineProcess, rendererFolder: string): void {
  protocol.handle(scheme, async (request) => {
    if (!isOwnAddress(request.url)) return new Response('Not found', { status: 404 })
    const url = new URL(request.url)
    const firstSegment = url.pathname.split('/')[1] ?? ''
    if (!engineRoots.has(firstSegment)) {
      let pathname: string
      try {
        pathname = decodeURIComponent(url.pathname)
      } catch {
        return new Response('Not found', { status: 404 })
      }
      return rendererFile(rendererFolder, pathname)
    }
    const socketPath = await engine.whenRunning(engine.opening ? openingMs : 0)
    if (socketPath) return forward(request, url.pathname + url.search, socketPath)
    return engineAway(engine.state.kind === 'waiting' ? engine.state.refusal : undefined)
  })
}

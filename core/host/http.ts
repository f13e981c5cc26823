import { timingSafeEqual } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { Readable } from 'node:stream'
import { Hono } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { readBlob } from '../blobs/blob-files.ts'
import { contentSecurityPolicy } from '../contract/content-security-policy.ts'
import {
  decodeJson,
  type ErrorCode,
  encodeJson,
  GlyphlabError,
  sha256,
  tokenCookieName,
} from '../contract/index.ts'
import type { Engine } from './engine.ts'
import { eventStream } from './event-stream.ts'

const statusOf: Record<ErrorCode, 400 | 403 | 404 | 409 | 422 | 499 | 500 | 503 | 504 | 507> = {
  INVALID_INPUT: 400,
  NOT_FOUND: 404,
  CONFLICT: 409,
  UNREADABLE_FILE: 422,
  UNSUPPORTED: 422,
  UNAVAILABLE: 503,
  TIMED_OUT: 504,
  CANCELLED: 499,
  DAMAGED: 422,
  DISK_FULL: 507,
  FORBIDDEN: 403,
  INTERNAL: 500,
}

const contentTypes: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.json': 'application/json',
  '.woff2': 'font/woff2',
  '.map': 'application/json',
}

const immutable = 'private, max-age=31536000, immutable'

export interface BrowserAccess {
  /** Asked for as cookie, bearer token, or `?token=` on the first page. */
  token: string
  rendererDirectory: string
}

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

const isLoopback = (host: string): boolean => /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host)

/** Guards the headless host: only this machine's own pages and holders of the token get through. */
function guardBrowser(app: Hono, { token }: BrowserAccess): void {
  app.use(async (context, next) => {
    const host = context.req.header('host') ?? ''
    const origin = context.req.header('origin')
    const foreign = !isLoopback(host) || (origin !== undefined && origin !== `http://${host}`)
    const given =
      context.req.query('token') ??
      getCookie(context, tokenCookieName) ??
      context.req.header('authorization')?.replace(/^Bearer /, '') ??
      ''
    if (foreign || !sameText(given, token)) {
      return context.json(
        {
          error: {
            code: 'FORBIDDEN',
            message:
              'Open Glyphlab by the address that it printed when it started; it holds the token of this start.',
          },
        },
        403,
      )
    }
    if (context.req.query('token') !== undefined && context.req.method === 'GET') {
      setCookie(context, tokenCookieName, token, { httpOnly: true, sameSite: 'Strict', path: '/' })
      const rest = new URL(context.req.url)
      rest.searchParams.delete('token')
      return context.redirect(rest.pathname + rest.search, 303)
    }
    await next()
  })
}

function serveRenderer(app: Hono, { rendererDirectory }: BrowserAccess): void {
  app.get('*', async (context) => {
    const wanted = path.join(rendererDirectory, path.normalize(decodeURIComponent(context.req.path)))
    const inside =
      wanted.startsWith(rendererDirectory + path.sep) &&
      fs.statSync(wanted, { throwIfNoEntry: false })?.isFile()
    const file = inside ? wanted : path.join(rendererDirectory, 'index.html')
    if (!fs.existsSync(file)) return context.text('The window is not built. Run: npm run build', 503)
    const type = contentTypes[path.extname(file)] ?? 'application/octet-stream'
    const hashed = file.includes(`${path.sep}assets${path.sep}`)
    return context.body(fs.readFileSync(file), 200, {
      'content-type': type,
      'cache-control': hashed ? immutable : 'no-cache',
      'content-security-policy': contentSecurityPolicy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    })
  })
}

/** The engine's HTTP surface (core/contract/http.ts): over the user's own socket, or guarded for a browser. */
export function createHttpApp(engine: Engine, browser?: BrowserAccess): Hono {
  const app = new Hono()
  if (browser) guardBrowser(app, browser)

  app.onError((cause, context) => {
    const error = engine.describeError(cause)
    return context.body(encodeJson({ error }), statusOf[error.code] as 500, {
      'content-type': 'application/json',
    })
  })

  app.post('/rpc/:name', async (context) => {
    let input: unknown
    try {
      input = decodeJson(await context.req.text())
    } catch (cause) {
      throw new GlyphlabError('INVALID_INPUT', 'The request is not JSON.', undefined, { cause })
    }
    return context.body(encodeJson(await engine.dispatch(context.req.param('name'), input)), 200, {
      'content-type': 'application/json',
    })
  })

  app.get('/events', (context) =>
    context.body(eventStream(engine.services.events, engine.id), 200, {
      'content-type': 'application/x-ndjson',
      'cache-control': 'no-store',
    }),
  )

  app.get('/blobs/:hash', async (context) => {
    const hash = context.req.param('hash')
    const location = sha256.safeParse(hash).success ? engine.services.blobs.locate(hash) : undefined
    if (!location) throw new GlyphlabError('NOT_FOUND', `There is no stored file ${hash}.`)
    // Never run as a page: whatever it is, it is shown as a picture or saved.
    return context.body(new Uint8Array(await readBlob(location, hash)), 200, {
      'content-type': 'application/octet-stream',
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
      'cache-control': immutable,
    })
  })

  app.get('/thumbnails/:hash', async (context) => {
    const { content, type } = await engine.thumbnails.get(
      context.req.param('hash'),
      Number(context.req.query('size') ?? 128),
    )
    return context.body(new Uint8Array(content), 200, {
      'content-type': type,
      'cache-control': immutable,
      'x-content-type-options': 'nosniff',
    })
  })

  app.post('/uploads', async (context) => {
    const body = context.req.raw.body
    const stream = body ? Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]) : Readable.from([])
    return context.json(
      await engine.services.uploads.receive(
        stream,
        context.req.query('path') ?? '',
        context.req.query('into'),
      ),
    )
  })

  if (browser) serveRenderer(app, browser)
  return app
}

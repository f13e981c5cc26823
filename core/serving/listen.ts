import { createServer as createTlsServer } from 'node:https'
import { createAdaptorServer } from '@hono/node-server'
import { GlyphlabError } from '../contract/index.ts'
import type { ServerApp } from './http-context.ts'
import type { ServerLimits } from './settings.ts'

export interface RunningServer {
  port: number
  /** Takes no new connection, lets what runs end for at most `graceMs`, then cuts the rest. */
  drain(graceMs: number): Promise<void>
}

interface ListenOptions {
  host: string
  port: number
  limits: ServerLimits
  /** PEM; with it the server speaks TLS only. */
  tls?: { cert: string; key: string } | null
}

/**
 * Serves the app on a TCP port (0: a free one). Clients that are slow with their headers or body are cut off.
 * @throws GlyphlabError UNAVAILABLE when the port can't be had
 */
export function listen(
  app: ServerApp,
  { host, port, limits, tls = null }: ListenOptions,
): Promise<RunningServer> {
  const timing = {
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: 1_000,
  }
  // With the adapter's own Response, an answer goes out as the one string that it is.
  const common = { fetch: app.fetch, overrideGlobalObjects: true }
  const server = tls
    ? createAdaptorServer({ ...common, createServer: createTlsServer, serverOptions: { ...timing, ...tls } })
    : createAdaptorServer({ ...common, serverOptions: timing })
  server.maxConnections = limits.connections
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

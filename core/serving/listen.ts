import { createServer as createTlsServer } from 'node:https'
import { Server as TcpServer } from 'node:net'
import { setImmediate as immediate, setTimeout as sleep } from 'node:timers/promises'
import { createAdaptorServer } from '@hono/node-server'
import { GlyphlabError } from '../contract/index.ts'
import type { ServerApp } from './http-context.ts'
import type { ServerLimits } from './settings.ts'

export interface RunningServer {
  port: number
  /**
   * Goes on for `lameDuckMs`, takes no new connection then, lets what runs end for at most `graceMs`, and cuts the rest.
   * Connections between two requests end at once without a lame-duck time. With one they end with their next answer or
   * their keep-alive time: a request may be under way on them. Whoever drains answers with `Connection: close` from then on.
   */
  drain(graceMs: number, lameDuckMs?: number): Promise<void>
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
  const drain = async (graceMs: number, lameDuckMs = 0) => {
    if (lameDuckMs > 0) await sleep(lameDuckMs)
    // Whoever connected meanwhile is let in first.
    await immediate()
    await new Promise<void>((resolve) => {
      const cut = setTimeout(() => 'closeAllConnections' in server && server.closeAllConnections(), graceMs)
      const ended = () => {
        clearTimeout(cut)
        resolve()
      }
      if (lameDuckMs > 0) TcpServer.prototype.close.call(server, ended)
      else server.close(ended)
    })
  }
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

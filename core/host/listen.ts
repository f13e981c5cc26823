import fs from 'node:fs'
import http from 'node:http'
import { getRequestListener } from '@hono/node-server'
import type { Hono } from 'hono'

/** Serves an app on a socket path or a loopback port; resolves when it listens. */
export async function listen(
  app: Hono,
  address: { socket: string } | { port: number },
): Promise<{ server: http.Server; port: number | null; close: () => Promise<void> }> {
  // A socket left by a process that was killed would refuse us. (The lock on the data folder says that nobody uses it.)
  if ('socket' in address && process.platform !== 'win32') fs.rmSync(address.socket, { force: true })
  const server = http.createServer(
    // The address of a comparison names each of its runs.
    { requestTimeout: 0, maxHeaderSize: 128 * 1024 },
    getRequestListener(app.fetch, { overrideGlobalObjects: false }),
  )
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    if ('socket' in address) server.listen(address.socket, resolve)
    else server.listen(address.port, '127.0.0.1', resolve)
  })
  const bound = server.address()
  return {
    server,
    port: typeof bound === 'object' && bound ? bound.port : null,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

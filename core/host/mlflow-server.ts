import http, { type RequestListener } from 'node:http'
import { GlyphlabError } from '../contract/index.ts'

/** Python's client keeps a connection for its next request longer than Node would by itself. */
const keepAliveMs = 65_000

/** The MLflow API of this engine: off until somebody turns it on, and on 127.0.0.1 alone. */
export class MlflowServer {
  private readonly listener: () => RequestListener
  private server: http.Server | undefined

  constructor(listener: () => RequestListener) {
    this.listener = listener
  }

  get url(): string | null {
    const address = this.server?.address()
    return address && typeof address === 'object' ? `http://127.0.0.1:${address.port}` : null
  }

  /** Serves; where it does already, nothing changes. @throws GlyphlabError CONFLICT when the port is taken */
  async start(port: number): Promise<string> {
    if (this.url !== null) return this.url
    const server = http.createServer({ requestTimeout: 0, keepAliveTimeout: keepAliveMs }, this.listener())
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause: NodeJS.ErrnoException) =>
        reject(
          cause.code === 'EADDRINUSE'
            ? new GlyphlabError('CONFLICT', `Port ${port} is in use by another program. Choose another one.`)
            : cause,
        ),
      )
      server.listen(port, '127.0.0.1', resolve)
    })
    this.server = server
    return this.url ?? ''
  }

  async stop(): Promise<void> {
    const { server } = this
    this.server = undefined
    if (!server) return
    await new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  }
}

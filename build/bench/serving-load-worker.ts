/**
 * Entry of the process that asks a server over a number of kept-alive connections and tells how it went, so that the
 * load does not share an event loop with what it measures. It speaks HTTP/1.1 on plain sockets, since a general client
 * would take more of the machine than the servers that are measured. The parent sends a `Load` and gets a `LoadResult`.
 */
import { createConnection, type Socket } from 'node:net'

export interface Load {
  url: string
  body: string
  connections: number
  seconds: number
  /** An API key. */
  key: string | null
}

export interface LoadResult {
  requestsPerSecond: number
  p50Ms: number
  p99Ms: number
  requests: number
  /** Answers other than 200, and broken connections. */
  failed: number
}

interface Answer {
  status: number
  /** Whether the server will close the connection. */
  last: boolean
  /** Bytes of the whole answer. */
  length: number
}

const headEnd = Buffer.from('\r\n\r\n')
const chunkedEnd = Buffer.from('0\r\n\r\n')

/** The answer at the start of what has come; null while it is not whole. */
function answerIn(received: Buffer): Answer | null {
  const at = received.indexOf(headEnd)
  if (at === -1) return null
  const head = received.toString('latin1', 0, at).toLowerCase()
  const status = Number(head.slice(9, 12))
  const last = head.includes('connection: close')
  const start = at + headEnd.length
  const announced = /content-length: *(\d+)/.exec(head)?.[1]
  if (announced !== undefined) {
    const length = start + Number(announced)
    return received.length < length ? null : { status, last, length }
  }
  if (!head.includes('transfer-encoding: chunked')) throw new Error(`an answer of unknown length: ${head}`)
  const end = received.indexOf(chunkedEnd, start)
  return end === -1 ? null : { status, last, length: end + chunkedEnd.length }
}

/** One connection, opened again whenever the server has closed it. */
class Connection {
  readonly #address: { host: string; port: number }
  readonly #request: Buffer
  #socket: Socket | null = null
  #received: Buffer = Buffer.alloc(0)
  #settle: ((ok: boolean) => void) | null = null

  constructor(url: URL, request: Buffer) {
    this.#address = { host: url.hostname, port: Number(url.port) }
    this.#request = request
  }

  /** Whether the answer was 200. */
  ask(): Promise<boolean> {
    return new Promise((resolve) => {
      this.#settle = resolve
      this.#socket ??= this.#open()
      this.#socket.write(this.#request)
    })
  }

  close(): void {
    this.#socket?.destroy()
  }

  #open(): Socket {
    const socket = createConnection({ ...this.#address, noDelay: true })
    const lost = () => {
      if (socket !== this.#socket) return
      this.#socket = null
      this.#received = Buffer.alloc(0)
      this.#end(false)
    }
    socket.on('data', (chunk) => {
      this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
      const answer = answerIn(this.#received)
      if (!answer) return
      this.#received = this.#received.subarray(answer.length)
      if (answer.last) {
        this.#socket = null
        socket.destroy()
      }
      this.#end(answer.status === 200)
    })
    socket.on('error', lost)
    socket.on('close', lost)
    return socket
  }

  #end(ok: boolean): void {
    const settle = this.#settle
    this.#settle = null
    settle?.(ok)
  }
}

async function run(load: Load): Promise<LoadResult> {
  const url = new URL(load.url)
  const body = Buffer.from(load.body)
  const head = [
    `POST ${url.pathname} HTTP/1.1`,
    `Host: ${url.host}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    ...(load.key === null ? [] : [`Authorization: Bearer ${load.key}`]),
  ]
  const request = Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body])
  const times: number[] = []
  let failed = 0
  const started = performance.now()
  const end = started + load.seconds * 1000
  await Promise.all(
    Array.from({ length: load.connections }, async () => {
      const connection = new Connection(url, request)
      while (performance.now() < end) {
        const from = performance.now()
        if (await connection.ask()) times.push(performance.now() - from)
        else failed += 1
      }
      connection.close()
    }),
  )
  const seconds = (performance.now() - started) / 1000
  times.sort((a, b) => a - b)
  const quantile = (q: number) => Number((times[Math.floor(times.length * q)] ?? Number.NaN).toFixed(2))
  return {
    requestsPerSecond: Math.round(times.length / seconds),
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
    requests: times.length,
    failed,
  }
}

process.once('message', async (load: Load) => {
  const result = await run(load)
  process.send?.(result, () => process.disconnect())
})

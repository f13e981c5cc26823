/**
 * Entry of the process that asks a server over a number of kept-alive connections and tells how it went, so that the
 * load does not share an event loop with what it measures. The parent sends a `Load` and gets a `LoadResult`.
 */
import { Agent, request } from 'node:http'

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

function ask(load: Load, agent: Agent): Promise<boolean> {
  return new Promise((resolve) => {
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(load.body),
      ...(load.key === null ? {} : { authorization: `Bearer ${load.key}` }),
    }
    const sent = request(load.url, { method: 'POST', agent, headers }, (response) => {
      response.resume()
      response.once('end', () => resolve(response.statusCode === 200))
      response.once('error', () => resolve(false))
    })
    sent.once('error', () => resolve(false))
    sent.end(load.body)
  })
}

async function run(load: Load): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: load.connections })
  const times: number[] = []
  let failed = 0
  const started = performance.now()
  const end = started + load.seconds * 1000
  await Promise.all(
    Array.from({ length: load.connections }, async () => {
      while (performance.now() < end) {
        const from = performance.now()
        if (await ask(load, agent)) times.push(performance.now() - from)
        else failed += 1
      }
    }),
  )
  const seconds = (performance.now() - started) / 1000
  agent.destroy()
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

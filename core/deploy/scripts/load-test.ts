import { asksWithRows, type BundleManifest, predictionPath } from '../../domain/bundle.ts'
import { servicePort } from '../service-facts.ts'

/** `load-test.mjs`: keeps some connections busy with one golden input, and prints requests/s, p50 and p99. */
export function loadTest({ kind }: Pick<BundleManifest, 'kind'>, sample: string): string {
  return `import { readFileSync } from 'node:fs'
import { Agent as PlainAgent, request as plainRequest } from 'node:http'
import { Agent as SecureAgent, request as secureRequest } from 'node:https'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    connections: { type: 'string', default: '8' },
    seconds: { type: 'string', default: '10' },
    picture: { type: 'string', default: join(import.meta.dirname, 'golden', ${JSON.stringify(sample)}) },
    header: { type: 'string', multiple: true, default: [] },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
const connections = Number(values.connections)
const seconds = Number(values.seconds)
if (values.help || !(connections >= 1) || !(seconds > 0)) {
  console.log("node load-test.mjs [URL] [--connections 8] [--seconds 10] [--picture FILE] [--header 'Name: value'] [--json]")
  process.exit(values.help ? 0 : 2)
}
const url = new URL(${JSON.stringify(predictionPath(kind))}, positionals[0] ?? 'http://127.0.0.1:${servicePort}')
const body = readFileSync(values.picture)
const secure = url.protocol === 'https:'
const agent = new (secure ? SecureAgent : PlainAgent)({ keepAlive: true, maxSockets: connections })
const headers = { 'content-type': '${asksWithRows(kind) ? 'application/json' : 'application/octet-stream'}', 'content-length': body.length }
for (const header of values.header) {
  const colon = header.indexOf(':')
  headers[header.slice(0, colon).trim()] = header.slice(colon + 1).trim()
}

function ask() {
  return new Promise((resolve) => {
    const started = performance.now()
    const done = (outcome) => resolve({ outcome, ms: performance.now() - started })
    const request = (secure ? secureRequest : plainRequest)(url, { method: 'POST', agent, headers }, (response) => {
      response.resume()
      response.on('end', () => done(String(response.statusCode)))
      response.on('error', (error) => done(error.code ?? error.message))
    })
    request.on('error', (error) => done(error.code ?? error.message))
    request.end(body)
  })
}

const times = []
const outcomes = {}
async function keepBusy(until) {
  while (performance.now() < until) {
    const { outcome, ms } = await ask()
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
    if (outcome === '200') times.push(ms)
    else await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const started = performance.now()
await Promise.all(Array.from({ length: connections }, () => keepBusy(started + seconds * 1000)))
const took = (performance.now() - started) / 1000
agent.destroy()
times.sort((a, b) => a - b)
const percentile = (part) => Math.round((times[Math.min(times.length - 1, Math.floor(part * times.length))] ?? NaN) * 100) / 100
const total = Object.values(outcomes).reduce((sum, count) => sum + count, 0)
const result = {
  url: url.href,
  connections,
  seconds: Math.round(took * 100) / 100,
  requests: total,
  failed: total - times.length,
  requestsPerSecond: Math.round((times.length / took) * 10) / 10,
  p50Ms: percentile(0.5),
  p99Ms: percentile(0.99),
  outcomes,
}
if (values.json) console.log(JSON.stringify(result))
else {
  console.log(result.requestsPerSecond + ' requests/s over ' + connections + ' connections for ' + result.seconds + ' s')
  console.log('p50 ' + result.p50Ms + ' ms, p99 ' + result.p99Ms + ' ms')
  console.log('answers: ' + Object.entries(outcomes).map(([outcome, count]) => outcome + ' x ' + count).join(', '))
}
process.exit(times.length > 0 && result.failed === 0 ? 0 : 1)
`
}

import { request } from 'node:http'
import type { JobKind } from '../core/contract/index.ts'

/** Calls one procedure of the engine over its socket; its decoded output. @throws Error when it does not answer 200. */
function callEngine(
  socketPath: string,
  procedure: string,
  input: unknown,
  timeoutMs: number,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const body = JSON.stringify(input)
    const call = request(
      {
        socketPath,
        path: `/rpc/${procedure}`,
        method: 'POST',
        headers: {
          host: 'app',
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
        },
        signal: AbortSignal.timeout(timeoutMs),
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          text += chunk
        })
        response.on('error', reject)
        response.on('end', () => {
          if (response.statusCode !== 200)
            return reject(new Error(`${procedure} answered ${response.statusCode}`))
          try {
            resolve(JSON.parse(text))
          } catch (cause) {
            reject(cause)
          }
        })
      },
    )
    call.on('error', reject)
    call.end(body)
  })
}

/** Whether the engine answers within `timeoutMs`. */
export async function probeEngine(socketPath: string, timeoutMs: number): Promise<boolean> {
  return callEngine(socketPath, 'engine.status', {}, timeoutMs).then(
    () => true,
    () => false,
  )
}

/** Begun by the engine itself, and begun again at its next start: nothing to ask a person about. */
const ownKinds: readonly string[] = ['dataset-quality'] satisfies JobKind[]

/** Titles of the jobs that run or wait for the person; empty when the engine does not answer. */
export async function runningJobs(socketPath: string): Promise<string[]> {
  const jobs = await callEngine(socketPath, 'jobs.list', { limit: 500 }, 2_000).catch(() => [])
  if (!Array.isArray(jobs)) return []
  return (jobs as { kind: string; status: string; title: string }[])
    .filter(({ kind, status }) => (status === 'running' || status === 'queued') && !ownKinds.includes(kind))
    .map(({ title }) => title)
}

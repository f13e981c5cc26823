import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:net'
import path from 'node:path'
import { mlflowEnvironment } from '../mlflow.ts'
import { begin } from './tracking-size.ts'

const startTries = 600
const startEveryMs = 200
const graceMs = 10_000

export interface Server {
  url: string
  process: ChildProcess
}

/**
 * A search of 10,000 runs may take MLflow minutes: with its usual limit of 30 s the client would ask again and again,
 * and the server answer each time. Dropped connections are tried again, as the client does by itself.
 */
export const environmentIn = (work: string): NodeJS.ProcessEnv => ({
  ...mlflowEnvironment(work),
  MLFLOW_HTTP_REQUEST_MAX_RETRIES: '5',
  MLFLOW_HTTP_REQUEST_TIMEOUT: '600',
})

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

const serving = new Set<ChildProcess>()

export function killAll(): void {
  for (const { pid } of serving) if (pid) process.kill(-pid, 'SIGKILL')
  serving.clear()
}

/** Starts a server and waits until it answers. @throws Error with its last words when it does not */
export async function serve(command: string, args: string[], port: number, work: string): Promise<Server> {
  const words = path.join(work, `server-${port}.log`)
  const log = openSync(words, 'a')
  const child = spawn(command, args, {
    cwd: work,
    env: environmentIn(work),
    stdio: ['ignore', log, log],
    detached: true,
  })
  closeSync(log)
  serving.add(child)
  child.once('exit', () => serving.delete(child))
  const url = `http://127.0.0.1:${port}`
  for (let tries = 0; tries < startTries; tries++) {
    const healthy = await fetch(`${url}/health`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (healthy) return { url, process: child }
    if (child.exitCode !== null) break
    await new Promise((resolve) => setTimeout(resolve, startEveryMs))
  }
  throw new Error(`${command} does not answer on ${url}: ${readFileSync(words, 'utf8').slice(-2_000)}`)
}

/** With the workers that it has started. */
export async function stop({ process: child }: Server): Promise<void> {
  if (child.exitCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  if (child.pid) process.kill(-child.pid, 'SIGTERM')
  const force = setTimeout(() => child.pid && process.kill(-child.pid, 'SIGKILL'), graceMs)
  await ended
  clearTimeout(force)
}

/**
 * Takes every write at once and keeps nothing, and answers each question with what it has made before: what is left is
 * the time of the client itself.
 * @param steps points of each series
 */
export async function serveNothing(steps: number): Promise<{ url: string; close(): void }> {
  const run = { info: { run_id: '0'.repeat(32), experiment_id: '1', status: 'RUNNING' }, data: {} }
  const experiment = { experiment_id: '1', name: 'fetched', lifecycle_stage: 'active' }
  const answer = JSON.stringify({ run, runs: [run], experiment, experiment_id: '1' })
  const metrics = Array.from({ length: steps }, (_, step) => {
    return { key: 'm0', value: step / 7, timestamp: begin + step, step }
  })
  const history = JSON.stringify({ metrics })
  const server = createHttpServer((request, response) => {
    request.resume()
    request.once('end', () => {
      response.setHeader('content-type', 'application/json')
      response.end(request.url?.includes('get-history') ? history : answer)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

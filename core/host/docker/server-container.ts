import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { GlyphlabError } from '../../contract/index.ts'
import { complaintIn, followLines, parsedLine } from '../process-lines.ts'
import type { ServerHooks } from '../server-process.ts'
import { docker } from './docker.ts'

const askEveryMs = 1_000
const followAgainMs = 1_000
const linesOfBefore = '2000'

interface ServerContainerOptions extends ServerHooks {
  /** Starts the container, or finds the one that runs. @returns its id */
  begin: () => Promise<string>
}

/** The inference server in a container, which goes on when this process ends. */
export class ServerContainer {
  readonly #id: Promise<string>
  readonly #over: Promise<void>
  readonly #letGo = new AbortController()
  #follower: ChildProcess | null = null

  constructor({ begin, onEnd, ...hooks }: ServerContainerOptions) {
    this.#id = begin()
    this.#over = this.#watch(hooks).then(
      (how) => {
        if (!this.#letGo.signal.aborted) onEnd(how)
      },
      (cause: unknown) => {
        if (!this.#letGo.signal.aborted) onEnd(cause instanceof Error ? cause.message : String(cause))
      },
    )
  }

  /** Lets running requests end, and has it killed when it takes longer. */
  async stop(graceMs: number): Promise<void> {
    const id = await this.#id.catch(() => null)
    if (id === null) return
    await docker(['stop', '-t', String(Math.ceil(graceMs / 1000)), id], { timeoutMs: graceMs + 20_000 })
    await this.#over
  }

  /** Looks no longer; the container runs on. */
  async letGo(): Promise<void> {
    this.#letGo.abort()
    this.#follower?.kill()
    await this.#over
  }

  async #watch({ onListening, onReady, onLine }: Omit<ServerHooks, 'onEnd'>): Promise<string> {
    const id = await this.#id
    let complaint = ''
    let said = new AbortController()
    const take = (line: string) => {
      if (parsedLine(line).message === 'ready') said.abort()
      complaint = complaintIn(line) ?? complaint
      onLine(line)
    }
    const ended = new AbortController()
    const following = this.#follow(id, take).finally(() => ended.abort())
    const port = await publishedPort(id)
    if (port !== null) {
      onListening(port)
      const over = AbortSignal.any([ended.signal, this.#letGo.signal])
      // A question before it is ready is an error in its log, so it is not asked often before it says so itself.
      let ready = false
      while (!ready && !over.aborted) {
        await sleep(askEveryMs, null, { signal: AbortSignal.any([said.signal, over]) }).catch(() => {})
        said = new AbortController()
        ready = !over.aborted && (await isReady(port, over))
      }
      if (ready) onReady()
    }
    const how = await following
    return complaint === '' ? how : `${how}: ${complaint}`
  }

  /** Hands on the log until the container has ended. @returns how it did */
  async #follow(id: string, take: (line: string) => void): Promise<string> {
    let from = ['--tail', linesOfBefore]
    while (!this.#letGo.signal.aborted) {
      await this.#followOnce([...from, id], take)
      from = ['--since', new Date().toISOString()]
      if (this.#letGo.signal.aborted) break
      const state = '{{.State.Running}} {{.State.ExitCode}} {{.State.OOMKilled}}'
      const [running, code, starved] = (await docker(['inspect', '--format', state, id])).split(' ')
      if (running !== 'true')
        return starved === 'true' ? 'it took more memory than it may' : `it ended with code ${code}`
      await sleep(followAgainMs)
    }
    return ''
  }

  #followOnce(args: readonly string[], take: (line: string) => void): Promise<void> {
    return new Promise((resolve) => {
      const child = spawn('docker', ['logs', '--follow', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
      this.#follower = child
      for (const stream of [child.stdout, child.stderr]) followLines(stream, take)
      child.once('error', () => resolve())
      child.once('close', () => resolve())
    })
  }
}

/** The port on 127.0.0.1; null where the container has ended. */
async function publishedPort(id: string): Promise<number | null> {
  try {
    const port = /:(\d+)$/m.exec(await docker(['port', id]))?.[1]
    return port === undefined ? null : Number(port)
  } catch (cause) {
    if (cause instanceof GlyphlabError) return null
    throw cause
  }
}

function isReady(port: number, over: AbortSignal): Promise<boolean> {
  const signal = AbortSignal.any([over, AbortSignal.timeout(5_000)])
  return fetch(`http://127.0.0.1:${port}/readyz`, { signal }).then(
    ({ ok }) => ok,
    () => false,
  )
}

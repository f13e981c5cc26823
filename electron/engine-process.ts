import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { type ErrorBody, errorBody } from '../core/contract/errors.ts'
import { probeEngine } from './engine-health.ts'

export interface EngineCommand {
  /** A plain Node, never Electron's own: native modules and training stay out of this process. */
  node: string
  entry: string
  /** The data folder; without it the engine takes the platform's. */
  home?: string
}

export type EngineState =
  | { kind: 'starting' }
  | { kind: 'running'; socketPath: string; engineId: string; pid: number }
  /** `refusal` says why the engine itself gave up: its data folder is in use, or from a later version. */
  | { kind: 'waiting'; retryInMs: number; refusal: ErrorBody | undefined }
  | { kind: 'stopped' }

const readyWithinMs = 30_000
const firstRetryMs = 100
const lastRetryMs = 10_000
const healthyAfterMs = 60_000
const probeEveryMs = 10_000
const probesMissed = 6
const graceMs = 5_000

/** Variables that would change how a plain Node starts. */
const strippedVariables = ['ELECTRON_RUN_AS_NODE', 'NODE_OPTIONS', 'NODE_PATH']

function engineEnvironment(): NodeJS.ProcessEnv {
  const env = { ...process.env }
  for (const name of strippedVariables) delete env[name]
  return env
}

/**
 * Keeps one engine process alive: starts it, waits for its ready line, asks after its health, starts it again when it
 * ends (after 100 ms, doubling up to 10 s, from the beginning after a minute of health) and ends it with the app.
 * Emits `state` with each new state.
 */
export class EngineProcess extends EventEmitter<{ state: [EngineState] }> {
  readonly #command: EngineCommand
  #state: EngineState = { kind: 'stopped' }
  #child: ChildProcess | undefined
  #starts = 0
  #refusal: ErrorBody | undefined
  #secret: string | undefined
  #retryMs = firstRetryMs
  #timers = new Set<NodeJS.Timeout>()

  constructor(command: EngineCommand) {
    super()
    this.#command = command
  }

  get state(): EngineState {
    return this.#state
  }

  start(): void {
    this.#starts += 1
    this.#refusal = undefined
    this.#enter({ kind: 'starting' })
    const { node, entry, home } = this.#command
    const child = spawn(node, [entry, ...(home ? ['--home', home] : []), '--parent-pipe'], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: engineEnvironment(),
      windowsHide: true,
    })
    this.#child = child
    // Writing to an engine that has just ended is no news: its exit is handled below.
    child.stdin?.on('error', () => {})
    child.once('error', () => this.#ended(child))
    child.once('exit', () => this.#ended(child))
    this.#later(readyWithinMs, () => {
      if (this.#child === child && this.#state.kind === 'starting') child.kill('SIGKILL')
    })
    if (!child.stdout) return
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (this.#child !== child || this.#state.kind !== 'starting') return
      const said = readAnnouncement(line)
      if (said?.type === 'refused') this.#refusal = said.error
      if (said?.type !== 'ready') return
      this.#tellSecret()
      this.#enter({ kind: 'running', socketPath: said.socket, engineId: said.engineId, pid: said.pid })
      this.#later(healthyAfterMs, () => {
        this.#retryMs = firstRetryMs
      })
      void this.#watch(child, said.socket)
    })
  }

  /** Resolves with the socket once the engine runs; with undefined when it is stopped or `timeoutMs` have passed. */
  whenRunning(timeoutMs: number): Promise<string | undefined> {
    return new Promise((resolve) => {
      const settle = (state: EngineState) => {
        if (state.kind !== 'running' && state.kind !== 'stopped') return
        clearTimeout(timer)
        this.off('state', settle)
        resolve(state.kind === 'running' ? state.socketPath : undefined)
      }
      const timer = setTimeout(() => {
        this.off('state', settle)
        resolve(undefined)
      }, timeoutMs)
      this.on('state', settle)
      settle(this.#state)
    })
  }

  /** Whether the engine has never been ready yet: the app is still opening. */
  get opening(): boolean {
    return this.#starts === 1 && this.#state.kind === 'starting'
  }

  /** What the engine encrypts kept keys with; over its stdin, which nobody else can read. Each start hears it. */
  giveKeychain(secret: string): void {
    this.#secret = secret
    if (this.#state.kind === 'running') this.#tellSecret()
  }

  #tellSecret(): void {
    if (this.#secret !== undefined)
      this.#child?.stdin?.write(`${JSON.stringify({ type: 'keychain', secret: this.#secret })}\n`)
  }

  /** Asks the engine to end, and kills it after a grace period. */
  async stop(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    this.#clearTimers()
    this.#enter({ kind: 'stopped' })
    if (child && child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
      const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
      const kill = setTimeout(() => child.kill('SIGKILL'), graceMs)
      child.stdin?.end()
      // Windows knows no SIGTERM: there the closed pipe alone asks it to end.
      if (process.platform !== 'win32') child.kill('SIGTERM')
      await ended
      clearTimeout(kill)
    }
  }

  #ended(child: ChildProcess): void {
    if (this.#child !== child) return
    this.#child = undefined
    this.#clearTimers()
    const retryInMs = this.#retryMs
    this.#retryMs = Math.min(this.#retryMs * 2, lastRetryMs)
    this.#enter({ kind: 'waiting', retryInMs, refusal: this.#refusal })
    this.#later(retryInMs, () => this.start())
  }

  /** An engine that answers nothing for a whole minute is stuck, however alive its process is. */
  async #watch(child: ChildProcess, socketPath: string): Promise<void> {
    let missed = 0
    while (this.#child === child) {
      await new Promise<void>((resolve) => this.#later(probeEveryMs, resolve))
      if (this.#child !== child) return
      missed = (await probeEngine(socketPath, probeEveryMs)) ? 0 : missed + 1
      if (missed >= probesMissed && this.#child === child) child.kill('SIGKILL')
    }
  }

  #later(ms: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      action()
    }, ms)
    this.#timers.add(timer)
  }

  #clearTimers(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }

  #enter(state: EngineState): void {
    this.#state = state
    this.emit('state', state)
  }
}

const announcement = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), socket: z.string(), engineId: z.string(), pid: z.number().int() }),
  z.object({ type: z.literal('refused'), error: errorBody }),
])

/** What a line of the engine's stdout announces; undefined for any other line. */
function readAnnouncement(line: string): z.infer<typeof announcement> | undefined {
  try {
    return announcement.safeParse(JSON.parse(line)).data
  } catch {
    return undefined
  }
}

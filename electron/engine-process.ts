import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
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
  | { kind: 'waiting'; retryInMs: number }
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
  readonly #folder: string
  #state: EngineState = { kind: 'stopped' }
  #child: ChildProcess | undefined
  #starts = 0
  #retryMs = firstRetryMs
  #timers = new Set<NodeJS.Timeout>()

  constructor(command: EngineCommand) {
    super()
    this.#command = command
    // mkdtemp makes it 0700: only this user may open the socket.
    this.#folder = mkdtempSync(path.join(tmpdir(), 'glyphlab-'))
  }

  get state(): EngineState {
    return this.#state
  }

  start(): void {
    this.#starts += 1
    this.#enter({ kind: 'starting' })
    const socketPath = this.#newSocketPath()
    const { node, entry, home } = this.#command
    const child = spawn(
      node,
      [entry, ...(home ? ['--home', home] : []), '--socket', socketPath, '--parent-pipe'],
      { stdio: ['pipe', 'pipe', 'inherit'], env: engineEnvironment(), windowsHide: true },
    )
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
      const engineId = readyEngineId(line)
      if (engineId === undefined || this.#child !== child || this.#state.kind !== 'starting') return
      this.#enter({ kind: 'running', socketPath, engineId, pid: child.pid ?? 0 })
      this.#later(healthyAfterMs, () => {
        this.#retryMs = firstRetryMs
      })
      void this.#watch(child, socketPath)
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
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #newSocketPath(): string {
    if (process.platform === 'win32') return `\\\\.\\pipe\\glyphlab-${randomUUID()}`
    return path.join(this.#folder, `engine-${this.#starts}.sock`)
  }

  #ended(child: ChildProcess): void {
    if (this.#child !== child) return
    this.#child = undefined
    this.#clearTimers()
    const retryInMs = this.#retryMs
    this.#retryMs = Math.min(this.#retryMs * 2, lastRetryMs)
    this.#enter({ kind: 'waiting', retryInMs })
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

/** The engine's id in its ready line; undefined for any other line. */
function readyEngineId(line: string): string | undefined {
  try {
    const message = JSON.parse(line) as { type?: unknown; engineId?: unknown }
    return message.type === 'ready' && typeof message.engineId === 'string' ? message.engineId : undefined
  } catch {
    return undefined
  }
}

import { type ChildProcess, fork } from 'node:child_process'
import { workerExecArgv } from '../jobs/worker-process.ts'
import { complaintIn, followLines, parsedLine } from './process-lines.ts'

/** What a running server tells. */
export interface ServerHooks {
  onListening(port: number): void
  onReady(): void
  onLine(line: string): void
  /** It has ended; `error` is the last that it complained of. */
  onEnd(error: string): void
}

interface ServerProcessOptions extends ServerHooks {
  programFile: string
  env: Record<string, string>
}

/** The inference server in a process of its own, which ends when this one does. */
export class ServerProcess {
  readonly #child: ChildProcess
  readonly #ended: Promise<void>

  constructor({ programFile, env, onListening, onReady, onLine, onEnd }: ServerProcessOptions) {
    const { GLYPHLAB_KEYS: _, GLYPHLAB_CONFIG: __, ...inherited } = process.env
    this.#child = fork(programFile, [], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      execArgv: workerExecArgv(programFile),
      env: { ...inherited, ...env },
    })
    let complaint = ''
    const take = (line: string) => {
      onLine(line)
      const { message, port } = parsedLine(line)
      if (message === 'listening' && port !== undefined) onListening(port)
      if (message === 'ready') onReady()
      complaint = complaintIn(line) ?? complaint
    }
    for (const stream of [this.#child.stdout, this.#child.stderr]) followLines(stream, take)
    this.#ended = new Promise((resolve) => {
      let over = false
      const end = (how: string) => {
        if (over) return
        over = true
        onEnd(complaint === '' ? how : `${how}: ${complaint}`)
        resolve()
      }
      this.#child.once('error', (cause) => end(`it could not be started (${cause.message})`))
      this.#child.once('close', (code, signal) =>
        end(signal ? `it was ended by ${signal}` : `it ended with code ${code}`),
      )
    })
  }

  /** Lets running requests end, and kills it when it takes longer. */
  async stop(graceMs: number): Promise<void> {
    this.#child.kill('SIGTERM')
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), graceMs)
    await this.#ended
    clearTimeout(timer)
  }
}

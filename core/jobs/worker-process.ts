import { type ChildProcess, fork } from 'node:child_process'
import type { Readable } from 'node:stream'
import { type ErrorBody, GlyphlabError } from '../contract/index.ts'
import type { WorkerCommand, WorkerMessage } from '../domain/worker-message.ts'

/** How long a worker may take to end after `cancel` before it is killed. */
const graceMs = 3_000

export interface WorkerRun<Input, Result, Extra> {
  workerFile: string
  input: Input
  signal: AbortSignal
  /** Aborting asks the worker to end early and keep what is good. */
  stopSignal?: AbortSignal
  env?: Record<string, string>
  /** A process of this worker that waits already; without one it is started. */
  child?: ChildProcess | undefined
  onMessage: (
    message: Exclude<WorkerMessage<Result> | Extra, { type: 'result' | 'failure' }>,
    reply: (command: unknown) => void,
  ) => void
  onLog: (line: string) => void
  /** Called once the process has been started. */
  onStart?: (pid: number) => void
}

function followLines(stream: Readable | null, onLine: (line: string) => void): void {
  let rest = ''
  stream?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.trim()) onLine(line)
  })
}

/** Node's flags for a worker: sources run as they are, and the warning that says so is not for the job's log. */
export const workerExecArgv = (workerFile: string): string[] =>
  workerFile.endsWith('.ts') ? ['--disable-warning=ExperimentalWarning'] : []

/** Starts a worker's process, which waits for its first command. */
export const forkWorker = (workerFile: string, env?: Record<string, string>): ChildProcess =>
  fork(workerFile, [], {
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: workerExecArgv(workerFile),
    env: { ...process.env, ...env },
  })

/**
 * Runs one job in a child process and resolves with its result.
 * @throws GlyphlabError the worker's failure; CANCELLED when `signal` aborts; INTERNAL when the process dies.
 */
export function runWorker<Input, Result, Extra = never>(
  options: WorkerRun<Input, Result, Extra>,
): Promise<Result> {
  const { workerFile, input, signal, stopSignal, env, onMessage, onLog, onStart } = options
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(new GlyphlabError('CANCELLED', 'Cancelled before it began.'))
      return
    }
    const child = options.child ?? forkWorker(workerFile, env)
    let outcome: { result: Result } | { error: ErrorBody } | undefined
    /** An error of this side, in taking what the worker sent. */
    let fault: unknown
    let killTimer: NodeJS.Timeout | undefined
    const reply = (command: unknown) => {
      if (child.connected) child.send(command as WorkerCommand<Input>)
    }
    const cancel = () => {
      reply({ type: 'cancel' })
      killTimer = setTimeout(() => child.kill('SIGKILL'), graceMs)
    }
    const stop = () => reply({ type: 'stop' })
    signal.addEventListener('abort', cancel, { once: true })
    stopSignal?.addEventListener('abort', stop, { once: true })
    followLines(child.stdout, onLog)
    followLines(child.stderr, onLog)
    child.on('message', (message: WorkerMessage<Result>) => {
      if (message.type === 'result') outcome = { result: message.result }
      else if (message.type === 'failure') outcome = { error: message.error }
      else {
        try {
          onMessage(message as Parameters<typeof onMessage>[0], reply)
          return
        } catch (cause) {
          fault = cause
        }
      }
      // The worker has said its last word. (After `disconnect` by this side, Node never emits `close`.)
      child.kill('SIGKILL')
    })
    child.on('error', (cause) => {
      outcome ??= {
        error: { code: 'INTERNAL', message: `The worker process could not be started: ${cause.message}` },
      }
    })
    child.on('close', (code, killedBy) => {
      clearTimeout(killTimer)
      signal.removeEventListener('abort', cancel)
      stopSignal?.removeEventListener('abort', stop)
      if (fault !== undefined) reject(fault)
      else if (outcome && 'result' in outcome) resolve(outcome.result)
      else if (signal.aborted) reject(new GlyphlabError('CANCELLED', 'Cancelled.'))
      else if (outcome) reject(GlyphlabError.fromBody(outcome.error))
      else {
        const how = killedBy ? `was ended by ${killedBy}` : `ended with code ${code}`
        reject(
          new GlyphlabError(
            'INTERNAL',
            `The worker process ${how} before it was done. Its log has more; try again.`,
          ),
        )
      }
    })
    if (child.pid !== undefined) onStart?.(child.pid)
    child.send({ type: 'start', input } satisfies WorkerCommand<Input>)
    if (stopSignal?.aborted) stop()
  })
}

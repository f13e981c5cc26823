import { type ChildProcess, fork } from 'node:child_process'
import { GlyphlabError, type InferenceChoice } from '../contract/index.ts'
import type {
  Answer,
  AnswerRequest,
  ChoiceRequest,
  InferenceReply,
  InferenceRequest,
} from './inference-messages.ts'

export interface InferencePoolOptions {
  /** `inference-worker.ts`, or the file it was bundled to. */
  workerFile: string
  execArgv?: string[]
  /** Folder with `tfjs-backend-wasm*.wasm`, where the worker is bundled. */
  wasmDirectory?: string
  /** A picture that takes longer, in ms, fails and its process is replaced. */
  timeLimitMs?: number
}

export interface InferencePool {
  /**
   * Classifies or reads the picture in `file` with the model in `modelDirectory`, in a process of its own. Calls wait their turn.
   * @throws GlyphlabError UNREADABLE_FILE, DAMAGED; UNAVAILABLE when the process died; TIMED_OUT; CANCELLED when closed
   */
  ask(request: Omit<AnswerRequest, 'task'>): Promise<Answer>
  /**
   * Times the engines on the model, in the same process. `name` stands in errors of the process.
   * @throws what `chooseEngine` throws; UNAVAILABLE when the process died; TIMED_OUT; CANCELLED when closed
   */
  choose(request: Omit<ChoiceRequest, 'task'>): Promise<InferenceChoice>
  /** Ends the process. Calls that wait or run are rejected with CANCELLED. */
  close(): Promise<void>
}

type Success = Exclude<InferenceReply, { error: unknown }>

interface Call {
  request: InferenceRequest
  resolve(reply: Success): void
  reject(error: Error): void
}

/**
 * One warm child process that is given one picture at a time; it starts at the first call. When it dies, the picture it
 * held fails, the others go to its successor.
 */
export function createInferencePool(options: InferencePoolOptions): InferencePool {
  const { workerFile, execArgv = [], wasmDirectory, timeLimitMs = 60_000 } = options
  const waiting: Call[] = []
  let current: Call | null = null
  let timer: NodeJS.Timeout | undefined
  let child: ChildProcess | null = null
  let closed = false
  let nextId = 1

  function start(): ChildProcess {
    const started = fork(workerFile, wasmDirectory ? [wasmDirectory] : [], {
      execArgv,
      // The parent's stdout may carry JSON lines, so whatever the process prints goes to stderr.
      stdio: ['ignore', 2, 2, 'ipc'],
    })
    started.on('message', (reply: InferenceReply) => {
      if (started !== child || current?.request.id !== reply.id) return
      if ('error' in reply) settle((call) => call.reject(GlyphlabError.fromBody(reply.error)))
      else settle((call) => call.resolve(reply))
    })
    const gone = (how: string) => {
      if (started !== child) return
      child = null
      settle((call) => call.reject(died(call.request.name, how)))
    }
    started.on('exit', (code, signal) => gone(signal ?? `code ${code}`))
    started.on('error', (cause) => gone(cause.message))
    return started
  }

  function settle(finish: (call: Call) => void): void {
    clearTimeout(timer)
    const call = current
    current = null
    if (call) finish(call)
    next()
  }

  function next(): void {
    if (current || closed) return
    const call = waiting.shift()
    if (!call) return
    current = call
    child ??= start()
    const worker = child
    timer = setTimeout(() => {
      child = null
      worker.kill('SIGKILL')
      settle((late) => late.reject(tooLong(late.request.name, timeLimitMs)))
    }, timeLimitMs)
    worker.send(call.request, (cause) => {
      if (!cause || worker !== child) return
      child = null
      worker.kill('SIGKILL')
      settle((lost) => lost.reject(died(lost.request.name, cause.message)))
    })
  }

  function enqueue(request: AnswerRequest | ChoiceRequest): Promise<Success> {
    if (closed) return Promise.reject(new GlyphlabError('CANCELLED', `${request.name}: the app is closing.`))
    return new Promise((resolve, reject) => {
      waiting.push({ request: { ...request, id: nextId++ }, resolve, reject })
      next()
    })
  }

  return {
    async ask(request) {
      const reply = await enqueue({ ...request, task: 'answer' })
      if ('prediction' in reply) return reply.prediction
      throw new Error('the inference process answered another question')
    },
    async choose(request) {
      const reply = await enqueue({ ...request, task: 'choose' })
      if ('choice' in reply) return reply.choice
      throw new Error('the inference process answered another question')
    },
    async close() {
      closed = true
      clearTimeout(timer)
      const worker = child
      child = null
      for (const call of [current, ...waiting.splice(0)]) {
        call?.reject(new GlyphlabError('CANCELLED', `${call.request.name}: the app is closing.`))
      }
      current = null
      if (!worker || worker.exitCode !== null || worker.signalCode !== null) return
      const exit = new Promise((resolve) => worker.once('exit', resolve))
      worker.kill('SIGKILL')
      await exit
    },
  }
}

function died(name: string, how: string): GlyphlabError {
  return new GlyphlabError(
    'UNAVAILABLE',
    `${name}: the process that runs the model ended while it worked on this picture (${how}). Try it again.`,
  )
}

function tooLong(name: string, limitMs: number): GlyphlabError {
  return new GlyphlabError('TIMED_OUT', `${name}: no answer from the model within ${limitMs / 1000} s.`)
}

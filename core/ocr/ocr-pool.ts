import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { Socket } from 'node:net'
import { availableParallelism } from 'node:os'
import { dirname, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { GlyphlabError, type OcrReading } from '../contract/index.ts'
import { type ReadingManner, usualManner } from './engines/engine.ts'
import type { EngineChoice, OcrAnswer, OcrRequest, PageRead } from './ocr-message.ts'

export interface OcrPoolOptions {
  /** The OCR process's entry: `core/ocr/ocr-worker.ts`, or the file it was bundled to. */
  workerFile: string
  /** Node's own arguments for the process. */
  execArgv?: string[]
  /** Processes at most; one for each core unless told. */
  size?: number
  /** Folder with `eng.traineddata.gz`. */
  languageDirectory: string
  /** Folder with PP-OCR's models. */
  ppocrDirectory: string
  /** Longest time for one picture, in ms. */
  pageTimeoutMs?: number
  /** An unused process ends after this many ms; a minute unless told. */
  idleMs?: number
}

export interface PageSource {
  file: string
  /** The file's name as the user knows it. */
  name: string
  /** From 1. */
  page?: number
}

export interface PageOptions {
  signal?: AbortSignal
  manner?: ReadingManner
  engine?: EngineChoice
  /** Longest time for this page, in ms; the pool's unless told. */
  limitMs?: number
}

export interface OcrPool {
  /**
   * Reads a page of a picture file, the first unless told, when its turn comes. Only this page fails when it fails.
   * @throws GlyphlabError naming the picture: UNREADABLE_FILE, NOT_FOUND, TIMED_OUT, CANCELLED (by `signal` or
   * `close`), UNAVAILABLE (language data), INTERNAL (its process died).
   */
  readPage(picture: PageSource, options?: PageOptions): Promise<PageRead>
  /** The text alone. */
  read(picture: PageSource, options?: PageOptions): Promise<OcrReading>
  /** Process ids, for supervision and tests. */
  processIds(): number[]
  /** Ends every process at once; what waits or runs is rejected with CANCELLED. */
  close(): Promise<void>
}

interface Task {
  request: OcrRequest
  limitMs: number
  settle: (outcome: { read: PageRead } | { error: GlyphlabError }) => void
}

interface Process {
  child: ChildProcess
  task: Task | null
  /** Of the page's limit while a task runs, of idleness otherwise. */
  timer: NodeJS.Timeout | undefined
  /** The end of what it wrote to stderr. */
  lastWords: string
}

/** Reads pictures in child processes, so that a hanging or crashing picture takes nothing with it. */
export function createOcrPool(options: OcrPoolOptions): OcrPool {
  const {
    languageDirectory,
    ppocrDirectory,
    pageTimeoutMs = 120_000,
    idleMs = 60_000,
    execArgv = [],
  } = options
  const workerFile = resolve(options.workerFile)
  const size = Math.max(1, options.size ?? availableParallelism())
  const processes = new Set<Process>()
  const waiting: Task[] = []
  let lastId = 0
  let closed = false

  function start(): Process {
    const child = fork(workerFile, [resolve(languageDirectory), resolve(ppocrDirectory)], {
      execArgv,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      // The engine's own working directory may be gone or belong to someone else.
      cwd: dirname(workerFile),
    })
    const process: Process = { child, task: null, timer: undefined, lastWords: '' }
    processes.add(process)
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      process.lastWords = (process.lastWords + text).slice(-2000)
    })
    // A pipe that is read keeps this process alive; whether that is wanted is said with ref and unref below.
    if (child.stderr instanceof Socket) child.stderr.unref()
    child.on('message', (answer: OcrAnswer) => finish(process, answer))
    child.on('error', (cause) => lose(process, cause.message))
    child.on('close', (code, signal) => lose(process, signal ? `killed by ${signal}` : `exit code ${code}`))
    return process
  }

  /** Takes the process out of the pool and kills it; its task, if any, is returned for the caller to settle. */
  function discard(process: Process): Task | null {
    const { task } = process
    process.task = null
    clearTimeout(process.timer)
    processes.delete(process)
    process.child.kill('SIGKILL')
    return task
  }

  function lose(process: Process, reason: string): void {
    const task = discard(process)
    const lines = process.lastWords.trim().split('\n')
    const lastLine = lines.findLast((line) => line.includes('Error')) ?? lines.at(-1) ?? ''
    task?.settle({
      error: new GlyphlabError(
        'INTERNAL',
        `${task.request.name}: the OCR process ended while reading it (${reason}). Try again; if it happens again, scale the picture down or save it anew as PNG.`,
        lastLine === '' ? undefined : { lastLine },
      ),
    })
    dispatch()
  }

  function finish(process: Process, answer: OcrAnswer): void {
    const { task } = process
    if (task?.request.id !== answer.id) return
    rest(process)
    task.settle('read' in answer ? answer : { error: GlyphlabError.fromBody(answer.error) })
    dispatch()
  }

  /** An idle process doesn't keep this one alive, and ends after a while. */
  function rest(process: Process): void {
    process.task = null
    clearTimeout(process.timer)
    process.timer = setTimeout(() => discard(process), idleMs)
    process.timer.unref()
    process.child.unref()
    process.child.channel?.unref()
  }

  function begin(process: Process, task: Task): void {
    clearTimeout(process.timer)
    process.task = task
    process.timer = setTimeout(() => {
      discard(process)
      const limit = `${task.limitMs / 1000} s`
      task.settle({
        error: new GlyphlabError(
          'TIMED_OUT',
          `${task.request.name}: reading took longer than the limit of ${limit} and was given up. Try a smaller picture, or one page at a time.`,
        ),
      })
      dispatch()
    }, task.limitMs)
    process.child.ref()
    process.child.channel?.ref()
    process.child.send(task.request, (cause) => {
      if (cause && process.task === task) lose(process, cause.message)
    })
  }

  function dispatch(): void {
    while (waiting.length > 0 && !closed) {
      const idle = [...processes].find((process) => process.task === null)
      if (!idle && processes.size >= size) return
      const task = waiting.shift()
      if (task) begin(idle ?? start(), task)
    }
  }

  /** Forgets the task wherever it is: in the queue, or in a process, which is killed. */
  function withdraw(task: Task): void {
    const position = waiting.indexOf(task)
    if (position >= 0) waiting.splice(position, 1)
    const process = [...processes].find((candidate) => candidate.task === task)
    if (process) discard(process)
    dispatch()
  }

  const cancelled = (name: string, why: string) =>
    new GlyphlabError('CANCELLED', `${name}: reading was cancelled${why}.`)

  function readPage(
    { file, name, page = 1 }: PageSource,
    {
      signal,
      manner = usualManner,
      engine = { kind: 'tesseract' },
      limitMs = pageTimeoutMs,
    }: PageOptions = {},
  ): Promise<PageRead> {
    if (closed) return Promise.reject(cancelled(name, ' because the OCR pool was closed'))
    if (signal?.aborted) return Promise.reject(cancelled(name, ''))
    return new Promise((succeed, fail) => {
      const abort = () => {
        withdraw(task)
        task.settle({ error: cancelled(name, '') })
      }
      const task: Task = {
        request: { id: ++lastId, file: resolve(file), name, page, manner, engine },
        limitMs,
        settle: (outcome) => {
          signal?.removeEventListener('abort', abort)
          if ('read' in outcome) succeed(outcome.read)
          else fail(outcome.error)
        },
      }
      signal?.addEventListener('abort', abort, { once: true })
      waiting.push(task)
      dispatch()
    })
  }

  async function close(): Promise<void> {
    closed = true
    const tasks = waiting.splice(0)
    const ended: Promise<unknown>[] = []
    const enough = new AbortController()
    for (const process of [...processes]) {
      if (process.child.exitCode === null && process.child.signalCode === null && process.child.pid) {
        process.child.ref()
        ended.push(once(process.child, 'exit'))
      }
      const task = discard(process)
      if (task) tasks.push(task)
    }
    for (const task of tasks) {
      task.settle({ error: cancelled(task.request.name, ' because the OCR pool was closed') })
    }
    // SIGKILL ends a process at once, but for one that the kernel holds: closing must not wait for that.
    await Promise.race([Promise.all(ended), delay(2000, undefined, { signal: enough.signal })])
    enough.abort()
  }

  return {
    readPage,
    read: async (picture, options) => (await readPage(picture, options)).reading,
    close,
    processIds: () => [...processes].flatMap(({ child }) => (child.pid === undefined ? [] : [child.pid])),
  }
}

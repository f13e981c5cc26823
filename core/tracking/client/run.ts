import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { resolveHome } from '../../domain/engine-place.ts'
import { histogramOf } from '../../domain/histogram.ts'
import { diffPath, type GitState, gitState, gitTags } from '../git-state.ts'
import { engineCall } from './engine-call.ts'
import { type EngineCall, sendSpool } from './send-spool.ts'
import { Spool, type SpoolEntry } from './spool.ts'

type Value = string | number | boolean | null
/** Nested ones become `outer.inner`. */
export interface Params {
  [key: string]: Value | readonly Value[] | Params
}

export interface StartOptions {
  experiment?: string
  /** Without one it is drawn. */
  name?: string
  params?: Params
  tags?: Record<string, string>
  /** The run, or its id, in which this one lies. */
  parent?: Run | string
  user?: string
  /** Logs how busy the machine and this process are, every five seconds. */
  systemMetrics?: boolean
  /** Records commit, branch and uncommitted changes where the script is under git; true, if not said otherwise. */
  git?: boolean
  /** The data folder; without one `$GLYPHLAB_HOME`, or the app's. */
  home?: string
}

type Status = 'FINISHED' | 'FAILED' | 'KILLED'

const longestName = 200
const batchingMs = 50
const firstDelayMs = 100
const longestDelayMs = 5_000
const heartbeatMs = 10_000
/** So long an end waits for an engine that is away. */
const patienceMs = 5_000

/** A run that this script logs. What is logged is on the disk when a call returns, and goes to the engine meanwhile. */
export class Run {
  readonly id: string = randomUUID().replaceAll('-', '')
  private readonly home: string
  private readonly spool: Spool
  private readonly call: EngineCall
  private readonly parent: Run | undefined
  private readonly open: Set<Run>
  private timer: NodeJS.Timeout | undefined
  private readonly heartbeat: NodeJS.Timeout
  private sending: Promise<void> | undefined
  private delayMs = firstDelayMs
  /** Why the last attempt to send did not work. */
  private trouble: unknown
  private ending: Promise<boolean> | undefined
  private hasEnded = false
  private isRefused = false
  private code: Promise<void> = Promise.resolve()

  /** @param open holds the runs that have not ended */
  constructor(options: StartOptions, open: Set<Run>) {
    const {
      experiment,
      name,
      params = {},
      tags = {},
      parent,
      user = userName(),
      systemMetrics,
      git = true,
    } = options
    for (const text of [experiment, name]) if (text !== undefined) checkName(text)
    this.home = resolveHome(options.home)
    this.parent = parent instanceof Run ? parent : undefined
    this.open = open
    this.call = engineCall(this.home)
    this.spool = Spool.begin(this.home, this.id)
    this.append({
      op: 'create',
      id: this.id,
      ...(experiment === undefined ? {} : { experiment }),
      ...(name === undefined ? {} : { name }),
      ...(parent === undefined ? {} : { parentId: typeof parent === 'string' ? parent : parent.id }),
      user,
      params: textsOf(params),
      tags: { 'mlflow.source.name': process.argv[1] ?? '', ...tags },
      startTime: Date.now(),
      environment: environment(),
    })
    if (git) this.code = this.recordCode()
    if (systemMetrics) this.append({ op: 'monitor', pid: process.pid })
    this.heartbeat = setInterval(() => {
      // It is not created before its first entry was taken; and who is away misses no sign of life.
      if (this.spool.isSent) this.call('runs.heartbeat', { runId: this.id }).catch(() => {})
    }, heartbeatMs).unref()
    open.add(this)
  }

  /**
   * Logs metrics at a step.
   * @param step a whole number
   * @throws TypeError for what is no number
   */
  log(metrics: Record<string, number>, step = 0): void {
    if (!Number.isSafeInteger(step)) throw new TypeError(`${step} is no step: steps are whole numbers.`)
    const timestamp = Date.now()
    const points = Object.entries(metrics).map(([key, value]) => {
      if (typeof value !== 'number') throw new TypeError(`The metric "${key}" is no number: ${value}`)
      return { key, value, step, timestamp }
    })
    this.append({ op: 'log', metrics: points })
  }

  params(params: Params): void {
    this.append({ op: 'log', params: textsOf(params) })
  }

  tags(tags: Record<string, string>): void {
    this.append({ op: 'log', tags })
  }

  /** @param markdown takes the place of what was noted before */
  note(markdown: string): void {
    this.append({ op: 'note', note: markdown })
  }

  /**
   * Keeps a file as it is now.
   * @param place where it lies in the run: `model/weights.bin`
   * @param content its content, or its path
   * @throws Error when the file can't be read
   */
  artifact(place: string, content: Uint8Array | string): void {
    this.append({ op: 'artifact', path: place, file: this.spool.keep(content) })
  }

  /** @param content an encoded picture (PNG, JPEG, WebP), or its path; of several steps each is kept */
  image(name: string, content: Uint8Array | string, step?: number): void {
    const extension = typeof content === 'string' ? path.extname(content) : extensionOf(content)
    const place = step === undefined ? name : `${name}/${String(step).padStart(8, '0')}`
    this.artifact(`images/${place}${extension}`, content)
  }

  /**
   * How values are distributed at a step: weights, gradients, errors. Values that are not finite are counted apart.
   * @param step a whole number
   */
  histogram(name: string, values: ArrayLike<number>, step: number): void {
    this.record('histograms', name, step, histogramOf(values))
  }

  /**
   * What is taken for what at a step.
   * @param matrix rows are what a sample is, columns what it was taken for, both in the order of the labels
   * @throws TypeError for a matrix of another shape
   */
  confusion(
    name: string,
    labels: readonly string[],
    matrix: readonly (readonly number[])[],
    step: number,
  ): void {
    if (matrix.length !== labels.length || matrix.some((row) => row.length !== labels.length))
      throw new TypeError(`A confusion matrix of ${labels.length} labels has as many rows and columns.`)
    this.record('confusion', name, step, { labels, confusion: matrix })
  }

  private record(kind: string, name: string, step: number, content: object): void {
    if (!Number.isSafeInteger(step) || step < 0)
      throw new TypeError(`${step} is no step: steps are whole numbers from 0.`)
    const file = `${kind}/${name}/${String(step).padStart(8, '0')}.json`
    this.text(file, JSON.stringify({ step, time: Date.now(), ...content }))
  }

  /** @param rows objects with the same keys: the columns; kept as MLflow keeps tables */
  table(name: string, rows: readonly Record<string, Value>[]): void {
    const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
    const data = rows.map((row) => columns.map((column) => row[column] ?? null))
    this.text(`tables/${name}.json`, JSON.stringify({ columns, data }))
  }

  text(place: string, content: string): void {
    this.artifact(place, Buffer.from(content))
  }

  /** A run within this one. */
  child(options: Omit<StartOptions, 'parent' | 'home'> = {}): Run {
    return new Run({ ...options, parent: this, home: this.home }, this.open)
  }

  /** Resolves when the engine has all that was logged: true; or when it was away for `patience` ms: false. */
  async flush(patience: number = patienceMs): Promise<boolean> {
    const until = Date.now() + patience
    this.delayMs = firstDelayMs
    for (;;) {
      await this.send()
      if (this.spool.isSent) return true
      if (Date.now() >= until) return false
      await new Promise((resolve) => setTimeout(resolve, Math.min(this.delayMs, until - Date.now())))
    }
  }

  /** Ends the run. @returns whether the engine has all of it; if not, it takes it up at its next start */
  finish(): Promise<boolean> {
    return this.end('FINISHED')
  }

  /** Ends the run as failed. @param cause is kept as its note's text */
  fail(cause?: unknown): Promise<boolean> {
    if (cause !== undefined && this.ending === undefined)
      this.text('error.txt', cause instanceof Error ? (cause.stack ?? cause.message) : String(cause))
    return this.end('FAILED')
  }

  end(status: Status): Promise<boolean> {
    this.ending ??= this.close(status)
    return this.ending
  }

  /** For the very end of the process, when nothing can be sent any more. */
  endWithProcess(status: Status): void {
    if (this.hasEnded) return
    this.hasEnded = true
    this.append({ op: 'end', status, endTime: Date.now() })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.finish()
  }

  private async recordCode(): Promise<void> {
    codeState ??= scriptState()
    const state = await codeState
    if (state === null || this.hasEnded) return
    this.tags(gitTags(state))
    if (state.diff !== '') this.text(diffPath, state.diff)
  }

  private async close(status: Status): Promise<boolean> {
    const endTime = Date.now()
    await this.code.catch(() => {})
    this.hasEnded = true
    this.append({ op: 'end', status, endTime })
    clearInterval(this.heartbeat)
    const isSent = await this.flush()
    clearTimeout(this.timer)
    this.open.delete(this)
    if (isSent) this.spool.remove()
    else
      process.emitWarning(
        `Glyphlab can't be reached (${messageOf(this.trouble)}). The run ${this.id} is kept in ${this.spool.folder}; Glyphlab takes it up when it runs again.`,
      )
    return isSent
  }

  private append(entry: SpoolEntry): void {
    this.spool.append(entry)
    this.sendLater(batchingMs)
  }

  private sendLater(afterMs: number): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined
      void this.send()
    }, afterMs).unref()
  }

  /** Sends what waits; after a failure again later, and ever later. */
  private send(): Promise<void> {
    this.sending ??= this.sendAll()
      .then(() => {
        this.delayMs = firstDelayMs
      })
      .catch((cause: unknown) => {
        this.trouble = cause
        this.delayMs = Math.min(2 * this.delayMs, longestDelayMs)
        if (this.ending === undefined) this.sendLater(this.delayMs)
      })
      .finally(() => {
        this.sending = undefined
      })
    return this.sending
  }

  private async sendAll(): Promise<void> {
    // The engine has to know the run that this one lies in.
    if (this.parent && !this.parent.spool.isBegun) await this.parent.send()
    if (this.parent && !this.parent.spool.isBegun) throw this.parent.trouble
    await sendSpool(this.spool, this.call, (entry, reason) => {
      const file = this.spool.refuse(entry, reason)
      if (!this.isRefused)
        process.emitWarning(
          `Glyphlab does not take all that is logged into the run ${this.id}: ${reason} What it does not take is in ${file}.`,
        )
      this.isRefused = true
    })
  }
}

/** The same for all runs of a script: asked once. */
let codeState: Promise<GitState | null> | undefined

/** Of the folder of the script, or of the one it was started in: a script may be a tool that lies elsewhere. */
async function scriptState(): Promise<GitState | null> {
  const script = process.argv[1]
  const own = script && fs.existsSync(script) ? await gitState(path.dirname(fs.realpathSync(script))) : null
  return own ?? gitState(process.cwd())
}

/** @throws TypeError for what the engine would not take */
function checkName(text: string): void {
  if (text.trim() === '' || text.trim().length > longestName)
    throw new TypeError(`A name has 1 to ${longestName} characters: "${text.slice(0, 40)}"`)
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

function userName(): string {
  try {
    return os.userInfo().username
  } catch {
    // A user id without a name, as in containers.
    return ''
  }
}

function environment(): Record<string, unknown> {
  const processors = os.cpus()
  return {
    node: process.version,
    os: { platform: os.platform(), release: os.release(), version: os.version(), machine: os.machine() },
    cpu: { model: processors[0]?.model.trim() ?? 'unknown', cores: processors.length },
    memoryMegabytes: Math.round(os.totalmem() / 1e6),
    command: process.argv.slice(1),
    folder: process.cwd(),
  }
}

function textsOf(params: Params, prefix = ''): Record<string, string> {
  return Object.fromEntries(
    Object.entries(params).flatMap(([key, value]) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.entries(textsOf(value as Params, `${prefix}${key}.`))
        : [
            [
              `${prefix}${key}`,
              typeof value === 'string'
                ? value
                : Array.isArray(value)
                  ? JSON.stringify(value)
                  : String(value),
            ],
          ],
    ),
  )
}

/** By the first bytes. */
function extensionOf(content: Uint8Array): string {
  const head = Buffer.from(content.subarray(0, 12)).toString('latin1')
  if (head.startsWith('\x89PNG')) return '.png'
  if (head.startsWith('\xff\xd8\xff')) return '.jpg'
  if (head.startsWith('GIF8')) return '.gif'
  if (head.startsWith('RIFF') && head.endsWith('WEBP')) return '.webp'
  throw new TypeError(
    'This is no PNG, JPEG, GIF or WebP. Encode the picture first, or log it as an artifact.',
  )
}

import { mkdirSync, statSync } from 'node:fs'
import { appendFile, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { keptInputsDirectory, type PredictionRecord } from '../domain/prediction-record.ts'
import { hostName } from './host-name.ts'
import { KeptInputs } from './kept-inputs.ts'
import type { Log } from './log.ts'

export interface PredictionLogSettings {
  directory: string
  /** Share of the predictions that are written, 0..1. */
  sample: number
  /** A file that is larger is put aside and a new one begun. */
  fileBytes: number
  /** Files and inputs older than this are removed. */
  days: number
  /** Which pictures are kept beside the log. */
  inputs: 'none' | 'low-confidence' | 'all'
  /** `low-confidence`: below this. */
  lowConfidence: number
  /** All kept pictures together. */
  inputBytes: number
}

const flushEveryMs = 200
const cleanEveryMs = 3_600_000
const waitingLines = 10_000

/**
 * Writes predictions as JSON lines to `predictions-<host>.jsonl` in a folder, which several servers may share. Nobody waits for
 * it: lines are written a moment later, and what the disk can't take is counted and left out.
 */
export class PredictionLog {
  readonly settings: PredictionLogSettings
  readonly #file: string
  readonly #log: Log
  readonly #inputs: KeptInputs | null
  readonly #timers: NodeJS.Timeout[]
  #lines: string[] = []
  #size = 0
  #dropped = 0
  #complained = false
  #writing: Promise<void> = Promise.resolve()
  /** What will still append. */
  readonly #coming = new Set<Promise<void>>()

  /** @throws when the folder can't be made */
  constructor(settings: PredictionLogSettings, log: Log) {
    const { directory, inputs, inputBytes } = settings
    this.settings = settings
    this.#log = log
    mkdirSync(directory, { recursive: true })
    this.#file = join(directory, `predictions-${hostName()}.jsonl`)
    this.#size = statSync(this.#file, { throwIfNoEntry: false })?.size ?? 0
    this.#inputs = inputs === 'none' ? null : new KeptInputs(join(directory, keptInputsDirectory), inputBytes)
    this.#timers = [
      setInterval(() => void this.#flush(), flushEveryMs),
      setInterval(() => this.#then(() => this.#clean()), cleanEveryMs),
    ]
    for (const timer of this.#timers) timer.unref()
    this.#then(() => this.#clean())
  }

  /** Predictions and inputs that could not be written. */
  get dropped(): number {
    return this.#dropped
  }

  /** Whether this prediction is one of those that are written. */
  sampled(): boolean {
    const { sample } = this.settings
    return sample >= 1 || Math.random() < sample
  }

  /** @param content the picture, kept when the settings say so */
  append(record: PredictionRecord, content: Buffer | null): void {
    if (this.#lines.length >= waitingLines) {
      this.#dropped += 1
      return
    }
    this.#lines.push(`${JSON.stringify(record)}\n`)
    const { inputs, lowConfidence } = this.settings
    const unsure = record.confidence !== null && record.confidence < lowConfidence
    if (!this.#inputs || !content || !record.input || record.outcome !== 'success') return
    if (inputs === 'low-confidence' && !unsure) return
    const { sha256 } = record.input
    this.#then(() => this.#inputs?.keep(sha256, content))
  }

  /** `close` waits for this, since it appends when it is done. */
  waitFor(work: Promise<void>): void {
    this.#coming.add(work)
    void work.finally(() => this.#coming.delete(work))
  }

  /** Writes what waits, also what is still measured, and ends. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    await Promise.all(this.#coming)
    await this.#flush()
  }

  #flush(): Promise<void> {
    const lines = this.#lines
    this.#lines = []
    if (lines.length > 0) this.#then(() => this.#write(lines))
    return this.#writing
  }

  async #write(lines: readonly string[]): Promise<void> {
    const text = lines.join('')
    const bytes = Buffer.byteLength(text)
    try {
      if (this.#size > 0 && this.#size + bytes > this.settings.fileBytes) await this.#rotate()
      await appendFile(this.#file, text, { mode: 0o600 })
    } catch (cause) {
      // The one that is counted for the whole failure is counted by `#then`.
      this.#dropped += lines.length - 1
      throw cause
    }
    this.#size += bytes
  }

  async #rotate(): Promise<void> {
    const stamp = new Date().toISOString().replace(/[-:.]/g, '')
    await rename(this.#file, this.#file.replace(/\.jsonl$/, `-${stamp}.jsonl`))
    this.#size = 0
  }

  /** A file in which nobody has written for so many days holds nothing younger. */
  async #clean(): Promise<void> {
    const { directory, days } = this.settings
    const before = Date.now() - days * 86_400_000
    for (const name of await readdir(directory)) {
      if (!/^predictions-.*\.jsonl$/.test(name)) continue
      const file = join(directory, name)
      const { mtimeMs, birthtimeMs } = await stat(file)
      if (mtimeMs < before) await rm(file, { force: true })
      // A quiet server's file would hold old lines for ever.
      else if (file === this.#file && birthtimeMs < Date.now() - 86_400_000 && this.#size > 0)
        await this.#rotate()
    }
    await this.#inputs?.expire(before)
  }

  /** One after the other; what fails is counted, and named once until something works again. */
  #then(work: () => Promise<void> | undefined): void {
    this.#writing = this.#writing.then(work).then(
      () => {
        this.#complained = false
      },
      (cause: unknown) => {
        this.#dropped += 1
        if (!this.#complained)
          this.#log('error', 'the prediction log can not be written', { cause: String(cause) })
        this.#complained = true
      },
    )
  }
}

import fs from 'node:fs'
import path from 'node:path'
import { decodeJson, encodeJson } from '../../contract/json.ts'
import { spoolFolder } from '../../domain/engine-place.ts'

export interface LoggedPoint {
  key: string
  value: number
  step: number
  timestamp: number
}

/** What a script has said of its run, in its order. Each of them may be told to the engine twice. */
export type SpoolEntry =
  | {
      op: 'create'
      id: string
      experiment?: string
      name?: string
      parentId?: string
      user: string
      params: Record<string, string>
      tags: Record<string, string>
      startTime: number
      environment: Record<string, unknown>
    }
  | {
      op: 'log'
      params?: Record<string, string>
      tags?: Record<string, string>
      metrics?: LoggedPoint[]
    }
  | { op: 'note'; note: string }
  | { op: 'monitor'; pid: number }
  /** `file` lies in the spool. */
  | { op: 'artifact'; path: string; file: string }
  | { op: 'end'; status: 'FINISHED' | 'FAILED' | 'KILLED'; endTime: number }

const logName = 'log.jsonl'
const sentName = 'sent'
const refusedName = 'refused.jsonl'
const filesName = 'files'
/** So much is read at once. */
const pieceBytes = 4 * 1024 * 1024
const newline = 10
/** The line of an end is shorter. */
const endBytes = 1_000

/**
 * The folder of one run: what its script has logged, and how much of it the engine has. An entry is in the file, and
 * so outlives the process, before the call that logs it returns. It goes once the engine has all of it.
 */
export class Spool {
  readonly runId: string
  readonly folder: string
  private readonly log: number
  private sent: number
  private files = 0

  private constructor(folder: string) {
    this.folder = folder
    this.runId = path.basename(folder).split('-')[0] ?? ''
    this.log = fs.openSync(path.join(folder, logName), 'a+')
    const sent = path.join(folder, sentName)
    this.sent = fs.existsSync(sent) ? Number(fs.readFileSync(sent, 'utf8')) || 0 : 0
  }

  static begin(home: string, runId: string): Spool {
    const folder = path.join(spoolFolder(home), `${runId}-${process.pid}`)
    fs.mkdirSync(path.join(folder, filesName), { recursive: true, mode: 0o700 })
    return new Spool(folder)
  }

  /** Those of processes that have ended, whose runs the engine does not have as a whole; the oldest first. */
  static leftBehind(home: string): Spool[] {
    const folder = spoolFolder(home)
    if (!fs.existsSync(folder)) return []
    return fs
      .readdirSync(folder)
      .filter((name) => /^[0-9a-f]{32}-\d+$/.test(name) && !isAlive(Number(name.split('-')[1])))
      .map((name) => ({
        place: path.join(folder, name),
        begun: fs.statSync(path.join(folder, name)).birthtimeMs,
      }))
      .sort((a, b) => a.begun - b.begun)
      .map(({ place }) => new Spool(place))
  }

  append(entry: SpoolEntry): void {
    fs.writeSync(this.log, `${encodeJson(entry)}\n`)
  }

  /** Keeps a file's content as it is now. @param content the content, or the path of the file */
  keep(content: Uint8Array | string): string {
    const file = path.join(this.folder, filesName, String(this.files++))
    if (typeof content === 'string') fs.copyFileSync(content, file)
    else fs.writeFileSync(file, content)
    return file
  }

  /** Entries that the engine does not have yet, and the place behind them; none when it has all. */
  next(): { entries: SpoolEntry[]; end: number } {
    let wanted = pieceBytes
    for (;;) {
      const buffer = Buffer.allocUnsafe(wanted)
      const read = fs.readSync(this.log, buffer, 0, wanted, this.sent)
      const end = buffer.subarray(0, read).lastIndexOf(newline) + 1
      // One entry is longer than all that was read. (A line without its end was cut off by the end of its process.)
      if (end === 0 && read === wanted) {
        wanted *= 2
        continue
      }
      const lines = buffer.toString('utf8', 0, end).split('\n').slice(0, -1)
      return { entries: lines.map((line) => decodeJson(line) as SpoolEntry), end: this.sent + end }
    }
  }

  /** The engine has everything up to this place. */
  acknowledge(end: number): void {
    this.sent = end
    const file = path.join(this.folder, sentName)
    fs.writeFileSync(`${file}.new`, String(end))
    fs.renameSync(`${file}.new`, file)
  }

  /** The engine has the first of it: it knows the run. */
  get isBegun(): boolean {
    return this.sent > 0
  }

  get isSent(): boolean {
    return this.sent >= fs.fstatSync(this.log).size
  }

  /** Its script has said that the run has ended. */
  get hasEnd(): boolean {
    const { size } = fs.fstatSync(this.log)
    const from = Math.max(0, size - endBytes)
    const tail = Buffer.alloc(size - from)
    fs.readSync(this.log, tail, 0, tail.length, from)
    return tail.toString('utf8').split('\n').at(-2)?.startsWith('{"op":"end"') === true
  }

  /** Keeps what the engine does not take, beside why. @returns the file */
  refuse(entry: SpoolEntry, reason: string): string {
    const file = path.join(path.dirname(this.folder), `${this.runId}-${refusedName}`)
    fs.appendFileSync(file, `${encodeJson({ reason, entry })}\n`)
    return file
  }

  forget(file: string): void {
    fs.rmSync(file, { force: true })
  }

  close(): void {
    fs.closeSync(this.log)
  }

  /** The engine has it all. */
  remove(): void {
    this.close()
    fs.rmSync(this.folder, { recursive: true, force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'EPERM'
  }
}

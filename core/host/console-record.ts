import { appendFile, mkdir, stat } from 'node:fs/promises'
import path from 'node:path'

/** What comes after is left out: a process that prints in a loop must not fill the disk. */
export const consoleBytesAtMost = 4 * 2 ** 20
const gatherMs = 200

/** The lines that the process of a run prints, in a file as they come. A file that is there is gone on with. */
export class ConsoleRecord {
  readonly file: string
  private bytes = 0
  private full = false
  private writing: Promise<void>
  private readonly onGrown: () => void
  private timer: NodeJS.Timeout | undefined

  /** @param onGrown is told some moments after there are more lines */
  constructor(file: string, onGrown: () => void = () => {}) {
    this.file = file
    this.onGrown = onGrown
    this.writing = this.open()
  }

  private async open(): Promise<void> {
    await mkdir(path.dirname(this.file), { recursive: true })
    this.bytes = await stat(this.file).then(
      ({ size }) => size,
      () => 0,
    )
    this.full = this.bytes >= consoleBytesAtMost
  }

  line(text: string): void {
    const line = `${new Date().toISOString()} ${text}\n`
    // A disk without room is told of elsewhere; the training goes on.
    this.writing = this.writing.then(() => this.append(line)).catch(() => {})
  }

  private async append(line: string): Promise<void> {
    if (this.full) return
    const length = Buffer.byteLength(line)
    if (this.bytes + length > consoleBytesAtMost) {
      this.full = true
      await appendFile(this.file, 'More was printed; it is left out.\n')
      return
    }
    this.bytes += length
    await appendFile(this.file, line)
    this.timer ??= setTimeout(() => {
      this.timer = undefined
      this.onGrown()
    }, gatherMs).unref()
  }

  /** Resolves once all lines are in the file, with whether there is one. */
  async end(): Promise<boolean> {
    await this.writing.catch(() => {})
    return stat(this.file).then(
      () => true,
      () => false,
    )
  }
}

import fs from 'node:fs'
import path from 'node:path'
import { isDiskFull } from '../domain/disk-full.ts'

const reserveBytes = 2 * 1024 * 1024

/**
 * Space kept back in the data folder, so that the end of a job, the removal of what failed and the deletion of what
 * the person can do without can be written on a full disk too. Nothing else may spend it.
 */
export class Reserve {
  private readonly file: string
  private spent = false

  constructor(home: string) {
    this.file = path.join(home, 'reserve')
  }

  /** Takes the space, where there is plenty. */
  refill(): void {
    try {
      if (fs.existsSync(this.file)) return
      const { bavail, bsize } = fs.statfsSync(path.dirname(this.file))
      if (bavail * bsize < 4 * reserveBytes) return
      fs.writeFileSync(`${this.file}.new`, Buffer.alloc(reserveBytes, 1))
      fs.renameSync(`${this.file}.new`, this.file)
      this.spent = false
    } catch {
      // Without it, less can be written on a full disk: no reason to end anything now.
      fs.rmSync(`${this.file}.new`, { force: true })
    }
  }

  /** Writes, and once more with the space that was kept back when the disk is full. @throws what `write` throws */
  use<T>(write: () => T): T {
    if (this.spent) this.refill()
    try {
      return write()
    } catch (cause) {
      if (!isDiskFull(cause) || !fs.existsSync(this.file)) throw cause
      fs.rmSync(this.file, { force: true })
      this.spent = true
      return write()
    }
  }
}
